/* conv_pass.h - the three passes of a convolution, as products of map rows.
 *
 * A geometry ties a big map X to a small one Y: position y of Y meets the
 * taps t = 0..k-1 at position y * s + t - p of X, where those that fall
 * outside count as zero.  Then
 *   gather  Y = act(bias + sum_t X w[t])     conv forward, tconv's dx
 *   spread  X = act(bias + sum_t Y w[t]')    tconv forward, conv's dx
 *   weigh   dw[t] += sum_y X' Y              both kinds' dw (nn/conv/wgrad.h)
 * with w laid out [kh][kw][cx][cy].  No pass copies its input: a row of taps
 * is one run of floats in X, and the next pixel's begins s pixels later. */
#ifndef AE_NN_CONV_DIRECT_H
#define AE_NN_CONV_DIRECT_H

#include "kernel/kernel.h"
#include "nn/graph/tensor.h"

enum { AE_MAX_TAPS = 1024 }; /* k[0] * k[1] */

struct ae_conv_shape {
    int k[2], s[2], p[2]; /* rows, columns */
    int cx, cy;           /* channels of the maps */
};

static inline int ae_taps(const struct ae_conv_shape *g)
{
    return g->k[0] * g->k[1];
}

/* w[i * si + j * sj], i < rows and j < n, to a product's panel of nr columns,
 * zeros behind the last: [rows][nr].  Returns its end. */
float *ae_pack_panel(const float *w, ptrdiff_t si, ptrdiff_t sj, int rows,
                     int n, int nr, float *out);

/* Floats of the packed weights: any table's panels fit. */
size_t ae_conv_forward_floats(const struct ae_conv_shape *g);
size_t ae_conv_backward_data_floats(const struct ae_conv_shape *g);
void ae_conv_forward_pack(const struct ae_kernels *k,
                          const struct ae_conv_shape *g, const float *w,
                          float *packed);
void ae_conv_backward_data_pack(const struct ae_kernels *k,
                                const struct ae_conv_shape *g, const float *w,
                                float *packed);

struct ae_conv_pass {
    const struct ae_kernels *kernels;
    const struct ae_conv_shape *g;
    const struct ae_view *in, *out;
    const float *packed, *bias; /* bias NULL: 0 */
    enum ae_act act;
    int add; /* to what `out` holds */
    /* gather: only this part of the columns; parts 0: all */
    int part, parts;
};
/* Rows r0..r1-1 of `out`, counted through the batch. */
void ae_conv_forward(const struct ae_conv_pass *m, int r0, int r1);
void ae_conv_backward_data(const struct ae_conv_pass *m, int r0, int r1);

#endif
