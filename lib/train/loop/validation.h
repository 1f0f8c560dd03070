/* validation.h - how good a model is on held-out data: fixed examples, fixed
 * crops, fixed noise, so that scores of different steps and runs compare.
 *
 * Nets that learn patches are scored by the mean PSNR of larger crops, in dB:
 * with the loss psnr above its floor, since otherwise a few clean crops, whose
 * decibels rise and fall by several from step to step, choose the best model.
 * Without clean pictures the score is the objective of training on noisy ones.
 * A variational net with a likelihood is scored by minus its evidence bound
 * in nats an example, its code drawn once and for all.  Others are scored by
 * the objective of training. */
#ifndef AE_TRAIN_LOOP_VALIDATION_H
#define AE_TRAIN_LOOP_VALIDATION_H

#include "train/loop/objective.h"
#include "train/loop/output_variance.h"
#include "train/loop/posterior.h"
#include "train/report/view.h"

struct ae_validation {
    const struct ae_ctx *ctx;
    enum ae_score_kind kind;
    char name[32]; /* of the score */
    struct ae_exec *exec;
    struct ae_batch all; /* every example */
    struct ae_objective objective;
    int step;     /* examples that the executor takes at once */
    double floor; /* of the loss psnr, a mean square; else 0 */
    struct ae_posterior posterior;
    struct ae_output_variance variance; /* of the last score */
};

/* `weights` is borrowed and read at each score.  `how` says everything except
 * the number of items and the examples' shape.  crops 1: the examples are crops
 * of pictures, scored by their mean PSNR where clean ones are known. */
int ae_validation_init(struct ae_validation *v, const struct ae_sampler *s,
                       const struct ae_graph *g, float *weights,
                       const struct ae_loss *loss,
                       const struct ae_objective_options *how, int crops,
                       struct ae_err *e);
void ae_validation_release(struct ae_validation *v);
double ae_validation_score(struct ae_validation *v);
/* The mean PSNR of the noisy examples themselves; NaN where the score is none,
 * or where nothing is added to them. */
double ae_validation_noisy_psnr(const struct ae_validation *v);
/* 1 when score a is better than b; anything is better than b = NaN. */
int ae_validation_better(const struct ae_validation *v, double a, double b);
/* "psnr", "nats", or the loss's name, with "noisy-" before it where that is by
 * noisy pictures. */
const char *ae_validation_name(const struct ae_validation *v);
/* What the net makes of the `step` examples from `first` on, a code being its
 * mean; good until the next run or score. */
struct ae_view ae_validation_run(struct ae_validation *v, int first);

#endif
