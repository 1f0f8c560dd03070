/* blas.h - OpenBLAS and its LAPACK, loaded when they are first needed; for
 * linalg.c only.
 *
 * Linked in, it would start threads and take 128 MB in every command.  Its
 * functions are called between ae_blas_enter() and ae_blas_leave(). */
#ifndef AE_BASE_BLAS_H
#define AE_BASE_BLAS_H

#include "base/base.h"

/* Values of CBLAS's enumerations, which are part of its binary interface. */
enum {
    BLAS_ROW_MAJOR = 101,
    BLAS_NO_TRANS = 111,
    BLAS_TRANS = 112,
    BLAS_UPPER = 121,
    BLAS_LOWER = 122,
    BLAS_NON_UNIT = 131,
    BLAS_RIGHT = 142
};

/* LAPACK's functions have Fortran's interface: the lengths of the letters come
 * last. */
struct ae_blas {
    void (*cblas_sgemm)(int order, int trans_a, int trans_b, int m, int n,
                        int k, float alpha, const float *a, int lda,
                        const float *b, int ldb, float beta, float *c, int ldc);
    void (*cblas_ssyrk)(int order, int uplo, int trans, int n, int k,
                        float alpha, const float *a, int lda, float beta,
                        float *c, int ldc);
    void (*cblas_dsyrk)(int order, int uplo, int trans, int n, int k,
                        double alpha, const double *a, int lda, double beta,
                        double *c, int ldc);
    void (*cblas_dtrsm)(int order, int side, int uplo, int trans, int diag,
                        int m, int n, double alpha, const double *a, int lda,
                        double *b, int ldb);
    void (*dsyevd_)(const char *job, const char *uplo, const int *n, double *a,
                    const int *lda, double *w, double *work, const int *lwork,
                    int *iwork, const int *liwork, int *info, size_t job_len,
                    size_t uplo_len);
    void (*dsyevr_)(const char *job, const char *range, const char *uplo,
                    const int *n, double *a, const int *lda, const double *vl,
                    const double *vu, const int *il, const int *iu,
                    const double *abstol, int *m, double *w, double *z,
                    const int *ldz, int *isuppz, double *work, const int *lwork,
                    int *iwork, const int *liwork, int *info, size_t job_len,
                    size_t range_len, size_t uplo_len);
    void (*dpotrf_)(const char *uplo, const int *n, double *a, const int *lda,
                    int *info, size_t uplo_len);
};

/* See ae_linalg_load(); 0 threads: the library alone, no memory for calls. */
int ae_blas_load(int threads, struct ae_err *e);
/* The functions, once there is a buffer for a call. */
const struct ae_blas *ae_blas_enter(void);
void ae_blas_leave(void);

#endif
