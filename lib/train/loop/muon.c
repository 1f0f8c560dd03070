/* muon.c - the nearest orthogonal matrix by Newton-Schulz iterations, in
 * products alone. */
#include "train/loop/muon.h"

#include <math.h>
#include <string.h>

/* Odd polynomial of the singular values, steep at 0 and flat around 1, from
 * Jordan et al. 2024; five rounds are enough.  Odd, so that the result lies in
 * the other of two buffers. */
enum { ROUNDS = 5 };
#define A 3.4445f
#define B (-4.7750f)
#define C 2.0315f
/* Of a smaller momentum, as of units that have died, no direction is made out;
 * what it has become after a thousand steps has no reciprocal in a float. */
#define FAINTEST 1e-7

static size_t square(int n)
{
    return (size_t)n * (size_t)n;
}

/* Two square matrices, and where products are in bfloat16 the pairs of their
 * operands. */
size_t ae_orthogonalise_scratch(int rows, int cols)
{
    const int n = ae_min(rows, cols);

    return 3 * square(n) + (size_t)rows * (size_t)cols;
}

/* Pairs of bfloat16 take the room of a float each, along the sum. */
static int in_pairs(const struct ae_ctx *ctx, int rows, int n)
{
    return ctx->bf16 && rows % 2 == 0 && n % 2 == 0;
}

/* g (n x n) = x^T x for x (rows x n). */
static void gram(const struct ae_ctx *ctx, const float *x, float *g, int rows,
                 int n, float *pairs)
{
    const int half = in_pairs(ctx, rows, n);
    const float *const from = half ? pairs : x;
    const struct ae_mm mm = {.m = n,
                             .n = n,
                             .k = half ? rows / 2 : rows,
                             .segments = 1,
                             .a = &from,
                             .ars = 1,
                             .aks = n,
                             .b = &from,
                             .bpanel = ctx->k->nr,
                             .ldb = n,
                             .c = g,
                             .ldc = n};

    if (half)
        ctx->k->pair(pairs, n, x, x + n, 2 * n, rows / 2, n);
    (half ? ctx->k->mm_bf16 : ctx->k->mm)(&mm);
}

/* y (rows x n) = x (rows x n) p (n x n). */
static void multiply(const struct ae_ctx *ctx, const float *x, const float *p,
                     float *y, int rows, int n, float *pairs)
{
    const int half = in_pairs(ctx, rows, n), k = half ? n / 2 : n;
    float *const second = pairs + (size_t)rows * (size_t)k;
    const float *const a = half ? pairs : x, *const b = half ? second : p;
    const struct ae_mm mm = {.m = rows,
                             .n = n,
                             .k = k,
                             .segments = 1,
                             .a = &a,
                             .ars = k,
                             .aks = 1,
                             .b = &b,
                             .bpanel = ctx->k->nr,
                             .ldb = n,
                             .c = y,
                             .ldc = n};

    if (half) {
        ctx->k->halve(pairs, k, x, n, rows, k);
        ctx->k->pair(second, n, p, p + n, 2 * n, k, n);
    }
    (half ? ctx->k->mm_bf16 : ctx->k->mm)(&mm);
}

/* y = x (A + B g + C g^2) for g = x^T x, rows >= n. */
static void iterate(const struct ae_ctx *ctx, const float *x, float *y,
                    int rows, int n, float *scratch)
{
    float *g = scratch, *p = g + square(n), *pairs = p + square(n);

    gram(ctx, x, g, rows, n, pairs);
    multiply(ctx, g, g, p, n, n, pairs);
    ctx->k->scale(p, C, square(n));
    ctx->k->axpy(p, g, B, square(n));
    for (size_t i = 0; i < square(n); i += (size_t)n + 1)
        p[i] += A;
    multiply(ctx, x, p, y, rows, n, pairs);
}

/* y (cols x rows) = the transpose of x (rows x cols). */
static void transpose(const float *x, float *y, int rows, int cols)
{
    for (size_t i = 0; i < (size_t)rows; i++)
        for (size_t j = 0; j < (size_t)cols; j++)
            y[j * (size_t)rows + i] = x[i * (size_t)cols + j];
}

void ae_orthogonalise(const struct ae_ctx *ctx, float *x, int rows, int cols,
                      float *out, float *scratch)
{
    const size_t count = (size_t)rows * (size_t)cols;
    const int wide = rows < cols;
    const double norm = sqrt(ctx->k->sumsq(x, count));
    float *from = x, *to = out;

    ctx->k->scale(x, (float)(1 / fmax(norm, FAINTEST)), count);
    if (wide) {
        transpose(x, out, rows, cols);
        from = out;
        to = x;
    }
    for (int i = 0; i < ROUNDS; i++) {
        iterate(ctx, from, to, ae_max(rows, cols), ae_min(rows, cols), scratch);
        float *const last = to;
        to = from;
        from = last;
    }
    if (wide)
        transpose(x, out, cols, rows);
}
