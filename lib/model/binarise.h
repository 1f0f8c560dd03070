/* binarise.h - gray values as black or white, in training and wherever a model
 * that was trained so is asked how likely an item is (Burda et al. 2016 draw
 * anew each time). */
#ifndef AE_MODEL_BINARISE_H
#define AE_MODEL_BINARISE_H

#include "base/rng.h"

/* The names of enum ae_binarise. */
extern const char *const ae_binarise_names[];

/* The choice of that name; NONE for NULL and for a name that is unknown. */
enum ae_binarise ae_binarise_find(const char *name);
/* Values of 0..1 become 0 or 1: by the threshold a half, or 1 with the value
 * as its probability.  The draw is a function of (seed, index). */
void ae_binarise(enum ae_binarise how, uint64_t seed, uint64_t index, float *v,
                 size_t n);

#endif
