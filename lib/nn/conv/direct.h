/* direct.h - the three passes of a convolution, as products of map rows.
 *
 * A geometry relates a large map X to a small one Y: tap t = 0..k-1 of
 * position y of Y lies at position y * s + t - p of X; taps outside X count as
 * zero.  Then
 *   forward        Y = act(bias + sum_t X w[t])     conv's y, tconv's dx
 *   backward data  X = act(bias + sum_t Y w[t]')    tconv's y, conv's dx
 *   wgrad          dw[t] += sum_y X' Y              both kinds' dw (wgrad.h)
 * with w as [kh][kw][cx][cy].  No pass copies its input: a row of taps is one
 * run of floats in X, and the next pixel's run begins s pixels later.
 *
 * Example: k = 3x3, s = 2x2, p = 1x1, cx = 8, cy = 16, X of 10 x 10 and Y of
 * 5 x 5 pixels.  Forward, the pixel (2, 2) of Y reads the rows 3, 4 and 5 of
 * X, of each the pixels 3 to 5: three runs of 24 floats, so that its product
 * has 3 segments of K = 24.  The pixel (0, 0) lacks a row and a column of taps
 * and has 2 segments of K = 16.  Backward data, row 4 of X has the phase
 * (4 + p) % 2 = 1, which holds tap 1 only, and reads row 2 of Y; row 5 has the
 * phase 0 with the taps 0 and 2, and reads rows 3 and 2. */
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

/* Packs w[i * si + j * sj], i < rows and j < n, into a product's panel
 * [rows][nr], with zeros after column n.  Returns the panel's end. */
float *ae_pack_panel(const float *w, ptrdiff_t si, ptrdiff_t sj, int rows,
                     int n, int nr, float *out);

/* Floats of the packed weights, enough for any instruction set's panels. */
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
    int add; /* 1: to what `out` holds */
    /* forward: only this part of the columns; parts 0: all */
    int part, parts;
};
/* Rows r0..r1-1 of `out`, counted through the batch. */
void ae_conv_forward(const struct ae_conv_pass *m, int r0, int r1);
void ae_conv_backward_data(const struct ae_conv_pass *m, int r0, int r1);

#endif
