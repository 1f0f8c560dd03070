/* net_input.c - see net_input.h. */
#include "run/denoise/net_input.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "model/model.h"
#include "run/denoise/alpha_fill.h"

enum {
    /* Rows that are read ahead while there is time.  A level needs rows up to
     * the end of the next block, the longest of which has two. */
    AHEAD = 16,
    LEVELS_AHEAD = AE_LEVEL_BLOCK / 2 + 2 * AE_LEVEL_BLOCK,
    GRAY_BYTE = 1
};

/* A block whose level isn't known yet begins at most half a block above the
 * last row that is wanted. */
static int ring_rows(const struct ae_image_info *info,
                     const struct ae_net_input_size *size)
{
    const int rows = size->rows + (info->alpha ? 2 * AE_ALPHA_FILL_ROWS : 0);

    return size->levels ? ae_max(rows, AE_LEVEL_BLOCK / 2) + LEVELS_AHEAD
                        : rows + AHEAD;
}

int ae_net_input_init(struct ae_net_input *in, struct ae_ctx *ctx,
                      struct ae_reader *r, struct ae_level_estimator *estimator,
                      const struct ae_net_input_size *size, struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(r);

    memset(in, 0, sizeof(*in));
    ae_waiting_init(&in->waiting, ctx, r);
    in->estimator = estimator;
    if (estimator) {
        in->sigma = ae_alloc((size_t)ae_level_blocks(i->h), sizeof(*in->sigma),
                             e);
        if (!in->sigma)
            return AE_EMEM;
    }
    return ae_rows_init(&in->rows, ctx, i, ring_rows(i, size), size->whole,
                        GRAY_BYTE, e);
}

void ae_net_input_release(struct ae_net_input *in)
{
    ae_rows_release(&in->rows);
    ae_waiting_release(&in->waiting);
    free(in->sigma);
    memset(in, 0, sizeof(*in));
}

uint64_t ae_net_input_bytes(const struct ae_image_info *info,
                            const struct ae_net_input_size *size)
{
    return ae_rows_bytes(info, ring_rows(info, size), size->whole, GRAY_BYTE);
}

/* ---------------------------------------------------------------- reading */

/* Whether all pixels of a row that are visible are gray, though there are
 * three colours. */
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

void ae_net_input_read_ahead(struct ae_net_input *in)
{
    struct ae_rows *r = &in->rows;
    const struct ae_image_info *i = r->info;
    const size_t n = (size_t)i->w * (size_t)i->channels;

    if (r->rc || !ae_rows_has_room(r))
        return;
    r->rc = ae_waiting_next(&in->waiting, r->line, r->bytes, &r->why);
    if (!r->rc && !i->maxval)
        r->rc = ae_unit_check(in->unit_loss, r->line, n, &r->why);
    if (r->rc)
        return;
    ae_row_pack(r->ctx, r->bytes, r->line, i->maxval, n);
    r->bytes[r->store.row_bytes - GRAY_BYTE] = is_gray(i, r->line);
    ae_row_store_put(&r->store, r->hi, 0, r->bytes, r->store.row_bytes);
    r->hi++;
}

/* A failure counts when the row that couldn't be read is wanted. */
static int read_rows(struct ae_net_input *in, int to, struct ae_err *e)
{
    while (!in->rows.rc && in->rows.hi < to) {
        assert(ae_rows_has_room(&in->rows));
        ae_net_input_read_ahead(in);
    }
    return in->rows.hi < to ? ae_rows_check(&in->rows, e) : 0;
}

int ae_net_input_survey(struct ae_net_input *in,
                        const struct ae_picture_survey *s, const char **kind,
                        struct ae_err *e)
{
    AE_TRY(ae_picture_survey_run(s, &in->waiting, in->rows.line, in->rows.bytes,
                                 &in->curve, kind, e));
    if (*kind) { /* then nobody wants levels */
        free(in->sigma);
        in->sigma = NULL;
    }
    return 0;
}

int ae_net_input_skip(struct ae_net_input *in, int to, struct ae_err *e)
{
    while (in->rows.hi < to) {
        in->rows.lo = in->rows.hi;
        AE_TRY(read_rows(in, in->rows.hi + 1, e));
    }
    return ae_row_store_check(&in->rows.store, e);
}

/* ----------------------------------------------------------------- levels */

/* The last block that the level of row y depends on: of the two whose middles
 * enclose it, the lower one. */
static int last_block(int h, int y)
{
    return ae_min(ae_level_blocks(h) - 1,
                  (y + AE_LEVEL_BLOCK / 2) / AE_LEVEL_BLOCK);
}

static int block_end(int h, int block)
{
    return block * AE_LEVEL_BLOCK + ae_level_block_rows(h, block);
}

struct block {
    struct ae_net_input *in;
    int top;
};

