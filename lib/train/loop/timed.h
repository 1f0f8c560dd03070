/* timed.h - a run that is given a time, and no number of steps.
 *
 * Some steps are tried and taken back; by them the run gets its length before
 * its first step, so that it is one of so many steps.  The length is judged
 * anew on the way (pace.h), and the course of the run keeps all of them
 * (course.h). */
#ifndef AE_TRAIN_LOOP_TIMED_H
#define AE_TRAIN_LOOP_TIMED_H

#include "train/loop/trainer.h"

/* Seconds of a clock that only goes forward. */
double ae_timed_now(void);
/* Sets the length of such a run; does nothing for others. */
int ae_timed_begin(struct ae_trainer *t, struct ae_err *e);
/* After each step: sets t->state.steps by the course, judged anew where it is
 * due. */
void ae_timed_judge(struct ae_trainer *t);
/* Whether such a run will end too late, so that what can be done without, which
 * is no byte of the model, is left out. */
int ae_timed_is_late(const struct ae_trainer *t);

#endif
