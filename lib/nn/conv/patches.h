/* patches.h - weight gradients where a map has few channels.
 *
 * Products of wgrad.c sum over pixels for one tap at a time; with one to
 * four channels on a side their tiles are mostly empty.  Here the narrow map
 * is laid out as patches first, a row for each tap and channel with the pixels
 * behind one another, zeros outside; one product then serves all taps, with
 * the wide map's channels as its columns. */
#ifndef AE_NN_CONV_PATCHES_H
#define AE_NN_CONV_PATCHES_H

#include "nn/conv/wgrad.h"

enum { AE_PATCHES_SLICES = 8 };

/* 1 when the pass goes this way. */
int ae_patches_fit(const struct ae_conv_shape *g);
/* 1 when it brings the sums of Y, too, as products with ones: where Y is the
 * wide map. */
int ae_patches_sums(const struct ae_conv_shape *g);
int ae_patches_tasks(const struct ae_conv_shape *g);
/* Stores a slice's sums for some of the wide map's channels. */
void ae_patches_wgrad(const struct ae_wgrad *w, int task);

#endif
