/* filter_image.c - one image of an input, and all that follow it in a stream,
 * for cmd_filter(): selection, writer, progress, and counts. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

void filter_fault(struct filter *run, const char *name, const struct ae_err *e)
{
    if (e->code == AE_EMEM)
        run->unfit++;
    else
        run->faults++;
    if (!run->input_fault.code)
        run->input_fault = *e;
    cmd_error(name, e);
}

void filter_show(const struct filter *run, int last)
{
    const double t = cmd_now() - run->start;
    const uint64_t n = run->done + run->skipped + run->ignored + run->failed;
    const double worked = (double)(run->done + run->failed) + run->share;
    const double pixels = run->pixels + run->share * run->share_pixels;
    const struct cmd_course course = {
        .name = run->name,
        .done = n,
        .files = run->inputs,
        .share = run->share,
        .speed = t > 0 ? pixels * 1e-6 / t : 0,
        .seconds = t,
        /* what is skipped takes no time */
        .left = worked > 0 && run->inputs
                    ? t / worked *
                          ((double)run->inputs - (double)n - run->share)
                    : -1};

    cmd_progress_files(last, &course);
}

static void show_share(void *arg, double share)
{
    struct filter *run = arg;

    run->share = share;
    filter_show(run, 0);
}

int filter_skip_image(struct ae_reader *r, struct ae_err *e)
{
    const struct ae_image_info *info = ae_reader_info(r);
    float *row = cmd_need(
        calloc((size_t)info->w * (size_t)info->channels, sizeof(*row)));
    int rc = 0;

    for (int y = 0; !rc && y < info->h; y++)
        rc = ae_reader_row(r, row, e);
    free(row);
    return rc ? rc : ae_reader_finish(r, e);
}

int filter_select(struct filter *run, struct ae_image_info *info, int *wanted,
                  struct ae_err *e)
{
    const char *label = NULL;

    *wanted = 1;
    if (!run->selection)
        return 0;
    if (info->item == 0) {
        run->items = ae_selection_count(run->selection, info->items);
        run->item = 0;
    }
    CMD_TRY(ae_selection_row(run->selection, &label, wanted, e));
    if (*wanted && info->items) {
        info->items = run->items;
        info->item = run->item++;
    }
    return 0;
}

int filter_open_writer(struct filter *run, struct ae_reader *r,
                       const struct ae_image_info *info, struct ae_io *out,
                       const char *out_name, struct ae_writer **w,
                       struct ae_err *e)
{
    const struct ae_write_options o = {
        .quality = run->c->quality,
        .subsampling = (enum ae_subsampling)run->c->subsampling,
        .auto_orient = run->c->auto_orient,
        .strip = run->c->strip};
    struct ae_image_info made = *info;

    if (!run->c->to && out_name)
        CMD_TRY(ae_format_refuse_name(out_name, e));
    if (run->work->size)
        CMD_TRY(run->work->size(run->work->arg, info, &made, e));
    return ae_writer_open(run->ctx, out,
                          cmd_format(run->c, out_name, info->format), &made,
                          ae_reader_meta(r), &o, w, e);
}

static void note_found(struct filter *run, const char *name,
                       const struct ae_denoise_found *found)
{
    const int left = found->changed < AE_DENOISE_LEFT;
    const char *after = left ? ", left as it was" : "";

    if (found->drawn)
        cmd_detail("%s: %s%s", name, found->drawn, after);
    else
        cmd_detail("%s: noise of %.2f%s", name, found->sigma, after);
    if (!left)
        return;
    run->left++;
    run->left_found = *found;
    snprintf(run->left_name, sizeof(run->left_name), "%s", name);
}

void filter_count_image(struct filter *run, const char *name,
                        const struct ae_image_info *info,
                        const struct ae_denoise_found *found, double seconds)
{
    if (run->work->effect == CMD_DENOISES)
        note_found(run, name, found);
    run->left += run->work->effect == CMD_KEEPS;
    if (!run->w) {
        run->w = info->w;
        run->h = info->h;
    }
    run->pixels += (double)info->w * info->h;
    cmd_detail("%s: %d x %d, %d channel%s: %.0f ms", name, info->w, info->h,
               info->channels, info->channels > 1 ? "s" : "", 1e3 * seconds);
}

int filter_splits(const struct filter *run, const struct ae_image_info *info,
                  const char *out_name)
{
    return info->items > 1 && info->format &&
           ae_format_multi(info->format) == AE_MULTI_PAGES &&
           ae_format_multi(cmd_format(run->c, out_name, info->format)) ==
               AE_MULTI_NONE;
}

/* Refuses pages that -o would have to write as several files. */
static int check_pages(const struct filter *run, const struct ae_image_info *i,
                       struct ae_err *e)
{
    const char *out = run->c->output;

