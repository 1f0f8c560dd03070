/* folder.c - image to image with -d: an output an input.
 *
 * Small images are done together: several inputs and outputs are open at
 * once, the images are one batch, and the outputs are synced together.  What
 * is said of the inputs, and what fails, is the same and in the same order as
 * one by one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum { MOST = CMD_OUTPUTS }; /* inputs that are open at once */

enum fate { READY, FAILED, SKIPPED, PASSED, NOT_WANTED };

/* A job that was begun. */
struct begun {
    const struct cmd_job *job;
    enum fate fate;
    struct ae_io *in, *out;
    struct ae_reader *reader; /* of the first image, until it is read */
    struct ae_writer *writer;
    struct ae_image_info info;     /* of it */
    int alone;                     /* isn't one of many */
    int splits;                    /* its pages get an output each */
    struct ae_denoise_found found; /* ... else: in it, ... */
    double seconds;                /* ... and what it took */
    const char *where;             /* whose fault it is, and which */
    char *fault_name;              /* ... if that is a page's: its own */
    struct ae_err e;
};

struct jobs {
    struct batch *b;
    const struct cmd_jobs *all;
    struct begun begun[MOST];
    int count, ready;
};

static int fail(struct ae_err *e, const char *what)
{
    e->code = AE_EIO;
    snprintf(e->msg, sizeof(e->msg), "%s", what);
    return e->code;
}