static void get_block_pixels(void *arg, int y, int x0, int n, float *out)
{
    enum { LONGEST = 128 }; /* pixels that are asked for */
    const struct block *b = arg;
    unsigned char bytes[LONGEST * 4 * sizeof(float)];

    assert(n <= LONGEST);
    ae_net_input_get(b->in, b->top + y, x0, n, bytes, out);
}

static int estimate_block(struct ae_net_input *in, int block, struct ae_err *e)
{
    const struct ae_image_info *i = in->rows.info;
    struct block b = {in, block * AE_LEVEL_BLOCK};
    const struct ae_level_area area = {.get = get_block_pixels,
                                       .arg = &b,
                                       .w = i->w,
                                       .h = ae_level_block_rows(i->h, block),
                                       .c = i->channels - i->alpha,
                                       .channels = i->channels};

    return ae_level_estimate(in->estimator, &area, &in->sigma[block], e);
}

int ae_net_input_move(struct ae_net_input *in, int from, int to,
                      struct ae_err *e)
{
    struct ae_rows *r = &in->rows;
    const int h = r->info->h;
    const int last = in->sigma ? last_block(h, to - 1) : -1;

    if (r->info->alpha) {
        from -= AE_ALPHA_FILL_ROWS;
        to = ae_min(to + AE_ALPHA_FILL_ROWS, h);
    }
    if (last >= in->blocks) {
        /* rows of a block whose level isn't known yet stay */
        from = ae_min(from, in->blocks * AE_LEVEL_BLOCK);
        to = ae_max(to, block_end(h, last));
    }
    r->lo = ae_max(r->lo, ae_min(from, r->hi));
    AE_TRY(read_rows(in, to, e));
    for (; in->blocks <= last; in->blocks++)
        AE_TRY(estimate_block(in, in->blocks, e));
    return ae_row_store_check(&r->store, e);
}

double ae_net_input_level(const struct ae_net_input *in, int y)
{
    return ae_level_of_row(in->sigma, in->rows.info->h, y);
}

/* ---------------------------------------------------------------- samples */

void ae_net_input_get(struct ae_net_input *in, int y, int x0, int n,
                      void *bytes, float *out)
{
    const struct ae_image_info *i = in->rows.info;

    ae_rows_get(&in->rows, y, x0, n, bytes);
    ae_row_unpack(in->rows.ctx, out, bytes, i->maxval,
                  (size_t)n * (size_t)i->channels);
    ae_transfer_encode(&in->curve, out, (size_t)n, i->channels,
                       i->channels - i->alpha);
}

int ae_net_input_peek(struct ae_net_input *in, int y, void *bytes, float *out,
                      struct ae_err *e)
{
    const struct ae_image_info *i = in->rows.info;
    const size_t n = (size_t)i->w;

    AE_TRY(ae_waiting_get(&in->waiting, y, bytes, e));
    ae_row_unpack(in->rows.ctx, out, bytes, i->maxval, n * (size_t)i->channels);
    ae_transfer_encode(&in->curve, out, n, i->channels, i->channels - i->alpha);
    return 0;
}

/* Alpha above 0, in the file's own samples. */
static int is_visible(const unsigned char *alpha, unsigned maxval)
{
    float f;

    if (maxval > 0)
        return alpha[0] || (maxval > 255 && alpha[1]);
    memcpy(&f, alpha, sizeof(f));
    return f > 0;
}

void ae_net_input_restore(struct ae_net_input *in, int y, int x0, int n,
                          float *v, float *room, void *bytes)
{
    struct ae_rows *r = &in->rows;
    const struct ae_image_info *i = r->info;
    const int k = i->channels - i->alpha;
    const size_t pixel = ae_pixel_bytes(i);
    const size_t colours = pixel / (size_t)i->channels * (size_t)k;
    unsigned char *to = bytes;

    if (ae_transfer_converts(&in->curve)) {
        ae_rows_get(r, y, x0, n, bytes);
        ae_row_unpack(r->ctx, room, bytes, i->maxval,
                      (size_t)n * (size_t)i->channels);
        ae_transfer_decode(&in->curve, v, room, (size_t)n, i->channels, k);
    }
    unsigned char *packed = i->alpha ? (unsigned char *)room : to;
    ae_row_pack(r->ctx, packed, v, i->maxval, (size_t)n * (size_t)k);
    if (!i->alpha)
        return;
    ae_rows_get(r, y, x0, n, to);
    for (size_t x = 0; x < (size_t)n; x++, to += pixel)
        if (is_visible(to + colours, i->maxval))
            memcpy(to, packed + x * colours, colours);
}

int ae_net_input_is_gray(struct ae_net_input *in, int y)
{
    struct ae_rows *r = &in->rows;
    unsigned char gray;

    assert((y >= r->lo || r->whole) && y < r->hi);
    ae_row_store_get(&r->store, y, r->store.row_bytes - GRAY_BYTE, &gray,
                     GRAY_BYTE);
    return gray;
}
