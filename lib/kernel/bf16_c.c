/* bf16_c.c - the product in bfloat16 in plain C, and functions that make its
 * pairs. */
#include "base/half.h"
#include "kernel/impl.h"

enum { NR = 16 }; /* columns of a panel */

static float pair_of(float low, float high)
{
    return ae_bits_float((uint32_t)ae_float_to_bf16(high) << 16 |
                         ae_float_to_bf16(low));
}

static float low_of(const float *pair)
{
    return ae_bits_float(ae_float_bits(*pair) << 16);
}

static float high_of(const float *pair)
{
    return ae_bits_float(ae_float_bits(*pair) & 0xffff0000u);
}

/* The sum of one element; the products are exact. */
static float sum_of(const struct ae_mm *g, int i, int j, float sum)
{
    for (int s = 0; s < g->segments; s++) {
        const float *a = g->a[s] + i * g->ars;
        const float *b = g->b[s] + j / NR * g->bpanel + j % NR;
        for (int k = 0; k < g->k; k++, a += g->aks, b += g->ldb) {
            sum += high_of(a) * high_of(b);
            sum += low_of(a) * low_of(b);
        }
    }
    return sum;
}

void ae_mm_bf16_c(const struct ae_mm *g)
{
    struct ae_mm ends = *g; /* applies the activation, with no products */

    for (int i = 0; i < g->m; i++)
        for (int j = 0; j < g->n; j++) {
            float *c = g->c + i * g->ldc + j;
            *c = sum_of(g, i, j, g->add ? *c : g->bias ? g->bias[j] : 0);
        }
    ends.segments = 0;
    ends.add = 1;
    ae_mm_c(&ends);
}

void ae_halve_c(float *out, ptrdiff_t ostep, const float *x, ptrdiff_t xstep,
                int rows, int n)
{
    for (int r = 0; r < rows; r++, out += ostep, x += xstep)
        for (int i = 0; i < n; i++)
            out[i] = pair_of(x[2 * i], x[2 * i + 1]);
}

void ae_pair_c(float *out, ptrdiff_t ostep, const float *x, const float *y,
               ptrdiff_t step, int rows, int n)
{
    for (int r = 0; r < rows; r++, out += ostep, x += step, y += step)
        for (int i = 0; i < n; i++)
            out[i] = pair_of(x[i], y[i]);
}
