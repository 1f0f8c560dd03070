/* trainer.h - what a training run holds.  ae_train() of ae.h is the door;
 * setup.c fills this in, trainer.c runs it. */
#ifndef AE_TRAIN_LOOP_TRAINER_H
#define AE_TRAIN_LOOP_TRAINER_H

#include "nn/graph/exec.h"
#include "nn/loss/loss.h"
#include "data/preprocessing.h"
#include "train/data/batch.h"
#include "train/loop/checkpoint.h"
#include "train/report/metrics.h"
#include "train/loop/objective.h"
#include "train/loop/optim.h"
#include "train/report/report.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/validation.h"

struct ae_trainer {
    struct ae_ctx own, *ctx;   /* the caller's, of our precision */
    struct ae_train_options o; /* resolved: patch, augment, loss */
    char *loss_text;           /* of --loss auto, else NULL */
    char *ckpt_path;
    const struct ae_origin *origin; /* while the run is set up */

    struct ae_preprocessing prep;       /* how items are made of data */
    struct ae_dataset items, val_items; /* val_items: of --val PATH */
    struct ae_dataset noisy_items;      /* twins of items, or none */
    struct ae_sampler train, held;
    struct ae_shape shape; /* of a training example */
    struct ae_noise *noise;
    struct ae_loss loss;
    int outside;         /* data have values outside 0..1 */
    struct ae_ramp ramp; /* of beta */
    struct ae_objective objective;

    struct ae_model *model; /* its weights are being learned */
    float *mean;            /* running average; NULL: none */
    struct ae_exec *exec;
    struct ae_batch batch;
    struct ae_optim optim;
    struct ae_validation valid;
    struct ae_metrics metrics;
    struct ae_report report;
    struct ae_checkpoint state; /* step, steps, best, settings, digest */

    double start, told; /* clock: of the run, of the last progress */
    uint64_t start_step;
    double loss_sum; /* since the last progress, in told_n steps */
    uint64_t told_n;
    double row_sum; /* since the last metrics row */
    uint64_t row_n;
    double val; /* last score, NaN: none yet */
    int warned; /* of a code that carries nothing */
    int fitted; /* weights came from PCA, no steps told */
    int saved;  /* OUTPUT is a model of this run */
};

/* Data, net, optimiser, validation; goes on from a checkpoint if told. */
int ae_trainer_init(struct ae_trainer *t, struct ae_ctx *ctx,
                    const struct ae_train_options *o, struct ae_err *e);
void ae_trainer_release(struct ae_trainer *t);

#endif
