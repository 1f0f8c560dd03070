/* act_grad.h - what the kinds with a fused activation and a bias share. */
#ifndef AE_NN_CONV_ACT_GRAD_H
#define AE_NN_CONV_ACT_GRAD_H

#include "kernel/ctx.h"
#include "kernel/kernel.h"
#include "nn/graph/tensor.h"

extern const char *const ae_act_names[]; /* in the order of enum ae_act */

/* dy *= slope of act at y, on the pool. */
void ae_act_grad_rows(const struct ae_ctx *ctx, enum ae_act act,
                      const struct ae_view *y, const struct ae_view *dy);
/* dbias[c] += the sum of dy's channel c, in an order that only the view's
 * sizes decide. */
void ae_bias_grad(const struct ae_kernels *k, const struct ae_view *dy,
                  float *dbias);

#endif
