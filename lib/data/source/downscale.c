/* downscale.c - area averaging by a ratio p/q, streaming.
 *
 * Positions are counted in units of 1/p input pixel, so that an input pixel
 * is p long, an output pixel q, and every overlap is a whole number: no
 * rounding of positions, and an input pixel meets at most two outputs. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "data/source/downscale.h"

int ae_downscaler_init(struct ae_downscaler *s, int p, int q, int w, int c,
                       struct ae_err *e)
{
    assert(p > 0 && p < q);
    memset(s, 0, sizeof(*s));
    s->p = p;
    s->q = q;
    s->w = w;
    s->c = c;
    s->out_w = (int)((int64_t)w * p / q);
    const size_t n = (size_t)s->out_w * (size_t)c;
    s->across = ae_alloc(2 * n, sizeof(float), e);
    s->sum = s->across ? s->across + n : NULL;
    return s->across ? 0 : AE_EMEM;
}

void ae_downscaler_release(struct ae_downscaler *s)
{
    free(s->across);
    memset(s, 0, sizeof(*s));
}

static void shrink_row(const struct ae_downscaler *s, const float *row)
{
    const float unit = 1.0f / (float)s->q;
    const int c = s->c;

    memset(s->across, 0, (size_t)s->out_w * (size_t)c * sizeof(float));
    for (int x = 0; x < s->w; x++) {
        const int64_t lo = (int64_t)x * s->p, hi = lo + s->p;
        const int j = (int)(lo / s->q);
        const int64_t end = (int64_t)(j + 1) * s->q;
        const float first = (float)((hi < end ? hi : end) - lo) * unit;
        const float rest = hi > end ? (float)(hi - end) * unit : 0.0f;
        for (int k = 0; k < c && j < s->out_w; k++)
            s->across[j * c + k] += first * row[x * c + k];
        for (int k = 0; k < c && rest > 0 && j + 1 < s->out_w; k++)
            s->across[(j + 1) * c + k] += rest * row[x * c + k];
    }
}

int ae_downscaler_push(struct ae_downscaler *s, const float *row)
{
    const float unit = 1.0f / (float)s->q;
    const int64_t lo = (int64_t)s->y * s->p, hi = lo + s->p;
    const int64_t end = (int64_t)(s->out_y + 1) * s->q;
    const int n = s->out_w * s->c, done = hi >= end;
    const float first = (float)((done ? end : hi) - lo) * unit;
    const float rest = done ? (float)(hi - end) * unit : 0.0f;

    shrink_row(s, row);
    for (int i = 0; i < n; i++) {
        const float v = s->across[i], whole = s->sum[i] + first * v;
        s->across[i] = whole;
        s->sum[i] = done ? rest * v : whole;
    }
    s->y++;
    s->out_y += done;
    return done;
}
