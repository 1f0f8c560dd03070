/* fft.h - the one door to FFTW (single precision; planner behind a lock). */
#ifndef AE_BASE_FFT_H
#define AE_BASE_FFT_H

#include "base/base.h"

struct ae_fft2; /* real h x w <-> complex h x (w/2 + 1) */
int ae_fft2_new(int h, int w, struct ae_fft2 **out, struct ae_err *e);
void ae_fft2_free(struct ae_fft2 *f);
float *ae_fft2_real(struct ae_fft2 *f);    /* h*w, the plan's own buffer */
float *ae_fft2_complex(struct ae_fft2 *f); /* 2*h*(w/2+1), re, im */
void ae_fft2_forward(struct ae_fft2 *f);   /* unscaled */
void ae_fft2_inverse(struct ae_fft2 *f);   /* scaled by 1/(h*w) */

#endif
