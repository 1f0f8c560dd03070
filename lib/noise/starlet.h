/* starlet.h - a plane split into octaves, each of which is weighted: the
 * undecimated wavelet transform with a B3 spline ("a trous"; Starck, Murtagh
 * 1994), whose octaves add up to the plane again. */
#ifndef AE_NOISE_STARLET_H
#define AE_NOISE_STARLET_H

#include "base/base.h"

/* Octave i holds details of about 2^i pixels; the last gain is that of what
 * is coarser than all octaves. */
enum { AE_STARLET_OCTAVES = 5, AE_STARLET_GAINS = AE_STARLET_OCTAVES + 1 };

/* Floats of scratch that a plane of w x h needs. */
size_t ae_starlet_scratch(int w, int h);
/* out = in, w x h, blurred by the B3 spline whose taps lie `step` pixels
 * apart, a power of two up to half the coarsest octave's size. */
void ae_starlet_blur(float *out, const float *in, int w, int h, int step,
                     float *scratch);
/* Weights the octaves of `plane` (w*h floats), in place.  Beyond its borders
 * the plane is mirrored.  Any size from 1x1. */
void ae_starlet_weight(float *plane, int w, int h,
                       const float gain[AE_STARLET_GAINS], float *scratch);

#endif
