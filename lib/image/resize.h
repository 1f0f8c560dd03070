/* resize.h - a picture of floats at another size. */
#ifndef AE_IMAGE_RESIZE_H
#define AE_IMAGE_RESIZE_H

#include "base/base.h"

/* in: h*w*c floats, out: to_h*to_w*c.  Cubic convolution (Keys 1981), whose
 * kernel is widened where the picture shrinks, so that nothing aliases much;
 * beyond an edge the weights of what is there count alone.  May overshoot
 * the range of the samples a little, as cubics do. */
int ae_resize(const float *in, int h, int w, int c, float *out, int to_h,
              int to_w, struct ae_err *e);

#endif
