/* orientation.c - see orientation.h.  Samples are kept in the file's own depth,
 * so they come out as they came in.  A picture that is turned by 90 degrees is
 * read by bands of columns, as many as the bound on memory allows. */
#include "image/orientation.h"

#include <stdlib.h>
#include <string.h>

#include "base/row_store.h"

struct ae_orienter {
    const struct ae_ctx *ctx;
    struct ae_image_info info; /* of the rows that come in */
    struct ae_row_store rows;
    size_t pixel;         /* bytes */
    uint64_t band_memory; /* bytes for the pixels of a band */
    unsigned char *bytes; /* one row */
    float *line;
    struct ae_meta *meta;
    int orientation;
    int in, out;         /* next rows */
    unsigned char *band; /* columns from `left` on, row by row */
    int left, wide;
};

int ae_orienter_new(const struct ae_writer *w, struct ae_orienter **out,
                    struct ae_err *e)
{
    struct ae_orienter *t = *out = ae_alloc(1, sizeof(*t), e);

    if (!t)
        return AE_EMEM;
    t->ctx = w->ctx;
    t->info = w->info;
    t->pixel = ae_sample_size(w->info.maxval) * (size_t)w->info.channels;
    t->band_memory = w->ctx->memory / 16;
    const size_t row = t->pixel * (size_t)w->info.w;
    const size_t side = (size_t)ae_max(w->info.w, w->info.h);
    t->bytes = ae_alloc(side, t->pixel, e);
    t->line = ae_alloc_aligned(side * (size_t)w->info.channels, sizeof(float),
                               e);
    if (!t->bytes || !t->line)
        return AE_EMEM;
    const int file = (uint64_t)row * (uint64_t)w->info.h > t->band_memory;
    return ae_row_store_init(&t->rows, row, w->info.h, file, e);
}

void ae_orienter_free(struct ae_orienter *t)
{
    if (!t)
        return;
    ae_row_store_release(&t->rows);
    ae_meta_free(t->meta);
    ae_free_aligned(t->line);
    free(t->bytes);
    free(t->band);
    free(t);
}

int ae_orienter_put(struct ae_orienter *t, const float *row, struct ae_err *e)
{
    const size_t n = (size_t)t->info.w * (size_t)t->info.channels;

    if (t->info.maxval)
        ae_samples_from_float(t->ctx, t->bytes, row, t->info.maxval, n);
    ae_row_store_put(&t->rows, t->in++, 0,
                     t->info.maxval ? (const void *)t->bytes : row,
                     t->rows.row_bytes);
    return ae_row_store_check(&t->rows, e);
}

int ae_orienter_begin(struct ae_orienter *t, const struct ae_meta *meta,
                      struct ae_image_info *info,
                      const struct ae_meta **upright, struct ae_err *e)
{
    int rc = ae_meta_copy(meta, &t->meta, e);

    t->orientation = ae_meta_orientation(meta);
    if (!rc && t->orientation != 1)
        rc = ae_meta_set_orientation(t->meta, 1, e);
    if (t->orientation >= 5) {
        info->w = t->info.h;
        info->h = t->info.w;
        if (!rc)
            rc = ae_meta_swap_sides(t->meta, e);
    }
    *upright = t->meta;
    return rc;
}

/* -------------------------------------------- orientations 1 to 4: rows */

static void mirror_row(unsigned char *p, size_t n, size_t pixel)
{
    unsigned char tmp[4 * sizeof(float)];

    for (size_t a = 0, b = n - 1; a < b; a++, b--) {
        memcpy(tmp, p + a * pixel, pixel);
        memcpy(p + a * pixel, p + b * pixel, pixel);
        memcpy(p + b * pixel, tmp, pixel);
    }
}

static void get_row(struct ae_orienter *t, int y)
{
    const int o = t->orientation;

    ae_row_store_get(&t->rows, o == 3 || o == 4 ? t->info.h - 1 - y : y, 0,
                     t->bytes, t->rows.row_bytes);
    if (o == 2 || o == 3)
        mirror_row(t->bytes, (size_t)t->info.w, t->pixel);
}

/* ----------------------------------------- orientations 5 to 8: columns */

/* Makes the band hold column x and those that are asked for next. */
static int read_band(struct ae_orienter *t, int x, struct ae_err *e)
{
    const uint64_t column = t->pixel * (uint64_t)t->info.h;
    const uint64_t fit = t->band_memory / column;
    const int most = fit < 1                     ? 1
                     : fit < (uint64_t)t->info.w ? (int)fit
                                                 : t->info.w;
    const int forward = t->orientation == 5 || t->orientation == 6;

    if (t->band && x >= t->left && x < t->left + t->wide)
        return 0;
    if (!t->band)
        t->band = ae_alloc((size_t)most, (size_t)column, e);
    if (!t->band)
        return AE_EMEM;
    t->left = forward ? x : ae_max(x - most + 1, 0);
    t->wide = ae_min(most, forward ? t->info.w - x : x + 1);
    const size_t n = (size_t)t->wide * t->pixel;
    for (int y = 0; y < t->info.h; y++)
        ae_row_store_get(&t->rows, y, (size_t)t->left * t->pixel,
                         t->band + (size_t)y * n, n);
    return ae_row_store_check(&t->rows, e);
}

/* Row y of the result is a column of the picture that came in. */
static int get_column(struct ae_orienter *t, int y, struct ae_err *e)
{
    const int o = t->orientation;
    const int x = o == 5 || o == 6 ? y : t->info.w - 1 - y;
    const int down = o == 5 || o == 8;
    const int rc = read_band(t, x, e);

    for (int i = 0; !rc && i < t->info.h; i++) {
        const int from = down ? i : t->info.h - 1 - i;
        memcpy(t->bytes + (size_t)i * t->pixel,
               t->band +
                   ((size_t)from * (size_t)t->wide + (size_t)(x - t->left)) *
                       t->pixel,
               t->pixel);
    }
    return rc;
}

int ae_orienter_get(struct ae_orienter *t, const float **row, struct ae_err *e)
{
    const int quarter = t->orientation >= 5;
    const size_t n = (size_t)(quarter ? t->info.h : t->info.w) *
                     (size_t)t->info.channels;
    int rc = 0;

    if (quarter)
        rc = get_column(t, t->out, e);
    else
        get_row(t, t->out);
    t->out++;
    if (!rc)
        rc = ae_row_store_check(&t->rows, e);
    if (t->info.maxval)
        ae_samples_to_float(t->ctx, t->line, t->bytes, t->info.maxval, n);
    else
        memcpy(t->line, t->bytes, n * sizeof(float));
    *row = t->line;
    return rc;
}
