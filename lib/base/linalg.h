/* linalg.h - linear algebra by OpenBLAS and its LAPACK, on one thread.
 * Matrices are row-major. */
#ifndef AE_BASE_LINALG_H
#define AE_BASE_LINALG_H

#include "base/base.h"

/* Comes before anything else here: loads OpenBLAS, unless it is there, with
 * memory for calls from so many threads at a time, or from fewer, at least one,
 * where memory is short.  AE_EUNSUPPORTED without OpenBLAS, AE_EMEM. */
int ae_linalg_load(int threads, struct ae_err *e);
/* c (n x n) += a^T a for a (rows x n): covariances, by ssyrk.  Both triangles
 * are filled. */
void ae_gram(const float *a, int rows, int n, float *c);
/* Eigenvalues ascending; vectors, if wanted, replace the rows of `a`. */
int ae_eigen_sym(double *a, int n, double *values, int vectors,
                 struct ae_err *e);
/* The k largest eigenvalues, descending, and their vectors as rows [k][n];
 * `a` is used up.  1 <= k <= n. */
int ae_eigen_top(double *a, int n, int k, double *values, double *vectors,
                 struct ae_err *e);
/* c (m x n) = a (m x k) b (k x n). */
void ae_gemm(const float *a, const float *b, float *c, int m, int n, int k);
/* c (m x n) = a (m x k) b^T for b (n x k). */
void ae_gemm_nt(const float *a, const float *b, float *c, int m, int n, int k);
/* c (m x n) += a^T b for a (k x m) and b (k x n). */
void ae_gemm_tn(const float *a, const float *b, float *c, int m, int n, int k);
/* c (n x n) += a^T a for a (rows x n).  Both triangles are filled. */
void ae_gram_double(const double *a, int rows, int n, double *c);
/* A symmetric positive definite matrix to the lower L of L L^T; zeros above.
 * AE_ENUMERIC where it isn't one. */
int ae_cholesky(double *a, int n, struct ae_err *e);
/* Each row of x (rows x n) becomes L^-1 times it: its squared length is then
 * the squared Mahalanobis distance from 0 under the covariance L L^T. */
void ae_solve_lower(const double *l, int n, double *x, int rows);

#endif
