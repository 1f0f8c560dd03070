/* ctx.c - the context: kernels, thread pool, limits and log, chosen once.
 *
 * It is const for everyone above; the library has no other global state. */
#include "kernel/ctx.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "kernel/kernel.h"

const char *ae_version(void)
{
    return AE_VERSION;
}

int ae_ctx_new_abi(int abi, const struct ae_ctx_options *o, struct ae_ctx **out,
                   struct ae_err *e)
{
    static const struct ae_ctx_options none;
    int rc;

    *out = NULL;
    if (abi != AE_ABI)
        return ae_fail(e, AE_EARG,
                       "the program was built for ABI %d of libae, but libae "
                       "%s has ABI %d: build the program against its ae.h",
                       abi, AE_VERSION, AE_ABI);
    if (!o)
        o = &none;
    struct ae_ctx *c = ae_alloc(1, sizeof(*c), e);
    if (!c)
        return AE_EMEM;
    c->max_pixels = o->max_pixels ? o->max_pixels : 1000000000u;
    c->memory = o->memory ? o->memory : (uint64_t)1 << 30;
    c->log = o->log;
    c->log_arg = o->log_arg;
    c->salvage = o->salvage;
    if ((rc = ae_kernels_get(&c->k, e)) < 0 ||
        (rc = ae_ctx_precision(c, o->precision, e)) < 0 ||
        (rc = ae_pool_new(o->threads, &c->pool, e)) < 0)
        goto out;
    if (ae_pool_threads(c->pool) < o->threads)
        ae_log(c, AE_LOG_NOTE,
               "%d of %d threads could be started: the work is done by those",
               ae_pool_threads(c->pool), o->threads);
    *out = c;
    c = NULL;
out:
    ae_ctx_free(c);
    return rc;
}

/* Plain C, the reference, and some processors can multiply in bfloat16, but
 * gain nothing by it. */
static int gains_by_bf16(const struct ae_ctx *ctx)
{
    return ctx->k->mm_bf16 && strcmp(ctx->k->name, "c") != 0 &&
           ae_cpu_features() & AE_CPU_FAST_BF16;
}

int ae_ctx_precision(struct ae_ctx *ctx, enum ae_precision precision,
                     struct ae_err *e)
{
    if (precision == AE_PRECISION_BF16 && !ctx->k->mm_bf16)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "precision bf16: the %s kernels have no products in "
                       "bfloat16 (AVX512_BF16)",
                       ctx->k->name);
    ctx->bf16 = precision == AE_PRECISION_BF16 ||
                (precision == AE_PRECISION_AUTO && gains_by_bf16(ctx));
    return 0;
}

void ae_ctx_free(struct ae_ctx *ctx)
{
    if (!ctx)
        return;
    ae_pool_free(ctx->pool);
    free(ctx);
}

void ae_ctx_reserve(struct ae_ctx *ctx, uint64_t bytes)
{
    ctx->reserved = bytes;
}

const char *ae_ctx_isa(const struct ae_ctx *ctx)
{
    return ctx->k->name;
}

int ae_ctx_threads(const struct ae_ctx *ctx)
{
    return ae_pool_threads(ctx->pool);
}

void ae_log(const struct ae_ctx *ctx, enum ae_log_level level, const char *fmt,
            ...)
{
    char text[1024];
    struct ae_err line;
    va_list ap;

    if (!ctx || !ctx->log)
        return;
    va_start(ap, fmt);
    ae_vformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    ae_fail(&line, 0, "%s", text); /* escapes control bytes */
    ctx->log(ctx->log_arg, level, line.msg);
}

int ae_ctx_check_size(const struct ae_ctx *ctx, uint64_t w, uint64_t h,
                      struct ae_err *e)
{
    if (w == 0 || h == 0)
        return ae_fail(e, AE_EFORMAT,
                       "image of %" PRIu64 " x %" PRIu64 " pixels", w, h);
    if (w > INT32_MAX || h > INT32_MAX || w > ctx->max_pixels / h)
        return ae_fail(e, AE_ELIMIT,
                       "%" PRIu64 " x %" PRIu64 " pixels: "
                       "more than the limit of %" PRIu64 " pixels "
                       "(`max-pixels`)",
                       w, h, ctx->max_pixels);
    return 0;
}
