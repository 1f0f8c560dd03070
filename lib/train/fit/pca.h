/* pca.h - principal components of the training items: what a linear code of
 * the same size does, to compare with, and the weights of the preset pca. */
#ifndef AE_TRAIN_FIT_PCA_H
#define AE_TRAIN_FIT_PCA_H

#include "nn/graph/graph.h"
#include "train/data/batch.h"

enum {
    /* most values of an item: the covariance has their square */
    AE_PCA_DIMS = 4096,
    /* and where it is only to compare with: the length of a line's vector */
    AE_PCA_COMPARED = 2048
};

struct ae_pca {
    int d, k;    /* values of an item, of its code */
    float *mean; /* [d] */
    float *axis; /* [k][d], unit length, widest first */
};
/* Of the first `items` draws of the sampler.  k > d: d axes and zeros. */
int ae_pca_fit(struct ae_pca *p, const struct ae_sampler *s, size_t items,
               int k, struct ae_err *e);
void ae_pca_release(struct ae_pca *p);
/* Mean squared error of an element over n items [n][d]. */
double ae_pca_error(const struct ae_pca *p, const float *x, int n);

/* The size of the code that says init=pca; 0: none does. */
int ae_pca_asked(const struct ae_graph *g);
/* Writes the axes into the dense layers before and behind the code. */
int ae_pca_install(const struct ae_pca *p, const struct ae_graph *g,
                   float *weights, struct ae_err *e);

#endif
