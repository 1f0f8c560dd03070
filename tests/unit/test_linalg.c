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
