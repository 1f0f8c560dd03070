/* mm_c.c - the product in plain C: the reference for every other one.
 *
 * Sums in the order that kernel.h promises, with a rounding between the
 * multiplication and the addition where the ISAs have none. */
#include "kernel/impl.h"

enum { NR = 16 }; /* columns summed at once, and of a panel */

/* One row of the output, nb columns from panel p on. */
static void row(const struct ae_mm *g, int i, int p, int nb)
{
    float *c = g->c + i * g->ldc + p * NR;
    float sum[NR] = {0};

    for (int j = 0; j < nb; j++)
        sum[j] = g->add ? c[j] : g->bias ? g->bias[p * NR + j] : 0;
    for (int s = 0; s < g->segments; s++) {
        const float *a = g->a[s] + i * g->ars;
        const float *b = g->b[s] + p * g->bpanel;
        for (int k = 0; k < g->k; k++, a += g->aks, b += g->ldb)
            if (nb == NR)
                for (int j = 0; j < NR; j++)
                    sum[j] += *a * b[j];
            else
                for (int j = 0; j < nb; j++)
                    sum[j] += *a * b[j];
    }
    for (int j = 0; j < nb; j++)
        c[j] = ae_activate(g->act, sum[j]);
}

void ae_mm_narrow_c(const struct ae_mm *g)
{
    for (int i = 0; i < g->m; i++)
        for (int j = 0; j < g->n; j++) {
            float *c = g->c + i * g->ldc + j;
            float sum = g->add ? *c : g->bias ? g->bias[j] : 0;
            for (int s = 0; s < g->segments; s++) {
                const float *a = g->a[s] + i * g->ars;
                for (int k = 0; k < g->k; k++)
                    sum += a[k] * g->b[s][(k / NR * g->n + j) * NR + k % NR];
            }
            *c = ae_activate(g->act, sum);
        }
}

void ae_mm_c(const struct ae_mm *g)
{
    for (int p = 0; p * NR < g->n; p++)
        for (int i = 0; i < g->m; i++)
            row(g, i, p, ae_min(NR, g->n - p * NR));
}
