/* preview.c - see preview.h. */
#include "run/denoise/preview.h"

#include <string.h>

#include "image/format.h"
#include "run/denoise/crop.h"

int ae_preview_open(struct ae_preview *p, struct ae_ctx *ctx,
                    const struct ae_denoise_options *o,
                    const struct ae_image_info *info,
                    const struct ae_transfer *curve, int whole,
                    struct ae_err *e)
{
    memset(p, 0, sizeof(*p));
    if (!o->preview)
        return 0;
    p->on = 1;
    p->window = ae_preview_window(o, info);
    /* linear light without a tag that says so would look far too dark */
    if (!curve->tagged)
        p->curve.gamma = curve->gamma;
    p->sink = ae_sink_of(o->preview);
    AE_TRY(ae_denoise_preview_size(o, info, &p->info, e));
    return ae_rows_init(&p->out, ctx, &p->info, AE_ROWS_OUT, whole, 0, e);
}

void ae_preview_release(struct ae_preview *p)
{
    ae_rows_release(&p->out);
    memset(p, 0, sizeof(*p));
}

uint64_t ae_preview_bytes(const struct ae_denoise_options *o,
                          const struct ae_image_info *info, int whole)
{
    struct ae_image_info shown;

    return ae_denoise_preview_size(o, info, &shown, NULL)
               ? 0
               : ae_rows_bytes(&shown, AE_ROWS_OUT, whole, 0);
}

int ae_preview_wants(const struct ae_preview *p, int y, int x0, int x1)
{
    const struct ae_rect *r = &p->window;

    return p->on && y >= r->y && y < r->y + r->h && x1 > r->x &&
           x0 < r->x + r->w;
}

/* White with black beside it, opaque. */
static void put_divider(struct ae_preview *p, int y)
{
    float v[AE_PREVIEW_DIVIDER * 4];
    unsigned char bytes[sizeof(v)];
    const struct ae_image_info *i = &p->info;
    const size_t n = AE_PREVIEW_DIVIDER * (size_t)i->channels;

    for (size_t k = 0; k < n; k++) {
        const int x = (int)k / i->channels, c = (int)k % i->channels;
        const int edge = x == 0 || x == AE_PREVIEW_DIVIDER - 1;
        v[k] = edge && !(i->alpha && c == i->channels - 1) ? 0 : 1;
    }
    ae_row_pack(p->out.ctx, bytes, v, i->maxval, n);
    ae_rows_put(&p->out, y, p->window.w, AE_PREVIEW_DIVIDER, bytes);
}

/* n pixels from *bytes on, from column x of the preview on. */
static void put_pixels(struct ae_preview *p, int y, int x,
                       const unsigned char *bytes, int n, float *room,
                       void *packed)
{
    const struct ae_image_info *i = &p->info;
    const size_t samples = (size_t)n * (size_t)i->channels;

    if (!ae_transfer_converts(&p->curve)) {
        ae_rows_put(&p->out, y, x, n, bytes);
        return;
    }
    ae_row_unpack(p->out.ctx, room, bytes, i->maxval, samples);
    ae_transfer_encode(&p->curve, room, (size_t)n, i->channels,
                       i->channels - i->alpha);
    ae_row_pack(p->out.ctx, packed, room, i->maxval, samples);
    ae_rows_put(&p->out, y, x, n, packed);
}

void ae_preview_put(struct ae_preview *p, enum ae_side side, int y, int x0,
                    int x1, const unsigned char *bytes, float *room,
                    float *more)
{
    const struct ae_rect *r = &p->window;
    const int from = ae_max(x0, r->x), to = ae_min(x1, r->x + r->w);
    const int row = y - r->y;
    const int at = side == AE_BEFORE ? 0 : r->w + AE_PREVIEW_DIVIDER;

    if (side == AE_BEFORE && from == r->x)
        put_divider(p, row);
    put_pixels(p, row, at + from - r->x,
               bytes + (size_t)(from - x0) * ae_pixel_bytes(&p->info),
               to - from, room, more);
}

/* Rows of the window up to row `to` - 1 of the picture. */
static int shown_rows(const struct ae_preview *p, int to)
{
    return ae_clamp(to - p->window.y, 0, p->window.h);
}

int ae_preview_make_room(struct ae_preview *p, int to, struct ae_err *e)
{
    return p->on ? ae_rows_make_room(&p->out, p->sink, shown_rows(p, to), e)
                 : 0;
}

void ae_preview_finish(struct ae_preview *p, int to)
{
    p->out.hi = p->on ? shown_rows(p, to) : 0;
}

void ae_preview_write(struct ae_preview *p)
{
    ae_rows_write(&p->out, p->sink);
}

int ae_preview_flush(struct ae_preview *p, struct ae_err *e)
{
    return ae_rows_flush(&p->out, p->sink, e);
}
