/* act_grad.h - the gradients of a fused activation and of a bias, which conv,
 * dwconv and dense share. */
#ifndef AE_NN_CONV_ACT_GRAD_H
#define AE_NN_CONV_ACT_GRAD_H

#include "kernel/ctx.h"
#include "kernel/kernel.h"
#include "nn/graph/tensor.h"

extern const char *const ae_act_names[]; /* in the order of enum ae_act */

/* Multiplies dy by the derivative of act, taken from its output y; on the
 * pool. */
void ae_act_grad_rows(const struct ae_ctx *ctx, enum ae_act act,
                      const struct ae_view *y, const struct ae_view *dy);
/* Adds the sum of dy's channel c to dbias[c], in an order that depends on the
 * view's sizes only. */
void ae_bias_grad(const struct ae_kernels *k, const struct ae_view *dy,
                  float *dbias);

#endif
