/* ctx.h - the context: what the folders above may use of the machine. */
#ifndef AE_KERNEL_CTX_H
#define AE_KERNEL_CTX_H

#include "base/base.h"
#include "base/threads.h"

struct ae_kernels;

struct ae_ctx {
    const struct ae_kernels *k;
    int bf16; /* layers multiply in bfloat16 where it pays */
    struct ae_pool *pool;
    uint64_t max_pixels;
    uint64_t memory, reserved; /* of it, for what the net knows nothing of */
    ae_log_fn *log;
    void *log_arg;
    int salvage;
};

/* Sets ctx->bf16; AE_EUNSUPPORTED where the kernels can't. */
int ae_ctx_precision(struct ae_ctx *ctx, enum ae_precision precision,
                     struct ae_err *e);
void ae_log(const struct ae_ctx *ctx, enum ae_log_level level, const char *fmt,
            ...) AE_PRINTF(3, 4);
/* AE_ELIMIT unless w, h are positive and w * h <= max_pixels. */
int ae_ctx_check_size(const struct ae_ctx *ctx, uint64_t w, uint64_t h,
                      struct ae_err *e);

#endif
