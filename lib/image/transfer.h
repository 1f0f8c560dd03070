/* transfer.h - the transfer function of a file's samples, from sample to
 * light, and the conversion to sRGB's and back.
 *
 * Nets were trained on samples of about sRGB's curve, on which noise is as
 * visible in the dark as in the bright.  Samples that are proportional to
 * light, or nearly so, are converted to that curve before a net and back after
 * it.  Curves that are perceptual already (gammas of displays, PQ, HLG) are
 * left as they are.  Before the curve, samples of a picture that is too dark,
 * or that isn't within 0..1, are brought to a range of their own. */
#ifndef AE_IMAGE_TRANSFER_H
#define AE_IMAGE_TRANSFER_H

#include "base/base.h"
#include "image/meta/meta.h"

struct ae_transfer {
    double gamma; /* light = sample ^ gamma; 0: samples stay as they are */
    int tagged;   /* gamma comes from the file, which will keep its tag */
    const char *perceptual; /* "PQ" or "HLG", which is noted; else NULL */
    /* First of all a sample v becomes (v - from) * gain; above 1, products are
     * clipped to 1 where the gain is.  Samples outside least..most enter as the
     * nearer of both and come back as they were. */
    float from, gain, least, most;
    int mapped; /* those four count */
    int own;    /* a level of noise is of the range, not of 0..1 */
};

/* Whether a net gets other samples than the file has. */
static inline int ae_transfer_converts(const struct ae_transfer *t)
{
    return t->gamma > 0 || t->mapped;
}

/* linear: 1 takes samples for light, 0 doesn't, whatever the file says; a
 * negative number follows the file. */
struct ae_transfer ae_transfer_find(const struct ae_meta *m, int linear);

/* gamma as above, 0 also where the source isn't understood: from PNG's gAMA,
 * which is 100000 times the exponent from light to sample; from a transfer
 * code of H.273, which cICP carries; from an ICC profile whose curves are all
 * the same power. */
double ae_transfer_of_gama(uint32_t gama);
double ae_transfer_of_cicp(int code);
double ae_transfer_of_icc(const void *profile, size_t size);

/* Converts the first `colours` of the `channels` samples of each of n pixels:
 * to their range, then to sRGB's curve.  The curve goes on beyond 1, and
 * below 0 as its mirror image. */
void ae_transfer_encode(const struct ae_transfer *t, float *row, size_t n,
                        int channels, int colours);
/* Converts back.  `row` holds n * colours encoded samples that may have been
 * changed, `was` the pixels before encoding, of `channels` samples each.  The
 * result is the old sample plus the change, so that one whose encoding didn't
 * change is exactly what it was. */
void ae_transfer_decode(const struct ae_transfer *t, float *row,
                        const float *was, size_t n, int channels, int colours);

/* The brightness of a pixel of three colours: Y of ITU-R BT.601, full range,
 * as JPEG has it (JFIF 1.02), in the units of the samples. */
static inline float ae_luma(const float *rgb)
{
    return 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2];
}

#endif
