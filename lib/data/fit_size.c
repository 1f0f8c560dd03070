/* fit_size.c - depth, size and channels of an item made the model's.
 *
 * Gray and colour become each other; sizes only change where that was asked
 * for, since a picture at another scale is another picture. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "data/fit_size.h"
#include "image/resize.h"
#include "image/transfer.h"
#include "kernel/kernel.h"

void ae_item_floats(const struct ae_ctx *ctx, const struct ae_item *it,
                    size_t at, size_t n, float *out)
{
    if (it->bytes == 1)
        ctx->k->from_u8(out, (const uint8_t *)it->px + at, 255, n);
    else if (it->bytes == 2)
        ctx->k->from_u16(out, (const uint16_t *)it->px + at, 65535, n);
    else
        memcpy(out, (const float *)it->px + at, n * sizeof(float));
}

void ae_size_fitter_release(struct ae_size_fitter *f)
{
    free(f->raw);
    f->raw = NULL;
}

static int check_channels(const struct ae_size_fitter *f,
                          const struct ae_item *it, struct ae_err *e)
{
    if (it->c == f->c || (it->c == 1 && f->c == 3) || (it->c == 3 && f->c == 1))
        return 0;
    return ae_fail(e, AE_EARG,
                   "%d channel(s), the model takes %d: choose as many with "
                   "`columns`, or another model",
                   it->c, f->c);
}

static int check_size(const struct ae_size_fitter *f, const struct ae_item *it,
                      int h, int w, struct ae_err *e)
{
    if (it->h == 1 && h == 1 && it->w != w)
        return ae_fail(e, AE_EARG,
                       "%d values, the model takes %d: choose as many, or "
                       "another model",
                       it->w, w);
    if (f->fit == AE_FIT_REFUSE && (it->h != h || it->w != w))
        return ae_fail(e, AE_EARG,
                       "%dx%d, the model takes %dx%d: `fit` crop, `fit` pad or "
                       "`fit` resize",
                       it->w, it->h, w, h);
    if (f->fit == AE_FIT_CROP && (it->h < h || it->w < w))
        return ae_fail(e, AE_EARG,
                       "%dx%d is too small to crop %dx%d from: `fit` pad or "
                       "`fit` resize",
                       it->w, it->h, w, h);
    if (f->fit == AE_FIT_PAD && (it->h > h || it->w > w))
        return ae_fail(e, AE_EARG,
                       "%dx%d is too large to pad to %dx%d: `fit` crop or "
                       "`fit` resize",
                       it->w, it->h, w, h);
    return 0;
}

int ae_fitted_shape(const struct ae_size_fitter *f, const struct ae_item *it,
                    int shape[3], struct ae_err *e)
{
    shape[0] = f->h ? f->h : it->h;
    shape[1] = f->w ? f->w : it->w;
    shape[2] = f->c;
    const int rc = check_channels(f, it, e);
    return rc ? rc : check_size(f, it, shape[0], shape[1], e);
}

/* The middle of the larger lies on the middle of the smaller; borders are
 * black. */
static void move(const float *in, int h, int w, float *out, int to_h, int to_w,
                 size_t c)
{
    const int y0 = (to_h - h) / 2, x0 = (to_w - w) / 2;
    const int from = ae_max(0, -x0), to = ae_max(0, x0);
    const size_t run = (size_t)ae_min(w, to_w) * c;

    memset(out, 0, (size_t)to_h * (size_t)to_w * c * sizeof(float));
    for (int y = ae_max(0, y0); y < ae_min(to_h, y0 + h); y++)
        memcpy(out + ((size_t)y * (size_t)to_w + (size_t)to) * c,
               in + ((size_t)(y - y0) * (size_t)w + (size_t)from) * c,
               run * sizeof(float));
}

static void clip(float *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] < 0 ? 0 : p[i] > 1 ? 1 : p[i];
}

/* One channel to three equal ones, in place, from the back. */
static void spread(float *p, size_t pixels)
{
    for (size_t i = pixels; i-- > 0;)
        p[3 * i] = p[3 * i + 1] = p[3 * i + 2] = p[i];
}

/* Luma, in place. */
static void make_gray(float *p, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++)
        p[i] = ae_luma(p + 3 * i);
}

static int need(struct ae_size_fitter *f, size_t n, struct ae_err *e)
{
    if (n <= f->cap)
        return 0;
    if (ae_realloc(&f->raw, n, sizeof(float), e) < 0)
        return AE_EMEM;
    f->cap = n;
    return 0;
}

int ae_fit_item(struct ae_size_fitter *f, const struct ae_item *it,
                const int shape[3], float *out, struct ae_err *e)
{
    const size_t pixels = (size_t)it->h * (size_t)it->w;
    const size_t wanted = (size_t)shape[0] * (size_t)shape[1];
    const size_t most = (pixels > wanted ? pixels : wanted) * 3;
    int rc = need(f, most * (it->c > 3 ? (size_t)it->c : 1), e);

    if (rc)
        return rc;
    ae_item_floats(f->ctx, it, 0, pixels * (size_t)it->c, f->raw);
    if (it->c == 3 && shape[2] == 1)
        make_gray(f->raw, pixels);
    else if (it->c == 1 && shape[2] == 3)
        spread(f->raw, pixels);
    if (f->fit == AE_FIT_RESIZE && (it->h != shape[0] || it->w != shape[1])) {
        rc = ae_resize(f->raw, it->h, it->w, shape[2], out, shape[0], shape[1],
                       e);
        if (it->bytes < 4)
            clip(out, wanted * (size_t)shape[2]);
        return rc;
    }
    move(f->raw, it->h, it->w, out, shape[0], shape[1], (size_t)shape[2]);
    return 0;
}

int ae_fit_in_place(struct ae_size_fitter *f, struct ae_item *it,
                    struct ae_err *e)
{
    int shape[3];

    if (it->h == f->h && it->w == f->w)
        return 0;
    f->c = it->c;
    AE_TRY(ae_fitted_shape(f, it, shape, e));
    float *out = ae_alloc((size_t)f->h * (size_t)f->w,
                          (size_t)f->c * sizeof(*out), e);
    if (!out)
        return AE_EMEM;
    const int rc = ae_fit_item(f, it, shape, out, e);
    if (rc) {
        free(out);
        return rc;
    }
    if (!it->spilled)
        free(it->px);
    it->px = out;
    it->spilled = 0;
    it->h = f->h;
    it->w = f->w;
    it->bytes = 4;
    return 0;
}
