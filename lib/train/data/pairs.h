/* pairs.h - real pairs to learn from: items and their noisy twins. */
#ifndef AE_TRAIN_DATA_PAIRS_H
#define AE_TRAIN_DATA_PAIRS_H

#include "train/loop/trainer.h"

/* Reads --noisy and gives each of t->items, which are all read by now, its
 * twin.  AE_EARG where they don't fit, by number, name or shape. */
int ae_pairs_read(struct ae_trainer *t, struct ae_err *e);

#endif
