/* linalg.h - the one door to OpenBLAS and its LAPACK (held to one thread).
 * Matrices are row-major. */
#ifndef AE_BASE_LINALG_H
#define AE_BASE_LINALG_H

#include "base/base.h"

/* c (n x n) += a^T a for a (rows x n): covariances, by ssyrk.  Both triangles
 * are filled. */
void ae_gram(const float *a, int rows, int n, float *c);
/* Eigenvalues ascending; vectors, if wanted, replace the rows of `a`. */
int ae_eigen_sym(double *a, int n, double *values, int vectors,
                 struct ae_err *e);
/* c (m x n) = a (m x k) b (k x n). */
void ae_gemm(const float *a, const float *b, float *c, int m, int n, int k);

#endif
