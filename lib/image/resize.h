/* resize.h - a picture of floats at another size. */
#ifndef AE_IMAGE_RESIZE_H
#define AE_IMAGE_RESIZE_H

#include "base/base.h"

/* in: h*w*c floats, out: to_h*to_w*c.  By cubic convolution (Keys 1981), with
 * the kernel widened where the picture shrinks, so that little aliases.  At an
 * edge the weights of the pixels that exist are scaled to a sum of 1.  Results
 * may lie a little beyond the range of the samples, as those of cubics do. */
int ae_resize(const float *in, int h, int w, int c, float *out, int to_h,
              int to_w, struct ae_err *e);

#endif
