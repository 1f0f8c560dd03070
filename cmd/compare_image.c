/* compare_image.c - a picture and its reference as one picture to look at:
 * side by side, half and half, or their difference.
 *
 * It is of 8 bits and without alpha, like the metrics, and is written row by
 * row: only the two pictures are in memory. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "filter.h"

enum {
    GAP = 4,       /* columns between two sides, white beside black */
    LINE = 2,      /* the same where the halves meet ... */
    LEAST_CUT = 16 /* ... in pictures of at least so many columns */
};

struct view {
    const struct ae_image *ref, *img;
    enum cmd_compare_view kind;
    double gain;  /* of a difference */
    int colours;  /* of the output: 1 or 3 */
    size_t width; /* columns of each picture */
};

/* ------------------------------------------------------------------ rows */

/* Columns [first, last) of a picture's row. */
static float *put_columns(const struct view *v, const struct ae_image *im,
                          int y, size_t first, size_t last, float *to)
{
    const size_t n = (size_t)im->info.channels;
    const float *row = im->data + (size_t)y * v->width * n;

    for (size_t x = first; x < last; x++)
        for (int k = 0; k < v->colours; k++)
            *to++ = row[x * n + (size_t)k];
    return to;
}

/* Half of the columns white, half black, so that one is seen on any ground. */
static float *put_line(const struct view *v, int columns, float *to)
{
    for (int x = 0; x < columns * v->colours; x++)
        *to++ = x < columns / 2 * v->colours ? 1 : 0;
    return to;
}

static void put_side(const struct view *v, int y, float *to)
{
    to = put_columns(v, v->ref, y, 0, v->width, to);
    to = put_line(v, GAP, to);
    put_columns(v, v->img, y, 0, v->width, to);
}

static void put_split(const struct view *v, int y, float *to)
{
    const size_t half = v->width / 2;
    const size_t line = v->width < LEAST_CUT ? 0 : LINE;

    to = put_columns(v, v->ref, y, 0, half - line / 2, to);
    to = put_line(v, (int)line, to);
    put_columns(v, v->img, y, half + line / 2, v->width, to);
}

static void put_difference(const struct view *v, int y, float *to)
{
    const size_t n = v->width * (size_t)v->colours;
    float *other = to + n;

    put_columns(v, v->ref, y, 0, v->width, to);
    put_columns(v, v->img, y, 0, v->width, other);
    for (size_t i = 0; i < n; i++)
        to[i] = (float)fmin(v->gain * fabs((double)other[i] - to[i]), 1);
}

/* ------------------------------------------------------------- the whole */

/* The power of two by which the root mean square of the difference becomes half
 * of white, or a little less; at least 1. */
static double choose_gain(const struct view *v)
{
    const size_t pixels = v->width * (size_t)v->ref->info.h;
    const size_t n = (size_t)v->ref->info.channels,
                 m = (size_t)v->img->info.channels;
    double sum = 0;

    for (size_t i = 0; i < pixels; i++)
        for (size_t k = 0; k < (size_t)v->colours; k++) {
            const double d = (double)v->img->data[i * m + k] -
                             v->ref->data[i * n + k];
            sum += d * d;
        }
    if (sum == 0)
        return 1;
    const double rms = sqrt(sum / (double)pixels / v->colours);
    return fmax(1, exp2(floor(log2(0.5 / rms))));
}

static int write_rows(struct ae_writer *w, const struct view *v, float *row,
                      struct ae_err *e)
{
    for (int y = 0; y < v->ref->info.h; y++) {
        if (v->kind == CMD_COMPARE_SIDE)
            put_side(v, y, row);
        else if (v->kind == CMD_COMPARE_SPLIT)
            put_split(v, y, row);
        else
            put_difference(v, y, row);
        CMD_TRY(ae_writer_row(w, row, e));
    }
    return ae_writer_finish(w, e);
}

static int write_image(struct ae_ctx *ctx, struct ae_io *io,
                       const struct ae_format *f, const struct cmd_common *c,
                       const struct view *v, struct ae_err *e)
{
    const int two = v->kind == CMD_COMPARE_SIDE;
    const struct ae_image_info info = {.w = two ? 2 * (int)v->width + GAP
                                                : (int)v->width,
                                       .h = v->ref->info.h,
                                       .channels = v->colours,
                                       .maxval = 255};
    const struct ae_write_options o = {
        .quality = c->quality,
        .subsampling = (enum ae_subsampling)c->subsampling};
    /* put_difference() needs room for two pictures' rows */
    const size_t room = (2 * v->width + GAP) * (size_t)v->colours;
    float *row = cmd_need(malloc(room * sizeof(*row)));
    struct ae_writer *w = NULL;
    int rc = ae_writer_open(ctx, io, f, &info, NULL, &o, &w, e);

    if (!rc)
        rc = write_rows(w, v, row, e);
    ae_writer_free(w);
    free(row);
    return rc;
}

static int write_file(struct ae_ctx *ctx, const struct cmd_common *c,
                      char *path, const struct ae_format *f,
                      const struct view *v, struct ae_err *e)
{
    struct ae_io *io = NULL;

    CMD_TRY(cmd_inspect(c, path, e));
    CMD_TRY(filter_make_folders(c->folder, path, e));
    CMD_TRY(cmd_create_in(c, path, &io, e));
    const int rc = write_image(ctx, io, f, c, v, e);
    if (!rc)
        return cmd_commit_in(c, path, io, e);
    cmd_drop(io);
    return rc;
}

/* A file of -d; what goes wrong is said. */
static int put_in_folder(struct ae_ctx *ctx, const struct cmd_common *c,
                         const char *name, const struct ae_format *f,
                         const struct view *v)
{
    char *path = cmd_mirror_path(c->folder, name, ae_format_ending(f));
    struct ae_err e = {0};
    const int rc = write_file(ctx, c, path, f, v, &e);

    if (rc == AE_END)
        cmd_detail("%s: exists, skipped", path);
    else if (rc)
        cmd_error(path, &e);
    free(path);
    return rc < 0 ? rc : 0;
}

int cmd_compare_image(struct ae_ctx *ctx, const struct cmd_compare_image *o,
                      const char *name, const struct ae_image *ref,
                      const struct ae_image *img)
{
    const int colours = ref->info.channels - ref->info.alpha;
    struct view v = {.ref = ref,
                     .img = img,
                     .kind = o->view,
                     .gain = o->gain,
                     .colours = colours < 3 ? 1 : 3,
                     .width = (size_t)ref->info.w};
    struct ae_err e = {0};

    if (ref->info.w > (INT_MAX - GAP) / 2) {
        cmd_warn("%s: is too wide for a picture of both", name);
        return AE_ELIMIT;
    }
    if (v.kind == CMD_COMPARE_DIFF && v.gain == 0)
        v.gain = choose_gain(&v);
    if (v.kind == CMD_COMPARE_DIFF)
        cmd_note("%s: gain %g: white is an error of %.4g of 255", name, v.gain,
                 255 / v.gain);
    if (!o->out)
        return put_in_folder(ctx, o->common, name + o->below, o->format, &v);
    const int rc = write_image(ctx, o->out, o->format, o->common, &v, &e);
    if (rc)
        cmd_error(o->common->output, &e);
    return rc;
}
