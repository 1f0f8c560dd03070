/* data.h - what a run learns from. */
#ifndef AE_TRAIN_DATA_DATA_H
#define AE_TRAIN_DATA_DATA_H

#include "train/loop/trainer.h"

/* Reads what the options name into items and val_items. */
int ae_trainer_read(struct ae_trainer *t, struct ae_err *e);
/* Says who is held out, and leaves out what patches can't be cut of. */
int ae_trainer_split(struct ae_trainer *t, struct ae_err *e);
/* Splits, scales and labels them; sets the shape of an example.
 * told_patch: --patch, 0 when not told. */
int ae_trainer_shape(struct ae_trainer *t, int told_patch, struct ae_err *e);

#endif
