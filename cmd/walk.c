/* walk.c - operands to jobs: which files are read, which names are written.
 *
 * Folders are listed in the order of their bytes, so that equal trees give
 * equal runs.  Links to folders, pipes, devices and temporary files of killed
 * runs are passed over; nothing here opens an output. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

static char *copy(const char *s)
{
    return strcpy(cmd_need(malloc(strlen(s) + 1)), s);
}

/* "folder/name" with one slash between. */
static char *join(const char *folder, const char *name)
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

/* The output's name, without .gz, with the ending of the format that -T asks
 * for in place of a known one; an ending that fits already stays. */
static char *retype(char *path, const struct ae_format *to)
{
    const size_t n = strlen(path);

    if (n > 3 && strcmp(path + n - 3, ".gz") == 0 && path[n - 4] != '/')
        path[n - 3] = '\0';
    const struct ae_format *now = ae_format_by_ending(path);
    if (!to || now == to)
        return path;
    const size_t stem = now ? (size_t)(strrchr(path, '.') - path)
                            : strlen(path);
    const size_t size = stem + strlen(ae_format_ending(to)) + 2;
    char *p = cmd_need(malloc(size));

    snprintf(p, size, "%.*s.%s", (int)stem, path, ae_format_ending(to));
    free(path);
    return p;
}

/* Adds a job; it takes both names. */
static void add_job(struct filter_jobs *j, char *in, char *out, int found)
{
    if (j->count == j->cap) {
        j->cap = j->cap ? 2 * j->cap : 64;
        j->job = cmd_need(realloc(j->job, j->cap * sizeof(*j->job)));
    }
    j->job[j->count++] = (struct filter_job){
        .in = in, .out = retype(out, j->to), .found = found};
}

