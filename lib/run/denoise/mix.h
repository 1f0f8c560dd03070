/* mix.h - how much of what a net would remove is removed: the strength, shares
 * of brightness and of colour, and a mask. */
#ifndef AE_RUN_DENOISE_MIX_H
#define AE_RUN_DENOISE_MIX_H

#include <stddef.h>

#include "ae.h"

struct ae_mix {
    float luma, chroma; /* shares of Y; of Cb and Cr, 0..1 */
    int plain;          /* 1: all of it is removed: nothing to mix */
};

struct ae_mix ae_mix_of(const struct ae_denoise_options *o);
/* Whether no sample can change. */
int ae_mix_is_none(const struct ae_denoise_options *o);
/* Mixes a row of n pixels: `net` (k colours a pixel), which a net made of `in`
 * (`channels` samples a pixel), becomes what comes out.  mask: the share of
 * each pixel, 0..1; NULL: 1. */
void ae_mix_row(const struct ae_mix *m, float *net, int k, const float *in,
                int channels, const float *mask, size_t n);

#endif
