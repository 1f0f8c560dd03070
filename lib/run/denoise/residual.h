/* residual.h - what was removed from a picture, by blocks that begin at its
 * top left corner.
 *
 * Noise is everywhere in a picture and texture is not, and a net that works
 * blind takes a little of both.  So the level of noise follows from the four
 * fifths of the blocks that lost least.  Sums are of whole numbers, so that
 * neither pieces nor threads can change them. */
#ifndef AE_RUN_DENOISE_RESIDUAL_H
#define AE_RUN_DENOISE_RESIDUAL_H

#include <stdatomic.h>

#include "base/err.h"
#include "model/level.h"

struct ae_residual {
    int colours;             /* of the picture */
    int side, columns, rows; /* pixels of a block; blocks */
    struct ae_residual_block *block;
};

int ae_residual_init(struct ae_residual *t, int w, int h, int colours,
                     struct ae_err *e);
void ae_residual_release(struct ae_residual *t);
/* Bytes that it takes. */
uint64_t ae_residual_bytes(int w, int h);
/* Adds pixels x0..x0+n-1 of row y: `in`, whose first samples of `channels` are
 * the colours, and `out`, both 0..1.  From any thread. */
void ae_residual_add(struct ae_residual *t, int y, int x0, int n,
                     const float *in, int channels, const float *out,
                     int out_channels);
/* The level of noise, 8-bit units, after all rows. */
double ae_residual_level(const struct ae_residual *t,
                         const struct ae_level_curve *c);

/* Sum of the squares of what n samples differ by, in squared 8-bit units of
 * AE_RESIDUAL_STEPS each, a sample's up to 256 squared. */
enum { AE_RESIDUAL_STEPS = 1 << 14 };
static inline uint64_t ae_residual_square(float in, float out)
{
    const float d = 255 * (out - in);

    return (uint64_t)(int)((d * d < 65535 ? d * d : 65535) * AE_RESIDUAL_STEPS);
}

#endif
