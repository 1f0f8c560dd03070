/* walk.c - the files that a batch reads: what is named, and what folders hold.
 *
 * Folders are listed in the order of their bytes, so that equal trees give
 * equal runs.  Hidden names are left alone, as where items are read: programs
 * write what is on its way under these.  Links to folders, pipes and devices
 * are passed over, and with --in-place all links; nothing here opens an output.
 * What is listed is what is done: a file that comes later isn't seen, one that
 * goes fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

char *filter_join(const char *folder, const char *name)
{
    const size_t n = strlen(folder);
    const int slash = n > 0 && folder[n - 1] != '/';
    const size_t size = n + strlen(name) + 2;
    char *p = cmd_need(malloc(size));

    snprintf(p, size, "%s%s%s", folder, slash ? "/" : "", name);
    return p;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Adds a job; it takes both names.  below: of the output in its folder. */
static void add_job(struct filter_jobs *j, char *in, char *below, int found)
{
    if (j->count == j->cap) {
        j->cap = j->cap ? 2 * j->cap : 64;
        j->job = cmd_need(realloc(j->job, j->cap * sizeof(*j->job)));
    }
    j->job[j->count++] = (struct filter_job){
        .in = in, .out = below, .found = found};
}

/* The state of what a name or a link leads to.  1: a link leads nowhere; else
 * an error where it can't be examined. */
static int examine(const char *path, struct stat *st, int *link,
                   struct ae_err *e)
{
    *link = 0;
    if (lstat(path, st) == 0) {
        *link = S_ISLNK(st->st_mode);
        if (!*link || stat(path, st) == 0)
            return 0;
        if (errno == ENOENT || errno == ELOOP)
            return 1;
    }
    e->code = AE_EIO;
    snprintf(e->msg, sizeof(e->msg), "can't be examined: %s", strerror(errno));
    return e->code;
}

static void walk(struct filter_jobs *j, const char *in, const char *below,
                 int depth);

/* A folder in a folder, unless it is -d itself. */
static void walk_folder(struct filter_jobs *j, const struct stat *st,
                        const char *in, const char *below, int depth)
{
    const int own = j->folder_known && st->st_dev == j->folder_dev &&
                    st->st_ino == j->folder_ino;

    if (!own && j->c->recursive && (!j->c->depth || depth < j->c->depth))
        walk(j, in, below, depth + 1);
}

/* Why an entry, of which examine() gave rc and *st, is no job; NULL: it is one.
 * Who gives a folder to --in-place means the files in it, not what links
 * in it lead to. */
static const char *find_reason(const struct filter_jobs *j, int rc,
                               const struct stat *st, int link)
{
    if (rc)
        return "a link that leads nowhere";
    if (link && j->c->in_place)
        return "a link, which --in-place follows only where it is named";
    return S_ISREG(st->st_mode) ? NULL : "neither a file nor a folder";
}

void filter_add_entry(struct filter_jobs *j, const char *in, const char *below,
                      const char *name, int depth)
{
    struct stat st;
    struct ae_err e;
    char *path = filter_join(in, name), *under = filter_join(below, name);
    int link;
    const int rc = examine(path, &st, &link, &e);
    const int is_folder = !rc && S_ISDIR(st.st_mode) && !link;
    const char *why = find_reason(j, rc, &st, link);

    if (name[0] == '.' || !cmd_wants(j->c, path + j->root, is_folder)) {
        /* nothing is said of what nobody wants */
    } else if (rc < 0) {
        cmd_error(path, &e);
        cmd_log_fail(path, &e);
        j->failed++;
    } else if (is_folder) {
        walk_folder(j, &st, path, under, depth);
    } else if (!why) {
        add_job(j, path, under, 1);
        return;
    } else {
        cmd_detail("%s: passed over: %s", path, why);
        cmd_log_skip(path);
        j->ignored++;
    }
    free(path);
    free(under);
}

static void walk(struct filter_jobs *j, const char *in, const char *below,
                 int depth)
{
    struct ae_err e;
    size_t n;
    char **name;

    if (j->enter) /* first, so that nothing can arrive unseen */
        j->enter(j->enter_arg, j, in, below, depth);
    if (ae_folder_list(in, &name, &n, &e)) {
        cmd_error(in, &e);
        cmd_log_fail(in, &e);
        j->failed++;
        return;
    }
    for (size_t i = 0; i < n; i++)
        filter_add_entry(j, in, below, name[i], depth);
    ae_folder_free(name, n);
}

/* An operand's output lies straight in -d, that of a name of --files-from
 * below it as the name says. */
void filter_add_input(struct filter_jobs *j, const char *name, int listed)
{
    const size_t before = j->count;
    struct stat st;
    const int known = stat(name, &st) == 0;

    if (strcmp(name, "-") == 0)
        cmd_usage("outputs of their own need inputs that have names, stdin has "
                  "none");
    if (known && S_ISDIR(st.st_mode) && (j->c->recursive || j->c->watch)) {
        char *below = listed ? cmd_mirrored(name) : cmd_copy("");
        j->root = strlen(name) + (name[strlen(name) - 1] != '/');
        walk(j, name, below, 1);
        free(below);
    } else {
        add_job(j, cmd_copy(name),
                listed ? cmd_mirrored(name) : cmd_copy(last_name(name)), 0);
    }
    if (j->count > before)
        j->job[before].begins = 1;
}
