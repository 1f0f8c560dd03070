/* grid.h - how a picture is cut into pieces that a net can run one by one.
 *
 * All pieces of a picture have one size, so that one plan of memory serves
 * them.  The outermost `overlap` pixels of a piece are wrong wherever its
 * border isn't the picture's, so neighbours share twice that.  Example: of 100
 * columns, pieces of 40 with an overlap of 8 begin at 0, 24, 48 and 60, and
 * own columns 0..31, 32..55, 56..79 and 80..99. */
#ifndef AE_RUN_DENOISE_GRID_H
#define AE_RUN_DENOISE_GRID_H

#include "base/base.h"

/* The rows or the columns of a grid, in pixels. */
struct ae_grid_axis {
    int total;          /* the picture, rounded up to the alignment */
    int piece, overlap; /* multiples of the alignment */
    int count;          /* of the pieces */
};

/* A piece: its place among the others, its first pixel, and which pixels of
 * the result are its own: rows y0..y1-1, columns x0..x1-1 of the picture. */
struct ae_piece {
    int row, column;
    int top, left;
    int y0, y1, x0, x1;
};

/* Makes `count` pieces, or fewer where their size as a multiple of `align`
 * allows that; never smaller than align + 2 overlap.  The overlap is rounded
 * up. */
void ae_grid_axis_make(struct ae_grid_axis *a, int size, int overlap, int align,
                       int count);
/* Piece i begins at `start` and owns pixels from .. to - 1. */
int ae_grid_piece_start(const struct ae_grid_axis *a, int i);
int ae_grid_piece_from(const struct ae_grid_axis *a, int i);
int ae_grid_piece_to(const struct ae_grid_axis *a, int i);

/* The row or column that stands in for number i, any i >= 0, of a picture of
 * `size`: past the end it is mirrored at the last one, which isn't repeated. */
int ae_mirror(int i, int size);

/* Bytes that pieces of h x w take. */
typedef int ae_piece_bytes_fn(void *arg, int h, int w, uint64_t *bytes,
                              struct ae_err *e);
/* The rows and columns of pieces that repeat the least work and take at most
 * `memory` bytes; `tile` bounds a piece without its overlap (0: no bound).
 * AE_EMEM when not even the smallest pieces fit. */
int ae_grid_choose(struct ae_grid_axis axis[2], const int size[2],
                   const int overlap[2], const int align[2], const int tile[2],
                   uint64_t memory, ae_piece_bytes_fn *fn, void *arg,
                   struct ae_err *e);

#endif
