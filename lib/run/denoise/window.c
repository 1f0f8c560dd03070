/* window.c - see window.h. */
#include "run/denoise/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "model/model.h"
#include "run/denoise/exposure.h"
#include "run/denoise/alpha_fill.h"

enum {
    /* Rows that are read ahead while there is time; levels look at most half
     * a block and the longest block ahead. */
    AHEAD = 16,
    LEVELS_AHEAD = AE_LEVEL_BLOCK / 2 + 2 * AE_LEVEL_BLOCK
};

void ae_row_unpack(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n)
{
    if (maxval == 0)
        memcpy(out, in, n * sizeof(float));
    else
        ae_samples_to_float(ctx, out, in, maxval, n);
}

void ae_row_pack(const struct ae_ctx *ctx, void *out, const float *in,
                 unsigned maxval, size_t n)
{
    if (maxval == 0)
        memcpy(out, in, n * sizeof(float));
    else
        ae_samples_from_float(ctx, out, in, maxval, n);
}

size_t ae_pixel_bytes(const struct ae_image_info *info)
{
    return ae_sample_size(info->maxval) * (size_t)info->channels;
}

/* A row as it is kept: behind its samples a byte, whether it is gray. */
static size_t row_size(const struct ae_image_info *info)
{
    return ae_pixel_bytes(info) * (size_t)info->w + 1;
}

/* Rows of the ring; a block that is still to be estimated begins at most half
 * a block above the last row that is wanted. */
static int ring_rows(const struct ae_image_info *info, int rows, int estimate)
{
    rows += info->alpha ? 2 * AE_ALPHA_FILL_ROWS : 0;
    rows = estimate ? ae_max(rows, AE_LEVEL_BLOCK / 2) + LEVELS_AHEAD
                    : rows + AHEAD;
    return ae_min(rows, info->h);
}

int ae_window_init(struct ae_window *w, struct ae_ctx *ctx, struct ae_reader *r,
                   struct ae_blind *blind, int rows, int whole,
                   struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(r);
    const size_t row_bytes = row_size(i);

    memset(w, 0, sizeof(*w));
    w->ctx = ctx;
    w->reader = r;
    w->info = i;
    w->whole = whole;
    w->blind = blind;
    w->line = ae_alloc_aligned((size_t)i->w,
                               sizeof(float) * (size_t)i->channels, e);
    w->bytes = ae_alloc(row_bytes, 1, e);
    if (blind)
        w->sigma = ae_alloc((size_t)ae_level_blocks(i->h), sizeof(*w->sigma),
                            e);
    if (!w->line || !w->bytes || (blind && !w->sigma))
        return AE_EMEM;
    return ae_row_store_init(&w->store, row_bytes,
                             ring_rows(i, rows, blind != NULL), whole, e);
}

void ae_window_release(struct ae_window *w)
{
    ae_row_store_release(&w->store);
    free(w->bytes);
    free(w->sigma);
    ae_free_aligned(w->line);
    memset(w, 0, sizeof(*w));
}

uint64_t ae_window_bytes(const struct ae_image_info *info, int rows,
                         int estimate, int whole)
{
    const uint64_t row = row_size(info);
    const uint64_t line = (uint64_t)info->w * sizeof(float) *
                          (uint64_t)info->channels;
    const int kept = whole ? 1 : 1 + ring_rows(info, rows, estimate);

    return line + row * (uint64_t)kept;
}

/* ---------------------------------------------------------------- reading */

/* Whether all pixels of a row that are seen are gray, though there are three
 * colours. */
static unsigned char is_gray(const struct ae_image_info *i, const float *row)
{
    const int colours = i->channels - i->alpha;
    int x = 0;

    while (colours == 3 && x < i->w &&
           ((i->alpha && !(row[3] > 0)) ||
            !(row[0] < row[1] || row[0] > row[1] || row[0] < row[2] ||
              row[0] > row[2]))) {
        row += i->channels;
        x++;
    }
    return x == i->w;
}

static int has_room(const struct ae_window *w)
{
    return w->hi < w->info->h && (w->whole || w->hi - w->lo < w->store.cap);
}

void ae_window_ahead(struct ae_window *w)
{
    const struct ae_image_info *i = w->info;

    if (w->failed || !has_room(w))
        return;
    const size_t n = (size_t)i->w * (size_t)i->channels;
    w->failed = ae_reader_row(w->reader, w->line, &w->why);
    if (!w->failed && !i->maxval)
        w->failed = ae_unit_check(w->unit_loss, w->line, n, &w->why);
    if (w->failed)
        return;
    ae_row_pack(w->ctx, w->bytes, w->line, i->maxval, n);
    w->bytes[w->store.row_bytes - 1] = is_gray(i, w->line);
    ae_row_store_put(&w->store, w->hi, 0, w->bytes, w->store.row_bytes);
    w->hi++;
}

/* The block whose level row y needs last: those whose middles enclose it. */
static int block_of(int h, int y)
{
    return ae_min(ae_level_blocks(h) - 1,
                  (y + AE_LEVEL_BLOCK / 2) / AE_LEVEL_BLOCK);
}

static int block_end(int h, int block)
{
    return block * AE_LEVEL_BLOCK + ae_level_block_rows(h, block);
}

struct block {
    struct ae_window *w;
    int top;
};

static void block_pixels(void *arg, int y, int x0, int n, float *out)
{
    enum { LONGEST = 128 }; /* pixels that are asked for */
    const struct block *b = arg;
    unsigned char bytes[LONGEST * 4 * sizeof(float)];

    assert(n <= LONGEST);
    ae_window_get(b->w, b->top + y, x0, n, bytes, out);
}

