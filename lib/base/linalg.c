/* linalg.c - the one door to OpenBLAS and its LAPACK.
 *
 * Held to one thread: a library must not bring a second, hidden pool, and
 * OpenBLAS sums in another order with every number of threads. */
#include "base/linalg.h"

#include <cblas.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

/* LAPACK's own names; Debian's OpenBLAS carries them without a header.
 * The lengths of the two letters come last, as Fortran passes them. */
extern void dsyevd_(const char *job, const char *uplo, const int *n,
                    double *a, const int *lda, double *w, double *work,
                    const int *lwork, int *iwork, const int *liwork,
                    int *info, size_t job_len, size_t uplo_len);

static void hold_to_one(void)
{
    openblas_set_num_threads(1);
}

static void prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, hold_to_one);
}

void ae_gram(const float *a, int rows, int n, float *c)
{
    size_t m = (size_t)n;

    prepare();
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, n, rows, 1.0f, a, n,
                1.0f, c, n);
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

    prepare();
    if (n < 1)
        return ae_fail(e, AE_EARG, "eigenvalues of %d rows", n);
    dsyevd_(job, "U", &n, a, &n, values, &size, &lwork, &isize, &liwork,
            &info, 1, 1);
    lwork = (int)size;
    liwork = isize;
    double *work = ae_alloc((size_t)lwork, sizeof(*work), e);
    int *iwork = ae_alloc((size_t)liwork, sizeof(*iwork), e);
    int err = work && iwork ? 0 : AE_EMEM;
    if (!err) {
        dsyevd_(job, "U", &n, a, &n, values, work, &lwork, iwork, &liwork,
                &info, 1, 1);
        if (info)
            err = ae_fail(e, AE_ENUMERIC, "eigenvalues of a %d x %d matrix: "
                          "no convergence (%d)", n, n, info);
    }
    free(work);
    free(iwork);
    return err;
}

void ae_gemm(const float *a, const float *b, float *c, int m, int n, int k)
{
    prepare();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, a,
                k, b, n, 0.0f, c, n);
}
