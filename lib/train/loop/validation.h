/* validation.h - how good a model is on data held out: fixed examples, fixed
 * crops, fixed noise, so that scores of different steps and runs compare. */
#ifndef AE_TRAIN_LOOP_VALIDATION_H
#define AE_TRAIN_LOOP_VALIDATION_H

#include "nn/graph/exec.h"
#include "nn/loss/loss.h"
#include "train/data/batch.h"
#include "train/loop/objective.h"

/* What to say and advise when no number of it follows the input. */
extern const char ae_collapsed[];

/* What the code of a variational net carries, over the held-out examples. */
struct ae_posterior {
    int count;             /* numbers of the code; 0: not variational */
    double *divergence;    /* [count] nats, means over the examples */
    double *mean, *square; /* [count] of the posterior's mean */
    double total;          /* of divergence */
    /* -log p in nats an example; NaN where the loss is no likelihood */
    double reconstruction;
    /* numbers whose mean has a variance over 0.01 (Burda et al. 2016) */
    int active;
};

/* 1: number i is active. */
int ae_posterior_active(const struct ae_posterior *p, int i);

struct ae_validation {
    struct ae_exec *exec;
    struct ae_batch all;   /* every example */
    struct ae_shape shape; /* of one */
    struct ae_objective objective;
    const struct ae_ctx *ctx;
    /* 1: mean of the examples' PSNR, higher is better; 0: mean objective,
     * lower is */
    int psnr;
    int step;    /* examples the executor takes at once, */
    int samples; /* each of them so many times */
    struct ae_posterior posterior;
};

/* `weights` is borrowed and read at each score; `how` says all but items. */
int ae_validation_init(struct ae_validation *v, const struct ae_sampler *s,
                       const struct ae_graph *g, float *weights,
                       const struct ae_loss *loss,
                       const struct ae_objective_options *how, int psnr,
                       struct ae_err *e);
void ae_validation_release(struct ae_validation *v);
/* A variational net with a likelihood is scored by minus its bound in nats
 * an example, its code drawn once and for all. */
double ae_validation_score(struct ae_validation *v);
/* What the net makes of the `step` examples from `first` on, a code being its
 * mean; example i is item i * samples. */
struct ae_view ae_validation_run(struct ae_validation *v, int first);
/* Whether score a is better than b (b NaN: anything is). */
int ae_validation_better(const struct ae_validation *v, double a, double b);
const char *ae_validation_name(const struct ae_validation *v);
/* 1: the score is minus a bound, in nats an example. */
int ae_validation_is_bound(const struct ae_validation *v);

/* Puts examples first..first+n-1 into the executor's inputs from item `at`
 * on, `copies` of each side by side. */
void ae_feed(struct ae_exec *x, const struct ae_batch *b, int first, int n,
             int at, int copies);
/* The clean ones as a view. */
struct ae_view ae_batch_view(const struct ae_batch *b, struct ae_shape shape,
                             int first, int n);

#endif