static int estimate_block(struct ae_window *w, int block, struct ae_err *e)
{
    const struct ae_image_info *i = w->info;
    struct block b = {w, block * AE_LEVEL_BLOCK};
    const struct ae_area area = {block_pixels,
                                 &b,
                                 i->w,
                                 ae_level_block_rows(i->h, block),
                                 i->channels - i->alpha,
                                 i->channels};

    return ae_blind_level(w->blind, &area, &w->sigma[block], e);
}

static int read_rows(struct ae_window *w, int to, struct ae_err *e)
{
    while (!w->failed && w->hi < to) {
        assert(has_room(w));
        ae_window_ahead(w);
    }
    if (w->hi >= to)
        return 0;
    if (e)
        *e = w->why;
    return w->failed;
}

int ae_window_measures(const struct ae_ctx *ctx,
                       const struct ae_image_info *info, int *rows, int *whole)
{
    enum { FEW = 16 << 20, SHARE = 8 };
    const uint64_t all = (uint64_t)info->h * ae_pixel_bytes(info) *
                         (uint64_t)info->w;

    if (info->maxval <= 255)
        return 0;
    if (all <= FEW && all <= ctx->memory / SHARE)
        *rows = info->h;
    else
        *whole = 1;
    return 1;
}

int ae_window_measure(struct ae_window *w, struct ae_err *e)
{
    struct ae_exposure x;
    int rc = ae_exposure_init(&x, w->info, e);

    for (int y = 0, known = 0; !rc && !known && y < w->info->h; y++) {
        rc = read_rows(w, y + 1, e);
        if (!rc)
            known = ae_exposure_add(&x, w->info, w->bytes);
    }
    if (!rc)
        w->curve.gain = (float)ae_exposure_gain(&x);
    ae_exposure_release(&x);
    return rc;
}

int ae_window_pass(struct ae_window *w, int to, struct ae_err *e)
{
    int rc = 0;

    while (!rc && w->hi < to) {
        w->lo = w->hi;
        rc = read_rows(w, w->hi + 1, e);
    }
    return rc ? rc : ae_row_store_check(&w->store, e);
}

int ae_window_move(struct ae_window *w, int from, int to, struct ae_err *e)
{
    const int h = w->info->h;
    const int last = w->sigma ? block_of(h, to - 1) : -1;

    if (w->info->alpha) {
        from -= AE_ALPHA_FILL_ROWS;
        to = ae_min(to + AE_ALPHA_FILL_ROWS, h);
    }
    if (last >= w->blocks) {
        /* rows of a block that is still to be estimated stay */
        from = ae_min(from, w->blocks * AE_LEVEL_BLOCK);
        to = ae_max(to, block_end(h, last));
    }
    w->lo = ae_max(w->lo, ae_min(from, w->hi));
    int rc = read_rows(w, to, e);
    for (; !rc && w->blocks <= last; w->blocks++)
        rc = estimate_block(w, w->blocks, e);
    return rc ? rc : ae_row_store_check(&w->store, e);
}

void ae_window_bytes_of(struct ae_window *w, int y, int x0, int n, void *out)
{
    const size_t pixel = ae_pixel_bytes(w->info);

    assert((y >= w->lo || w->whole) && y < w->hi);
    ae_row_store_get(&w->store, y, (size_t)x0 * pixel, out, (size_t)n * pixel);
}

void ae_window_get(struct ae_window *w, int y, int x0, int n, void *bytes,
                   float *out)
{
    ae_window_bytes_of(w, y, x0, n, bytes);
    ae_row_unpack(w->ctx, out, bytes, w->info->maxval,
                  (size_t)n * (size_t)w->info->channels);
    ae_transfer_encode(&w->curve, out, (size_t)n, w->info->channels,
                       w->info->channels - w->info->alpha);
}

/* Alpha above 0, in the file's own samples. */
static int is_visible(const unsigned char *alpha, unsigned maxval)
{
    float f;

    if (maxval > 0)
        return alpha[0] || (maxval > 255 && alpha[1]);
    memcpy(&f, alpha, sizeof f);
    return f > 0;
}

void ae_window_pack(struct ae_window *w, int y, int x0, int n, float *v,
                    float *room, void *bytes)
{
    const struct ae_image_info *i = w->info;
    const int k = i->channels - i->alpha;
    const size_t pixel = ae_pixel_bytes(i);
    const size_t colours = pixel / (size_t)i->channels * (size_t)k;
    unsigned char *to = bytes;

    if (ae_transfer_converts(&w->curve)) {
        ae_window_bytes_of(w, y, x0, n, bytes);
        ae_row_unpack(w->ctx, room, bytes, i->maxval,
                      (size_t)n * (size_t)i->channels);
        ae_transfer_decode(&w->curve, v, room, (size_t)n, i->channels, k);
    }
    unsigned char *packed = i->alpha ? (unsigned char *)room : to;
    ae_row_pack(w->ctx, packed, v, i->maxval, (size_t)n * (size_t)k);
    if (!i->alpha)
        return;
    ae_window_bytes_of(w, y, x0, n, to);
    for (size_t x = 0; x < (size_t)n; x++, to += pixel)
        if (is_visible(to + colours, i->maxval))
            memcpy(to, packed + x * colours, colours);
}

double ae_window_level(const struct ae_window *w, int y)
{
    return ae_level_of_row(w->sigma, w->info->h, y);
}

int ae_window_gray(struct ae_window *w, int y)
{
    unsigned char gray;

    assert((y >= w->lo || w->whole) && y < w->hi);
    ae_row_store_get(&w->store, y, w->store.row_bytes - 1, &gray, 1);
    return gray;
}
