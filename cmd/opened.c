/* opened.c - one input of -d on its way to its output; see folder.h.
 *
 * It may be read ahead by another thread.  What goes wrong there, or would be
 * said, is of no account: the main thread reads such an input anew when its
 * turn comes, so that messages and failures are those of one input after
 * another. */
#include <stdlib.h>
#include <string.h>

#include "folder.h"

/* --------------------------------------------------------------- opening */

static void set_fault(struct opened *g, const char *where)
{
    g->outcome = FAILED;
    g->where = where;
}

void opened_check(struct opened *g, int rc)
{
    if (rc)
        set_fault(g, ae_io_broken(g->out) ? g->job->out : g->job->in);
}

void opened_close(struct opened *g)
{
    ae_writer_free(g->writer);
    ae_reader_free(g->reader);
    ae_io_close(g->in);
    g->writer = NULL;
    g->reader = NULL;
    g->in = NULL;
}

void opened_free(struct opened *g)
{
    opened_close(g);
    cmd_said_release(&g->said);
    free(g->fault_name);
    free(g->first_page);
    free(g);
}

static int read_ahead(struct opened *g, struct ae_err *e)
{
    const struct side *s = g->side;

    CMD_TRY(ae_io_open_path(g->job->in, &g->in, e));
    const struct ae_io *const packed = g->in;
    CMD_TRY(ae_io_unzip(&g->in, s->each, e));
    if (s->in_place && g->in != packed)
        return AE_EUNSUPPORTED;
    CMD_TRY(ae_reader_open(s->ctx, g->in, 1, &g->reader, e));
    return ae_reader_ahead(g->reader, s->main, s->each, e);
}

static void read_task(void *arg)
{
    struct opened *g = arg;
    const double start = cmd_now();
    struct ae_err e = {0};

    cmd_say_aside(&g->said);
    const int rc = read_ahead(g, &e);
    cmd_say_aside(NULL);
    if (rc || g->said.text)
        opened_close(g);
    cmd_said_release(&g->said);
    g->seconds = cmd_now() - start;
}

/* A plain file whose output will be written, as far as can be seen. */
static int is_worth_it(const struct cmd_common *c, const struct filter_job *job)
{
    struct stat st;

    return stat(job->in, &st) == 0 && S_ISREG(st.st_mode) &&
           (c->existing == CMD_OVERWRITE || c->in_place ||
            lstat(job->out, &st) != 0);
}

struct opened *opened_begin(struct filter *run, const struct side *side,
                            const struct filter_job *job)
{
    struct opened *g = cmd_need(calloc(1, sizeof(*g)));

    g->job = job;
    g->side = side;
    g->where = job->in;
    if (side->ctx && is_worth_it(run->c, job))
        cmd_side_put(&g->task, read_task, g);
    return g;
}

