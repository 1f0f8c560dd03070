/* jobs.c - what a batch does: which input becomes which output, each of them
 * once, none in the place of another; the run of them that --shard asks for.
 *
 * Everything is known before the first input is opened to be worked on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

/* ------------------------------------------------------ each of them once */

static int by_input(const void *a, const void *b)
{
    const struct filter_job *x = *(struct filter_job *const *)a;
    const struct filter_job *y = *(struct filter_job *const *)b;
    const int rc = strcmp(x->in, y->in);

    return rc ? rc : (x > y) - (x < y);
}

static int by_output(const void *a, const void *b)
{
    return strcmp((*(struct filter_job *const *)a)->out,
                  (*(struct filter_job *const *)b)->out);
}

/* Pointers to all jobs, sorted; to be freed. */
static struct filter_job **sort_jobs(const struct filter_jobs *j,
                                     int (*order)(const void *, const void *))
{
    struct filter_job **p = cmd_need(malloc((j->count + 1) * sizeof(*p)));

    for (size_t i = 0; i < j->count; i++)
        p[i] = &j->job[i];
    if (j->count > 1)
        qsort(p, j->count, sizeof(*p), order);
    return p;
}

static void release_job(struct filter_job *job)
{
    free(job->in);
    free(job->out);
    free(job->plain);
}

/* Leaves a job without a name, which is left out. */
static void drop_job(struct filter_job *job)
{
    release_job(job);
    *job = (struct filter_job){.begins = job->begins};
}

/* Takes the jobs without a name out, whose order stays. */
static void close_ranks(struct filter_jobs *j)
{
    size_t n = 0;

    for (size_t i = 0; i < j->count; i++)
        if (j->job[i].in)
            j->job[n++] = j->job[i];
        else if (j->job[i].begins && i + 1 < j->count)
            j->job[i + 1].begins = 1;
    j->count = n;
}

/* A name that comes twice is done once. */
static void drop_doubles(struct filter_jobs *j)
{
    struct filter_job **p = sort_jobs(j, by_input);
    size_t doubles = 0;

    for (size_t i = 1, last = 0; i < j->count; i++) {
        if (strcmp(p[i]->in, p[last]->in) != 0) {
            last = i;
            continue;
        }
        drop_job(p[i]);
        doubles++;
    }
    free(p);
    if (!doubles)
        return;
    close_ranks(j);
    cmd_note("%zu input%s named more than once, done once", doubles,
             doubles == 1 ? " is" : "s are");
}

/* ------------------------------------------------------------ their outputs */

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

/* What --name makes of the path below -d; takes it, and keeps it for pages. */
static char *rename_output(const struct filter_jobs *j, struct filter_job *job,
                           char *below)
{
    struct ae_err e = {0};
    char *renamed;

    if (!j->c->name)
        return below;
    job->plain = below;
    if (cmd_output_name(j->c->name, below, job->number, 1, &renamed, &e))
        cmd_usage("%s: %s", job->in, e.msg);
    return retype(renamed, j->to);
}

/* From the path that mirrors the input's. */
static void set_output(const struct filter_jobs *j, struct filter_job *job)
{
    const char *slash = strrchr(job->out, '/');
    /* close_ranks() took out what was dropped: NOLINTNEXTLINE(*-unix.Malloc) */
    char *below = cmd_copy(j->c->in_place        ? job->in
                           : slash && j->c->flat ? slash + 1
                                                 : job->out);

    free(job->out);
    job->out = below;
    if (j->c->in_place)
        return;
    below = rename_output(j, job, retype(below, j->to));
    job->out = filter_join(j->c->folder, below);
    free(below);
}

/* False for a file in a folder that is passed over. */
static int takes_part(struct ae_ctx *ctx, const struct cmd_common *c,
                      const struct filter_job *job)
{
    const int rc = job->found ? cmd_try_picture(ctx, c, job->in, NULL) : 0;

    return !rc || !ae_format_pass_over(job->in, rc);
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
    struct filter_job *const *p = j->by_out;
    const struct filter_job *first = NULL;

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
}

/* -------------------------------------------------------------- in place */

static char *backup_of(const struct filter_jobs *j,
                       const struct filter_job *job)
{
    return cmd_backup_name(j->c->in_place, job->in);
}

static int is_input(const void *name, const void *job)
{
    return strcmp(name, (*(struct filter_job *const *)job)->in);
}

/* What another run kept beside its inputs isn't an input, where nobody names
 * it. */
static void drop_backups(struct filter_jobs *j)
{
    struct filter_job **p = sort_jobs(j, by_input);
    struct filter_job **found = cmd_need(malloc((j->count + 1) * sizeof(*p)));
    size_t n = 0;

    for (size_t i = 0; i < j->count; i++) {
        char *name = backup_of(j, &j->job[i]);
        struct filter_job **at = bsearch(name, p, j->count, sizeof(*p),
                                         is_input);
        if (at && (*at)->found)
            found[n++] = *at;
        free(name);
    }
    for (size_t i = 0; i < n; i++)
        drop_job(found[i]);
    close_ranks(j);
    free(found);
    free(p);
}

