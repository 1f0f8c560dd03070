/* anomaly.h - anomaly scores: how far an item is from what a model makes of
 * it, or its code from the codes of the training data.  The higher a score, the
 * more unlike the training data its item is. */
#ifndef AE_MODEL_ANOMALY_H
#define AE_MODEL_ANOMALY_H

#include "base/neighbours.h"
#include "model/bound.h"

/* The methods that ae.h describes, in the order of their names. */
enum ae_anomaly_method {
    AE_ANOMALY_RECONSTRUCTION, /* mean squared error of a value */
    AE_ANOMALY_MAHALANOBIS,    /* distance of the code from the Gaussian */
    AE_ANOMALY_KNN,            /* mean distance from the k nearest codes */
    AE_ANOMALY_ELBO,           /* minus the evidence bound, in nats */
    AE_ANOMALY_IW,             /* minus the importance-weighted bound */
    AE_ANOMALY_KNN_INPUT       /* as knn, of the items themselves */
};
extern const char *const ae_anomaly_names[]; /* NULL at the end */

/* "elbo", "iw:5000"...  AE_EARG for anything else. */
int ae_anomaly_parse(const char *text, int *method, int *draws,
                     struct ae_err *e);

struct ae_anomaly {
    struct ae_ctx *ctx;
    struct ae_coder *coder;
    const struct ae_mixture *gauss; /* borrowed; for mahalanobis */
    /* borrowed; for knn of codes, for knn-input of items */
    const struct ae_neighbours *near;
    int k;                 /* nearest ones that count */
    int reconstruct;       /* 1: ae_anomaly_run() fills y, whatever it scores */
    float *z, *y;          /* [batch] codes, reconstructions */
    struct ae_bound bound; /* for elbo and iw */
};

/* h, w 0: the model's own size. */
int ae_anomaly_init(struct ae_anomaly *a, struct ae_ctx *ctx,
                    const struct ae_model *m, int h, int w, int batch,
                    struct ae_err *e);
void ae_anomaly_release(struct ae_anomaly *a);
/* Prepares bounds by `draws` draws of `seed` for each item; AE_EUNSUPPORTED
 * where the model has no bounds. batch <= AE_BOUND_BATCH. */
int ae_anomaly_bounds(struct ae_anomaly *a, const struct ae_model *m, int draws,
                      uint64_t seed, struct ae_err *e);
/* Encodes at most `batch` items into a->z. */
int ae_anomaly_encode(struct ae_anomaly *a, const struct ae_coder_items *items,
                      struct ae_err *e);
/* Scores at most `batch` items.  A score depends on its item and nothing else;
 * a bound also on the item's number. */
int ae_anomaly_run(struct ae_anomaly *a, int method,
                   const struct ae_coder_items *items, double *score,
                   struct ae_err *e);

/* Quantiles of n > 0 finite scores (which are sorted) as an array of pairs
 * of share and score, at every hundredth and closer towards 1; and one read
 * from it, linear in between.  AE_EFORMAT where it is no such array. */
json_t *ae_quantiles_json(double *score, size_t n);
int ae_quantile(const json_t *q, double share, double *out, struct ae_err *e);

#endif
