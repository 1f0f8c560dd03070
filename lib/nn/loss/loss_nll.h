/* loss_nll.h - losses that are likelihoods: -log p in nats. */
#ifndef AE_NN_LOSS_LOSS_NLL_H
#define AE_NN_LOSS_LOSS_NLL_H

#include "base/base.h"

/* n elements that touch.  lv: the net's own log-variances, NULL where there
 * are none; dp, dlv: slopes times `scale`, NULL where not wanted. */
struct ae_nll_run {
    const float *p, *lv, *t;
    float *dp, *dlv;
    int n;
    float scale;
};
/* The sum of -log p, in double, in order. */
typedef double ae_nll_fn(const void *attr, const struct ae_nll_run *r);

struct ae_gauss {
    double sigma;
};
struct ae_laplace {
    double b;
};
extern const struct ae_field ae_gauss_fields[], ae_laplace_fields[];
ae_nll_fn ae_bernoulli_nll, ae_gauss_nll, ae_laplace_nll;

#endif
