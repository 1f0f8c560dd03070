/* optim.h - optimisers over the flat block of weights.
 *
 * The block is cut into chunks by the shapes of its tensors, so that a step
 * gives the same bits for any number of threads. */
#ifndef AE_TRAIN_LOOP_OPTIM_H
#define AE_TRAIN_LOOP_OPTIM_H

#include "nn/graph/graph.h"

extern const char *const ae_optim_names[]; /* sgd adam adamw muon, NULL */
extern const char *const ae_optim_help[];  /* a line for each */

struct ae_optim {
    const struct ae_ctx *ctx;
    int kind;
    double decay; /* of weights */
    struct ae_optim_chunk *chunk;
    int chunks;
    double *part;   /* a sum for each chunk */
    float *m, *v;   /* moments, laid out as the weights */
    float *scratch; /* [threads][room], for muon */
    size_t room;
};

int ae_optim_init(struct ae_optim *o, const struct ae_ctx *ctx,
                  const struct ae_graph *g, int kind, double decay,
                  struct ae_err *e);
void ae_optim_release(struct ae_optim *o);
/* Euclidean norm of a gradient, summed in double. */
double ae_optim_norm(const struct ae_optim *o, const float *grad);
/* Step t (1, 2, ...) with the gradient times `scale`; `grad` is used up. */
void ae_optim_step(const struct ae_optim *o, uint64_t t, double lr,
                   double scale, float *w, float *grad);
/* mean = decay * mean + (1 - decay) * w, running statistics included. */
void ae_optim_average(const struct ae_optim *o, double decay, float *mean,
                      const float *w);

/* The decay of the running average after step 1, 2, ...: at most `decay`, and
 * (1 + step) / (10 + step) before that, so that its memory is short while all
 * is new (as TensorFlow's ExponentialMovingAverage with num_updates). */
double ae_mean_decay(double decay, uint64_t step);
/* The factor for a gradient of that norm, so that it isn't longer than `clip`
 * times the running mean of the norms (0: never scaled).  The bound follows the
 * mean, since norms depend on the loss's unit and fall while a net learns
 * (Seetharaman et al. 2020, AutoClip, for the idea).  What is cut off doesn't
 * lift the mean, which stops a run whose norms begin to explode.  *mean: 0
 * before the first step. */
double ae_clip_norm(double *mean, double clip, double norm);

#endif
