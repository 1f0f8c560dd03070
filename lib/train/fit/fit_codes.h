/* fit_codes.h - what the best model gets when its run is complete: fits to the
 * codes of the training data and the quantiles of their scores. */
#ifndef AE_TRAIN_FIT_FIT_CODES_H
#define AE_TRAIN_FIT_FIT_CODES_H

#include "train/loop/trainer.h"

enum { AE_FIT_CODES_ITEMS = 20000 }; /* most that are looked at */

/* OUTPUT is read, fitted and written anew; the same bytes however often.
 * Nothing happens where patches were learned, or where the model has no
 * code that can be decoded. */
int ae_fit_codes(struct ae_trainer *t, struct ae_err *e);

#endif
