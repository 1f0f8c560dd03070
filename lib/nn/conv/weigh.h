/* weigh.h - the weight gradient of a convolution's geometry: for every tap,
 * dw[t] += sum over the batch of X' Y (nn/conv/maps.h).
 *
 * The pass is cut into tasks by shape.  Each owns a part of dw and walks the
 * batch in order; where parts are few, the batch's rows are cut into slices,
 * too, whose sums lie apart and are added in order at the end.  So the bits
 * depend on shapes alone. */
#ifndef AE_NN_WEIGH_H
#define AE_NN_WEIGH_H

#include "nn/conv/maps.h"

struct ae_weigh {
    const struct ae_kernels *kernels;
    const struct ae_geometry *g;
    const struct ae_view *x, *y;
    float *dw; /* [kh][kw][cx][cy] */
    /* NULL, or those of Y are added here (ae_weigh_sums()) */
    float *sums;
    float *shared; /* ae_weigh_floats() of them */
};
/* 1 where the sums of Y come along, while it is in the cache. */
int ae_weigh_sums(const struct ae_geometry *g);
size_t ae_weigh_floats(const struct ae_geometry *g);
int ae_weigh_tasks(const struct ae_geometry *g);
void ae_weigh(const struct ae_weigh *w, int task);
void ae_weigh_end(const struct ae_weigh *w); /* when all are done */

#endif
