/* The context: defaults, limits, log, the mask of the CPU. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "kernel/ctx.h"

static char last[512];

static void keep(void *arg, enum ae_log_level level, const char *msg)
{
    *(int *)arg = (int)level;
    strcpy(last, msg);
}

Test(ctx, options_and_defaults)
{
    struct ae_ctx *c;
    int level = -1;
    struct ae_ctx_options o = {.threads = 3, .log = keep, .log_arg = &level};

    cr_assert_eq(ae_ctx_new(&o, &c, NULL), 0);
    cr_assert_eq(ae_ctx_threads(c), 3);
    cr_assert_eq(c->max_pixels, 1000000000);
    cr_assert_eq(c->memory, 1 << 30);
    ae_log(c, AE_LOG_INFO, "a\nb %.1f", 0.5);
    cr_assert_eq(level, AE_LOG_INFO);
    cr_assert_str_eq(last, "a\\x0ab 0.5");
    ae_ctx_free(c);
    cr_assert_eq(ae_ctx_new(NULL, &c, NULL), 0);
    cr_assert_geq(ae_ctx_threads(c), 1);
    ae_log(c, AE_LOG_NOTE, "nobody listens");
    ae_ctx_free(c);
    ae_ctx_free(NULL);
}

Test(ctx, sizes)
{
    struct ae_ctx *c;
    struct ae_ctx_options o = {.threads = 1, .max_pixels = 1000};
    struct ae_err e;

    cr_assert_eq(ae_ctx_new(&o, &c, NULL), 0);
    cr_assert_eq(ae_ctx_check_size(c, 50, 20, &e), 0);
    cr_assert_eq(ae_ctx_check_size(c, 1001, 1, &e), AE_ELIMIT);
    cr_assert_eq(ae_ctx_check_size(c, 0, 5, &e), AE_EFORMAT);
    cr_assert_eq(ae_ctx_check_size(c, UINT64_MAX, UINT64_MAX, &e), AE_ELIMIT);
    cr_assert_eq(ae_ctx_check_size(c, (uint64_t)1 << 32, 0x1p32, &e),
                 AE_ELIMIT);
    ae_ctx_free(c);
}

Test(ctx, masks)
{
    struct ae_ctx *c;
    struct ae_err e;

    setenv("AE_CPU", "c", 1);
    cr_assert_eq(ae_ctx_new(NULL, &c, &e), 0);
    cr_assert_str_eq(ae_ctx_isa(c), "c");
    ae_ctx_free(c);
    setenv("AE_CPU", "avx2", 1);
    cr_assert_eq(ae_ctx_new(NULL, &c, &e), 0);
    cr_assert_str_eq(ae_ctx_isa(c), ae_cpu_features() & AE_CPU_AVX2   ? "avx2"
                                    : ae_cpu_features() & AE_CPU_NEON ? "neon"
                                                                      : "c");
    ae_ctx_free(c);
    setenv("AE_CPU", "neon", 1); /* below avx2 */
    cr_assert_eq(ae_ctx_new(NULL, &c, &e), 0);
    cr_assert_str_eq(ae_ctx_isa(c),
                     ae_cpu_features() & AE_CPU_NEON ? "neon" : "c");
    ae_ctx_free(c);
    setenv("AE_CPU", "sse9", 1);
    cr_assert_eq(ae_ctx_new(NULL, &c, &e), AE_EARG);
    cr_assert(strstr(e.msg, "sse9"), "%s", e.msg);
    cr_assert_null(c);
}

Test(ctx, precision)
{
    struct ae_ctx_options o = {.threads = 1, .precision = AE_PRECISION_AUTO};
    struct ae_ctx *c;
    struct ae_err e;

    cr_assert_eq(ae_ctx_new(&o, &c, &e), 0);
    cr_assert_eq(c->bf16, (ae_cpu_features() & AE_CPU_FAST_BF16) != 0);
    ae_ctx_free(c);
    setenv("AE_CPU", "c", 1); /* can, but unasked doesn't */
    cr_assert_eq(ae_ctx_new(&o, &c, &e), 0);
    cr_assert_not(c->bf16);
    ae_ctx_free(c);
    o.precision = AE_PRECISION_BF16;
    cr_assert_eq(ae_ctx_new(&o, &c, &e), 0);
    cr_assert(c->bf16);
    ae_ctx_free(c);
    if (!(ae_cpu_features() & AE_CPU_AVX2))
        return;
    setenv("AE_CPU", "avx2", 1);
    cr_assert_eq(ae_ctx_new(&o, &c, &e), AE_EUNSUPPORTED);
    cr_assert(strstr(e.msg, "avx2"), "%s", e.msg);
    o.precision = AE_PRECISION_AUTO;
    cr_assert_eq(ae_ctx_new(&o, &c, &e), 0);
    cr_assert_not(c->bf16);
    ae_ctx_free(c);
}
