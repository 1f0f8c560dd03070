/* bands.h - what the estimate of noise measures: the power of a picture's
 * flattest places, by colour plane and octave. */
#ifndef AE_NOISE_BANDS_H
#define AE_NOISE_BANDS_H

#include "kernel/ctx.h"

enum { AE_BANDS = 3, AE_BAND_PLANES = 4 };

/* A rectangle of samples, 0..1; strides in floats. */
struct ae_area {
    const float *data;
    int w, h, c;
    ptrdiff_t row_stride;
    int pixel_stride;
};

/* Standard deviations, in 8-bit units at full resolution, that white noise
 * would need to show the same power in an octave: `low` from the smallest
 * eigenvalues, where there is least of the picture and of coloured noise,
 * `mid` from their median, `mean` from all; `mid_wide` is `mid` over four
 * times as many patches. */
struct ae_band { double low, mid, mean, mid_wide; };

/* Octave k is the upper one of the picture shrunk 2^k times.  Plane 0 of
 * three channels is luma, planes 1 and 2 are chroma in an orthonormal basis;
 * other numbers of channels are planes of their own. */
int ae_bands_measure(struct ae_ctx *ctx, const struct ae_area *area,
                     struct ae_band band[AE_BAND_PLANES][AE_BANDS],
                     struct ae_err *e);

#endif
