/* tile.h - how a picture is cut into pieces that a net can run one by one.
 *
 * All pieces of a picture have one size, so one plan of memory serves them.
 * A piece's result is right but for `reach` pixels inside each of its borders
 * that isn't the picture's own; neighbours overlap by twice that. */
#ifndef AE_RUN_DENOISE_TILE_H
#define AE_RUN_DENOISE_TILE_H

#include "base/base.h"

/* One axis. */
struct ae_cut {
    int total;        /* the picture, rounded up to the alignment */
    int piece, reach; /* multiples of the alignment */
    int count;
};

/* `count` pieces, or fewer where their size as a multiple of align allows;
 * never smaller than align + 2 reach.  reach is rounded up. */
void ae_cut_make(struct ae_cut *c, int size, int reach, int align, int count);
/* Piece i covers start .. start + piece - 1; its own are from .. to - 1. */
int ae_cut_start(const struct ae_cut *c, int i);
int ae_cut_from(const struct ae_cut *c, int i);
int ae_cut_to(const struct ae_cut *c, int i);

/* Index of a row or column past the end, mirrored at the last one (which
 * isn't repeated); any i >= 0. */
int ae_mirror(int i, int size);

/* Bytes that pieces of h x w take. */
typedef int ae_piece_bytes_fn(void *arg, int h, int w, uint64_t *bytes,
                              struct ae_err *e);
/* The cuts of rows and columns that repeat the least work with pieces within
 * `memory` bytes; `tile` bounds a piece without its overlap (0: no bound).
 * AE_EMEM when not even the smallest pieces fit. */
int ae_grid_choose(struct ae_cut cut[2], const int size[2], const int reach[2],
                   const int align[2], const int tile[2], uint64_t memory,
                   ae_piece_bytes_fn *fn, void *arg, struct ae_err *e);

#endif
