/* plane.h - a plane of gaussian noise whose neighbours agree (FFTW).
 *
 * White noise is shaped in the frequency domain by the power spectrum
 *     S(f) = (1 + (2 pi f s)^2 / p) ^ -p
 * (f in cycles a pixel; p large: a gaussian kernel of width s; p small: long
 * tails). */
#ifndef AE_NOISE_PLANE_H
#define AE_NOISE_PLANE_H

#include "base/fft.h"
#include "base/rng.h"

/* Leaves such a plane in ae_fft2_real(fft), which is w*h floats, and returns
 * the factor that gives it an expected variance of 1.  One number of rng. */
double ae_noise_plane(struct ae_fft2 *fft, int w, int h, double s, double p,
                      struct ae_rng *rng);

#endif
