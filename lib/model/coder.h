/* coder.h - what only the library uses of a coder (ae.h has the rest). */
#ifndef AE_MODEL_CODER_H
#define AE_MODEL_CODER_H

#include "model/model.h"
#include "nn/loss/loss.h"

/* Items that are scored at once. */
struct ae_coder_items {
    const float *x;   /* [n][item] */
    const int *class; /* [n]; NULL: the model asks for none */
    int n;
    uint64_t first; /* number of the first, on which random draws depend */
};
/* Codes with the items that they shall give, `each` codes an item. */
struct ae_coder_codes {
    const float *z;   /* [n][code], n at most the coder's batch */
    const int *class; /* [n]; NULL: the model asks for none */
    int n, each;
    float *x; /* [n / each][item] */
};

/* How many items of so many values run at once: together they have 2^22 of
 * them, but are never more than `most` nor less than one. */
int ae_coder_batch(size_t item, int most);
/* nll[i] becomes the negative log-likelihood by `loss` of item i / each given
 * code i, in nats, summed over the item's values.  AE_EARG where the loss is
 * no likelihood, or wants variances that the net doesn't give. */
int ae_coder_nll(struct ae_coder *c, const struct ae_loss *loss,
                 const struct ae_coder_codes *codes, double *nll,
                 struct ae_err *e);

#endif