/* .NAME.ae-0.tmp is the temporary file of a writer. */
static int is_temp(const char *name)
{
    const char *mark = strstr(name, ".ae-");
    const size_t n = strlen(name);

    return name[0] == '.' && mark && n > 4 && mark < name + n - 4 &&
           strcmp(name + n - 4, ".tmp") == 0;
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

static void walk(struct filter_jobs *j, const char *in, const char *out);

static void walk_entry(struct filter_jobs *j, const char *in, const char *out,
                       const char *name)
{
    struct stat st;
    struct ae_err e;
    char *path = join(in, name);
    int link;
    const int rc = examine(path, &st, &link, &e);

    if (rc < 0) {
        cmd_error(path, &e);
        cmd_log_fail(path, &e);
        j->failed++;
    } else if (!rc && S_ISDIR(st.st_mode) && !link) {
        const int own = j->folder_known && st.st_dev == j->folder_dev &&
                        st.st_ino == j->folder_ino;
        char *below = j->flat ? copy(out) : join(out, name);
        if (!own)
            walk(j, path, below);
        free(below);
    } else if (!rc && S_ISREG(st.st_mode) && !is_temp(name)) {
        add_job(j, path, join(out, name), 1);
        return;
    } else {
        cmd_detail("%s: passed over: neither a file nor a folder", path);
        cmd_log_skip(path);
        j->ignored++;
    }
    free(path);
}

static void walk(struct filter_jobs *j, const char *in, const char *out)
{
    struct ae_err e;
    size_t n;
    char **name;

    if (ae_folder_list(in, &name, &n, &e)) {
        cmd_error(in, &e);
        cmd_log_fail(in, &e);
        j->failed++;
        return;
    }
    for (size_t i = 0; i < n; i++)
        walk_entry(j, in, out, name[i]);
    ae_folder_free(name, n);
}

static void add_operand(struct filter_jobs *j, const struct cmd_common *c,
                        const char *operand)
{
    const size_t before = j->count;
    struct stat st;
    const int known = stat(operand, &st) == 0;

    if (strcmp(operand, "-") == 0)
        cmd_usage("-d needs inputs that have names, stdin has none");
    if (known && S_ISDIR(st.st_mode) && c->recursive)
        walk(j, operand, c->folder);
    else
        add_job(j, copy(operand), join(c->folder, last_name(operand)), 0);
    if (j->count > before)
        j->job[before].begins = 1;
}

/* False for a file in a folder that is passed over. */
static int takes_part(struct ae_ctx *ctx, const struct cmd_common *c,
                      const struct filter_job *job)
{
    const int rc = job->found ? cmd_try_picture(ctx, c, job->in, NULL) : 0;

    return !rc || !ae_format_pass_over(job->in, rc);
}

static int by_output(const void *a, const void *b)
{
    return strcmp((*(struct filter_job *const *)a)->out,
                  (*(struct filter_job *const *)b)->out);
}

/* Ends the run where that file takes part in it and must not. */
static void add_file(struct ae_ctx *ctx, const struct cmd_common *c,
                     const struct filter_job *job, int written)
{
    struct ae_err e = {0};

    if (ae_file_set_add(cmd_file_set(), written ? AE_USE_MADE : AE_USE_READ,
                        NULL, written ? job->out : job->in, &e) < 0 &&
        takes_part(ctx, c, job))
        cmd_usage("%s", e.msg);
}

/* Two inputs with one output name, and an output that is an input or another
 * output, end the run before any work. */
static void check_outputs(struct ae_ctx *ctx, const struct cmd_common *c,
                          const struct filter_jobs *j)
{
    struct filter_job **p = cmd_need(malloc((j->count + 1) * sizeof(*p)));
    const struct filter_job *first = NULL;

    for (size_t i = 0; i < j->count; i++)
        p[i] = &j->job[i];
    if (j->count > 1)
        qsort(p, j->count, sizeof(*p), by_output);
    for (size_t i = 0; i < j->count; i++) {
        const int twin = (i > 0 && by_output(&p[i - 1], &p[i]) == 0) ||
                         (i + 1 < j->count && by_output(&p[i], &p[i + 1]) == 0);
        if (i == 0 || by_output(&p[i - 1], &p[i]) != 0)
            add_file(ctx, c, p[i], 1);
        if (!twin || !takes_part(ctx, c, p[i]))
            continue;
        if (first && strcmp(first->out, p[i]->out) == 0)
            cmd_usage("%s and %s would both become %s", first->in, p[i]->in,
                      first->out);
        first = p[i];
    }
    for (size_t i = 0; i < j->count; i++)
        add_file(ctx, c, &j->job[i], 0);
    free(p);
}

void filter_jobs_find(struct filter_jobs *j, struct ae_ctx *ctx,
                      const struct cmd_common *c, char *const *operand,
                      int count)
{
    struct stat st;

    memset(j, 0, sizeof(*j));
    j->to = cmd_format_asked(c);
    j->flat = c->flat;
    if (stat(c->folder, &st) == 0) {
        j->folder_known = 1;
        j->folder_dev = st.st_dev;
        j->folder_ino = st.st_ino;
    }
    for (int i = 0; i < count; i++)
        add_operand(j, c, operand[i]);
    check_outputs(ctx, c, j);
}

/* ---------------------------------------------------------- their outputs */

static int fail_output(struct ae_err *e, const char *what)
{
    e->code = AE_EIO;
    snprintf(e->msg, sizeof(e->msg), "%s", what);
    return e->code;
}

int filter_make_folders(char *path, size_t own, struct ae_err *e)
{
    struct stat st;
    int rc = 0;

    for (char *p = path + 1; !rc && (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        const int below = (size_t)(p - path) > own;
        if (mkdir(path, 0777) && errno != EEXIST) {
            char why[512];
            snprintf(why, sizeof(why), "its folder can't be made: %s",
                     strerror(errno));
            rc = fail_output(e, why);
        } else if (below && (lstat(path, &st) || !S_ISDIR(st.st_mode))) {
            rc = fail_output(e, "its folder is a link or no folder");
        }
        *p = '/';
    }
    return rc;
}

void filter_jobs_release(struct filter_jobs *j)
{
    for (size_t i = 0; i < j->count; i++) {
        free(j->job[i].in);
        free(j->job[i].out);
    }
    free(j->job);
    memset(j, 0, sizeof(*j));
}
