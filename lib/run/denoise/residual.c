/* residual.c - see residual.h. */
#include "run/denoise/residual.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sort.h"

enum {
    SIDE = 16,      /* pixels of a block, doubled until ... */
    MOST = 1 << 18, /* ... there are no more than this */
    LEAST = 80      /* per cent of the blocks: those that lost least */
};

/* A block with a greater share of samples at black or white says nothing of
 * the level, since noise is cut off there. */
static const double clipped_most = 0.25;

struct ae_residual_block {
    _Atomic uint64_t squares;
    atomic_uint count, clipped; /* samples added; those at black or white */
};

static void lay_out(struct ae_residual *t, int w, int h)
{
    for (t->side = SIDE;; t->side *= 2) {
        t->columns = ae_ceil_div(w, t->side);
        t->rows = ae_ceil_div(h, t->side);
        if ((int64_t)t->columns * t->rows <= MOST)
            return;
    }
}

uint64_t ae_residual_bytes(int w, int h)
{
    struct ae_residual t = {0};

    lay_out(&t, w, h);
    return (uint64_t)t.columns * (uint64_t)t.rows * sizeof(*t.block);
}

int ae_residual_init(struct ae_residual *t, int w, int h, int colours,
                     struct ae_err *e)
{
    *t = (struct ae_residual){.colours = colours};
    lay_out(t, w, h);
    t->block = ae_alloc((size_t)t->columns * (size_t)t->rows, sizeof(*t->block),
                        e);
    return t->block ? 0 : AE_EMEM;
}

void ae_residual_release(struct ae_residual *t)
{
    free(t->block);
    *t = (struct ae_residual){0};
}

void ae_residual_add(struct ae_residual *t, int y, int x0, int n,
                     const float *in, int channels, const float *out,
                     int out_channels)
{
    struct ae_residual_block *row = t->block +
                                    (ptrdiff_t)(y / t->side) * t->columns;

    for (int x = x0; x < x0 + n;) {
        struct ae_residual_block *b = &row[x / t->side];
        const int to = ae_min((x / t->side + 1) * t->side, x0 + n);
        const unsigned count = (unsigned)((to - x) * t->colours);
        uint64_t squares = 0;
        unsigned clipped = 0;

        for (; x < to; x++, in += channels, out += out_channels)
            for (int c = 0; c < t->colours; c++) {
                squares += ae_residual_square(in[c], out[c]);
                clipped += in[c] <= 0 || in[c] >= 1;
            }
        atomic_fetch_add_explicit(&b->squares, squares, memory_order_relaxed);
        atomic_fetch_add_explicit(&b->count, count, memory_order_relaxed);
        atomic_fetch_add_explicit(&b->clipped, clipped, memory_order_relaxed);
    }
}

/* ------------------------------------------------------------- the level */

static double root_mean(const struct ae_residual *t)
{
    double sum = 0, count = 0;

    for (int i = 0; i < t->columns * t->rows; i++) {
        sum += (double)atomic_load(&t->block[i].squares);
        count += atomic_load(&t->block[i].count);
    }
    return count > 0 ? sqrt(sum / AE_RESIDUAL_STEPS / count) : 0;
}

/* Collects the mean squares of blocks that have samples: of those that aren't
 * clipped, or, with `all`, of all. */
static int collect(const struct ae_residual *t, int all, float *out)
{
    int n = 0;

    for (int i = 0; i < t->columns * t->rows; i++) {
        const struct ae_residual_block *b = &t->block[i];
        const double count = atomic_load(&b->count);
        if (count > 0 &&
            (all || atomic_load(&b->clipped) <= clipped_most * count))
            out[n++] = (float)((double)atomic_load(&b->squares) /
                               AE_RESIDUAL_STEPS / count);
    }
    return n;
}

double ae_residual_level(const struct ae_residual *t,
                         const struct ae_level_curve *c)
{
    float *v;

    if (!c->count)
        return root_mean(t);
    v = ae_alloc((size_t)t->columns * (size_t)t->rows, sizeof(*v), NULL);
    if (!v)
        return root_mean(t);
    int n = collect(t, 0, v);
    if (n == 0)
        n = collect(t, 1, v);
    qsort(v, (size_t)n, sizeof(*v), ae_by_float);
    const int few = ae_max(1, (int)((int64_t)n * LEAST / 100));
    double sum = 0;
    for (int i = 0; i < ae_min(few, n); i++)
        sum += (double)v[i];
    const double removed = sqrt(sum / few);
    free(v);
    return ae_level_of(c, removed);
}
