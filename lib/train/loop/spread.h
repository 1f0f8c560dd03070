/* spread.h - how much a net's outputs differ from item to item, beside the
 * items themselves: nothing where it has learned one gray picture for all. */
#ifndef AE_TRAIN_LOOP_SPREAD_H
#define AE_TRAIN_LOOP_SPREAD_H

#include "nn/graph/tensor.h"

struct ae_spread {
    size_t values; /* of an item */
    double n;      /* items so far */
    float *out;    /* [most][values] */
    double *sum;   /* [2][values] over the outputs, over the items */
    double square[2];
};

/* most: outputs that are added at once. */
int ae_spread_init(struct ae_spread *s, size_t values, int most,
                   struct ae_err *e);
void ae_spread_release(struct ae_spread *s);
void ae_spread_clear(struct ae_spread *s);
/* clean: the items [out->n][values] that belong to the outputs. */
void ae_spread_add(struct ae_spread *s, const struct ae_view *out,
                   const float *clean);
/* The variance of the outputs over that of the items; NaN where these don't
 * differ. */
double ae_spread_share(const struct ae_spread *s);

#endif