static int open_input(struct filter *run, struct opened *g)
{
    int rc = 0;

    if (g->job->begins)
        ae_selection_file(run->selection);
    if (!g->in) {
        CMD_TRY(ae_io_open_path(g->job->in, &g->in, &g->e));
        const struct ae_io *const packed = g->in;
        CMD_TRY(ae_io_unzip(&g->in, run->c->memory, &g->e));
        if (run->c->in_place && g->in != packed)
            return filter_refuse_packed(&g->e);
        rc = ae_reader_open(run->ctx, g->in, 1, &g->reader, &g->e);
    }
    if (!rc)
        g->info = *ae_reader_info(g->reader);
    return rc;
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

static void open_output(struct filter *run, struct opened *g, int stands,
                        const struct ae_err *why)
{
    char *path = g->job->out;
    int rc = stands;

    if (stands)
        g->e = *why;
    else
        rc = filter_make_folders(run->c->folder, path, &g->e);
    if (!rc)
        rc = cmd_create_in(run->c, path, &g->out, &g->e);
    if (rc == AE_END)
        skip_input(run, g, 1);
    else if (rc)
        set_fault(g, path);
}

void opened_take(struct filter *run, struct opened *g)
{
    const struct filter_job *job = g->job;
    struct ae_err why = {0};

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
        open_output(run, g, stands, &why);
}

void opened_again(struct filter *run, struct opened *g)
{
    opened_close(g);
    if (g->out)
        cmd_drop(g->out);
    g->out = NULL;
    g->outcome = READY;
    g->e.code = 0;
    opened_take(run, g);
}

/* ----------------------------------------------------------------- doing */

/* Whether nothing follows the image that was read. */
static int is_at_end(struct opened *g)
{
    const void *p;
    size_t n = 0;

    return g->info.items <= 1 && !ae_io_peek(g->in, &p, 1, &n, NULL) && n == 0;
}

int opened_do_first(struct filter *run, struct opened *g)
{
    const uint64_t before = run->index, left = run->left;
    const double start = cmd_now();

    run->name = g->job->in;
    filter_begin_input(run, g->job->number - 1);
    const struct filter_later later = {&g->writer, &g->found, g->side->each};
    int rc = filter_image_later(run, g->reader, &g->info, g->out, g->job->out,
                                g->job->in, &later, &g->e);
    if (rc == AE_EMEM) {
        run->index = before;
        return rc;
    }
    g->images = run->index - before;
    g->later = !rc && is_at_end(g);
    g->alone = !g->later;
    if (!rc && !g->later) {
        rc = ae_writer_finish(g->writer, &g->e);
        if (!rc) /* and go on with what follows */
            filter_count_image(run, g->job->in, &g->info, &g->found,
                               cmd_now() - start);
    }
    g->left = run->left - left;
    g->seconds += cmd_now() - start;
    opened_check(g, rc);
    return 0;
}

/* Writes the pages of a file into outputs of their own. */
static void split_pages(struct filter *run, const struct filter_jobs *all,
                        struct opened *g)
{
    struct filter_split s = {
        .all = all, .in = g->in, .reader = g->reader, .job = g->job};

    g->reader = NULL;
    const int rc = filter_pages(run, &s, &g->e);
    g->first_page = s.first;
    if (rc) {
        g->fault_name = s.failed;
        set_fault(g, s.failed ? s.failed : g->job->in);
    } else if (!s.done) {
        g->outcome = s.skipped ? SKIPPED : UNWANTED;
    }
}

/* All images from the reader's on, or, where that image is done, from the next
 * one. */
static void pass_images(struct filter *run, struct opened *g)
{
    int rc = 0;

    if (g->images) {
        ae_reader_free(g->reader);
        g->reader = NULL;
        rc = ae_reader_open(run->ctx, g->in, 0, &g->reader, &g->e);
    }
    if (!rc) {
        rc = filter_images(run, g->in, g->reader, g->out, g->job->out, &g->e);
        g->reader = NULL;
    }
    opened_check(g, rc == AE_END ? 0 : rc);
}

void opened_do_rest(struct filter *run, const struct filter_jobs *all,
                    struct opened *g)
{
    const uint64_t before = run->index, left = run->left;
    const double start = cmd_now();

    run->name = g->job->in;
    filter_begin_input(run, g->job->number - 1);
    run->image = g->images;
    ae_writer_free(g->writer);
    g->writer = NULL;
    if (g->splits)
        split_pages(run, all, g);
    else
        pass_images(run, g);
    g->images += run->index - before;
    if (g->outcome == READY && g->images == 0)
        g->outcome = UNWANTED;
    g->left += run->left - left;
    g->seconds += cmd_now() - start;
}

/* ------------------------------------------------------------- the result */

/* A name that another run took meanwhile is skipped, or at fault. */
void opened_check_commit(struct filter *run, struct opened *g,
                         const struct ae_err *e)
{
    g->e = *e;
    const int rc = cmd_check_commit(run->c, g->job->out, &g->e);
    if (rc == AE_END)
        g->outcome = SKIPPED;
    else if (rc)
        set_fault(g, g->job->out);
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

void opened_report(struct filter *run, struct opened *g)
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
