/* sched.h - the learning rate as a function of the step. */
#ifndef AE_TRAIN_SCHED_H
#define AE_TRAIN_SCHED_H

#include "base/base.h"

extern const char *const ae_sched_names[];   /* const step cosine, NULL */

/* The factor of the rate for step 0..steps-1: a linear warm-up over the share
 * `warmup` of the steps, then the schedule over what is left.  steps 0: not
 * known yet; the factor of a warm-up of a hundred steps, if there is one. */
double ae_sched(int kind, uint64_t step, uint64_t steps, double warmup);

#endif
