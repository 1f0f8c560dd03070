/* item_files.c - the files that source.c would read of a path, for a run that
 * makes sure that it doesn't write them. */
#include <string.h>

#include "base/err.h"
#include "base/file_set.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/source.h"

int ae_filter_wants(const struct ae_file_filter *f, const char *path,
                    size_t root, int depth, int is_folder)
{
    if (!f)
        return 1;
    if (is_folder && f->depth && depth + 1 >= f->depth)
        return 0;
    return !f->wants || f->wants(f->arg, path, root, is_folder);
}

struct walk {
    ae_item_file_fn *fn;
    void *arg;
    const struct ae_file_filter *filter;
    size_t root; /* bytes of the folder that was named, with its slash */
};

static int walk_folder(const struct walk *w, const char *path, int depth,
                       struct ae_err *e);

/* What can't be examined is left to the reading, which says so. */
static int walk_entry(const struct walk *w, const char *path, int depth,
                      struct ae_err *e)
{
    struct stat st;

    if (lstat(path, &st) != 0 ||
        !ae_filter_wants(w->filter, path, w->root, depth, S_ISDIR(st.st_mode)))
        return 0;
    if (S_ISDIR(st.st_mode))
        return walk_folder(w, path, depth + 1, e);
    if (S_ISLNK(st.st_mode) && stat(path, &st) != 0)
        return 0;
    return S_ISREG(st.st_mode) ? w->fn(w->arg, path, 1, e) : 0;
}

static int walk_folder(const struct walk *w, const char *path, int depth,
                       struct ae_err *e)
{
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    char **name = NULL;
    size_t n = 0;
    int rc = 0;

    if (depth > AE_SOURCE_DEPTH || ae_folder_list(path, &name, &n, NULL))
        return 0;
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        struct ae_str full = {0};
        if (name[i][0] == '.')
            continue;
        rc = ae_str_printf(&full, e, "%s%s%s", path, slash, name[i]);
        if (rc >= 0)
            rc = walk_entry(w, full.p, depth, e);
        ae_str_release(&full);
    }
    ae_folder_free(name, n);
    return rc;
}

int ae_item_files(const char *path, const struct ae_file_filter *filter,
                  ae_item_file_fn *fn, void *arg, struct ae_err *e)
{
    const size_t n = strlen(path);
    const struct walk w = {fn, arg, filter, n + !(n && path[n - 1] == '/')};
    struct stat st;

    if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return walk_folder(&w, path, 0, e);
    return fn(arg, path, 0, e);
}

/* --------------------------------------------------- the files of a run */

struct adding {
    struct ae_file_set *set;
    const char *what;
    int any;
};

/* What is packed may hold some. */
static int begins_as_items(const void *head, size_t n)
{
    return ae_source_is_known(head, n) ||
           (n >= 2 && memcmp(head, "\037\213", 2) == 0);
}

static int holds_items(const char *path)
{
    struct ae_io *io = NULL;
    const void *head;
    size_t got;

    if (ae_io_open_path(path, &io, NULL))
        return 0;
    const int known = !ae_io_peek(io, &head, 16, &got, NULL) &&
                      begins_as_items(head, got);
    ae_io_close(io);
    return known;
}

/* A file that was found in a folder counts only if it would be read. */
static int add_file(void *arg, const char *path, int found, struct ae_err *e)
{
    const struct adding *a = arg;
    struct stat st;

    if (found && !a->any && stat(path, &st) == 0 &&
        ae_file_set_writes(a->set, &st) && !holds_items(path))
        return 0;
    return ae_file_set_add(a->set, AE_USE_READ, a->what, path, e);
}

int ae_file_set_add_items(struct ae_file_set *s, const char *what,
                          const char *path, int any,
                          const struct ae_file_filter *filter, struct ae_err *e)
{
    struct adding a = {s, what, any};

    return ae_item_files(path, filter, add_file, &a, e);
}
