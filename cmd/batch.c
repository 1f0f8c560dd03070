/* batch.c - image to image over stdin, files and folders: the one place.
 *
 * Without -d all images become one stream on stdout or in -o; with -d every
 * input has an output of its own, whole or absent.  A bad input is named and
 * the rest is done.  What happens to an image is the caller's function. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

/* " + 37 %" of an image that isn't done, else nothing. */
static const char *percent(double share)
{
    static char text[16];

    text[0] = '\0';
    if (share > 0 && share < 1)
        snprintf(text, sizeof(text), " + %.0f %%", 100 * share);
    return text;
}

void batch_show(const struct batch *b, int last)
{
    const double t = cmd_now() - b->start;
    const uint64_t n = b->done + b->skipped + b->passed + b->failed;
    const double gone = (double)n + b->share;
    const double pixels = b->pixels + b->share * b->share_pixels;
    char left[32];

    cmd_progress(
        last, "%" PRIu64 "/%" PRIu64 "%s  %.2f MP/s  %s left", n, b->inputs,
        percent(b->share), t > 0 ? pixels * 1e-6 / t : 0.0,
        cmd_clock(gone > 0 ? t / gone * ((double)b->inputs - gone) : 0, left));
}

static void show_share(void *arg, double share)
{
    struct batch *b = arg;

    b->share = share;
    batch_show(b, 0);
}

int batch_pass(struct ae_reader *r, struct ae_err *e)
{
    const struct ae_image_info *info = ae_reader_info(r);
    float *row = cmd_need(
        calloc((size_t)info->w * (size_t)info->channels, sizeof(*row)));
    int err = 0;

    for (int y = 0; !err && y < info->h; y++)
        err = ae_reader_row(r, row, e);
    free(row);
    return err ? err : ae_reader_finish(r, e);
}

int batch_select(struct batch *b, struct ae_image_info *info, int *wanted,
                 struct ae_err *e)
{
    const char *label = NULL;

    *wanted = 1;
    if (!b->selection)
        return 0;
    if (info->item == 0) {
        b->items = ae_selection_count(b->selection, info->items);
        b->item = 0;
    }
    const int err = ae_selection_row(b->selection, &label, wanted, e);
    if (!err && *wanted && info->items) {
        info->items = b->items;
        info->item = b->item++;
    }
    return err;
}

int batch_writer(struct batch *b, struct ae_reader *r,
                 const struct ae_image_info *info, struct ae_io *out,
                 const char *out_name, struct ae_writer **w, struct ae_err *e)
{
    const struct ae_write_options o = {
        .quality = b->c->quality,
        .subsampling = (enum ae_subsampling)b->c->subsampling,
        .auto_orient = b->c->auto_orient};
    struct ae_image_info made = *info;
    int err = b->c->to || !out_name ? 0 : ae_format_refuse_name(out_name, e);

    if (!err && b->work->size)
        err = b->work->size(b->work->arg, info, &made, e);
    return err ? err
               : ae_writer_open(b->ctx, out,
                                cmd_format(b->c, out_name, info->format), &made,
                                ae_reader_meta(r), &o, w, e);
}

static void tell_found(struct batch *b, const char *name,
                       const struct ae_denoise_found *found)
{
    const int left = found->changed < AE_DENOISE_LEFT;

    cmd_detail("%s: noise of %.2f%s", name, found->sigma,
               left ? ", left as it was" : "");
    if (!left)
        return;
    b->left++;
    b->left_sigma = found->sigma;
    snprintf(b->left_name, sizeof(b->left_name), "%s", name);
}

void batch_done(struct batch *b, const char *name,
                const struct ae_image_info *info,
                const struct ae_denoise_found *found, double seconds)
{
    if (b->work->denoises)
        tell_found(b, name, found);
    b->pixels += (double)info->w * info->h;
    cmd_detail("%s: %d x %d, %d channel%s: %.0f ms", name, info->w, info->h,
               info->channels, info->channels > 1 ? "s" : "", 1e3 * seconds);
}

