/* wgrad.h - the weight gradient of a convolution's geometry: for every tap,
 * dw[t] += sum over the batch of X' Y (nn/conv/conv_pass.h).
 *
 * The pass is cut into tasks by shape.  Each owns a part of dw and walks the
 * batch in order; where parts are few, the batch's rows are cut into slices,
 * too, whose sums lie apart and are added in order at the end.  So the bits
 * depend on shapes alone. */
#ifndef AE_NN_CONV_WGRAD_H
#define AE_NN_CONV_WGRAD_H

#include "nn/conv/conv_pass.h"

struct ae_wgrad {
    const struct ae_kernels *kernels;
    const struct ae_conv_shape *g;
    const struct ae_view *x, *y;
    float *dw; /* [kh][kw][cx][cy] */
    /* NULL, or those of Y are added here (ae_wgrad_sums()) */
    float *sums;
    float *shared; /* ae_wgrad_floats() of them */
};
/* 1 where the sums of Y come along, while it is in the cache. */
int ae_wgrad_sums(const struct ae_conv_shape *g);
size_t ae_wgrad_floats(const struct ae_conv_shape *g);
int ae_wgrad_tasks(const struct ae_conv_shape *g);
void ae_wgrad(const struct ae_wgrad *w, int task);
void ae_wgrad_finish(const struct ae_wgrad *w); /* when all are done */

#endif
