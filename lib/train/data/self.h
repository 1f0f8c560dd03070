/* self.h - examples for a net that learns to clean without any clean picture:
 * what it is given and what it is compared with both come from noisy ones.
 *
 * Neighbours (Huang et al. 2021, Neighbor2Neighbor): of every square of 2 x 2
 * pixels one becomes a pixel of the input, one beside it a pixel of the target.
 * The two pictures of half the size show nearly the same, and their noise is
 * independent where that of neighbouring pixels is.
 *
 * Blind spots (Krull et al. 2019, Noise2Void): a pixel in each square of 8 x 8
 * is hidden behind one of those around it, and is the only one of the square
 * that the loss counts: it must be told from what surrounds it.
 *
 * Pairs (Lehtinen et al. 2018, Noise2Noise): two shots of one scene; the shots
 * in a folder are those of a scene. */
#ifndef AE_TRAIN_DATA_SELF_H
#define AE_TRAIN_DATA_SELF_H

#include "train/data/sampler.h"

/* The names of enum ae_self of ae.h. */
extern const char *const ae_self_names[];
/* AE_EARG where other options don't go together with `self`. */
int ae_self_check(const struct ae_train_options *o, struct ae_err *e);

/* How many pixels of a picture an example's pixel is chosen from, across and
 * down. */
int ae_self_span(enum ae_self self);
/* Adds the room that such examples take to a batch; ae_batch_release() frees
 * it.  AE_EARG where a pixel has none beside it to be hidden behind. */
int ae_self_batch_init(struct ae_batch *b, enum ae_self self, struct ae_err *e);
/* Fills example i of the batch by draw k of a sampler whose `self` isn't
 * none. */
int ae_self_draw(const struct ae_sampler *s, uint64_t k, struct ae_batch *b,
                 int i, struct ae_err *e);
/* With pairs: makes the items of a folder one group, which is held out as a
 * whole.  AE_EARG where one has a single shot, or they differ in size. */
int ae_self_scenes(struct ae_dataset *items, struct ae_err *e);
/* self_noise.c: how much alike the noise of neighbouring pixels is, 0 where it
 * is independent or can't be told. */
int ae_self_likeness(const struct ae_ctx *ctx, const struct ae_dataset *items,
                     double *out, struct ae_err *e);
/* Tells the log where that is too much for such examples. */
int ae_self_note(const struct ae_ctx *ctx, enum ae_self self,
                 const struct ae_dataset *items, struct ae_err *e);
/* Of a picture of 2 h x 2 w, one pixel of each square into a, and one beside
 * it into b; pick: [h][w], which of the eight ways each takes. */
void ae_neighbours_split(const float *whole, const uint8_t *pick,
                         struct ae_shape half, float *a, float *b);

#endif
