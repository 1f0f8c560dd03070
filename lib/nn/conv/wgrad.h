/* wgrad.h - the weight gradient of a convolution: for every tap t, dw[t] +=
 * X' Y summed over the batch (X and Y as in nn/conv/direct.h).
 *
 * The pass is cut into tasks by shape.  Each task owns a part of dw and goes
 * through the batch in order.  Where there are few parts, the batch's rows are
 * cut into slices, too, whose sums lie apart and are added in order at the
 * end.  So the bits depend on shapes only. */
#ifndef AE_NN_CONV_WGRAD_H
#define AE_NN_CONV_WGRAD_H

#include "nn/conv/direct.h"

struct ae_wgrad {
    const struct ae_kernels *kernels;
    const struct ae_conv_shape *g;
    const struct ae_view *x, *y;
    float *dw; /* [kh][kw][cx][cy] */
    /* the sums of Y are added here (ae_wgrad_sums()); NULL: they aren't */
    float *sums;
    float *shared; /* ae_wgrad_floats() of them */
};
/* 1 where the pass brings the sums of Y, too, while Y is in the cache. */
int ae_wgrad_sums(const struct ae_conv_shape *g);
size_t ae_wgrad_floats(const struct ae_conv_shape *g);
int ae_wgrad_tasks(const struct ae_conv_shape *g);
void ae_wgrad(const struct ae_wgrad *w, int task);
/* Adds the slices up, when all tasks are done. */
void ae_wgrad_finish(const struct ae_wgrad *w);

/* wgrad_patches.c, for wgrad.c: weight gradients where a map has few channels.
 *
 * The products of wgrad.c sum over pixels for one tap at a time; with one to
 * four channels on a side most of their tile would be empty.  Here the narrow
 * map is laid out as patches first (im2col), a row for each tap and channel
 * with pixel after pixel, zeros outside; one product then serves all taps,
 * with the wide map's channels as its columns. */
enum { AE_PATCHES_SLICES = 8 };
/* 1 when the pass goes this way. */
int ae_patches_fit(const struct ae_conv_shape *g);
/* 1 when it also brings the sums of Y, as products with ones: where Y is the
 * wide map. */
int ae_patches_sums(const struct ae_conv_shape *g);
int ae_patches_tasks(const struct ae_conv_shape *g);
/* Stores a slice's sums for some of the wide map's channels. */
void ae_patches_wgrad(const struct ae_wgrad *w, int task);

#endif
