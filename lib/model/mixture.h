/* mixture.h - Gaussians with full covariances, weighted: fitted to the codes
 * of the training data, drawn from, kept in the model's file.  With one
 * component it is a plain Gaussian. */
#ifndef AE_MODEL_MIXTURE_H
#define AE_MODEL_MIXTURE_H

#include "kernel/ctx.h"

enum {
    AE_MIXTURE_MOST = 64, /* components */
    AE_MIXTURE_DIMS = 256 /* numbers in a code that is fitted */
};

struct ae_mixture {
    int k, d;
    double *weight; /* [k], sum 1 */
    double *mean;   /* [k][d] */
    /* [k][d][d] lower triangles L, positive on the diagonal: the covariance
     * is L L^T */
    double *chol;
};

int ae_mixture_new(int k, int d, struct ae_mixture **out, struct ae_err *e);
void ae_mixture_free(struct ae_mixture *m);

/* Expectation maximisation (Dempster, Laird and Rubin 1977) from a start by
 * k-means++ (Arthur and Vassilvitskii 2007) over n >= 2 codes of d numbers;
 * the same for any number of threads.  k is the most: a component is given
 * 2 (d + 1) codes at least, so few codes get fewer.  *score, if wanted,
 * becomes the mean log-density of the codes. */
int ae_mixture_fit(const struct ae_ctx *ctx, const float *x, size_t n, int d,
                   int k, uint64_t seed, struct ae_mixture **out, double *score,
                   struct ae_err *e);
/* Draw `index` of `seed` depends on nothing else; deviations from a
 * component's mean are multiplied by `temperature`, and taken from `centre`
 * instead where that isn't NULL. */
void ae_mixture_draw(const struct ae_mixture *m, uint64_t seed, uint64_t index,
                     double temperature, const float *centre, float *z);
/* Mahalanobis distance from component i; `room` holds d numbers. */
double ae_mixture_distance(const struct ae_mixture *m, int i, const float *z,
                           double *room);

#endif
