/* winograd.h - 3 x 3 convolutions with 16 multiplications where there are 36.
 *
 * Winograd's minimal filtering F(2x2, 3x3) (Lavin and Gray 2016): patches of
 * 4 x 4 pixels, every second row and column, are transformed; one product
 * over the channels for each of the 16 positions; the results transformed
 * back to 2 x 2 outputs.  Sums run over channels in order, tiles depend on
 * nothing but their own patch, and work is cut by shape.
 *
 * For training only: the bits differ from the direct product's by rounding
 * and depend on the parity of a pixel's place, which pieces of a picture
 * needn't share. */
#ifndef AE_NN_WINOGRAD_H
#define AE_NN_WINOGRAD_H

#include "kernel/ctx.h"
#include "kernel/kernel.h"
#include "nn/tensor.h"

/* 1 when channels are such that the transforms pay and have kernels. */
int ae_wino_fits(int cin, int cout);
/* Floats: of a worker, of a transformed filter, and of the partial sums. */
size_t ae_wino_scratch(int cin, int cout);
size_t ae_wino_floats(int cin, int cout);
size_t ae_wino_partials(int cin, int cout);

/* w [3][3][cin][cout] to products' panels, on the pool: as it stands (for
 * cin -> cout), or turned (for cout -> cin, the input gradient). */
void ae_wino_filter(const struct ae_ctx *ctx, const float *w, int cin,
                    int cout, int turned, float *u);

struct ae_wino {
    const struct ae_kernels *k;
    const struct ae_view *in, *out;
    const float *u, *bias;               /* bias NULL: 0 */
    enum ae_act act;                     /* none, relu or lrelu */
    int add;
};
/* Rows r0..r1-1 of `out`, counted through the batch. */
void ae_wino_rows(const struct ae_wino *w, int r0, int r1, float *scratch);

/* The weight gradient: chunks of the batch, each with sums of its own, which
 * ae_wino_weighed() adds up in order, transforms and adds to dw. */
struct ae_wino_weigh {
    const struct ae_kernels *k;
    const struct ae_view *x, *dy;
    float *partials, *dw;
};
int ae_wino_chunks(const struct ae_view *x, const struct ae_view *dy);
void ae_wino_weigh(const struct ae_wino_weigh *w, int chunk, float *scratch);
void ae_wino_weighed(const struct ae_ctx *ctx, const struct ae_wino_weigh *w);

#endif
