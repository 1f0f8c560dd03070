/* filter.c - image to image over stdin, files and folders: the one place.
 *
 * Without -d all images become one stream on stdout or in -o; with -d every
 * input has an output of its own, whole or absent.  A bad input is named and
 * the rest is done.  What happens to an image is the caller's function. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "filter.h"

/* -------------------------------------------- one stream: stdout or -o */

/* Bytes of an image's output that may wait in memory until it is whole. */
static uint64_t held_bytes(const struct filter *run)
{
    enum { MOST = 16 << 20, SHARE = 16 };
    const uint64_t share = run->c->memory / SHARE;

    return share < MOST ? share : MOST;
}

static enum ae_multi multi_of(const struct filter *run, struct ae_reader *r)
{
    return ae_format_multi(
        cmd_format(run->c, run->c->output, ae_reader_info(r)->format));
}

/* In an array an image has its place, also where it can't be denoised. */
static int keeps_place(const struct filter *run, struct ae_reader *r, int rc)
{
    const struct ae_image_info *i = ae_reader_info(r);

    return rc == AE_ENUMERIC && i->items > 1 &&
           multi_of(run, r) == AE_MULTI_ARRAY;
}

/* Passes one image, of which the output holds all or nothing. */
static int pass_whole(struct filter *run, struct ae_io *in, struct ae_reader *r,
                      struct ae_io *out, struct ae_err *e)
{
    struct ae_err why = {0};
    const uint64_t before = run->index;

    CMD_TRY(ae_io_hold(out, held_bytes(run), e));
    int rc = filter_next(run, in, r, out, run->c->output, e);
    if (!rc) {
        run->written += run->index - before;
        return ae_io_let_go(out, e);
    }
    if (ae_io_broken(out))
        return rc;
    if (!ae_io_take_back(out, &why) && keeps_place(run, r, rc))
        filter_fill(run, r, out, run->c->output, &why);
    if (!why.code)
        ae_io_flush(out, &why);
    if (why.code)
        *e = why;
    return e->code;
}

/* Passes all images of an open input; one that can't be read is named, and the
 * next ones are tried.  Returns how many failed; *stop: nothing goes on. */
static int pass_images(struct filter *run, struct ae_io *in, struct ae_io *out,
                       int *stop)
{
    int failed = 0, rc = 0;

    for (int n = 1; !*stop; n++) {
        struct ae_reader *r = NULL;
        struct ae_err e = {0};
        char name[CMD_NAME];

        rc = ae_reader_open(run->ctx, in, n == 1, &r, &e);
        if (rc == AE_END)
            break;
        if (!rc)
            rc = pass_whole(run, in, r, out, &e);
        if (rc)
            filter_fault(run,
                         ae_io_broken(out) ? ae_io_name(out)
                                           : cmd_image_name(in, n, name),
                         &e);
        failed += rc != 0;
        /* an array or a file of pages that can't hold this image */
        const int full = rc == AE_EARG && r && multi_of(run, r);
        *stop = rc && (full || ae_io_broken(out) || run->c->fail_fast);
        ae_reader_free(r);
    }
    return failed;
}

/* Its images came out of the stream, all of them or as many as could be. */
static void log_input(const struct filter *run, const char *name,
                      uint64_t images, uint64_t left, double start)
{
    const char *out = run->c->output;
    const int failed = run->input_fault.code != 0;

    cmd_log_put(&(struct cmd_log_line){
        .input = name,
        .output = failed || !out ? NULL : out,
        .w = run->w,
        .h = run->h,
        .seconds = cmd_now() - start,
        .status = failed                                     ? CMD_LOG_FAILED
                  : images > 0 && run->left - left == images ? CMD_LOG_UNCHANGED
                                                             : CMD_LOG_OK,
        .error = failed ? run->input_fault.msg : NULL});
}

/* Returns nonzero when the output can't go on. */
static int stream_input(struct filter *run, const char *name, struct ae_io *out)
{
    struct ae_io *in = NULL;
    struct ae_err e = {0};
    const uint64_t index = run->index, left = run->left;
    const double start = cmd_now();

    run->name = name;
    run->w = run->h = run->input_fault.code = 0;
    int rc = cmd_open(name, &in, &e), failed, stop = 0;
    ae_selection_file(run->selection);
    if (!rc)
        rc = ae_io_unzip(&in, run->c->memory, &e);
    if (rc)
        filter_fault(run, in ? ae_io_name(in) : name, &e);
    failed = rc ? 1 : pass_images(run, in, out, &stop);
    if (failed)
        run->failed++;
    else
        run->done++;
    ae_io_close(in);
    log_input(run, name, run->index - index, left, start);
    return stop || (failed && run->c->fail_fast);
}

