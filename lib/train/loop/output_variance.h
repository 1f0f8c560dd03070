/* output_variance.h - how much a net's outputs differ from item to item, beside
 * the items themselves: nothing where it has learned one gray picture for
 * all. */
#ifndef AE_TRAIN_LOOP_OUTPUT_VARIANCE_H
#define AE_TRAIN_LOOP_OUTPUT_VARIANCE_H

#include "nn/graph/tensor.h"

struct ae_output_variance {
    double items;  /* variance of the items */
    size_t values; /* of an item */
    double n;      /* outputs so far */
    float *out;    /* [most][values] */
    double *sum;   /* [values] */
    double square;
};

/* items: [n][values], which the outputs belong to.  most: outputs that are
 * added at once. */
int ae_output_variance_init(struct ae_output_variance *v, const float *items,
                            int n, size_t values, int most, struct ae_err *e);
void ae_output_variance_release(struct ae_output_variance *v);
void ae_output_variance_clear(struct ae_output_variance *v);
void ae_output_variance_add(struct ae_output_variance *v,
                            const struct ae_view *out);
/* The variance of the outputs over that of the items; NaN where these don't
 * differ. */
double ae_output_variance_share(const struct ae_output_variance *v);

#endif