int batch_splits(const struct batch *b, const struct ae_image_info *info,
                 const char *out_name)
{
    return info->items > 1 && info->format &&
           ae_format_multi(info->format) == AE_MULTI_PAGES &&
           ae_format_multi(cmd_format(b->c, out_name, info->format)) ==
               AE_MULTI_NONE;
}

/* -o names one file, which would be as many as there are pages. */
static int check_pages(const struct batch *b, const struct ae_image_info *i,
                       struct ae_err *e)
{
    const char *out = b->c->output;

    if (!out || strcmp(out, "-") == 0 || !batch_splits(b, i, out))
        return 0;
    snprintf(e->msg, sizeof(e->msg),
             "has %" PRIu64 " pages, and a file of "
             "%s holds one picture: -d writes a file a page, --to tiff all "
             "of them",
             i->items, ae_format_name(cmd_format(b->c, out, i->format)));
    return e->code = AE_EARG;
}

int batch_one(struct batch *b, struct ae_reader *r,
              const struct ae_image_info *info, struct ae_io *out,
              const char *out_name, const char *name, struct ae_err *e)
{
    struct ae_denoise_found found = {0};
    struct ae_writer *w = NULL;
    const double start = cmd_now();
    int err = check_pages(b, info, e);

    if (!err)
        err = batch_writer(b, r, info, out, out_name, &w, e);
    if (!err) {
        const struct cmd_image im = {b->ctx,     r,          w, name,
                                     b->index++, show_share, b, &found};
        b->share_pixels = (double)info->w * info->h;
        err = b->work->one(b->work->arg, &im, e);
        b->share = 0;
    }
    if (!err) /* metadata may stand behind the picture */
        err = ae_reader_finish(r, e);
    if (b->work->end)
        err = b->work->end(b->work->arg, err, e);
    if (!err)
        err = ae_writer_finish(w, e);
    if (!err)
        batch_done(b, name, info, &found, cmd_now() - start);
    ae_writer_free(w);
    return err;
}

int batch_images(struct batch *b, struct ae_io *in, struct ae_reader *r,
                 struct ae_io *out, const char *out_name, struct ae_err *e)
{
    int err = 0, wanted;

    while (!err) {
        struct ae_image_info info = *ae_reader_info(r);
        err = batch_select(b, &info, &wanted, e);
        if (!err)
            err = wanted && out
                      ? batch_one(b, r, &info, out, out_name, ae_io_name(in), e)
                      : batch_pass(r, e);
        ae_reader_free(r);
        if (!err)
            err = ae_reader_open(b->ctx, in, 0, &r, e);
    }
    return err == AE_END ? 0 : err;
}

/* -------------------------------------------- one stream: stdout or -o */

/* Ends the run when `out` is one of the inputs. */
static void check_output(const char *out, char *const *operand, int count)
{
    struct stat o, i;

    if (out == NULL || strcmp(out, "-") == 0 || stat(out, &o) ||
        !S_ISREG(o.st_mode))
        return;
    for (int k = 0; k < count; k++) {
        const int is_stdin = strcmp(operand[k], "-") == 0;
        const int err = is_stdin ? fstat(STDIN_FILENO, &i)
                                 : stat(operand[k], &i);
        if (!err && i.st_dev == o.st_dev && i.st_ino == o.st_ino)
            cmd_usage("%s is both input and output", out);
    }
}

/* Returns nonzero when the output can't go on. */
static int stream_input(struct batch *b, const char *name, struct ae_io *out)
{
    const uint64_t before = ae_io_offset(out);
    struct ae_io *in = NULL;
    struct ae_reader *r = NULL;
    struct ae_err e = {0};
    int err = cmd_open(name, &in, &e);

    ae_selection_file(b->selection);
    if (!err)
        err = ae_io_unzip(&in, b->c->memory, &e);
    if (!err)
        err = ae_reader_open(b->ctx, in, 1, &r, &e);
    if (!err)
        err = batch_images(b, in, r, out, b->c->output, &e);
    if (!err)
        err = ae_io_flush(out, &e);
    if (err) {
        cmd_error(ae_io_broken(out) ? ae_io_name(out)
                  : in              ? ae_io_name(in)
                                    : name,
                  &e);
        b->failed++;
    } else {
        b->done++;
    }
    ae_io_close(in);
    return err && (b->c->fail_fast || ae_io_broken(out) ||
                   ae_io_offset(out) != before);
}

