/* window.c - see window.h. */
#include "run/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "noise/estimate.h"

void ae_row_unpack(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n)
{
    if (maxval == 0)
        memcpy(out, in, n * sizeof(float));
    else
        ae_samples_in(ctx, out, in, maxval, n);
}

void ae_row_pack(const struct ae_ctx *ctx, void *out, const float *in,
                 unsigned maxval, size_t n)
{
    if (maxval == 0)
        memcpy(out, in, n * sizeof(float));
    else
        ae_samples_out(ctx, out, in, maxval, n);
}

static size_t pixel_bytes(const struct ae_image_info *info)
{
    return ae_sample_size(info->maxval) * (size_t)info->channels;
}

int ae_window_init(struct ae_window *w, struct ae_ctx *ctx,
                   struct ae_reader *r, int estimate, struct ae_err *e)
{
    memset(w, 0, sizeof(*w));
    w->ctx = ctx;
    w->reader = r;
    w->info = ae_reader_info(r);
    w->row_bytes = pixel_bytes(w->info) * (size_t)w->info->w;
    w->line = ae_alloc_aligned((size_t)w->info->w,
                               sizeof(float) * (size_t)w->info->channels, e);
    if (estimate)
        w->sigma = ae_alloc((size_t)ae_noise_blocks(w->info->h),
                            sizeof(*w->sigma), e);
    return w->line && (w->sigma || !estimate) ? 0 : AE_EMEM;
}

void ae_window_release(struct ae_window *w)
{
    free(w->rows);
    free(w->sigma);
    ae_free_aligned(w->line);
    memset(w, 0, sizeof(*w));
}

/* The block whose level row y needs last: those whose middles enclose it. */
static int block_of(int h, int y)
{
    return ae_min(ae_noise_blocks(h) - 1,
                  (y + AE_NOISE_BLOCK / 2) / AE_NOISE_BLOCK);
}

static int block_end(int h, int block)
{
    return block * AE_NOISE_BLOCK + ae_noise_block_rows(h, block);
}

static unsigned char *row_at(const struct ae_window *w, int y)
{
    return w->rows + (size_t)(y - w->lo) * w->row_bytes;
}

/* Room for rows up to `to`; those before `from` give theirs. */
static int make_room(struct ae_window *w, int from, int to, struct ae_err *e)
{
    from = ae_min(from, w->hi);
    if (to - w->lo > w->cap && from > w->lo) {
        memmove(w->rows, row_at(w, from),
                (size_t)(w->hi - from) * w->row_bytes);
        w->lo = from;
    }
    if (to - w->lo <= w->cap)
        return 0;
    const int rc = ae_realloc(&w->rows, (size_t)(to - w->lo), w->row_bytes,
                              e);
    if (!rc)
        w->cap = to - w->lo;
    return rc;
}

static int read_rows(struct ae_window *w, int to, struct ae_err *e)
{
    const size_t n = (size_t)w->info->w * (size_t)w->info->channels;
    int rc = 0;
    while (!rc && w->hi < to) {
        rc = ae_reader_row(w->reader, w->line, e);
        if (!rc) {
            ae_row_pack(w->ctx, row_at(w, w->hi), w->line, w->info->maxval,
                        n);
            w->hi++;
        }
    }
    return rc;
}

static int estimate_block(struct ae_window *w, int block, struct ae_err *e)
{
    const struct ae_image_info *i = w->info;
    const int rows = ae_noise_block_rows(i->h, block);
    const size_t n = (size_t)i->w * (size_t)i->channels;
    struct ae_noise_level level;
    float *f = ae_alloc_aligned((size_t)rows, n * sizeof(float), e);
    if (!f)
        return AE_EMEM;
    for (int y = 0; y < rows; y++)
        ae_row_unpack(w->ctx, f + (size_t)y * n,
                      row_at(w, block * AE_NOISE_BLOCK + y), i->maxval, n);
    const int rc = ae_noise_estimate_rows(w->ctx, f, i->w, rows,
                                          i->channels - i->alpha,
                                          (ptrdiff_t)n, i->channels, &level,
                                          e);
    ae_free_aligned(f);
    if (!rc)
        w->sigma[block] = level.sigma;
    return rc;
}

int ae_window_move(struct ae_window *w, int from, int to, struct ae_err *e)
{
    const int h = w->info->h;
    const int last = w->sigma ? block_of(h, to - 1) : -1;
    if (last >= w->blocks) {
        /* rows of a block that is still to be estimated stay */
        from = ae_min(from, w->blocks * AE_NOISE_BLOCK);
        to = ae_max(to, block_end(h, last));
    }
    int rc = make_room(w, from, to, e);
    if (!rc)
        rc = read_rows(w, to, e);
    for (; !rc && w->blocks <= last; w->blocks++)
        rc = estimate_block(w, w->blocks, e);
    return rc;
}

void ae_window_get(const struct ae_window *w, int y, int x0, int n,
                   float *out)
{
    assert(y >= w->lo && y < w->hi);
    ae_row_unpack(w->ctx, out,
                  row_at(w, y) + (size_t)x0 * pixel_bytes(w->info),
                  w->info->maxval, (size_t)n * (size_t)w->info->channels);
}

double ae_window_level(const struct ae_window *w, int y)
{
    return ae_noise_row_level(w->sigma, w->info->h, y);
}

uint64_t ae_window_bytes(const struct ae_image_info *info, int rows,
                         int estimate)
{
    /* A level looks at most half a block and the longest block ahead. */
    const int ahead = estimate ? AE_NOISE_BLOCK / 2 + 2 * AE_NOISE_BLOCK : 0;
    const uint64_t w = (uint64_t)info->w;
    const uint64_t block = estimate ? (uint64_t)ae_min(info->h,
                                                       2 * AE_NOISE_BLOCK)
                                    : 0;
    return w * pixel_bytes(info) * (uint64_t)ae_min(info->h, rows + ahead) +
           w * (uint64_t)info->channels * sizeof(float) * block;
}
