/* fit.h - what is computed from the data at once rather than learned step by
 * step: weights before the run, fits to the codes after it. */
#ifndef AE_TRAIN_FIT_FIT_H
#define AE_TRAIN_FIT_FIT_H

#include "nn/graph/graph.h"
#include "train/data/train_data.h"

/* ------------------------------------------------- pca.c: principal axes */

enum {
    /* most values of an item: the covariance has their square */
    AE_PCA_DIMS = 4096,
    /* the same where PCA only serves as a comparison: a line of text's
     * values */
    AE_PCA_COMPARED = 2048
};

struct ae_pca {
    int d, k;    /* values of an item, of its code */
    float *mean; /* [d] */
    float *axis; /* [k][d], unit length, widest first */
};
/* Principal components of the first `items` draws of the sampler: what a
 * linear code of k numbers does.  k > d: d axes and zeros. */
int ae_pca_fit(struct ae_pca *p, const struct ae_sampler *s, size_t items,
               int k, struct ae_err *e);
void ae_pca_release(struct ae_pca *p);
/* Mean squared error of an element over n items [n][d]. */
double ae_pca_error(const struct ae_pca *p, const float *x, int n);

/* The size of the code that says init=pca in the net's spec; 0: none does. */
int ae_pca_size(const struct ae_graph *g);
/* Writes the principal axes of the sampler's items into the dense layers
 * before and after that code; nothing where there is none. */
int ae_init_pca(const struct ae_sampler *s, const struct ae_graph *g,
                float *weights, struct ae_err *e);

/* ----------------------------------------------------------- output_bias.c */

/* Sets the bias of a sigmoid output so that the output begins as the mean of
 * the first 1,024 draws of the sampler, or of as many as there are: a prior as
 * in Lin et al. 2017, section 4.1.  Without it a bias that many dark pixels
 * share drives a squared error's output to black within a few steps, where the
 * sigmoid is so flat that no gradient leads back.  Outputs with another
 * activation begin as they are. */
int ae_init_output_bias(const struct ae_sampler *s, const struct ae_graph *g,
                        float *weights, struct ae_err *e);

/* ------------------------------------------------------------ fit_codes.c */

/* Gives the best model, once its run is complete, mixtures fitted to the codes
 * of the training data and the quantiles of their scores: o->output is read,
 * fitted and written anew, to the same bytes however often.  Does nothing
 * where patches were learned, or where the model has no code that can be
 * decoded. */
int ae_fit_codes(struct ae_ctx *ctx, const struct ae_train_options *o,
                 const struct ae_train_data *data, struct ae_err *e);

#endif
