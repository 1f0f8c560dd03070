/* fit.h - what is computed from the data at once rather than learned step by
 * step: weights before the run, fits to the codes after it. */
#ifndef AE_TRAIN_FIT_FIT_H
#define AE_TRAIN_FIT_FIT_H

#include "model/anomaly.h"
#include "train/data/train_data.h"

/* ------------------------------------------------- pca.c: principal axes */

enum {
    /* most values of an item: the covariance has their square */
    AE_PCA_DIMS = 4096,
    /* the same where PCA only serves as a comparison, a line of text's values;
     * beyond them it is sketched */
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

/* The size of the code that says init=pca in the net's spec; 0: none does. */
int ae_pca_size(const struct ae_graph *g);
/* Writes the principal axes of the sampler's items into the dense layers
 * before and after that code; nothing where there is none. */
int ae_init_pca(const struct ae_sampler *s, const struct ae_graph *g,
                float *weights, struct ae_err *e);

/* ------------------------------------------------------------ pca_sketch.c */

/* The same for items of any size, 1 <= k <= d, to within a percent or so of the
 * least error: see there. */
int ae_pca_sketch(struct ae_pca *p, const struct ae_sampler *s, size_t items,
                  int k, struct ae_err *e);
/* What a sketch of items of d values takes: multiplications for each, and bytes
 * meanwhile. */
struct ae_pca_cost {
    double work, bytes;
};
struct ae_pca_cost ae_pca_sketch_cost(size_t d, int k);

/* ----------------------------------------------------------- output_bias.c */

/* Sets the bias of a sigmoid output so that the output begins as the mean of
 * the first 1,024 draws of the sampler, or of as many as there are: a prior as
 * in Lin et al. 2017, section 4.1.  Without it a bias that many dark pixels
 * share drives a squared error's output to black within a few steps, where the
 * sigmoid is so flat that no gradient leads back.  Outputs with another
 * activation begin as they are. */
int ae_init_output_bias(const struct ae_sampler *s, const struct ae_graph *g,
                        float *weights, struct ae_err *e);

/* -------------------------------------------------------------- compare.c */

/* Mean squared errors of a value over the held-out items. */
struct ae_comparison {
    double budget; /* multiplications for a sketch; 0: no PCA at all */
    size_t items;  /* compared; 0: nothing was, and the rest is 0 */
    size_t code;   /* numbers in a code */
    size_t values; /* of an item */
    double model;
    double input; /* of what the model restored; 0: the items themselves */
    double mean;  /* of the training items' mean in place of each item */
    double pca; /* of as many principal components as the code has numbers; NaN:
                   not computed */
};
/* Fills c, whose budget is set, by at most `most` items held out.  `train` is
 * without noise and `learned` of its draws are what PCA learns from. */
int ae_compare_with_pca(struct ae_comparison *c, struct ae_anomaly *a,
                        const struct ae_sampler *train, size_t learned,
                        const struct ae_sampler *held_out, size_t most,
                        struct ae_err *e);

/* ----------------------------------------------------------- thresholds.c */

/* Puts the quantiles of the scores of held-out items, or of learned ones where
 * too few are held out, into the metadata of m, and tells the log which share
 * of other held-out items some thresholds mark.  `a` scores items of m, whose
 * Gaussian is fitted; bounds: 1 where it has been given ae_anomaly_bounds(). */
int ae_fit_thresholds(struct ae_model *m, const struct ae_train_data *data,
                      struct ae_anomaly *a, int bounds, struct ae_err *e);

/* ------------------------------------------------------------ fit_codes.c */

/* Before the run: fails where OpenBLAS, which the fits need, can't be had, so
 * that no run fails for it at its end. */
int ae_fit_check(const struct ae_train_options *o, const struct ae_graph *g,
                 struct ae_err *e);
/* What ae_fit_codes() takes, about: items that the net is run on, and
 * multiplications for mixtures and PCA. */
struct ae_fit_cost {
    double items, mixtures, pca;
};
struct ae_fit_cost ae_fit_cost(const struct ae_train_options *o,
                               const struct ae_graph *g,
                               const struct ae_train_data *data);
/* Gives the best model, once its run is complete, mixtures fitted to the codes
 * of the training data and quantiles of scores: o->output is read,
 * fitted and written anew, to the same bytes however often, and compared
 * with PCA.  Does nothing where patches were learned, or where the model has no
 * code that can be decoded. */
int ae_fit_codes(struct ae_ctx *ctx, const struct ae_train_options *o,
                 const struct ae_train_data *data, struct ae_comparison *c,
                 struct ae_err *e);

#endif
