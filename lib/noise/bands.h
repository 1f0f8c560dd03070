/* bands.h - what the estimate of noise measures: the power of a picture's
 * flattest places, by colour plane and octave. */
#ifndef AE_NOISE_BANDS_H
#define AE_NOISE_BANDS_H

#include "kernel/ctx.h"

enum { AE_BANDS = 2, AE_BAND_PLANES = 4 };

/* Pixels x0..x0+n-1 of row y as floats of 0..1.  Called from the pool. */
typedef void ae_pixels_fn(void *arg, int y, int x0, int n, float *out);

/* A rectangle of pixels; `channels` floats each, of which the first c are
 * looked at. */
struct ae_area {
    ae_pixels_fn *get;
    void *arg;
    int w, h, c, channels;
};

/* What the flattest tenth of the patches holds, as the standard deviation, in
 * 8-bit units at full resolution, that white noise would need to show the
 * same power in an octave: `level` from the median eigenvalue, `low` from the
 * smallest, where there is least of the picture.  `even` is how alike the
 * patches are, 0..1: 0.98 in white noise and lower in texture, 0 where there
 * are too few to say. */
struct ae_band { double level, low, even; };

/* Octave k is the upper one of the picture shrunk 2^k times.  Plane 0 of
 * three channels is luma, planes 1 and 2 are chroma in an orthonormal basis;
 * other numbers of channels are planes of their own. */
int ae_bands_measure(struct ae_ctx *ctx, const struct ae_area *area,
                     struct ae_band band[AE_BAND_PLANES][AE_BANDS],
                     struct ae_err *e);

#endif
