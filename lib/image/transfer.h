/* transfer.h - how samples stand for light, as files say it, and the way to
 * sRGB's curve and back.
 *
 * Nets see what eyes see: they were trained on samples of about sRGB's curve,
 * on which noise is as visible in the dark as in the bright.  Samples in
 * proportion to light, or near it, are therefore brought to that curve before
 * a net and back behind it.  Curves that are perceptual already (gammas of
 * displays, PQ, HLG) are left as they are. */
#ifndef AE_IMAGE_TRANSFER_H
#define AE_IMAGE_TRANSFER_H

#include "base/base.h"
#include "image/meta/meta.h"

struct ae_transfer {
    double gamma; /* light = sample ^ gamma; 0: that stays as it is */
    int tagged;   /* the file says so itself, and so does what comes out */
    const char *perceptual; /* "PQ", "HLG": worth a word; or NULL */
    /* what samples are multiplied by before; more than 1: what then lies
     * beyond 1 counts as 1 */
    float gain;
};

/* Whether a net sees other samples than the file has. */
static inline int ae_transfer_converts(const struct ae_transfer *t)
{
    return t->gamma > 0 || t->gain > 1;
}

/* linear: 1 light whatever the file says, 0 never, negative: as it says. */
struct ae_transfer ae_transfer_find(const struct ae_meta *m, int linear);

/* PNG's gAMA, which is 100000 times the exponent from light to sample; the
 * code of H.273 that cICP carries; an ICC profile's curves, where all of them
 * are one power.  gamma as above; 0 also for what isn't understood. */
double ae_transfer_of_gama(uint32_t gama);
double ae_transfer_of_cicp(int code);
double ae_transfer_of_icc(const void *profile, size_t size);

/* A row of n pixels, times the gain, to sRGB's curve: the first `colours`
 * samples of each of `channels`.  Beyond 0..1 the curve goes on, below 0 as
 * its mirror image. */
void ae_transfer_encode(const struct ae_transfer *t, float *row, size_t n,
                        int channels, int colours);
/* Back: row[n * colours] becomes what `was`, of `channels` samples a pixel as
 * they were, is when its encoding changes to row.  A sample that didn't
 * change is exactly what it was. */
void ae_transfer_decode(const struct ae_transfer *t, float *row,
                        const float *was, size_t n, int channels, int colours);

#endif
