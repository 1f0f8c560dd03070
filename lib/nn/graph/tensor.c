/* tensor.c - items into views and out of them.  A view may be a slice of a
 * larger buffer, so each pixel is found by the view's own strides. */
#include "nn/graph/tensor.h"

#include <string.h>

struct ae_view ae_view_of(float *data, int n, struct ae_shape s)
{
    return (struct ae_view){.data = data,
                            .n = n,
                            .h = s.h,
                            .w = s.w,
                            .c = s.c,
                            .pix = s.c,
                            .row = (ptrdiff_t)s.w * s.c,
                            .item = (ptrdiff_t)s.h * s.w * s.c,
                            .ring = s.h};
}

void ae_view_put(const struct ae_view *v, int first, int n, const float *from)
{
    for (int y = 0; y < n * v->h; y++) {
        float *p = ae_row(v, first + y / v->h, y % v->h);
        for (int x = 0; x < v->w; x++, p += v->pix, from += v->c)
            memcpy(p, from, (size_t)v->c * sizeof(*p));
    }
}

void ae_view_get(const struct ae_view *v, int first, int n, float *to)
{
    for (int y = 0; y < n * v->h; y++) {
        const float *p = ae_row(v, first + y / v->h, y % v->h);
        for (int x = 0; x < v->w; x++, p += v->pix, to += v->c)
            memcpy(to, p, (size_t)v->c * sizeof(*p));
    }
}

void ae_view_fill(const struct ae_view *v, int item, float value)
{
    for (int y = 0; y < v->h; y++) {
        float *p = ae_row(v, item, y);
        for (int x = 0; x < v->w; x++, p += v->pix)
            for (int c = 0; c < v->c; c++)
                p[c] = value;
    }
}

void ae_view_one_hot(const struct ae_view *v, int item, int class)
{
    ae_view_fill(v, item, 0);
    for (int y = 0; y < v->h; y++) {
        float *p = ae_row(v, item, y);
        for (int x = 0; x < v->w; x++, p += v->pix)
            p[class] = 1;
    }
}
