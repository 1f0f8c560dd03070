/* vec_simd.h - the flat loops, written once and compiled for each ISA.
 *
 * Included by vec_c.c, vec_avx2.c and vec_avx512.c, which define FN(name).
 * They are bound by memory, so what the compiler makes of plain loops is as
 * good as intrinsics; without contraction every ISA gives the same bits. */
#include <math.h>

#include "base/half.h"
#include "kernel/impl.h"

void FN(add)(float *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

void FN(lerp)(float *restrict y, const float *restrict x, float a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (1 - a) * y[i] + a * x[i];
}

void FN(scale)(float *y, float a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] *= a;
}

void FN(axpy)(float *restrict y, const float *restrict x, float a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static inline float FN(rounded)(float x)
{
    return ae_bf16_to_float(ae_float_to_bf16(x));
}

void FN(round_bf16)(float *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = FN(rounded)(x[i]);
}

void FN(add_bf16)(float *restrict y, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = FN(rounded)(y[i] + FN(rounded)(x[i]));
}

void FN(pack_bf16)(uint16_t *restrict out, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint16_t)(ae_float_bits(x[i]) >> 16);
}

void FN(unpack_bf16)(float *restrict out, const uint16_t *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = ae_bf16_to_float(x[i]);
}

/* Zero in the place of numbers so small that they move no weight.  Of a
 * saturated sigmoid come gradients, and of these squares, that would be
 * subnormal, and processors take many times as long for those. */
#define FAINT 0x1p-50f /* the square's limit is TINY */
#define TINY 0x1p-100f

static inline float FN(unless_below)(float least, float x)
{
    return fabsf(x) < least ? 0 : x;
}

void FN(act_grad)(enum ae_act act, float *restrict dy, const float *restrict y,
                  size_t n)
{
    switch (act) {
    case AE_ACT_NONE:
        break;
    case AE_ACT_RELU:
        for (size_t i = 0; i < n; i++)
            dy[i] = y[i] > 0 ? dy[i] : 0;
        break;
    case AE_ACT_LRELU:
        for (size_t i = 0; i < n; i++)
            dy[i] = y[i] > 0 ? dy[i] : dy[i] * AE_LRELU_SLOPE;
        break;
    case AE_ACT_SIGMOID:
        for (size_t i = 0; i < n; i++)
            dy[i] = FN(unless_below)(TINY, FN(unless_below)(FAINT, dy[i]) *
                                               (y[i] * (1 - y[i])));
        break;
    case AE_ACT_TANH:
        for (size_t i = 0; i < n; i++)
            dy[i] *= 1 - y[i] * y[i];
        break;
    }
}

double FN(sumsq)(const float *x, size_t n)
{
    enum { LANES = 16 };
    double lane[LANES] = {0}, sum = 0;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (double)x[i + l] * (double)x[i + l];
    for (; i < n; i++)
        lane[i % LANES] += (double)x[i] * (double)x[i];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

void FN(adam)(const struct ae_adam *o, float *restrict w,
              const float *restrict g, float *restrict m, float *restrict v,
              size_t n)
{
    const struct ae_adam p = *o; /* so that w can't alias it */

    for (size_t i = 0; i < n; i++) {
        const float d = FN(unless_below)(FAINT, g[i] * p.scale);
        m[i] = FN(unless_below)(TINY, p.beta1 * m[i] + (1 - p.beta1) * d);
        v[i] = FN(unless_below)(TINY, p.beta2 * v[i] + (1 - p.beta2) * (d * d));
        w[i] -= p.lr *
                (m[i] * p.c1 / (sqrtf(v[i] * p.c2) + p.eps) + p.decay * w[i]);
    }
}
