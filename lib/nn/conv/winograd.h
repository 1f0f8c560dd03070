/* winograd.h - 3 x 3 convolutions with 36 multiplications instead of 144.
 *
 * Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016): patches of
 * 6 x 6 pixels, one at every fourth row and column, are transformed; each of
 * their 36 positions is a product over the channels; the results are
 * transformed back to 4 x 4 outputs.  Sums run over channels in order, a tile
 * depends on its own patch only, and work is cut by shape.
 *
 * The bits depend on a pixel's place modulo 4, so pieces of a picture begin at
 * multiples of that at every scale.  The error against double precision is
 * larger than the direct product's in float32: 2.0 times forward and in the
 * input gradient, 1.5 times in the weight gradient (root mean square, 64
 * channels of 16 x 16; tests/kernel/check_layer.c holds it below 4).  It grows
 * with the largest value of the whole patch: zeros next to large values don't
 * give zero but up to 1e-6 of the largest value times the filter's sum of
 * magnitudes.  One NaN makes NaN of all 4 x 4 outputs of every tile that reads
 * it, and of no others (tests/golden/winograd.c, with the dB of the default
 * model). */
#ifndef AE_NN_CONV_WINOGRAD_H
#define AE_NN_CONV_WINOGRAD_H

#include "kernel/ctx.h"
#include "kernel/kernel.h"
#include "nn/graph/tensor.h"

/* 1 when the transforms have kernels for so many channels and pay off. */
int ae_wino_fits(int cin, int cout);
/* 1 when the context asks for bfloat16 and both maps are wide enough to gain
 * by it, which leaves a picture's own values in float. */
int ae_wino_bf16(const struct ae_ctx *ctx, int cin, int cout);
enum { AE_WINO_SIDE = 4 }; /* of a tile's outputs */

/* Floats of a transformed filter, of a worker's tiles, and of what all workers
 * share in training: a filter, or the weight gradient's tiles and sums. */
size_t ae_wino_floats(int cin, int cout);
size_t ae_wino_scratch(int cin, int cout);
size_t ae_wino_shared(int cin, int cout);

/* Transforms w [3][3][cin][cout] into products' panels, on the pool: as it is,
 * for cin -> cout, or `flipped`, with its taps reversed and its channels
 * exchanged, for cout -> cin (the input gradient). */
void ae_wino_filter(const struct ae_ctx *ctx, const float *w, int cin, int cout,
                    int flipped, float *u);

struct ae_wino {
    const struct ae_kernels *k;
    int bf16; /* u is of pairs in bfloat16 */
    const struct ae_view *in, *out;
    const float *u, *bias; /* bias NULL: 0 */
    enum ae_act act;       /* none, relu or lrelu */
    int add;
    /* only this part of the tiles of the rows; parts 0: all */
    int part, parts;
    /* only this slice of the output's channels, in whole panels; slices 0:
     * all */
    int slice, slices;
    /* turn.h: tiles are turned as they are read and back as they are
     * written, instead of the filter */
    int turn;
};
/* Row grain of a task: a multiple of 4, with enough tiles that the filter is
 * read seldom. */
int ae_wino_band(const struct ae_view *out);
/* Rows r0..r1-1 of `out`, counted through the batch. */
void ae_wino_rows(const struct ae_wino *w, int r0, int r1, float *scratch);

/* Adds the weight gradient to dw, on the pool. */
void ae_wino_wgrad(const struct ae_ctx *ctx, const struct ae_view *x,
                   const struct ae_view *dy, float *shared, float *dw);

#endif
