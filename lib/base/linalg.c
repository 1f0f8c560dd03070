/* linalg.c - products, factors and eigenvectors by OpenBLAS and its LAPACK. */
#include "base/linalg.h"

#include <stdlib.h>
#include <string.h>

#include "ae_tools.h"
#include "base/blas.h"
#include "base/err.h"
#include "base/mem.h"

int ae_linalg_load(int threads, struct ae_err *e)
{
    return ae_blas_load(ae_max(threads, 1), e);
}

void ae_libraries_load(void)
{
    ae_blas_load(0, NULL);
}

void ae_gram(const float *a, int rows, int n, float *c)
{
    size_t m = (size_t)n;

    ae_blas_enter()->cblas_ssyrk(BLAS_ROW_MAJOR, BLAS_UPPER, BLAS_TRANS, n,
                                 rows, 1.0f, a, n, 1.0f, c, n);
    ae_blas_leave();
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < i; j++)
            c[i * m + j] = c[j * m + i];
}

/* A symmetric matrix is its own transpose, and LAPACK's columns of vectors
 * are our rows: the two orders of storage never meet. */
int ae_eigen_sym(double *a, int n, double *values, int vectors,
                 struct ae_err *e)
{
    const char *job = vectors ? "V" : "N";
    int info = 0, lwork = -1, liwork = -1, isize;
    double size;

    if (n < 1)
        return ae_fail(e, AE_EARG, "eigenvalues of %d rows", n);
    ae_blas_enter()->dsyevd_(job, "U", &n, a, &n, values, &size, &lwork, &isize,
                             &liwork, &info, 1, 1);
    ae_blas_leave();
    lwork = (int)size;
    liwork = isize;
    double *work = ae_alloc((size_t)lwork, sizeof(*work), e);
    int *iwork = ae_alloc((size_t)liwork, sizeof(*iwork), e);
    int rc = work && iwork ? 0 : AE_EMEM;
    if (!rc) {
        ae_blas_enter()->dsyevd_(job, "U", &n, a, &n, values, work, &lwork,
                                 iwork, &liwork, &info, 1, 1);
        ae_blas_leave();
        if (info)
            rc = ae_fail(e, AE_ENUMERIC,
                         "eigenvalues of a %d x %d matrix: no convergence (%d)",
                         n, n, info);
    }
    free(work);
    free(iwork);
    return rc;
}

/* Ascending to descending, the rows of vectors with them. */
static void reverse(double *values, double *vectors, size_t n, size_t k)
{
    for (size_t i = 0; i < k / 2; i++) {
        double *a = vectors + i * n, *b = vectors + (k - 1 - i) * n;
        const double v = values[i];
        values[i] = values[k - 1 - i];
        values[k - 1 - i] = v;
        for (size_t j = 0; j < n; j++) {
            const double u = a[j];
            a[j] = b[j];
            b[j] = u;
        }
    }
}

int ae_eigen_top(double *a, int n, int k, double *values, double *vectors,
                 struct ae_err *e)
{
    const int first = n - k + 1;
    const double zero = 0;
    int info = 0, lwork = -1, liwork = -1, isize, found = 0;
    double size;

    assert(1 <= k && k <= n);
    ae_blas_enter()->dsyevr_("V", "I", "U", &n, a, &n, &zero, &zero, &first, &n,
                             &zero, &found, values, vectors, &n, &isize, &size,
                             &lwork, &isize, &liwork, &info, 1, 1, 1);
    ae_blas_leave();
    lwork = (int)size;
    liwork = isize;
    double *work = ae_alloc((size_t)lwork, sizeof(*work), e);
    double *all = ae_alloc((size_t)n, sizeof(*all), e);
    int *iwork = ae_alloc((size_t)liwork, sizeof(*iwork), e);
    int *support = ae_alloc(2 * (size_t)k, sizeof(*support), e);
    int rc = work && all && iwork && support ? 0 : AE_EMEM;
    if (!rc) {
        ae_blas_enter()->dsyevr_("V", "I", "U", &n, a, &n, &zero, &zero, &first,
                                 &n, &zero, &found, all, vectors, &n, support,
                                 work, &lwork, iwork, &liwork, &info, 1, 1, 1);
        ae_blas_leave();
        memcpy(values, all, (size_t)k * sizeof(*values));
        reverse(values, vectors, (size_t)n, (size_t)k);
        if (info || found != k)
            rc = ae_fail(e, AE_ENUMERIC,
                         "eigenvalues of a %d x %d matrix: no convergence (%d)",
                         n, n, info);
    }
    free(work);
    free(all);
    free(iwork);
    free(support);
    return rc;
}

void ae_gemm(const float *a, const float *b, float *c, int m, int n, int k)
{
    ae_blas_enter()->cblas_sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_NO_TRANS,
                                 m, n, k, 1.0f, a, k, b, n, 0.0f, c, n);
    ae_blas_leave();
}

void ae_gemm_nt(const float *a, const float *b, float *c, int m, int n, int k)
{
    ae_blas_enter()->cblas_sgemm(BLAS_ROW_MAJOR, BLAS_NO_TRANS, BLAS_TRANS, m,
                                 n, k, 1.0f, a, k, b, k, 0.0f, c, n);
    ae_blas_leave();
}

void ae_gemm_tn(const float *a, const float *b, float *c, int m, int n, int k)
{
    ae_blas_enter()->cblas_sgemm(BLAS_ROW_MAJOR, BLAS_TRANS, BLAS_NO_TRANS, m,
                                 n, k, 1.0f, a, m, b, n, 1.0f, c, n);
    ae_blas_leave();
}

void ae_gram_double(const double *a, int rows, int n, double *c)
{
    size_t m = (size_t)n;

    ae_blas_enter()->cblas_dsyrk(BLAS_ROW_MAJOR, BLAS_LOWER, BLAS_TRANS, n,
                                 rows, 1.0, a, n, 1.0, c, n);
    ae_blas_leave();
    for (size_t i = 0; i < m; i++)
        for (size_t j = i + 1; j < m; j++)
            c[i * m + j] = c[j * m + i];
}

/* Our lower triangle by rows is LAPACK's upper one by columns. */
int ae_cholesky(double *a, int n, struct ae_err *e)
{
    const size_t m = (size_t)n;
    int info = 0;

    ae_blas_enter()->dpotrf_("U", &n, a, &n, &info, 1);
    ae_blas_leave();
    if (info)
        return ae_fail(e, AE_ENUMERIC,
                       "a %d x %d matrix has no Cholesky factor: row %d", n, n,
                       info);
    for (size_t i = 0; i < m; i++)
        for (size_t j = i + 1; j < m; j++)
            a[i * m + j] = 0;
    return 0;
}

void ae_solve_lower(const double *l, int n, double *x, int rows)
{
    ae_blas_enter()->cblas_dtrsm(BLAS_ROW_MAJOR, BLAS_RIGHT, BLAS_LOWER,
                                 BLAS_TRANS, BLAS_NON_UNIT, rows, n, 1.0, l, n,
                                 x, n);
    ae_blas_leave();
}
