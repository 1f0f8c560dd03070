/* step.h - one step of training: draw a batch, run it forward, measure the
 * objective, run it backward, shard by shard, and update the weights.
 *
 * Here lies what a step changes: the weights, their running average and the
 * optimiser's moments.  What it has done so far is in struct ae_checkpoint,
 * which goes on from where a run stopped. */
#ifndef AE_TRAIN_LOOP_STEP_H
#define AE_TRAIN_LOOP_STEP_H

#include "train/data/train_data.h"
#include "train/loop/checkpoint.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/model_source.h"
#include "train/loop/objective.h"
#include "train/loop/optim.h"
#include "train/loop/shards.h"
#include "train/loop/teacher.h"

struct ae_step {
    struct ae_ctx *ctx;
    const struct ae_train_options *o; /* of the run; lent */
    struct ae_model *model;           /* its weights are learned */
    float *mean; /* running average of the weights; NULL: none */
    struct ae_loss loss;
    struct ae_ramp ramp; /* of beta */
    struct ae_objective objective;
    struct ae_shards shards; /* that a step's batch is cut into */
    struct ae_exec *exec;
    struct ae_batch batch; /* a shard of it */
    struct ae_teacher teacher;
    struct ae_optim optim;
};

/* Makes the net from its source, which is used up, and all that a step needs.
 * s->loss and s->ramp are set already.  AE_ELIMIT: more memory than allowed. */
int ae_step_init(struct ae_step *s, struct ae_ctx *ctx,
                 const struct ae_train_options *o,
                 struct ae_model_source *source,
                 const struct ae_train_data *data, struct ae_err *e);
void ae_step_release(struct ae_step *s);
/* The learning rate of the next step. */
double ae_step_rate(const struct ae_step *s, const struct ae_checkpoint *c);
/* Takes the next step: c->step rises by one.  *loss: the objective before the
 * update.  AE_ENUMERIC where it or the gradient isn't finite; the weights are
 * left as they were. */
int ae_step_run(struct ae_step *s, const struct ae_sampler *data,
                struct ae_checkpoint *c, double *loss, struct ae_err *e);
/* AE_ENUMERIC, and "the WHAT became infinite at step N", unless v is finite. */
int ae_step_check_finite(double v, const char *what, uint64_t step,
                         struct ae_err *e);

#endif
