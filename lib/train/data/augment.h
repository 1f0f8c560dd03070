/* augment.h - a patch cut from an item, turned, and sometimes gray.
 *
 * Example: of a 12 megapixel photograph and h = w = 64, `photo` compares
 * three random places by their detail, fetches the best one, turns it in one
 * of eight ways and makes a quarter of all patches gray. */
#ifndef AE_TRAIN_DATA_AUGMENT_H
#define AE_TRAIN_DATA_AUGMENT_H

#include "base/rng.h"
#include "data/dataset.h"

/* The names of enum ae_augment of ae.h. */
extern const char *const ae_augment_names[];

/* Fills out (h*w*c floats) with a patch of the item, which is at least h x w;
 * `scratch` has the same size.  Gray items fill all channels.  Returns 1 when
 * the patch's channels are equal, else 0. */
int ae_augment_patch(const struct ae_ctx *ctx, const struct ae_item *it,
                     enum ae_augment how, int h, int w, int c,
                     struct ae_rng *rng, float *out, float *scratch);
/* How many turns of an h x w patch `how` draws from: the first 1, 4 or 8. */
int ae_augment_turns(enum ae_augment how, int h, int w);
/* One of the eight turns of an h x w patch; 0 changes nothing.  Odd turns
 * mirror left and right; turns 4 to 7 exchange rows and columns as well, and
 * need h == w. */
void ae_augment_turn(float *out, const float *in, int h, int w, int c,
                     int turn);

#endif
