/* trainer.h - a training run: its data, the state that a step changes, and the
 * observers, which see only a view of it.  ae_train() of ae.h is the door;
 * setup.c makes a run ready, trainer.c runs it. */
#ifndef AE_TRAIN_LOOP_TRAINER_H
#define AE_TRAIN_LOOP_TRAINER_H

#include "base/run_lock.h"
#include "train/fit/fit.h"
#include "train/loop/pace.h"
#include "train/loop/step.h"
#include "train/loop/validation.h"
#include "train/report/metrics.h"
#include "train/report/report.h"

/* A mean that begins anew whenever it was shown. */
struct ae_loss_mean {
    double sum;
    uint64_t n;
};

struct ae_trainer {
    struct ae_ctx own, *ctx;   /* the caller's, at this run's precision */
    struct ae_train_options o; /* with what "auto" became */
    int leads; /* 1: the first rank, which alone writes and tells the time */
    char accumulate[12]; /* the text of that option in o */
    struct ae_noise *noise;
    struct ae_train_data data;

    struct ae_step step;
    struct ae_validation validation;
    struct ae_checkpoint state; /* what is done so far */
    struct ae_course given;     /* by the options; without parts: none */
    int is_judged; /* 1: it was given a time, and its length is found by ... */
    struct ae_pace pace;
    char *checkpoint_path;
    struct ae_run_lock lock;
    int complete; /* 1: after its last step, and all that is fitted then */
    double score; /* the last one, NaN: none yet */
    double best_variance; /* share of the items' that the best one's outputs
                             have, NaN: not known */
    struct ae_comparison compared;
    int saved;         /* 1: OUTPUT is a model of this run ... */
    int saved_parts;   /* ... which knows so many parts of its course */
    int no_steps;      /* 1: the weights are fitted by PCA, and that is all */
    int has_collapsed; /* 1: the user knows that the code carries nothing */

    struct ae_metrics metrics;
    struct ae_report report;
    const char *ending; /* why the run ended early, or NULL */
    /* seconds of the clock: reading the data, the run, the last progress */
    double entered, began, shown;
    double seconds; /* that this part of the run took */
    uint64_t first; /* the step that this part of the run began at */
    struct ae_loss_mean since_progress, since_row;
};

/* Data, net, optimiser, validation; goes on from a checkpoint where the
 * options say so.  AE_END where the run that is to go on is complete.  After a
 * failure release what there is. */
int ae_trainer_init(struct ae_trainer *t, struct ae_ctx *ctx,
                    const struct ae_train_options *o, struct ae_err *e);
void ae_trainer_release(struct ae_trainer *t);
/* closing.c: says in one line what came of the run, and what looks wrong. */
void ae_trainer_close(const struct ae_trainer *t);

#endif
