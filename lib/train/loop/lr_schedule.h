/* lr_schedule.h - learning rate and beta as functions of the step. */
#ifndef AE_TRAIN_LOOP_LR_SCHEDULE_H
#define AE_TRAIN_LOOP_LR_SCHEDULE_H

#include "base/base.h"

/* const step cosine trapezoid, NULL */
extern const char *const ae_lr_schedule_names[];
extern const char *const ae_lr_schedule_help[]; /* a line for each */

/* The factor of the rate for step 0..steps-1: a linear warm-up over the share
 * `warmup` of the steps, then the schedule over the rest.  While steps is 0,
 * which means unknown, a warm-up takes a hundred steps and the factor is 1
 * after it. */
double ae_lr_schedule(int kind, uint64_t step, uint64_t steps, double warmup);

/* How beta rises: "none"; "linear:SHARE" over a share of the steps; "cyclic:N"
 * in the first half of each of N equal parts of the run, and it stays at 1 in
 * the second half (Fu et al. 2019). */
struct ae_ramp {
    int kind;
    double number;
};
int ae_ramp_parse(const char *text, struct ae_ramp *out, struct ae_err *e);
/* The factor of beta for step 0..steps-1, 0 while steps is 0: not known. */
double ae_ramp_at(const struct ae_ramp *r, uint64_t step, uint64_t steps);

#endif
