/* coder.h - what only the library asks of a coder (ae.h has the rest). */
#ifndef AE_MODEL_CODER_H
#define AE_MODEL_CODER_H

#include "model/model.h"
#include "nn/loss/loss.h"

/* n <= batch codes to reconstructions, and nats[i]: minus the log-likelihood
 * by `loss` of item i / k of x given code i, summed over the item's values.
 * AE_EARG where the loss is no likelihood, or wants variances that the net
 * doesn't give. */
int ae_coder_nll(struct ae_coder *c, const struct ae_loss *loss, const float *z,
                 const int *label, int n, float *x, int k, double *nats,
                 struct ae_err *e);

#endif