    if (!out || strcmp(out, "-") == 0 || !filter_splits(run, i, out))
        return 0;
    snprintf(e->msg, sizeof(e->msg),
             "has %" PRIu64 " pages, and a file of "
             "%s holds one picture: -d writes a file a page, --to tiff all "
             "of them",
             i->items, ae_format_name(cmd_format(run->c, out, i->format)));
    return e->code = AE_EARG;
}

void filter_begin_input(struct filter *run, uint64_t place)
{
    run->place = place;
    run->image = 0;
}

/* The number of the image that begins, by which random draws differ: it is the
 * same in any shard, after a stop, and whatever becomes of other inputs. */
static uint64_t number_image(struct filter *run)
{
    run->index++;
    return run->place + run->image++ * run->places;
}

/* Passes all of the image through the command's function. */
static int pass_image(struct filter *run, struct ae_reader *r,
                      struct ae_writer *w, const char *name,
                      struct ae_denoise_found *found, struct ae_err *e)
{
    const struct ae_image_info *info = ae_reader_info(r);
    const struct cmd_image im = {run->ctx,          r,          w,   name,
                                 number_image(run), show_share, run, found};

    run->share_pixels = (double)info->w * info->h;
    int rc = run->work->one(run->work->arg, &im, e);
    run->share = 0;
    if (!rc) /* metadata may follow the picture */
        rc = ae_reader_finish(r, e);
    return rc;
}

int filter_image_later(struct filter *run, struct ae_reader *r,
                       const struct ae_image_info *info, struct ae_io *out,
                       const char *out_name, const char *name,
                       const struct filter_later *l, struct ae_err *e)
{
    int rc = check_pages(run, info, e);

    if (!rc)
        rc = filter_open_writer(run, r, info, out, out_name, l->writer, e);
    if (!rc)
        rc = ae_writer_later(*l->writer, l->memory, e);
    if (!rc)
        rc = pass_image(run, r, *l->writer, name, l->found, e);
    if (run->work->end)
        rc = run->work->end(run->work->arg, rc, e);
    return rc;
}

int filter_image(struct filter *run, struct ae_reader *r,
                 const struct ae_image_info *info, struct ae_io *out,
                 const char *out_name, const char *name, struct ae_err *e)
{
    struct ae_denoise_found found = {0};
    struct ae_writer *w = NULL;
    const struct filter_later now = {&w, &found, 0};
    const double start = cmd_now();
    int rc = filter_image_later(run, r, info, out, out_name, name, &now, e);

    if (!rc)
        rc = ae_writer_finish(w, e);
    if (!rc)
        filter_count_image(run, name, info, &found, cmd_now() - start);
    ae_writer_free(w);
    return rc;
}

int filter_next(struct filter *run, struct ae_io *in, struct ae_reader *r,
                struct ae_io *out, const char *out_name, struct ae_err *e)
{
    struct ae_image_info info = *ae_reader_info(r);
    int wanted;

    CMD_TRY(filter_select(run, &info, &wanted, e));
    return wanted && out
               ? filter_image(run, r, &info, out, out_name, ae_io_name(in), e)
               : filter_skip_image(r, e);
}

static int write_nothing(struct ae_writer *w, const struct ae_image_info *info,
                         struct ae_err *e)
{
    const size_t n = (size_t)info->w * (size_t)info->channels;
    float *row = cmd_need(malloc(n * sizeof(*row)));
    int rc = 0;

    for (size_t i = 0; i < n; i++)
        row[i] = info->maxval ? 0 : NAN;
    for (int y = 0; !rc && y < info->h; y++)
        rc = ae_writer_row(w, row, e);
    free(row);
    return rc ? rc : ae_writer_finish(w, e);
}

int filter_fill(struct filter *run, struct ae_reader *r, struct ae_io *out,
                const char *out_name, struct ae_err *e)
{
    struct ae_image_info info = *ae_reader_info(r), made = info;
    struct ae_writer *w = NULL;

    info.items = run->selection ? run->items : info.items;
    info.item = run->selection ? run->item - 1 : info.item;
    if (run->work->size)
        CMD_TRY(run->work->size(run->work->arg, &info, &made, e));
    int rc = filter_open_writer(run, r, &info, out, out_name, &w, e);
    if (!rc)
        rc = write_nothing(w, &made, e);
    ae_writer_free(w);
    return rc;
}

int filter_images(struct filter *run, struct ae_io *in, struct ae_reader *r,
                  struct ae_io *out, const char *out_name, struct ae_err *e)
{
    int rc = 0;

    while (!rc) {
        rc = filter_next(run, in, r, out, out_name, e);
        ae_reader_free(r);
        if (!rc)
            rc = ae_reader_open(run->ctx, in, 0, &r, e);
    }
    return rc == AE_END ? 0 : rc;
}
