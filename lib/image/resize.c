/* resize.c - cubic convolution: first the width of each row, then the
 * height. */
#include "image/resize.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

/* The weights of one axis: output i is a sum over `taps` inputs from first[i]
 * on. */
struct axis {
    int taps;
    int *first;
    double *weight; /* [out][taps] */
};

/* Keys: Cubic convolution interpolation for digital image processing, 1981;
 * a = -1/2 reproduces parabolas. */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1)
        return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

static void release_axis(struct axis *a)
{
    free(a->first);
    free(a->weight);
}

static int plan_axis(struct axis *a, int in, int out, struct ae_err *e)
{
    const double step = (double)in / out, wide = step > 1 ? step : 1;

    a->taps = ae_min(in, (int)ceil(4 * wide) + 1);
    a->first = ae_alloc((size_t)out, sizeof(*a->first), e);
    a->weight = ae_alloc((size_t)out, (size_t)a->taps * sizeof(*a->weight), e);
    if (!a->first || !a->weight)
        return AE_EMEM;
    for (int i = 0; i < out; i++) {
        const double middle = (i + 0.5) * step - 0.5;
        const int from = ae_clamp((int)ceil(middle - 2 * wide), 0,
                                  in - a->taps);
        double *w = a->weight + (size_t)i * (size_t)a->taps, sum = 0;
        a->first[i] = from;
        for (int k = 0; k < a->taps; k++)
            sum += w[k] = cubic((from + k - middle) / wide);
        for (int k = 0; k < a->taps; k++)
            w[k] /= sum;
    }
    return 0;
}

/* One line of `out` samples; strides are in floats. */
static void resample_line(const struct axis *a, int out, const float *in,
                          size_t in_stride, float *to, size_t out_stride)
{
    for (int i = 0; i < out; i++) {
        const double *w = a->weight + (size_t)i * (size_t)a->taps;
        const float *p = in + (size_t)a->first[i] * in_stride;
        double sum = 0;
        for (int k = 0; k < a->taps; k++)
            sum += w[k] * p[(size_t)k * in_stride];
        to[(size_t)i * out_stride] = (float)sum;
    }
}

int ae_resize(const float *in, int h, int w, int c, float *out, int to_h,
              int to_w, struct ae_err *e)
{
    const size_t n = (size_t)c, line = (size_t)to_w * n;
    struct axis x = {0}, y = {0};
    float *half = ae_alloc((size_t)h, line * sizeof(float), e);

    int rc = half ? plan_axis(&x, w, to_w, e) : AE_EMEM;

    if (!rc)
        rc = plan_axis(&y, h, to_h, e);
    for (int i = 0; !rc && i < h; i++)
        for (size_t k = 0; k < n; k++)
            resample_line(&x, to_w, in + (size_t)i * (size_t)w * n + k, n,
                          half + (size_t)i * line + k, n);
    for (size_t k = 0; !rc && k < line; k++)
        resample_line(&y, to_h, half + k, line, out + k, line);
    release_axis(&x);
    release_axis(&y);
    free(half);
    return rc;
}
