/* augment.h - an example cut, turned and grayed. */
#ifndef AE_TRAIN_DATA_AUGMENT_H
#define AE_TRAIN_DATA_AUGMENT_H

#include "base/rng.h"
#include "data/dataset.h"
#include "train/data/batch.h"

/* Fills out (h*w*c floats) from the item; `scratch` is of the same size.
 * Gray items fill all channels.  Returns 1 when the channels are equal. */
int ae_augment_patch(const struct ae_ctx *ctx, const struct ae_item *it,
                     enum ae_augment how, int h, int w, int c,
                     struct ae_rng *rng, float *out, float *scratch);
/* One of the eight turns of a square; 0 is none.  Odd ones mirror, 4 and up
 * exchange rows and columns: for h != w only 0..3 are used. */
void ae_augment_turn(float *out, const float *in, int h, int w, int c,
                     int turn);

#endif
