/* check_narrow.c - the product of few columns against double precision, with
 * operands that end where the readable page does. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "check.h"
#include "kernel/kernel.h"

enum { SEGMENTS = 3, MOST_ROWS = 31, GAP = 3 };

struct narrow {
    struct ae_mm mm;
    const float *a[SEGMENTS], *b[SEGMENTS];
};

/* Element (i, j), and the size of its terms. */
static double exact(const struct narrow *p, const float *c0, int i, int j,
                    double *size)
{
    const struct ae_mm *g = &p->mm;
    double sum = g->add    ? (double)c0[i * g->ldc + j]
                 : g->bias ? (double)g->bias[j]
                           : 0;

    *size = fabs(sum);
    for (int s = 0; s < g->segments; s++)
        for (int k = 0; k < g->k; k++) {
            const double v = (double)p->a[s][i * g->ars + k] *
                             (double)p->b[s][(k / 16 * g->n + j) * 16 + k % 16];
            sum += v;
            *size += fabs(v);
        }
    return check_act((int)g->act, sum);
}

static double worst(const struct narrow *p, const float *c0, const float *c)
{
    const struct ae_mm *g = &p->mm;
    double most = 0, size;

    for (int i = 0; i < g->m; i++)
        for (int j = 0; j < g->n; j++) {
            const float got = c[i * g->ldc + j];
            const double want = exact(p, c0, i, j, &size);
            const double bound = 6e-8 * (4 * (g->k * g->segments + 1) * size +
                                         8 * fabs(want)) +
                                 1e-30;
            const double err = fabs((double)got - want) / bound;
            if (!(err <= most)) /* NaN stays */
                most = err;
        }
    return most;
}

/* What lies between the rows stays. */
static int untouched(const struct ae_mm *g, const float *c0, const float *c)
{
    for (int i = 0; i + 1 < g->m; i++)
        if (memcmp(c + i * g->ldc + g->n, c0 + i * g->ldc + g->n,
                   (size_t)(g->ldc - g->n) * sizeof(*c)) != 0)
            return 0;
    return 1;
}

/* An element depends on nothing but its own row and column: row by row the
 * bits are the same. */
static int same_by_rows(const struct ae_kernels *k, const struct narrow *p,
                        const float *c0, const float *c)
{
    float d[MOST_ROWS * (AE_NARROW + GAP)];
    const float *a[SEGMENTS];
    int same = 1;

    for (int i = 0; i < p->mm.m; i++) {
        struct ae_mm g = p->mm;
        g.m = 1;
        g.a = a;
        for (int s = 0; s < g.segments; s++)
            a[s] = p->a[s] + i * g.ars;
        g.c = d + i * g.ldc;
        memcpy(g.c, c0 + i * g.ldc, (size_t)g.n * sizeof(*d));
        k->mm_narrow(&g);
        same &= !memcmp(g.c, c + i * g.ldc, (size_t)g.n * sizeof(*d));
    }
    return same;
}

/* One shape; `apart`: rows of A and of C don't touch. */
static void check_one(const struct ae_kernels *k, char *const block[4],
                      const int dim[4], enum ae_act act, int add, int apart)
{
    float c0[MOST_ROWS * (AE_NARROW + GAP)];
    struct narrow p;
    struct ae_mm *g = &p.mm;

    *g = (struct ae_mm){.m = dim[0],
                        .n = dim[1],
                        .k = dim[2],
                        .segments = dim[3],
                        .a = p.a,
                        .b = p.b,
                        .ars = dim[2] + (apart ? GAP : 0),
                        .aks = 1,
                        .ldc = dim[1] + (apart ? GAP : 0),
                        .act = act,
                        .add = add};
    const size_t na = (size_t)((g->m - 1) * g->ars + g->k + SEGMENTS);
    const size_t nb = (size_t)(g->segments * g->k * g->n);
    const size_t nc = (size_t)((g->m - 1) * g->ldc + g->n);
    float *a = guarded_tail(block[0], na), *b = guarded_tail(block[1], nb);
    float *c = guarded_tail(block[2], nc);
    float *bias = guarded_tail(block[3], (size_t)g->n);
    guarded_fill(a, na);
    guarded_fill(b, nb);
    guarded_fill(c, nc);
    guarded_fill(bias, (size_t)g->n);
    memcpy(c0, c, nc * sizeof(*c));
    for (int s = 0; s < g->segments; s++) {
        p.a[s] = a + s; /* any alignment */
        p.b[s] = b + s * g->k * g->n;
    }
    g->c = c;
    g->bias = act == AE_ACT_LRELU ? NULL : bias;
    k->mm_narrow(g);
    const double most = worst(&p, c0, c);
    check(most <= 1, "%s mm_narrow %dx%dx%dx%d act %d add %d: %g of the bound",
          k->name, dim[0], dim[1], dim[2], dim[3], (int)act, add, most);
    check(untouched(g, c0, c), "%s mm_narrow %dx%dx%dx%d wrote outside",
          k->name, dim[0], dim[1], dim[2], dim[3]);
    check(same_by_rows(k, &p, c0, c),
          "%s mm_narrow %dx%dx%dx%d differs by rows", k->name, dim[0], dim[1],
          dim[2], dim[3]);
}

void check_narrow(const struct ae_kernels *k)
{
    static const int ms[] = {1, 2, 3, 5, 6, 7, 12, 14, 15, MOST_ROWS};
    static const int ks[] = {0, 16, 48, 64};
    char *const block[4] = {guarded(), guarded(), guarded(), guarded()};
    int n = 0;

    for (size_t i = 0; i < AE_LEN(ms); i++)
        for (int j = 1; j <= AE_NARROW; j++)
            for (size_t l = 0; l < AE_LEN(ks); l++, n++) {
                const int dim[4] = {ms[i], j, ks[l], n % (SEGMENTS + 1)};
                check_one(k, block, dim, (enum ae_act)(n % 5), n % 3 == 0,
                          n / 2 % 2);
            }
    printf("%s mm_narrow: %d shapes\n", k->name, n);
    for (int i = 0; i < 4; i++)
        guarded_free(block[i]);
}
