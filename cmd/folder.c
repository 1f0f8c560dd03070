/* folder.c - image to image with -d: an output for each input.
 *
 * Small images are done together: several inputs and outputs are open at
 * once, the images are one batch, and the outputs are synced together.
 * Messages and failures are those of one input after another, and come in the
 * same order. */
#include <stdlib.h>
#include <string.h>

#include "filter.h"

enum { MOST = CMD_OUTPUTS }; /* inputs that are open at once */

enum outcome { READY, FAILED, SKIPPED, IGNORED, UNWANTED };

/* A job whose input is open. */
struct opened {
    const struct filter_job *job;
    enum outcome outcome;
    struct ae_io *in, *out;
    struct ae_reader *reader; /* of the first image, until it is read */
    struct ae_writer *writer;
    struct ae_image_info info;     /* of it */
    int alone;                     /* not done together with others */
    int splits;                    /* its pages get an output each */
    struct ae_denoise_found found; /* in the first image, as one of many */
    uint64_t images, left;         /* done, and as they were in that */
    double seconds;                /* that they took */
    char *first_page;              /* the first page's file; owned */
    const char *where;             /* the file at fault, for e */
    char *fault_name;              /* that file, where it is a page's; owned */
    struct ae_err e;
};

struct jobs {
    struct filter *run;
    const struct filter_jobs *all;
    struct opened opened[MOST];
    int count, ready;
};

/* --------------------------------------------------------------- opening */

static void set_fault(struct opened *g, const char *where)
{
    g->outcome = FAILED;
    g->where = where;
}

static int open_input(struct filter *run, struct opened *g)
{
    const int rc = ae_io_open_path(g->job->in, &g->in, &g->e);

    if (g->job->begins)
        ae_selection_file(run->selection);
    if (rc)
        return rc;
    const struct ae_io *const packed = g->in;
    CMD_TRY(ae_io_unzip(&g->in, run->c->memory, &g->e));
    if (run->c->in_place && g->in != packed)
        return filter_refuse_packed(&g->e);
    CMD_TRY(ae_reader_open(run->ctx, g->in, 1, &g->reader, &g->e));
    g->info = *ae_reader_info(g->reader);
    return 0;
}

/* Skips an input whose output exists; its images count for the selection. */
static void skip_input(struct filter *run, struct opened *g, int readable)
{
    struct ae_err e = {0};

    g->outcome = SKIPPED;
    if (!readable || !run->selection)
        return;
    filter_images(run, g->in, g->reader, NULL, NULL, &e);
    g->reader = NULL;
}

static void open_output(struct jobs *j, struct opened *g, int stands,
                        const struct ae_err *why)
{
    const struct cmd_common *c = j->run->c;
    char *path = g->job->out;
    int rc = stands;

    if (stands)
        g->e = *why;
    else
        rc = filter_make_folders(c->folder, path, &g->e);
    if (!rc)
        rc = cmd_create_in(c, path, &g->out, &g->e);
    if (rc == AE_END)
        skip_input(j->run, g, 1);
    else if (rc)
        set_fault(g, path);
}

static struct opened *open_job(struct jobs *j, const struct filter_job *job)
{
    struct opened *g = &j->opened[j->count++];
    struct filter *run = j->run;
    struct ae_err why = {0};

    *g = (struct opened){.job = job, .where = job->in};
    cmd_private_to(job->in);
    const int rc = open_input(run, g);
    g->splits = !rc && filter_splits(run, &g->info, job->out);
    const int stands = g->splits ? 0 : cmd_inspect(run->c, job->out, &why);
    ae_io_remove_temps(job->out);
    if (rc && job->found && ae_format_pass_over(job->in, rc))
        g->outcome = IGNORED;
    else if (stands == AE_END)
        skip_input(run, g, !rc);
    else if (rc)
        set_fault(g, job->in);
    else if (!g->splits)
        open_output(j, g, stands, &why);
    j->ready += g->outcome == READY;
    return g;
}

/* ----------------------------------------------------------------- doing */

/* How many images like this one may be done at once. */
static int batch_size(const struct filter *run, const struct opened *g)
{
    if (!run->work->batch_hint || run->selection || g->outcome != READY ||
        g->splits)
        return 1;
    const int n = run->work->batch_hint(run->work->arg, &g->info);
    return n < MOST ? n : MOST;
}

/* Names the output where that is broken, else the input. */
static void check_fault(struct opened *g, int rc)
{
    if (rc)
        set_fault(g, ae_io_broken(g->out) ? g->job->out : g->job->in);
}

