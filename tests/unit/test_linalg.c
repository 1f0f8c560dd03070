/* Products and eigenvectors against sums in double. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "base/rng.h"

enum { ROWS = 33, N = 12 };

static void fill(float *x, size_t n, uint64_t stream)
{
    ae_rng_normals(1, stream, 0, x, n);
}

static void load(void)
{
    struct ae_err e;

    cr_assert_eq(ae_linalg_load(1, &e), 0, "%s", e.msg);
}

TestSuite(linalg, .init = load);

Test(linalg, gram_adds_both_triangles)
{
    float a[ROWS * N], c[N * N];

    fill(a, ROWS * N, 1);
    for (int i = 0; i < N * N; i++)
        c[i] = 2;
    ae_gram(a, ROWS, N, c);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 2;
            for (int r = 0; r < ROWS; r++)
                sum += (double)a[r * N + i] * (double)a[r * N + j];
            cr_assert_lt(fabs(sum - (double)c[i * N + j]), 1e-4);
        }
    }
}

Test(linalg, gemm_is_row_major)
{
    float a[5 * 7], b[7 * 3], c[5 * 3];

    fill(a, 35, 2);
    fill(b, 21, 3);
    memset(c, 0xff, sizeof(c));
    ae_gemm(a, b, c, 5, 3, 7);
    for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 3; j++) {
            double sum = 0;
            for (int k = 0; k < 7; k++)
                sum += (double)a[i * 7 + k] * (double)b[k * 3 + j];
            cr_assert_lt(fabs(sum - (double)c[i * 3 + j]), 1e-5);
        }
    }
}

Test(linalg, rows_are_eigenvectors)
{
    float x[ROWS * N], g[N * N] = {0};
    double a[N * N], v[N * N], w[N], only[N];

    fill(x, ROWS * N, 4);
    ae_gram(x, ROWS, N, g);
    for (int i = 0; i < N * N; i++)
        a[i] = v[i] = (double)g[i];
    cr_assert_eq(ae_eigen_sym(v, N, w, 1, NULL), 0);
    for (int k = 0; k < N; k++) {
        double length = 0;
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < N; j++)
                sum += a[i * N + j] * v[k * N + j];
            cr_assert_lt(fabs(sum - w[k] * v[k * N + i]), 1e-9);
            length += v[k * N + i] * v[k * N + i];
        }
        cr_assert_lt(fabs(length - 1), 1e-12);
        cr_assert(k == 0 || w[k] >= w[k - 1]);
    }
    cr_assert_eq(ae_eigen_sym(a, N, only, 0, NULL), 0);
    for (int k = 0; k < N; k++)
        cr_assert_lt(fabs(only[k] - w[k]), 1e-9);
    cr_assert_eq(ae_eigen_sym(a, 0, only, 0, NULL), AE_EARG);
}

Test(linalg, largest_eigenvectors_come_first)
{
    float x[ROWS * N], g[N * N] = {0};
    double a[N * N], all[N * N], w[N], top[5 * N], v[N];

    fill(x, ROWS * N, 6);
    ae_gram(x, ROWS, N, g);
    for (int k = 1; k <= 5; k += 2) {
        for (int i = 0; i < N * N; i++)
            a[i] = all[i] = (double)g[i];
        cr_assert_eq(ae_eigen_sym(all, N, w, 1, NULL), 0);
        cr_assert_eq(ae_eigen_top(a, N, k, v, top, NULL), 0);
        for (int i = 0; i < k; i++) {
            double dot = 0;
            cr_assert_lt(fabs(v[i] - w[N - 1 - i]), 1e-9);
            for (int j = 0; j < N; j++)
                dot += top[i * N + j] * all[(N - 1 - i) * N + j];
            cr_assert_lt(fabs(fabs(dot) - 1), 1e-9);
        }
    }
}

static void spread(double *a, int n)
{
    float x[ROWS * N];

    fill(x, ROWS * N, 5);
    memset(a, 0, (size_t)(n * n) * sizeof(*a));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int r = 0; r < ROWS; r++)
                a[i * n + j] += (double)x[r * n + i] * (double)x[r * n + j];
}

Test(linalg, gram_in_double_adds_both_triangles)
{
    float x[ROWS * N];
    double a[ROWS * N], c[N * N], want[N * N];

    fill(x, ROWS * N, 5);
    for (int i = 0; i < ROWS * N; i++)
        a[i] = (double)x[i];
    for (int i = 0; i < N * N; i++)
        c[i] = 3;
    ae_gram_double(a, ROWS, N, c);
    spread(want, N);
    for (int i = 0; i < N * N; i++)
        cr_assert_lt(fabs(c[i] - want[i] - 3), 1e-12);
}

Test(linalg, cholesky_gives_the_matrix_back)
{
    double a[N * N], l[N * N];

    spread(a, N);
    memcpy(l, a, sizeof(l));
    cr_assert_eq(ae_cholesky(l, N, NULL), 0);
    for (int i = 0; i < N; i++) {
        cr_assert_gt(l[i * N + i], 0);
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += l[i * N + k] * l[j * N + k];
            cr_assert_lt(fabs(sum - a[i * N + j]), 1e-10);
            cr_assert(j <= i || l[i * N + j] == 0);
        }
    }
    a[3 * N + 3] = -1;
    cr_assert_eq(ae_cholesky(a, N, NULL), AE_ENUMERIC);
}

Test(linalg, solved_rows_give_the_right_side_back)
{
    double l[N * N], x[2 * N], y[2 * N];

    spread(l, N);
    cr_assert_eq(ae_cholesky(l, N, NULL), 0);
    for (int i = 0; i < 2 * N; i++)
        x[i] = y[i] = i - 7.5;
    ae_solve_lower(l, N, y, 2);
    for (int r = 0; r < 2; r++)
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int k = 0; k <= i; k++)
                sum += l[i * N + k] * y[r * N + k];
            cr_assert_lt(fabs(sum - x[r * N + i]), 1e-11);
        }
}
