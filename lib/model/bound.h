/* bound.h - how likely items are to a variational model, in nats summed over
 * an item's values.
 *
 * An item's draw k has the log weight w = log p(x|z) + log p(z) - log q(z|x).
 * The mean of an item's log weights estimates the evidence bound; the logarithm
 * of the weights' mean is the importance-weighted bound (Burda, Grosse,
 * Salakhutdinov: Importance weighted autoencoders, 2016).  Of the same draws
 * the former is never above the latter. */
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
    int draws;              /* of each item's code: to be set */
    uint64_t seed;          /* of draws and binarisation: to be set */
    float *x;               /* [batch][item] */
    float *mu, *logvar, *z; /* [batch][code] */
    double *weight, *nll;   /* [batch] */
    int *class;             /* [batch] */
};

/* For at most `batch` (AE_BOUND_BATCH) items and draws at once.
 * AE_EUNSUPPORTED unless the model's code is Gaussian and its loss a
 * likelihood. */
int ae_bound_init(struct ae_bound *b, struct ae_ctx *ctx,
                  const struct ae_model *m, struct ae_coder *coder, int batch,
                  struct ae_err *e);
void ae_bound_release(struct ae_bound *b);
/* elbo[i], iw[i], either of which may be NULL: the bounds of item i, which
 * like the binarisation are functions of (seed, the item's number, draw). */
int ae_bound_run(struct ae_bound *b, const struct ae_coder_items *items,
                 double *elbo, double *iw, struct ae_err *e);

#endif
