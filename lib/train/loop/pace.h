/* pace.h - a run that is given a time, and no number of steps.
 *
 * Some steps are tried and taken back; by them the run gets its length before
 * its first step, so that it is one of so many steps.  Whenever a quarter of
 * the time left has passed the length is looked at again, and changed where the
 * run would end too early or too late (course.h). */
#ifndef AE_TRAIN_LOOP_PACE_H
#define AE_TRAIN_LOOP_PACE_H

#include "train/loop/trainer.h"

/* Seconds of a clock that only goes forward. */
double ae_pace_now(void);
/* Sets the length of such a run; does nothing for others. */
int ae_pace_begin(struct ae_trainer *t, struct ae_err *e);
/* After each step: sets t->state.steps by the course, judged anew where it is
 * due. */
void ae_pace_judge(struct ae_trainer *t);
/* Whether such a run will end too late, so that what can be done without, which
 * is no byte of the model, is left out. */
int ae_pace_is_late(const struct ae_trainer *t);

#endif
