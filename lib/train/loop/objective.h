/* objective.h - what a step makes small: the loss, and what the code costs.
 *
 * Everything is in the loss's unit, a mean over elements.  Of a variational
 * net with a likelihood that is minus the evidence bound of an item divided
 * by the item's elements, or with several samples minus the importance-
 * weighted bound (Burda et al. 2016). */
#ifndef AE_TRAIN_LOOP_OBJECTIVE_H
#define AE_TRAIN_LOOP_OBJECTIVE_H

#include "nn/graph/exec.h"
#include "nn/loss/loss.h"
#include "train/data/batch.h"
#include "train/loop/contractive.h"

struct ae_objective_options {
    int items; /* at once */
    /* of each item's code; 1: the divergence in closed form */
    int samples;
    double beta, free_nats; /* as struct ae_code_options */
    double contractive;     /* weight of the code's slopes, 0: none */
    const float *weights;   /* for that; the executor's */
};

struct ae_objective {
    const struct ae_ctx *ctx;
    const struct ae_graph *g;
    const struct ae_loss *loss;
    struct ae_objective_options o;
    int draws; /* the net has latents */
    struct ae_contractive contract;
    double *nats, *ratio, *weight; /* [items * samples], NULL: one sample */
};

/* Refuses what net, loss and options can't do together. */
int ae_objective_init(struct ae_objective *o, const struct ae_ctx *ctx,
                      const struct ae_graph *g, const struct ae_loss *loss,
                      const struct ae_objective_options *how, struct ae_err *e);
void ae_objective_release(struct ae_objective *o);
/* Items that the executor holds for each example. */
int ae_objective_copies(const struct ae_objective *o);
/* Examples first... of the batch into the executor's inputs. */
void ae_objective_feed(const struct ae_objective *o, struct ae_exec *x,
                       const struct ae_batch *b, int first, uint64_t seed,
                       uint64_t step);
/* The objective for `clean`, and in training its slopes at the outputs.
 * `ramp`: what beta is multiplied by at this step. */
double ae_objective_forward(struct ae_objective *o, struct ae_exec *x,
                            const struct ae_view *clean, uint64_t seed,
                            uint64_t step, double ramp);
/* Gradients of everything. */
void ae_objective_backward(const struct ae_objective *o, struct ae_exec *x);

#endif