static int is_same_file(const char *one, const char *other)
{
    struct stat a, b;

    return stat(one, &a) == 0 && lstat(other, &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Ends the run where an original would be kept in the place of another file. */
static void check_backups(struct ae_ctx *ctx, const struct cmd_common *c,
                          const struct filter_jobs *j)
{
    struct ae_file_set *set;
    struct ae_err e = {0};
    int rc = ae_file_set_new(&set, &e);

    for (size_t i = 0; !rc && i < j->count; i++) {
        char *name = backup_of(j, &j->job[i]);
        if (!is_same_file(j->job[i].in, name))
            rc = ae_file_set_add(set, AE_USE_MADE, NULL, name, &e);
        rc = rc < 0 && takes_part(ctx, c, &j->job[i]) ? rc : 0;
        free(name);
    }
    for (size_t i = 0; !rc && i < j->count; i++)
        if (ae_file_set_add(set, AE_USE_READ, NULL, j->job[i].in, &e) < 0)
            rc = takes_part(ctx, c, &j->job[i]) ? e.code : 0;
    if (rc)
        cmd_usage("%s", e.msg);
    ae_file_set_free(set);
}

int filter_refuse_packed(struct ae_err *e)
{
    snprintf(e->msg, sizeof(e->msg),
             "is compressed, as no output is, which so can't take its place");
    return e->code = AE_EUNSUPPORTED;
}

/* Ends the run where an input is another file of the run. */
static void check_in_place(struct ae_ctx *ctx, const struct cmd_common *c,
                           const struct filter_jobs *j)
{
    struct ae_err e = {0};

    for (size_t i = 0; i < j->count; i++)
        if (ae_file_set_check(cmd_file_set(), j->job[i].in, &e) < 0 &&
            takes_part(ctx, c, &j->job[i]))
            cmd_usage("%s: %s", j->job[i].in, e.msg);
    if (*c->in_place)
        check_backups(ctx, c, j);
}

/* ------------------------------------------------------------------- all */

void filter_jobs_begin(struct filter_jobs *j, const struct cmd_common *c)
{
    struct stat st;

    memset(j, 0, sizeof(*j));
    j->c = c;
    j->to = c->folder || c->in_place ? cmd_format_asked(c) : NULL;
    if (c->folder && stat(c->folder, &st) == 0) {
        j->folder_known = 1;
        j->folder_dev = st.st_dev;
        j->folder_ino = st.st_ino;
    }
}

static void drop_unwanted(struct filter_jobs *j, filter_wants_fn *wants,
                          void *arg, int has_output)
{
    for (size_t i = 0; i < j->count; i++)
        if (!wants(arg, &j->job[i], has_output))
            drop_job(&j->job[i]);
    close_ranks(j);
}

static void settle_outputs(struct filter_jobs *j, uint64_t before,
                           filter_wants_fn *wants, void *arg)
{
    for (size_t i = 0; i < j->count; i++) {
        j->job[i].number = before + i + 1;
        set_output(j, &j->job[i]);
    }
    drop_unwanted(j, wants, arg, 1);
    j->by_out = sort_jobs(j, by_output);
}

void filter_jobs_settle(struct filter_jobs *j, uint64_t before,
                        filter_wants_fn *wants, void *arg)
{
    drop_unwanted(j, wants, arg, 0);
    if (j->c->folder)
        settle_outputs(j, before, wants, arg);
    j->all = j->job;
    j->total = j->count;
}

static void find_inputs(struct filter_jobs *j, const struct cmd_inputs *in)
{
    for (int i = 0; i < in->count; i++)
        filter_add_input(j, in->name[i], i >= in->operands);
    drop_doubles(j);
    if (j->c->in_place && *j->c->in_place)
        drop_backups(j);
}

void filter_jobs_find(struct filter_jobs *j, struct ae_ctx *ctx,
                      const struct cmd_common *c, struct filter_watch *watch,
                      const struct cmd_inputs *in)
{
    uint64_t first, count;

    filter_jobs_begin(j, c);
    if (watch)
        filter_watch_begin(watch, j);
    find_inputs(j, in);
    for (size_t i = 0; i < j->count; i++) {
        j->job[i].number = i + 1;
        set_output(j, &j->job[i]);
    }
    j->by_out = sort_jobs(j, by_output);
    if (c->in_place)
        check_in_place(ctx, c, j);
    else
        check_outputs(ctx, c, j);
    cmd_shard(c->shard, j->count, &first, &count);
    j->all = j->job;
    j->total = j->count;
    j->job += count ? first : 0;
    j->count = count;
    if (watch)
        filter_watch_take(watch, j);
}

static int is_output(const void *name, const void *job)
{
    return strcmp(name, (*(struct filter_job *const *)job)->out);
}

const struct filter_job *filter_find_output(const struct filter_jobs *j,
                                            const char *out)
{
    struct filter_job *const *at = bsearch(out, j->by_out, j->total,
                                           sizeof(*j->by_out), is_output);

    return at ? *at : NULL;
}

void filter_jobs_release(struct filter_jobs *j)
{
    for (size_t i = 0; i < j->total; i++)
        release_job(&j->all[i]);
    free(j->all);
    free(j->by_out);
    memset(j, 0, sizeof(*j));
}

/* --------------------------------------------------------------- folders */

static int fail_output(struct ae_err *e, const char *what)
{
    e->code = AE_EIO;
    snprintf(e->msg, sizeof(e->msg), "%s", what);
    return e->code;
}

int filter_make_folders(const char *folder, char *path, struct ae_err *e)
{
    const size_t own = folder ? strlen(folder) : 0;
    struct stat st;
    int rc = 0;

    for (char *p = path + 1; folder && !rc && (p = strchr(p, '/')) != NULL;
         p++) {
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