/* Checks the selection at the end, unless something else is wrong already. */
static void check_selection(struct filter *run)
{
    struct ae_err e = {0};

    if (run->failed || !ae_selection_end(run->selection, &e))
        return;
    cmd_error(NULL, &e);
    run->failed++;
}

/* Ends the stream; a file is kept where it holds what it should, though some
 * image may have failed. */
static int end_output(struct filter *run, struct ae_io *out, int stop,
                      struct ae_err *e)
{
    const int is_file = run->c->output != NULL;
    struct ae_err why;
    int rc = 0;

    if (run->written && !stop)
        rc = ae_writer_end(out, e);
    if (run->written && !(is_file && (stop || rc)))
        return cmd_commit(out, rc ? &why : e) || rc;
    cmd_drop(out);
    return rc;
}

static int to_stream(struct filter *run, const struct cmd_inputs *in)
{
    struct ae_err e = {0};
    uint64_t first, count;
    int stop = 0;

    cmd_shard(run->c->shard, (uint64_t)in->count, &first, &count);
    cmd_check_terminal(run->c);
    run->inputs = count;
    run->places = (uint64_t)in->count;
    struct ae_io *out = cmd_create_output(run->c);
    cmd_log_begin();
    for (uint64_t i = first; i < first + count && !stop; i++) {
        filter_begin_input(run, i);
        stop = stream_input(run, in->name[i], out);
        filter_show(run, 0);
    }
    check_selection(run);
    if (end_output(run, out, stop, &e)) {
        cmd_error(run->c->output ? run->c->output : "stdout", &e);
        return CMD_FAILED;
    }
    return run->failed ? CMD_FAILED : CMD_OK;
}

/* ------------------------------------------------------------------ both */

static void note_left(const char *name, const struct ae_denoise_found *found)
{
    if (found->drawn)
        cmd_note("%s: left as it was: %s; give --sigma if it has noise", name,
                 found->drawn);
    else
        cmd_note("%s: left as it was: noise of %.2f", name, found->sigma);
}

/* Prints what the run ends with.  A user who sees no difference shall know that
 * there is none, unless he asked for it. */
static void sum_up(const struct filter *run)
{
    const uint64_t n = run->work->effect == CMD_KEEPS ? 0 : run->left;
    char left[64] = "";

    if (n)
        snprintf(left, sizeof(left), ", %" PRIu64 " left as they were", n);
    if (run->c->folder || run->c->in_place)
        cmd_summary("%" PRIu64 " done%s, %" PRIu64 " skipped, %" PRIu64
                    " passed over, %" PRIu64 " failed",
                    run->done, left, run->skipped, run->ignored, run->failed);
    else if (n == 1 && run->index == 1)
        note_left(run->left_name, &run->left_found);
    else if (n)
        cmd_note("%" PRIu64 " of %" PRIu64 " images left as they were", n,
                 run->index);
}

int cmd_filter(struct ae_ctx *ctx, const struct cmd_common *c,
               struct ae_selection *selection, char *const *operand, int count,
               const struct cmd_work *work)
{
    struct filter run = {.ctx = ctx,
                         .c = c,
                         .selection = selection,
                         .work = work,
                         .start = cmd_now()};
    const int many = c->folder || c->in_place;
    struct cmd_inputs in;
    int status;

    cmd_check_outputs(c);
    cmd_format_asked(c);
    cmd_log_check(c, 0);
    if (c->watch && (!c->folder || c->files_from || c->shard))
        cmd_usage("--watch needs -d, and neither --files-from nor --shard");
    cmd_inputs_find(&in, c, selection, operand, count);
    cmd_files(NULL, NULL, many || !in.count ? NULL : in.name, in.count);
    cmd_log_open(c);
    if (many) {
        filter_to_folder(&run, &in);
        check_selection(&run);
        status = run.failed ? CMD_FAILED : CMD_OK;
    } else {
        status = to_stream(&run, &in);
    }
    run.name = NULL; /* its owner is gone */
    cmd_inputs_release(&in);
    filter_show(&run, 1);
    sum_up(&run);
    if (cmd_log_close() && !status)
        status = CMD_FAILED;
    return run.unfit && !run.faults ? CMD_USAGE : status;
}
