/* anomaly.h - scores: how far an item is from what a model makes of it, or its
 * code from the codes of the training data.  The higher the odder. */
#ifndef AE_MODEL_ANOMALY_H
#define AE_MODEL_ANOMALY_H

#include "base/neighbours.h"
#include "model/bound.h"

/* The values of ae.h's --method, in its order. */
enum ae_anomaly_method {
    AE_ANOMALY_RECONSTRUCTION, /* mean squared error of an element */
    AE_ANOMALY_MAHALANOBIS,    /* of the code, from the Gaussian */
    /* mean distance of the code from the k nearest reference codes */
    AE_ANOMALY_KNN,
    AE_ANOMALY_ELBO,     /* minus the evidence bound, in nats */
    AE_ANOMALY_IW,       /* minus the importance-weighted one */
    AE_ANOMALY_KNN_INPUT /* as knn, of the items themselves */
};
extern const char *const ae_anomaly_names[]; /* NULL at the end */

/* "elbo", "iw:5000"...  AE_EARG for anything else. */
int ae_anomaly_parse(const char *text, int *method, int *draws,
                     struct ae_err *e);

struct ae_anomaly {
    struct ae_ctx *ctx;
    struct ae_coder *coder;
    const struct ae_mixture *gauss; /* borrowed; for mahalanobis */
    /* borrowed; for knn: of codes, for knn-input: of items */
    const struct ae_neighbours *near;
    int k, batch;
    /* borrowed: classes of the items at hand, for a model that asks for
     * them */
    const int *label;
    float *z, *y;          /* [batch] codes, reconstructions */
    struct ae_bound bound; /* for elbo and iw */
    int draws;             /* of each item's code; 0: no bounds */
    uint64_t seed;
};

/* h, w 0: the model's own size. */
int ae_anomaly_init(struct ae_anomaly *j, struct ae_ctx *ctx,
                    const struct ae_model *m, int h, int w, int batch,
                    struct ae_err *e);
void ae_anomaly_release(struct ae_anomaly *j);
/* Makes ready for bounds by so many draws; AE_EUNSUPPORTED where the model
 * has none. batch <= AE_BOUND_BATCH. */
int ae_anomaly_bounds(struct ae_anomaly *j, const struct ae_model *m, int draws,
                      uint64_t seed, struct ae_err *e);
/* n <= batch items to codes (j->z), and on to reconstructions (j->y). */
int ae_anomaly_encode(struct ae_anomaly *j, const float *x, int n,
                      struct ae_err *e);
int ae_anomaly_decode(struct ae_anomaly *j, int n, struct ae_err *e);
/* n <= batch scores of the items first...  An item's depends on it alone,
 * that of a bound on its number, too. */
int ae_anomaly_run(struct ae_anomaly *j, int method, const float *x,
                   uint64_t first, int n, double *score, struct ae_err *e);

/* Quantiles of n > 0 finite scores (which are sorted) as an array of pairs
 * of share and score, at every hundredth and closer towards 1; and one read
 * from it, linear in between.  AE_EFORMAT where it is no such array. */
json_t *ae_quantiles_json(double *score, size_t n);
int ae_quantile(const json_t *q, double share, double *out, struct ae_err *e);

#endif
