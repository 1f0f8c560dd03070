/* source.c - the table of sources, the walk through folders, the store.
 *
 * Promises the same items in the same order for the same files, whatever the
 * file system's own order.  Must not know what a kind's bytes mean. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/gzip.h"
#include "base/rng.h"
#include "base/str.h"
#include "data/source.h"

/* The last kind takes what no other recognises. */
static const struct ae_source_kind *const kinds[] = {
    &ae_source_idx,
    &ae_source_image,
};

enum { MAX_DEPTH = 64 };     /* of folders in folders */

struct walk {
    struct ae_ctx *ctx;
    const struct ae_source_options *o;
    struct ae_items *items;
};

void ae_items_release(struct ae_items *items)
{
    for (size_t i = 0; i < items->count; i++)
        free(items->item[i].px);
    free(items->item);
    ae_arena_release(&items->arena);
    memset(items, 0, sizeof(*items));
}

int ae_items_add(const struct ae_ctx *ctx, struct ae_items *items,
                 const struct ae_item *it, struct ae_err *e)
{
    const uint64_t bytes = (uint64_t)it->h * (uint64_t)it->w *
                           (uint64_t)it->c * (uint64_t)it->bytes;
    struct ae_item copy = *it;
    int r = 0;

    if (items->bytes + bytes > ctx->memory) {
        r = ae_fail(e, AE_ELIMIT,
                    "the data take more than %.0f MB once decoded: allow more "
                    "with --memory, or give fewer",
                    (double)ctx->memory / 1e6);
        goto fail;
    }
    if (items->count == items->cap) {
        const size_t cap = items->cap ? 2 * items->cap : 256;
        if ((r = ae_realloc(&items->item, cap, sizeof(*it), e)) < 0)
            goto fail;
        items->cap = cap;
    }
    copy.name = ae_arena_strdup(&items->arena, it->name, e);
    if (!copy.name) {
        r = AE_EMEM;
        goto fail;
    }
    items->item[items->count++] = copy;
    items->bytes += bytes;
    return 0;
fail:
    free(copy.px);
    return r;
}

static int read_stream(struct walk *w, struct ae_io *io, const char *name,
                       struct ae_err *e)
{
    const void *head;
    size_t got;

    int r = ae_io_peek(io, &head, 16, &got, e);
    if (r < 0)
        return r;
    if (got == 0)
        return ae_fail(e, AE_EFORMAT, "empty file");
    for (size_t i = 0; i < AE_LEN(kinds); i++)
        if (kinds[i]->match(head, got))
            return kinds[i]->read(w->ctx, io, name, w->o, w->items, e);
    return ae_fail(e, AE_EUNKNOWN, "begins as no format that is known here");
}

/* Unpacks once; a gzip in a gzip is nothing that is known. */
static int read_gzip(struct walk *w, struct ae_io *io, const char *name,
                     struct ae_err *e)
{
    struct ae_io *in = NULL;
    void *bytes = NULL;
    size_t size = 0;

    int r = ae_gunzip(io, w->ctx->memory, &bytes, &size, e);
    if (r >= 0)
        r = ae_io_open_memory(bytes, size, name, &in, e);
    if (r >= 0)
        r = read_stream(w, in, name, e);
    ae_io_close(in);
    free(bytes);
    return r;
}

static int read_file(struct walk *w, const char *path, const char *name,
                     struct ae_err *e)
{
    struct ae_io *io = NULL;
    const void *head;
    size_t got;

    int r = strcmp(path, "-") == 0 ? ae_io_open_fd(0, 0, "stdin", &io, e)
                                   : ae_io_open_path(path, &io, e);
    if (r < 0)
        return r;
    r = ae_io_peek(io, &head, 16, &got, e);
    if (r >= 0)
        r = ae_is_gzip(head, got) ? read_gzip(w, io, name, e)
                                  : read_stream(w, io, name, e);
    ae_io_close(io);
    return r;
}