int batch_make_folders(char *path, size_t own, struct ae_err *e)
{
    struct stat st;
    int err = 0;

    for (char *p = path + 1; !err && (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        const int below = (size_t)(p - path) > own;
        if (mkdir(path, 0777) && errno != EEXIST) {
            char why[512];
            snprintf(why, sizeof(why), "its folder can't be made: %s",
                     strerror(errno));
            err = fail(e, why);
        } else if (below && (lstat(path, &st) || !S_ISDIR(st.st_mode))) {
            err = fail(e, "its folder is a link or no folder");
        }
        *p = '/';
    }
    return err;
}

int batch_inspect(const struct batch *b, const struct cmd_jobs *j,
                  const char *out, struct ae_err *e)
{
    struct stat st;

    if (lstat(out, &st))
        return 0;
    if (b->c->existing == CMD_SKIP)
        return 1;
    if (b->c->existing != CMD_OVERWRITE)
        return fail(e, "exists (--existing=skip or overwrite goes on)");
    if (!S_ISREG(st.st_mode))
        return fail(e, "exists and is no file");
    return cmd_jobs_input(j, &st) ? fail(e, "is an input") : 0;
}

/* ------------------------------------------------------------- beginning */

static void set_fault(struct begun *g, const char *where)
{
    g->fate = FAILED;
    g->where = where;
}

static int open_input(struct batch *b, struct begun *g)
{
    int err = ae_io_open_path(g->job->in, &g->in, &g->e);

    if (g->job->begins)
        ae_selection_file(b->selection);
    if (!err)
        err = ae_io_unzip(&g->in, b->c->memory, &g->e);
    if (!err)
        err = ae_reader_open(b->ctx, g->in, 1, &g->reader, &g->e);
    if (!err)
        g->info = *ae_reader_info(g->reader);
    return err;
}

static void open_output(struct jobs *j, struct begun *g, int stands,
                        const struct ae_err *why)
{
    char *path = g->job->out;

    if (stands)
        g->e = *why;
    if (stands || batch_make_folders(path, strlen(j->b->c->folder), &g->e) ||
        cmd_create(path, &g->out, &g->e))
        set_fault(g, path);
}

/* An output that exists: the input's images count for the selection. */
static void skip(struct batch *b, struct begun *g, int readable)
{
    struct ae_err e = {0};

    g->fate = SKIPPED;
    if (!readable || !b->selection)
        return;
    batch_images(b, g->in, g->reader, NULL, NULL, &e);
    g->reader = NULL;
}

static struct begun *begin(struct jobs *j, const struct cmd_job *job)
{
    struct begun *g = &j->begun[j->count++];
    struct batch *b = j->b;
    struct ae_err why = {0};

    *g = (struct begun){.job = job, .where = job->in};
    const int err = open_input(b, g);
    g->splits = !err && batch_splits(b, &g->info, job->out);
    const int stands = g->splits ? 0 : batch_inspect(b, j->all, job->out, &why);
    ae_io_remove_temps(job->out);
    if (err == AE_EUNKNOWN && job->found)
        g->fate = PASSED;
    else if (stands == 1)
        skip(b, g, !err);
    else if (err)
        set_fault(g, job->in);
    else if (!g->splits)
        open_output(j, g, stands, &why);
    j->ready += g->fate == READY;
    return g;
}

/* ----------------------------------------------------------------- doing */

/* How many images like this one may be done at once. */
static int batch_size(const struct batch *b, const struct begun *g)
{
    if (!b->work->batch_hint || b->selection || g->fate != READY || g->splits)
        return 1;
    const int n = b->work->batch_hint(b->work->arg, &g->info);
    return n < MOST ? n : MOST;
}

/* A fault of an output is the output's. */
static void check(struct begun *g, int err)
{
    if (err)
        set_fault(g, ae_io_broken(g->out) ? g->job->out : g->job->in);
}

/* The first images of all that are ready, at once. */
static void do_many(struct jobs *j)
{
    struct ae_denoise_item item[MOST];
    struct begun *of[MOST];
    struct batch *b = j->b;
    const double start = cmd_now();
    int n = 0;

    for (int i = 0; i < j->count; i++) {
        struct begun *g = &j->begun[i];
        if (g->fate != READY)
            continue;
        check(g, batch_writer(b, g->reader, &g->info, g->out, g->job->out,
                              &g->writer, &g->e));
        if (g->fate != READY)
            continue;
        b->index++;
        of[n] = g;
        item[n++] = (struct ae_denoise_item){.reader = g->reader,
                                             .writer = g->writer};
    }
    if (n > 0)
        b->work->many(b->work->arg, item, n);
    for (int i = 0; i < n; i++) {
        of[i]->found = item[i].found;
        of[i]->seconds = (cmd_now() - start) / n;
        of[i]->e = item[i].e;
        check(of[i], item[i].rc);
    }
}

/* A file that has pages, into outputs of its own. */
static void split(struct jobs *j, struct begun *g)
{
    struct batch_split s = {
        .all = j->all, .in = g->in, .reader = g->reader, .out = g->job->out};

    g->reader = NULL;
    if (batch_pages(j->b, &s, &g->e)) {
        g->fault_name = s.failed;
        set_fault(g, s.failed ? s.failed : g->job->in);
    } else if (!s.done) {
        g->fate = s.skipped ? SKIPPED : NOT_WANTED;
    }
}

/* What follows the first image in its file, or, alone, all of it. */
static void do_rest(struct jobs *j, struct begun *g)
{
    struct batch *b = j->b;
    const uint64_t before = b->index;
    int err = 0;

    ae_writer_free(g->writer);
    g->writer = NULL;
    if (g->splits) {
        split(j, g);
        return;
    }
    if (!g->alone) {
        ae_reader_free(g->reader);
        g->reader = NULL;
        err = ae_reader_open(b->ctx, g->in, 0, &g->reader, &g->e);
    }
    if (!err) {
        err = batch_images(b, g->in, g->reader, g->out, g->job->out, &g->e);
        g->reader = NULL;
    }
    check(g, err == AE_END ? 0 : err);
    if (g->fate == READY && g->alone && b->index == before)
        g->fate = NOT_WANTED;
}

/* Outputs become files. */
static void commit(struct jobs *j)
{
    struct ae_io *out[MOST];
    struct ae_err e[MOST];
    int n = 0;

    for (int i = 0; i < j->count; i++) {
        struct begun *g = &j->begun[i];
        if (g->fate == READY && !g->splits)
            out[n++] = g->out;
        else if (g->out)
            cmd_drop(g->out);
    }
    cmd_commit_all(out, n, e);
    n = 0;
    for (int i = 0; i < j->count; i++) {
        struct begun *g = &j->begun[i];
        if (g->fate != READY || g->splits)
            continue;
        if (e[n].code) {
            g->e = e[n];
            set_fault(g, g->job->out);
        }
        n++;
    }
}

static void report(struct batch *b, const struct begun *g)
{
    const char *in = g->job->in;

    switch (g->fate) {
    case READY:
        if (!g->alone) {
            batch_done(b, in, &g->info, &g->found, g->seconds);
        }
        b->done++;
        break;
    case FAILED:
        cmd_error(g->where, &g->e);
        b->failed++;
        break;
    case SKIPPED:
        if (!g->splits) /* which told of each page */
            cmd_detail("%s: skipped: %s exists", in, g->job->out);
        b->skipped++;
        break;
    case PASSED:
        cmd_detail("%s: passed over: %s", in, g->e.msg);
        b->passed++;
        break;
    case NOT_WANTED:
        cmd_detail("%s: passed over: not wanted", in);
        b->passed++;
        break;
    }
    batch_show(b, 0);
}

/* Ends all that were begun. */
static void end_all(struct jobs *j)
{
    struct batch *b = j->b;
    const int many = j->ready > 0 && !j->begun[j->count - 1].alone;

    if (many)
        do_many(j);
    for (int i = 0; i < j->count; i++) {
        struct begun *g = &j->begun[i];
        if (g->fate == READY)
            do_rest(j, g);
        ae_writer_free(g->writer);
        ae_reader_free(g->reader);
        ae_io_close(g->in);
    }
    commit(j);
    for (int i = 0; i < j->count; i++) {
        report(b, &j->begun[i]);
        free(j->begun[i].fault_name);
    }
    j->count = j->ready = 0;
}

/* Of one batch. */
static int alike(const struct ae_image_info *a, const struct ae_image_info *b)
{
    return a->h == b->h && a->w == b->w && a->channels == b->channels &&
           a->alpha == b->alpha;
}

static const struct begun *first_ready(const struct jobs *j)
{
    const struct begun *g = j->begun;

    while (g->fate != READY)
        g++;
    return g;
}

/* Those that were begun before the last are ended without it. */
static void end_others(struct jobs *j)
{
    const struct begun last = j->begun[--j->count];

    j->ready--;
    end_all(j);
    j->begun[0] = last;
    j->count = j->ready = 1;
}

static void run_job(struct jobs *j, const struct cmd_job *job)
{
    struct begun *g = begin(j, job);
    const int most = batch_size(j->b, g), ready = g->fate == READY;

    g->alone = ready && most == 1;
    if (ready && j->ready > 1 &&
        (g->alone || !alike(&g->info, &first_ready(j)->info)))
        end_others(j);
    if (j->count == MOST || j->b->c->fail_fast || (ready && j->ready >= most))
        end_all(j);
}

void batch_to_folder(struct batch *b, char *const *operand, int count)
{
    struct cmd_jobs all;
    struct jobs j = {.b = b, .all = &all};

    if (b->c->output)
        cmd_usage("-o and -d exclude each other");
    if (count == 0)
        cmd_usage("-d needs inputs that have names, stdin has none");
    cmd_jobs_find(&all, b->ctx, b->c, operand, count);
    cmd_jobs_apart(&all, b->work->reads, b->work->writes);
    b->passed = all.passed;
    b->failed = all.failed;
    b->inputs = all.count + all.passed + all.failed;
    for (size_t i = 0; i < all.count; i++) {
        if (b->failed && b->c->fail_fast)
            break;
        run_job(&j, &all.job[i]);
    }
    end_all(&j);
    cmd_jobs_release(&all);
}
