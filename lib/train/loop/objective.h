/* objective.h - what training minimises: the loss, and what the code costs.
 *
 * Everything is in the loss's unit, a mean over the elements of an item.  For
 * a variational net with a likelihood it is minus the evidence bound of an
 * item divided by the item's elements, or with several samples minus the
 * importance-weighted bound (Burda et al. 2016).
 *
 * Example: 784 pixels whose negative log-likelihood is 80 nats and whose code
 * has a divergence of 20 nats give (80 + beta * 20) / 784. */
#ifndef AE_TRAIN_LOOP_OBJECTIVE_H
#define AE_TRAIN_LOOP_OBJECTIVE_H

#include "nn/loss/loss.h"
#include "train/loop/contractive.h"
#include "train/loop/neighbours.h"

struct ae_objective_options {
    int items; /* at once */
    /* of each item's code; 1: the divergence in closed form */
    int samples;
    double beta, free_nats; /* as struct ae_code_options */
    double contractive;     /* weight of that penalty, 0: none */
    float *weights; /* for the whole pictures and that; the executor's */
    enum ae_self self;
    struct ae_shape shape; /* of an example, with neighbours */
};

struct ae_objective {
    const struct ae_ctx *ctx;
    const struct ae_graph *g;
    const struct ae_loss *loss;
    struct ae_objective_options o;
    int variational; /* 1: the net draws its code */
    struct ae_contractive contractive;
    struct ae_neighbours neighbours;
    double *nll, *ratio, *weight; /* [items * samples], NULL: one sample */
    int first; /* item of the step's batch that the first one is */
    /* of the executor: */
    struct ae_exec *exec;
    struct ae_feed feed;
    struct ae_view out, dout, logvar, dlogvar;
    struct ae_view plane; /* weights of the examples' pixels, or no data */
};

/* Refuses what net, loss and options can't do together. */
int ae_objective_init(struct ae_objective *o, const struct ae_ctx *ctx,
                      const struct ae_graph *g, const struct ae_loss *loss,
                      const struct ae_objective_options *how, struct ae_err *e);
void ae_objective_release(struct ae_objective *o);
/* How many items the executor must hold for each example. */
int ae_objective_copies(const struct ae_objective *o);
/* Uses that executor, which is borrowed, from now on. */
void ae_objective_bind(struct ae_objective *o, struct ae_exec *x);
/* The items are first, first + 1, ... of a step's batch of so many, from now
 * on: what is drawn for each is a function of its place in that batch.  At
 * first they are all of it. */
void ae_objective_place(struct ae_objective *o, int first, int of);
/* Puts examples first, first + 1, ... of the batch into the inputs. */
void ae_objective_feed(struct ae_objective *o, const struct ae_batch *b,
                       int first, uint64_t seed, uint64_t step);
/* Runs the net and returns the objective for `clean`; in training it also
 * leaves the gradients by the outputs.  `ramp`: what beta, or the weight of the
 * second term of neighbours, is multiplied by at this step. */
double ae_objective_forward(struct ae_objective *o, const struct ae_view *clean,
                            uint64_t seed, uint64_t step, double ramp);
/* Computes the weight gradients. */
void ae_objective_backward(const struct ae_objective *o);

#endif
