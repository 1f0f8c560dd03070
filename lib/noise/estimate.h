/* estimate.h - the level of a picture's noise by blocks of rows, for who
 * streams.
 *
 * Blocks are anchored to the picture: block i begins at row 256 i, and the
 * last one takes what is left, so that it has 256 to 511 rows (a picture of
 * fewer than 512 rows is one block).  A row's level is interpolated linearly
 * between the middles of the blocks, and constant above the first middle and
 * below the last. */
#ifndef AE_NOISE_ESTIMATE_H
#define AE_NOISE_ESTIMATE_H

#include "noise/bands.h"

enum { AE_NOISE_BLOCK = 256 };

static inline int ae_noise_blocks(int h)
{
    return ae_max(1, h / AE_NOISE_BLOCK);
}

static inline int ae_noise_block_rows(int h, int block)
{
    return block < ae_noise_blocks(h) - 1 ? AE_NOISE_BLOCK
                                          : h - block * AE_NOISE_BLOCK;
}

/* Between the levels of blocks; `sigma` has ae_noise_blocks(h) entries. */
double ae_noise_row_level(const double *sigma, int h, int y);

/* The level of one block.  Any size from 1x1.  Depends on the samples alone,
 * not on the pool. */
int ae_noise_estimate_rows(struct ae_ctx *ctx, const struct ae_area *block,
                           struct ae_noise_level *out, struct ae_err *e);

#endif
