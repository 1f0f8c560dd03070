/* loss_ssim.h - 1 - mean structural similarity, for loss.c's table. */
#ifndef AE_NN_LOSS_LOSS_SSIM_H
#define AE_NN_LOSS_LOSS_SSIM_H

#include "kernel/ctx.h"
#include "nn/graph/tensor.h"

double ae_loss_ssim_eval(const struct ae_ctx *ctx, const void *attr,
                         const struct ae_view *pred,
                         const struct ae_view *target, int k,
                         const struct ae_view *dpred);

#endif