/* Does the first images of all inputs that are ready, at once. */
static void do_many(struct jobs *j)
{
    struct ae_denoise_item item[MOST];
    struct opened *of[MOST];
    struct filter *run = j->run;
    const double start = cmd_now();
    int n = 0;

    for (int i = 0; i < j->count; i++) {
        struct opened *g = &j->opened[i];
        if (g->outcome != READY)
            continue;
        check_fault(g, filter_open_writer(run, g->reader, &g->info, g->out,
                                          g->job->out, &g->writer, &g->e));
        if (g->outcome != READY)
            continue;
        run->index++;
        g->images++;
        of[n] = g;
        item[n++] = (struct ae_denoise_item){.reader = g->reader,
                                             .writer = g->writer};
    }
    if (n > 0)
        run->work->many(run->work->arg, item, n);
    for (int i = 0; i < n; i++) {
        of[i]->found = item[i].found;
        of[i]->seconds = (cmd_now() - start) / n;
        of[i]->e = item[i].e;
        check_fault(of[i], item[i].rc);
    }
}

/* Writes the pages of a file into outputs of their own. */
static void split_pages(struct jobs *j, struct opened *g)
{
    struct filter_split s = {
        .all = j->all, .in = g->in, .reader = g->reader, .job = g->job};

    g->reader = NULL;
    const int rc = filter_pages(j->run, &s, &g->e);
    g->first_page = s.first;
    if (rc) {
        g->fault_name = s.failed;
        set_fault(g, s.failed ? s.failed : g->job->in);
    } else if (!s.done) {
        g->outcome = s.skipped ? SKIPPED : UNWANTED;
    }
}

/* Does the images that follow the first one in its file, or all of the file
 * where it isn't done together with others. */
static void do_rest(struct jobs *j, struct opened *g)
{
    struct filter *run = j->run;
    const uint64_t before = run->index, left = run->left;
    const double start = cmd_now();
    int rc = 0;

    run->name = g->job->in;
    filter_begin_input(run, g->job->number - 1);
    ae_writer_free(g->writer);
    g->writer = NULL;
    if (g->splits) {
        split_pages(j, g);
    } else {
        if (!g->alone) {
            ae_reader_free(g->reader);
            g->reader = NULL;
            rc = ae_reader_open(run->ctx, g->in, 0, &g->reader, &g->e);
        }
        if (!rc) {
            rc = filter_images(run, g->in, g->reader, g->out, g->job->out,
                               &g->e);
            g->reader = NULL;
        }
        check_fault(g, rc == AE_END ? 0 : rc);
        if (g->outcome == READY && g->alone && run->index == before)
            g->outcome = UNWANTED;
    }
    g->images += run->index - before;
    g->left += run->left - left;
    g->seconds += cmd_now() - start;
}

/* A name that another run took meanwhile is skipped, or at fault. */
static void check_commit(const struct filter *run, struct opened *g,
                         const struct ae_err *e)
{
    g->e = *e;
    const int rc = cmd_check_commit(run->c, g->job->out, &g->e);
    if (rc == AE_END)
        g->outcome = SKIPPED;
    else if (rc)
        set_fault(g, g->job->out);
}

/* Commits the outputs, which become files. */
static void commit_outputs(struct jobs *j)
{
    struct ae_io *out[MOST];
    struct ae_err e[MOST];
    int n = 0;

    for (int i = 0; i < j->count; i++) {
        struct opened *g = &j->opened[i];
        if (g->outcome == READY && !g->splits)
            out[n++] = g->out;
        else if (g->out)
            cmd_drop(g->out);
    }
    cmd_commit_all(out, n, e);
    n = 0;
    for (int i = 0; i < j->count; i++) {
        struct opened *g = &j->opened[i];
        if (g->outcome != READY || g->splits)
            continue;
        check_commit(j->run, g, &e[n++]);
    }
}

static void log_input(const struct opened *g)
{
    static const enum cmd_log_status status[] = {
        [READY] = CMD_LOG_OK,         [FAILED] = CMD_LOG_FAILED,
        [SKIPPED] = CMD_LOG_SKIPPED,  [IGNORED] = CMD_LOG_SKIPPED,
        [UNWANTED] = CMD_LOG_SKIPPED,
    };
    const int stands = g->outcome == READY || g->outcome == SKIPPED;

    cmd_log_put(&(struct cmd_log_line){
        .input = g->job->in,
        .output = stands ? g->first_page ? g->first_page : g->job->out : NULL,
        .w = g->info.w,
        .h = g->info.h,
        .seconds = g->seconds,
        .status = g->outcome == READY && g->images > 0 && g->left == g->images
                      ? CMD_LOG_UNCHANGED
                      : status[g->outcome],
        .error = g->outcome == FAILED ? g->e.msg : NULL});
}

