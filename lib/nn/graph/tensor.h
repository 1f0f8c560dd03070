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

/* A view of n items that follow one another without gaps. */
struct ae_view ae_view_of(float *data, int n, struct ae_shape s);
/* Items first..first+n-1 of a view, from or to n*h*w*c floats without gaps. */
void ae_view_put(const struct ae_view *v, int first, int n, const float *from);
void ae_view_get(const struct ae_view *v, int first, int n, float *to);
/* Sets every value of one item. */
void ae_view_fill(const struct ae_view *v, int item, float value);
/* The planes of a class label: 1 in the channel `class`, 0 in the others. */
void ae_view_one_hot(const struct ae_view *v, int item, int class);

#endif