/* One file's fault is no reason to stop, what is true of all the rest is. */
static int take_file(struct walk *w, const char *path, const char *name,
                     int listed, struct ae_err *e)
{
    struct ae_err why = {0};

    if (w->o->stop && *w->o->stop)
        return ae_fail(e, AE_EINTR, "stopped while reading the data");
    int r = read_file(w, path, name, &why);
    if (r >= 0)
        return 0;
    if (r == AE_EUNKNOWN && listed) {
        w->items->passed++;
        return 0;
    }
    if (r == AE_EMEM || (r == AE_ELIMIT && w->items->bytes > 0)) {
        if (e)
            *e = why;
        return ae_err_at(e, r, "%s", path);
    }
    w->items->unreadable++;
    ae_log(w->ctx, AE_LOG_NOTE, "%s: left out: %s", path, why.msg);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted; hidden ones aren't meant. */
static int list_folder(const char *path, char ***out, size_t *count,
                       struct ae_err *e)
{
    DIR *dir = opendir(path);
    char **names = NULL;
    size_t n = 0, cap = 0;
    int r = 0;

    if (!dir)
        return ae_fail_errno(e, "%s", path);
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        if (d->d_name[0] == '.')
            continue;
        if (n == cap) {
            cap = cap ? 2 * cap : 64;
            if ((r = ae_realloc(&names, cap, sizeof(*names), e)) < 0)
                break;
        }
        if (!(names[n] = strdup(d->d_name))) {
            r = ae_fail_errno(e, "%s", path);
            break;
        }
        n++;
    }
    closedir(dir);
    if (n > 1)
        qsort(names, n, sizeof(*names), by_name);
    *out = names;
    *count = n;
    return r;
}

static int walk_folder(struct walk *w, const char *path, size_t root,
                       int depth, struct ae_err *e);

/* Symbolic links to folders could loop and aren't followed. */
static int take_entry(struct walk *w, const char *path, size_t root,
                      int depth, struct ae_err *e)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return 0;                        /* gone since it was listed */
    if (S_ISDIR(st.st_mode))
        return depth < MAX_DEPTH ? walk_folder(w, path, root, depth + 1, e)
                                 : 0;
    if (S_ISLNK(st.st_mode) && stat(path, &st) != 0)
        return 0;
    if (!S_ISREG(st.st_mode))
        return 0;
    return take_file(w, path, path + root, 1, e);
}

static int walk_folder(struct walk *w, const char *path, size_t root,
                       int depth, struct ae_err *e)
{
    char **names = NULL;
    size_t n = 0;

    int r = list_folder(path, &names, &n, e);
    for (size_t i = 0; i < n; i++) {
        struct ae_str full = {0};
        if (r >= 0)
            r = ae_str_printf(&full, e, "%s/%s", path, names[i]);
        if (r >= 0)
            r = take_entry(w, full.p, root, depth, e);
        ae_str_release(&full);
        free(names[i]);
    }
    free(names);
    return r < 0 ? r : 0;
}

int ae_items_read(struct ae_ctx *ctx, const char *path,
                  const struct ae_source_options *o, struct ae_items *items,
                  struct ae_err *e)
{
    struct walk w = {ctx, o, items};
    struct stat st;
    const char *slash = strrchr(path, '/');

    if (strcmp(path, "-") == 0)
        return take_file(&w, path, "stdin", 0, e);
    if (stat(path, &st) != 0)
        return ae_fail_errno(e, "%s", path);
    if (S_ISDIR(st.st_mode))
        return walk_folder(&w, path, strlen(path) + 1, 0, e);
    return take_file(&w, path, slash ? slash + 1 : path, 0, e);
}

uint64_t ae_items_digest(const struct ae_items *items)
{
    uint64_t d = ae_mix(0, items->count);

    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        const int shape[] = {it->h, it->w, it->c, it->bytes, it->held};
        const size_t n = (size_t)it->h * (size_t)it->w * (size_t)it->c *
                         (size_t)it->bytes;
        d = ae_mix(d, ae_hash(it->name, strlen(it->name)));
        for (size_t k = 0; k < AE_LEN(shape); k++)
            d = ae_mix(d, (uint64_t)shape[k]);
        d = ae_mix(d, ae_hash(it->px, n));
    }
    return d;
}
