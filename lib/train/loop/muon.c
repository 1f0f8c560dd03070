/* muon.c - the nearest orthogonal matrix by Newton-Schulz iterations, in
 * products alone. */
#include "train/loop/muon.h"

#include <string.h>

/* Odd polynomial of the singular values, steep at 0 and flat around 1, from
 * Jordan et al. 2024; five rounds are enough.  Odd, so that the result lies in
 * the other of two buffers. */
enum { ROUNDS = 5 };
#define A 3.4445f
#define B (-4.7750f)
#define C 2.0315f

static size_t square(int n)
{
    return (size_t)n * (size_t)n;
}

size_t ae_orthogonalise_scratch(int rows, int cols)
{
    return 2 * square(ae_min(rows, cols));
}

/* c (m x n) = a (m x k) b (k x n); `turned`: a lies as k x m. */
static void multiply(const struct ae_kernels *ks, const float *a, int turned,
                     const float *b, float *c, int m, int n, int k)
{
    ks->mm(&(struct ae_mm){.m = m,
                           .n = n,
                           .k = k,
                           .segments = 1,
                           .a = &a,
                           .ars = turned ? 1 : k,
                           .aks = turned ? m : 1,
                           .b = &b,
                           .bpanel = ks->nr,
                           .ldb = n,
                           .c = c,
                           .ldc = n});
}

/* y = x (A + B g + C g^2) for g = x^T x, rows >= n. */
static void iterate(const struct ae_kernels *ks, const float *x, float *y,
                    int rows, int n, float *scratch)
{
    float *g = scratch, *p = scratch + square(n);

    multiply(ks, x, 1, x, g, n, n, rows);
    multiply(ks, g, 0, g, p, n, n, n);
    ks->scale(p, C, square(n));
    ks->axpy(p, g, B, square(n));
    for (size_t i = 0; i < square(n); i += (size_t)n + 1)
        p[i] += A;
    multiply(ks, x, 0, p, y, rows, n, n);
}

/* y (cols x rows) = the transpose of x (rows x cols). */
static void transpose(const float *x, float *y, int rows, int cols)
{
    for (size_t i = 0; i < (size_t)rows; i++)
        for (size_t j = 0; j < (size_t)cols; j++)
            y[j * (size_t)rows + i] = x[i * (size_t)cols + j];
}

void ae_orthogonalise(const struct ae_kernels *k, float *x, int rows, int cols,
                      float *out, float *scratch)
{
    const size_t count = (size_t)rows * (size_t)cols;
    const int wide = rows < cols;
    const double sum = k->sumsq(x, count);
    float *from = x, *to = out;

    if (sum > 0)
        k->scale(x, (float)(1 / sqrt(sum)), count);
    if (wide) {
        transpose(x, out, rows, cols);
        from = out;
        to = x;
    }
    for (int i = 0; i < ROUNDS; i++) {
        iterate(k, from, to, ae_max(rows, cols), ae_min(rows, cols), scratch);
        float *const last = to;
        to = from;
        from = last;
    }
    if (wide)
        transpose(x, out, cols, rows);
}