static void report_input(struct filter *run, struct opened *g)
{
    const uint64_t left = run->left;
    const char *in = g->job->in;

    switch (g->outcome) {
    case READY:
        if (!g->alone)
            filter_count_image(run, in, &g->info, &g->found, g->seconds);
        g->left += run->left - left;
        run->done++;
        break;
    case FAILED:
        filter_fault(run, g->where, &g->e);
        run->failed++;
        break;
    case SKIPPED:
        if (!g->splits) /* else each page has its message */
            cmd_detail("%s: skipped: %s exists", in, g->job->out);
        run->skipped++;
        break;
    case IGNORED:
        cmd_detail("%s: passed over: %s", in, g->e.msg);
        run->ignored++;
        break;
    case UNWANTED:
        cmd_detail("%s: passed over: not wanted", in);
        run->ignored++;
        break;
    }
    log_input(g);
    filter_show(run, 0);
}

/* Ends all that are open. */
static void end_all(struct jobs *j)
{
    struct filter *run = j->run;
    const int many = j->ready > 0 && !j->opened[j->count - 1].alone;

    if (many)
        do_many(j);
    for (int i = 0; i < j->count; i++) {
        struct opened *g = &j->opened[i];
        if (g->outcome == READY)
            do_rest(j, g);
        ae_writer_free(g->writer);
        ae_reader_free(g->reader);
        ae_io_close(g->in);
    }
    commit_outputs(j);
    for (int i = 0; i < j->count; i++) {
        report_input(run, &j->opened[i]);
        free(j->opened[i].fault_name);
        free(j->opened[i].first_page);
    }
    j->count = j->ready = 0;
}

/* Whether both images fit one batch. */
static int alike(const struct ae_image_info *a, const struct ae_image_info *b)
{
    return a->h == b->h && a->w == b->w && a->channels == b->channels &&
           a->alpha == b->alpha;
}

static const struct opened *first_ready(const struct jobs *j)
{
    const struct opened *g = j->opened;

    while (g->outcome != READY)
        g++;
    return g;
}

/* Ends all but the last one. */
static void end_others(struct jobs *j)
{
    const struct opened last = j->opened[--j->count];

    j->ready--;
    end_all(j);
    j->opened[0] = last;
    j->count = j->ready = 1;
}

static void run_job(struct jobs *j, const struct filter_job *job)
{
    struct opened *g = open_job(j, job);
    const int most = batch_size(j->run, g), ready = g->outcome == READY;

    g->alone = ready && most == 1;
    if (ready && j->ready > 1 &&
        (g->alone || !alike(&g->info, &first_ready(j)->info)))
        end_others(j);
    if (j->count == MOST || j->run->c->fail_fast || (ready && j->ready >= most))
        end_all(j);
}

static int is_over(const struct filter *run)
{
    return run->failed && run->c->fail_fast;
}

/* Whether another run is at this output, which need not be made twice. */
static int is_busy(const struct filter *run, const struct filter_job *job)
{
    return run->c->existing == CMD_SKIP && !run->selection &&
           ae_io_has_writer(job->out, 0);
}

/* Those that another run is at come last, when it has ended with them: it may
 * have failed. */
static void run_jobs(struct jobs *j)
{
    const struct filter_jobs *all = j->all;
    size_t *busy = cmd_need(malloc((all->count + 1) * sizeof(*busy))), n = 0;

    for (size_t i = 0; i < all->count && !is_over(j->run); i++)
        if (is_busy(j->run, &all->job[i]))
            busy[n++] = i;
        else
            run_job(j, &all->job[i]);
    end_all(j);
    for (size_t i = 0; i < n && !is_over(j->run); i++) {
        ae_io_has_writer(all->job[busy[i]].out, 1);
        run_job(j, &all->job[busy[i]]);
        end_all(j);
    }
    free(busy);
}

void filter_to_folder(struct filter *run, const struct cmd_inputs *in)
{
    struct filter_jobs all;
    struct jobs j = {.run = run, .all = &all};

    if (run->c->output)
        cmd_usage("-o and -d exclude each other");
    filter_jobs_find(&all, run->ctx, run->c, in);
    cmd_log_begin();
    run->places = all.total;
    run->ignored = all.ignored;
    run->failed = run->faults = all.failed;
    run->inputs = all.count + all.ignored + all.failed;
    run_jobs(&j);
    filter_jobs_release(&all);
}
