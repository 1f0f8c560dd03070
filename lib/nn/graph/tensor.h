/* tensor.h - views of float32 pixels: N H W C, channels contiguous.
 *
 * A view has strides, so a channel slice, a crop and a whole buffer are one
 * type.  Rows are found through ae_row(), which allows a view to hold only
 * the last `ring` rows of an item (ring == h for a whole buffer). */
#ifndef AE_NN_GRAPH_TENSOR_H
#define AE_NN_GRAPH_TENSOR_H

#include "base/base.h"

struct ae_shape {
    int h, w, c;
}; /* one item; 0 in h, w: any */

struct ae_view {
    float *data;
    int n, h, w, c;
    ptrdiff_t pix, row, item; /* floats between pixels, rows, items */
    int ring;
};

static inline float *ae_row(const struct ae_view *v, int n, int y)
{
    return v->data + n * v->item + (v->ring == v->h ? y : y % v->ring) * v->row;
}

#endif
