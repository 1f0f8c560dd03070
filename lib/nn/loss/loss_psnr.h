/* loss_psnr.h - decibels of each item's error, for loss.c's table. */
#ifndef AE_NN_LOSS_LOSS_PSNR_H
#define AE_NN_LOSS_LOSS_PSNR_H

#include "kernel/ctx.h"
#include "nn/graph/tensor.h"

struct ae_loss_psnr {
    double floor;
}; /* 8-bit units */
extern const struct ae_field ae_loss_psnr_fields[];

double ae_loss_psnr_eval(const struct ae_ctx *ctx, const void *attr,
                         const struct ae_view *pred,
                         const struct ae_view *target, int k,
                         const struct ae_view *dpred);

#endif
