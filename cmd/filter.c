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

/* Passes all images of an input; *in stays open for its name. */
static int pass_input(struct filter *run, const char *name, struct ae_io **in,
                      struct ae_io *out, struct ae_err *e)
{
    struct ae_reader *r = NULL;
    int rc = cmd_open(name, in, e);

    ae_selection_file(run->selection);
    if (rc)
        return rc;
    CMD_TRY(ae_io_unzip(in, run->c->memory, e));
    CMD_TRY(ae_reader_open(run->ctx, *in, 1, &r, e));
    CMD_TRY(filter_images(run, *in, r, out, run->c->output, e));
    return ae_io_flush(out, e);
}

/* Returns nonzero when the output can't go on. */
static int stream_input(struct filter *run, const char *name, struct ae_io *out)
{
    const uint64_t before = ae_io_offset(out);
    struct ae_io *in = NULL;
    struct ae_err e = {0};
    const int rc = pass_input(run, name, &in, out, &e);
    const int lost = ae_io_broken(out);

    if (rc) {
        cmd_error(lost ? ae_io_name(out) : in ? ae_io_name(in) : name, &e);
        run->failed++;
    } else {
        run->done++;
    }
    ae_io_close(in);
    return rc && (run->c->fail_fast || lost || ae_io_offset(out) != before);
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

static int to_stream(struct filter *run, char *const *operand, int count)
{
    static char stdin_name[] = "-";
    char *const only[] = {stdin_name};
    struct ae_err e = {0};
    int stop = 0;

    if (count == 0) {
        operand = only;
        count = 1;
    }
    cmd_check_terminal(run->c);
    run->inputs = (uint64_t)count;
    struct ae_io *out = cmd_create_output(run->c);
    for (int i = 0; i < count && !stop; i++) {
        stop = stream_input(run, operand[i], out);
        filter_show(run, 0);
    }
    check_selection(run);
    if (run->index == 0 || run->done == 0 || (stop && run->c->output)) {
        cmd_drop(out);
    } else if (cmd_commit(out, &e)) {
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
 * there is none. */
static void sum_up(const struct filter *run)
{
    char left[64] = "";

    if (run->left)
        snprintf(left, sizeof(left), ", %" PRIu64 " left as they were",
                 run->left);
    if (run->c->folder)
        cmd_summary("%" PRIu64 " done%s, %" PRIu64 " skipped, %" PRIu64
                    " passed over, %" PRIu64 " failed",
                    run->done, left, run->skipped, run->ignored, run->failed);
    else if (run->left == 1 && run->index == 1)
        note_left(run->left_name, &run->left_found);
    else if (run->left)
        cmd_note("%" PRIu64 " of %" PRIu64 " images left as they were",
                 run->left, run->index);
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
    int status;

    if (!c->folder && (c->recursive || c->flat))
        cmd_usage("-r and --flat need -d");
    cmd_format_asked(c);
    cmd_files(NULL, c->folder ? NULL : operand, count);
    if (c->folder) {
        filter_to_folder(&run, operand, count);
        check_selection(&run);
        status = run.failed ? CMD_FAILED : CMD_OK;
    } else {
        status = to_stream(&run, operand, count);
    }
    filter_show(&run, 1);
    sum_up(&run);
    return status;
}
