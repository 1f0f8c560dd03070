/* level_estimator.h - the level of noise for a net that needs it as an input,
 * from what another net, which works without it, removes.
 *
 * Levels are estimated by blocks of rows that begin at the picture's top, so
 * that they depend on neither the stream's chunks nor the pieces: block i
 * begins at row 256 i, and the last one takes what is left, so that it has 256
 * to 511 rows (a picture of fewer than 512 is one block).  A row's level is
 * interpolated between those of the blocks whose middles enclose it.  Example:
 * 600 rows are blocks of 256 and 344 with middles at 127.5 and 427.5; row 277
 * gets nearly the mean of both levels. */
#ifndef AE_RUN_DENOISE_LEVEL_ESTIMATOR_H
#define AE_RUN_DENOISE_LEVEL_ESTIMATOR_H

#include "base/err.h"
#include "kernel/ctx.h"

enum { AE_LEVEL_BLOCK = 256 };

static inline int ae_level_blocks(int h)
{
    return ae_max(1, h / AE_LEVEL_BLOCK);
}

static inline int ae_level_block_rows(int h, int block)
{
    return block < ae_level_blocks(h) - 1 ? AE_LEVEL_BLOCK
                                          : h - block * AE_LEVEL_BLOCK;
}

/* The level of row y of h, in units of `sigma`, which has ae_level_blocks(h)
 * entries. */
double ae_level_of_row(const double *sigma, int h, int y);

/* Pixels x0..x0+n-1 of row y as floats of 0..1, `channels` of them each. */
typedef void ae_pixels_fn(void *arg, int y, int x0, int n, float *out);

/* A block's pixels, of which the first c channels are colours: 1 or 3. */
struct ae_level_area {
    ae_pixels_fn *get;
    void *arg;
    int w, h, c, channels;
};

struct ae_level_estimator;
/* Uses the photo model that is compiled in; AE_EUNSUPPORTED where that needs
 * the level itself. */
int ae_level_estimator_new(struct ae_ctx *ctx, struct ae_level_estimator **out,
                           struct ae_err *e);
void ae_level_estimator_free(struct ae_level_estimator *b);
/* Bytes that it takes; 0 for NULL. */
uint64_t ae_level_estimator_bytes(const struct ae_level_estimator *b);
/* The level of a block of any size from 1 x 1, in 8-bit units; the same for
 * any number of threads.  get() is called from this thread only. */
int ae_level_estimate(struct ae_level_estimator *b,
                      const struct ae_level_area *area, double *sigma,
                      struct ae_err *e);

#endif
