/* waiting.c - see waiting.h. */
#include "run/denoise/waiting.h"

#include <string.h>

#include "image/format.h"
#include "run/denoise/rows.h"

void ae_waiting_init(struct ae_waiting *w, struct ae_ctx *ctx,
                     struct ae_reader *r)
{
    *w = (struct ae_waiting){
        .ctx = ctx, .reader = r, .info = ae_reader_info(r)};
}

void ae_waiting_release(struct ae_waiting *w)
{
    ae_spool_free(w->spool);
    w->spool = NULL;
}

static size_t samples(const struct ae_image_info *i)
{
    return (size_t)i->w * (size_t)i->channels;
}

static size_t row_bytes(const struct ae_image_info *i)
{
    return ae_pixel_bytes(i) * (size_t)i->w;
}

uint64_t ae_waiting_bytes(const struct ae_image_info *info)
{
    enum { MOST = 4 << 20 };
    const uint64_t all = (uint64_t)info->h * row_bytes(info);

    return all < MOST ? all : MOST;
}

int ae_waiting_keep(struct ae_waiting *w, float *row, void *bytes, int *more,
                    struct ae_err *e)
{
    const struct ae_image_info *i = w->info;
    const uint64_t at = (uint64_t)w->hi * row_bytes(i);

    *more = w->hi < i->h && !w->rc;
    if (*more && (w->rc = ae_reader_row(w->reader, row, &w->why)) != 0)
        *more = 0;
    if (!*more)
        return 0;
    if (!w->spool)
        AE_TRY(ae_spool_new(ae_waiting_bytes(i), &w->spool, e));
    ae_row_pack(w->ctx, bytes, row, i->maxval, samples(i));
    AE_TRY(ae_spool_write(w->spool, at, bytes, row_bytes(i), e));
    w->hi++;
    return 0;
}

int ae_waiting_get(struct ae_waiting *w, int y, void *bytes, struct ae_err *e)
{
    const size_t n = row_bytes(w->info);

    assert(y >= w->lo && y < w->hi);
    return ae_spool_read(w->spool, (uint64_t)y * n, bytes, n, e);
}

int ae_waiting_next(struct ae_waiting *w, float *row, void *bytes,
                    struct ae_err *e)
{
    if (w->lo == w->hi) {
        ae_waiting_release(w);
        if (w->rc && e)
            *e = w->why;
        return w->rc ? w->rc : ae_reader_row(w->reader, row, e);
    }
    AE_TRY(ae_waiting_get(w, w->lo, bytes, e));
    ae_row_unpack(w->ctx, row, bytes, w->info->maxval, samples(w->info));
    w->lo++;
    return 0;
}
