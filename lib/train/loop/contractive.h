/* contractive.h - a penalty on how fast the code changes with the input: the
 * squared Frobenius norm of the code's Jacobian, as a mean over items (Rifai
 * et al. 2011).
 *
 * For an encoder of one dense layer it is computed in closed form.  A deeper
 * encoder runs on each item a second time, perturbed by faint Gaussian noise:
 * the squared change of the code over the noise's variance has that norm as
 * its expectation (Alain, Bengio 2014). */
#ifndef AE_TRAIN_LOOP_CONTRACTIVE_H
#define AE_TRAIN_LOOP_CONTRACTIVE_H

#include "nn/graph/exec.h"

struct ae_contractive {
    const struct ae_graph *g;
    const float *weights; /* the executor's; borrowed */
    double weight;        /* of the penalty, 0: none */
    int dense;            /* the one layer; -1: by noise */
    int act, units;       /* of that layer */
    /* [units] weighted means of the squared activation gradients, then
     * [units] each unit's squared weights */
    double *act_grad;
    /* of the executor: */
    struct ae_view x, code, dcode;
    float *wgrad;
};

int ae_contractive_init(struct ae_contractive *c, const struct ae_graph *g,
                        double weight, const float *weights, struct ae_err *e);
void ae_contractive_release(struct ae_contractive *c);
/* 1: the executor must hold each item twice, the second half perturbed. */
int ae_contractive_perturbs(const struct ae_contractive *c);
/* Uses that executor from now on. */
void ae_contractive_bind(struct ae_contractive *c, struct ae_exec *x);
/* Adds noise to items n..2n-1 of the input, which are items first..first+n-1 of
 * the step's batch; a function of (seed, step). */
void ae_contractive_perturb(const struct ae_contractive *c, int first, int n,
                            uint64_t seed, uint64_t step);
/* After the forward pass: returns the penalty of n items, and adds its
 * gradient to that of the output `code`. */
double ae_contractive_forward(struct ae_contractive *c, int n);
/* After the backward pass, which zeroes them: adds to the weight gradients. */
void ae_contractive_backward(const struct ae_contractive *c);

#endif