/* 1 when -o exists and --existing says to leave it. */
static int output_stands(const struct batch *b)
{
    const char *out = b->c->output;

    if (out == NULL || strcmp(out, "-") == 0 || access(out, F_OK) ||
        b->c->existing == CMD_EXISTING_UNSET || b->c->existing == CMD_OVERWRITE)
        return 0;
    if (b->c->existing == CMD_ERROR)
        cmd_die(CMD_FAILED, "%s: exists", out);
    cmd_note("%s: exists, skipped", out);
    return 1;
}

/* At the end, unless something else is wrong already. */
static void check_selection(struct batch *b)
{
    struct ae_err e = {0};

    if (b->failed || !ae_selection_end(b->selection, &e))
        return;
    cmd_error(NULL, &e);
    b->failed++;
}

static int to_stream(struct batch *b, char *const *operand, int count)
{
    static char stdin_name[] = "-";
    char *const only[] = {stdin_name};
    struct ae_io *out;
    struct ae_err e = {0};
    int stop = 0;

    if (count == 0) {
        operand = only;
        count = 1;
    }
    check_output(b->c->output, operand, count);
    check_output(b->work->writes, operand, count);
    cmd_check_apart(b->work->reads, b->c->output, "input and output");
    cmd_check_apart(b->work->writes, b->c->output, "two outputs");
    cmd_check_terminal(b->c);
    if (output_stands(b))
        return CMD_OK;
    b->inputs = (uint64_t)count;
    if (cmd_create(b->c->output, &out, &e)) {
        cmd_error(b->c->output, &e);
        return CMD_FAILED;
    }
    for (int i = 0; i < count && !stop; i++) {
        stop = stream_input(b, operand[i], out);
        batch_show(b, 0);
    }
    check_selection(b);
    if (b->index == 0 || b->done == 0 || (stop && b->c->output)) {
        cmd_drop(out);
    } else if (cmd_commit(out, &e)) {
        cmd_error(b->c->output ? b->c->output : "stdout", &e);
        return CMD_FAILED;
    }
    return b->failed ? CMD_FAILED : CMD_OK;
}

/* ------------------------------------------------------------------ both */

/* What the run ends with.  A user who sees no difference shall know that
 * there is none. */
static void sum_up(const struct batch *b)
{
    char left[64] = "";

    if (b->left)
        snprintf(left, sizeof(left), ", %" PRIu64 " left as they were",
                 b->left);
    if (b->c->folder)
        cmd_summary("%" PRIu64 " done%s, %" PRIu64 " skipped, %" PRIu64
                    " passed over, %" PRIu64 " failed",
                    b->done, left, b->skipped, b->passed, b->failed);
    else if (b->left == 1 && b->index == 1)
        cmd_note("%s: left as it was: noise of %.2f", b->left_name,
                 b->left_sigma);
    else if (b->left)
        cmd_note("%" PRIu64 " of %" PRIu64 " images left as they were", b->left,
                 b->index);
}

int cmd_filter(struct ae_ctx *ctx, const struct cmd_common *c,
               struct ae_selection *selection, char *const *operand, int count,
               const struct cmd_work *work)
{
    struct batch b = {.ctx = ctx,
                      .c = c,
                      .selection = selection,
                      .work = work,
                      .start = cmd_now()};
    int status;

    if (c->folder == NULL && (c->recursive || c->flat))
        cmd_usage("-r and --flat need -d");
    cmd_format_asked(c);
    cmd_check_apart(work->reads, work->writes, "input and output");
    if (c->folder) {
        batch_to_folder(&b, operand, count);
        check_selection(&b);
        status = b.failed ? CMD_FAILED : CMD_OK;
    } else {
        status = to_stream(&b, operand, count);
    }
    batch_show(&b, 1);
    sum_up(&b);
    return status;
}
