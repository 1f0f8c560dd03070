/* bound.h - how likely items are to a variational model, in nats summed over
 * an item's values.
 *
 * An item's draw k has the log weight w = log p(x|z) + log p(z) - log q(z|x).
 * The mean of an item's weights' logarithms estimates the evidence bound, the
 * logarithm of their mean is the importance-weighted bound (Burda, Grosse,
 * Salakhutdinov: Importance weighted autoencoders, 2016).  Of the same draws
 * the first is never above the second. */
#ifndef AE_MODEL_BOUND_H
#define AE_MODEL_BOUND_H

#include "model/binarise.h"
#include "model/coder.h"

enum { AE_BOUND_BATCH = 256 };

struct ae_bound {
    struct ae_ctx *ctx;
    struct ae_coder *coder;    /* borrowed */
    struct ae_loss loss;       /* the model's own */
    enum ae_binarise binarise; /* as it was in training */
    int batch;
    float *x;               /* [batch][item] */
    float *mu, *logvar, *z; /* [batch][code] */
    double *weight, *nats;  /* [batch] */
    int *label;             /* [batch] */
};

/* For at most `batch` (AE_BOUND_BATCH) items and draws at once.
 * AE_EUNSUPPORTED unless the model's code is Gaussian and its loss a
 * likelihood. */
int ae_bound_init(struct ae_bound *b, struct ae_ctx *ctx,
                  const struct ae_model *m, struct ae_coder *coder, int batch,
                  struct ae_err *e);
void ae_bound_release(struct ae_bound *b);
/* elbo[i], iw[i], either of which may be NULL: the bounds of item `first` + i,
 * by `draws` draws, which like the binarisation are functions of (seed, item,
 * draw).  label: as for ae_coder_encode(). */
int ae_bound_run(struct ae_bound *b, const float *x, const int *label, int n,
                 uint64_t first, uint64_t seed, int draws, double *elbo,
                 double *iw, struct ae_err *e);

#endif
