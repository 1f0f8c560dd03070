/* patches.h - weight gradients where a map has few channels.
 *
 * The products of maps.h sum over pixels for one tap at a time; with one to
 * four channels on a side their tiles are mostly empty.  Here the narrow map
 * is laid out as patches first, a row for each tap and channel with the pixels
 * behind one another, zeros outside; one product then serves all taps, with
 * the wide map's channels as its columns.
 *
 * Items are cut into slices, a task each, whose sums lie apart and are added
 * in order at the end: the bits depend on shapes alone. */
#ifndef AE_NN_PATCHES_H
#define AE_NN_PATCHES_H

#include "nn/maps.h"

/* 1 when the pass goes this way. */
int ae_patches_fit(const struct ae_geometry *g);
/* Floats of the slices' sums. */
size_t ae_patches_floats(const struct ae_geometry *g);
int ae_patches_tasks(const struct ae_geometry *g);
void ae_patches_weigh(const struct ae_weigh *w, int task);
/* When all tasks are done: dw += the slices' sums. */
void ae_patches_add(const struct ae_weigh *w);

#endif
