/* contractive.h - a penalty on how fast the code changes with the input: the
 * mean over items of the squared slopes of all its numbers by all inputs
 * (Rifai et al. 2011).
 *
 * One dense layer is done in closed form.  A deeper encoder runs on each item
 * a second time, moved by faint gaussian noise: the squared change of the
 * code over the noise's variance has that sum as its expectation (Alain,
 * Bengio 2014). */
#ifndef AE_TRAIN_LOOP_CONTRACTIVE_H
#define AE_TRAIN_LOOP_CONTRACTIVE_H

#include "nn/graph/exec.h"

struct ae_contractive {
    const struct ae_graph *g;
    const float *weights; /* the executor's; borrowed */
    double weight;        /* of the penalty, 0: none */
    int dense;            /* the one layer; -1: by noise */
    int act, units;       /* of that layer */
    /* [units] weighed mean squared slope of act; behind it [units] squared
     * weights */
    double *slope;
};

int ae_contractive_init(struct ae_contractive *c, const struct ae_graph *g,
                        double weight, const float *weights, struct ae_err *e);
void ae_contractive_release(struct ae_contractive *c);
/* 1: the executor must hold each item twice, the second half moved. */
int ae_contractive_moves(const struct ae_contractive *c);
/* Items n..2n-1 of the input x; a function of (seed, step). */
void ae_contractive_move(struct ae_exec *x, int n, uint64_t seed,
                         uint64_t step);
/* After the forward pass: the penalty of n items, and its slopes by the code
 * into the output `code`. */
double ae_contractive_forward(struct ae_contractive *c, struct ae_exec *x,
                              int n);
/* After the backward pass, which zeroes them first: slopes by the weights. */
void ae_contractive_backward(const struct ae_contractive *c, struct ae_exec *x);

#endif
