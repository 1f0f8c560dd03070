/* muon.c - the nearest orthogonal matrix by Newton-Schulz iterations, in
 * products alone. */
#include "train/loop/muon.h"

#include <math.h>
#include <string.h>

/* Odd polynomial of the singular values, steep at 0 and flat around 1, from
 * Jordan et al. 2024; five rounds are enough. */
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

size_t ae_orthogonalise_scratch(int rows, int cols)
{
    return 4 * square(ae_min(rows, cols));
}

/* c (n x n) = a^T b for a, b (rows x n) whose product is symmetric: panels of
 * columns from the diagonal on, and their mirror image. */
static void symmetric(const struct ae_ctx *ctx, const float *a, const float *b,
                      float *c, int rows, int n)
{
    const int nr = ctx->k->nr;

    for (int j = 0; j < n; j += nr) {
        const float *const left = a + j, *const right = b + j;
        const struct ae_mm mm = {.m = n - j,
                                 .n = ae_min(nr, n - j),
                                 .k = rows,
                                 .segments = 1,
                                 .a = &left,
                                 .ars = 1,
                                 .aks = n,
                                 .b = &right,
                                 .bpanel = nr,
                                 .ldb = n,
                                 .c = c + (ptrdiff_t)j * n + j,
                                 .ldc = n};
        ctx->k->mm(&mm);
    }
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            c[(ptrdiff_t)i * n + j] = c[(ptrdiff_t)j * n + i];
}

/* out (rows x n) = x (rows x n) q (n x n). */
static void multiply(const struct ae_ctx *ctx, const float *x, const float *q,
                     float *out, int rows, int n)
{
    const struct ae_mm mm = {.m = rows,
                             .n = n,
                             .k = n,
                             .segments = 1,
                             .a = &x,
                             .ars = n,
                             .aks = 1,
                             .b = &q,
                             .bpanel = ctx->k->nr,
                             .ldb = n,
                             .c = out,
                             .ldc = n};

    ctx->k->mm(&mm);
}

static void swap(float **a, float **b)
{
    float *const kept = *a;

    *a = *b;
    *b = kept;
}

/* For g = x^T x returns q, such that x q is what the rounds make of x: a round
 * is x <- x p with p = A + B g + C g^2, and so g <- g p^2.  All of them are
 * polynomials of the first g, so symmetric, and their products commute.  x has
 * nine times the rows where it is a 3 x 3 filter, so that this takes a quarter
 * of the time.  scratch has 4 n^2 floats, of which g is the first quarter. */
static float *iterate(const struct ae_ctx *ctx, float *scratch, int n)
{
    float *g = scratch, *p = g + square(n), *q = p + square(n),
          *next = q + square(n);

    for (int i = 0; i < ROUNDS; i++) {
        symmetric(ctx, g, g, p, n, n);
        ctx->k->scale(p, C, square(n));
        ctx->k->axpy(p, g, B, square(n));
        for (size_t k = 0; k < square(n); k += (size_t)n + 1)
            p[k] += A;
        if (i == 0) {
            memcpy(q, p, square(n) * sizeof(*q));
        } else {
            symmetric(ctx, q, p, next, n, n);
            swap(&q, &next);
        }
        if (i + 1 < ROUNDS) {
            symmetric(ctx, p, p, next, n, n);
            symmetric(ctx, g, next, p, n, n);
            swap(&g, &p);
        }
    }
    return q;
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
    const double norm = sqrt(ctx->k->sumsq(x, count));
    const int wide = rows < cols;
    const int tall = ae_max(rows, cols), n = ae_min(rows, cols);
    float *from = x, *to = out;

    ctx->k->scale(x, (float)(1 / fmax(norm, FAINTEST)), count);
    if (wide) {
        transpose(x, out, rows, cols);
        swap(&from, &to);
    }
    symmetric(ctx, from, from, scratch, tall, n);
    multiply(ctx, from, iterate(ctx, scratch, n), to, tall, n);
    if (wide)
        transpose(x, out, cols, rows);
}
