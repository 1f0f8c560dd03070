/* coring.h - what is left of noise where a camera suppresses faint detail:
 * coring, which shrinks what it takes for noise and keeps what it takes for
 * the picture, octave by octave (Donoho 1995: De-noising by soft-thresholding;
 * with the smooth weight of Wiener's filter instead).
 *
 * So noise stays where the picture has detail, and elsewhere in the few places
 * where it happened to be strong. */
#ifndef AE_NOISE_CORING_H
#define AE_NOISE_CORING_H

#include "base/base.h"

/* Cores c planes of w*h samples of noise, c of 1 or 3, each of which lies in
 * `noise`; the picture's luma, w*h, is used up.  In the three finest octaves a
 * place keeps m / (m + t^2) of its noise, m being the local power of picture
 * and noise together there, and t `threshold` times the noise's root mean
 * square, less in coarser octaves.  AE_EMEM. */
int ae_core_noise(float *const *noise, int c, float *luma, int w, int h,
                  float threshold, struct ae_err *e);

#endif
