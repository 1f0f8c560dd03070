/* posterior.h - what the code of a variational net carries, over the held-out
 * examples: the divergence of each number of the code, and how many numbers
 * follow the input at all. */
#ifndef AE_TRAIN_LOOP_POSTERIOR_H
#define AE_TRAIN_LOOP_POSTERIOR_H

#include "nn/graph/exec.h"

struct ae_posterior {
    int count;             /* numbers of the code; 0: not variational */
    double *divergence;    /* [count] nats, means over the examples */
    double *mean, *square; /* [count] of the posterior's mean */
    double total;          /* of divergence */
    /* negative log-likelihood of an example in nats; NaN where the loss is no
     * likelihood */
    double reconstruction;
    int active; /* how many numbers are active */
};

int ae_posterior_init(struct ae_posterior *p, const struct ae_graph *g,
                      const struct ae_exec *x, struct ae_err *e);
void ae_posterior_release(struct ae_posterior *p);
void ae_posterior_clear(struct ae_posterior *p);
/* Adds the means of one batch, after its forward pass, times its share of all
 * the examples. */
void ae_posterior_add(struct ae_posterior *p, const struct ae_graph *g,
                      const struct ae_exec *x, double share);
/* Computes total and active, once all shares are added. */
void ae_posterior_finish(struct ae_posterior *p);
/* 1: number i is active: its mean has a variance over 0.01 (Burda et al.
 * 2016). */
int ae_posterior_active(const struct ae_posterior *p, int i);

/* What to say and advise when no number of the code is active. */
extern const char ae_posterior_collapsed[];

#endif
