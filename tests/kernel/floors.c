/* floors.c - see floors.h. */
#include "floors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "kernel/kernel.h"
#include "peak.h"

enum { THREADS = 64, BLOCK = 16 << 20 }; /* floats a thread: 64 MiB */

double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double best_rate(run_fn *fn, void *arg, double work, double seconds)
{
    const double end = seconds_now() + seconds;
    double best = 0;

    for (int i = 0; i < 3 || seconds_now() < end; i++) {
        const double t = seconds_now();
        fn(arg);
        best = fmax(best, work / (seconds_now() - t));
    }
    return best;
}

/* ------------------------------------------------------------------- peak */

struct peak {
    const struct ae_ctx *ctx;
    double (*fn)(long rounds);
    double flops[THREADS];
};

static void peak_task(void *arg, int task, int thread)
{
    struct peak *p = arg;

    (void)thread;
    p->flops[task % THREADS] = p->fn(200000);
}

static void peak_run(void *arg)
{
    struct peak *p = arg;

    ae_par_for(p->ctx->pool, ae_pool_threads(p->ctx->pool), peak_task, p);
}

double floor_peak(const struct ae_ctx *ctx)
{
    struct peak p = {.ctx = ctx};

#if defined(__x86_64__)
    if (strcmp(ctx->k->name, "avx2") == 0)
        p.fn = peak_avx2;
    if (strncmp(ctx->k->name, "avx512", 6) == 0)
        p.fn = ctx->bf16 ? peak_avx512bf16 : peak_avx512;
#elif defined(__aarch64__)
    if (strcmp(ctx->k->name, "neon") == 0)
        p.fn = peak_neon;
#endif
    if (!p.fn)
        return 0;
    peak_run(&p);
    return best_rate(peak_run, &p,
                     1e-9 * p.flops[0] * ae_pool_threads(ctx->pool), 0.3);
}

/* ----------------------------------------------------------------- memory */

struct sweep {
    const struct ae_ctx *ctx;
    int copy;
    float *from, *to; /* a block for each thread */
    double sum[THREADS];
};

static void sweep_task(void *arg, int task, int thread)
{
    struct sweep *s = arg;
    const size_t at = (size_t)task * BLOCK;

    (void)thread;
    if (s->copy)
        memcpy(s->to + at, s->from + at, BLOCK * sizeof(float));
    else
        s->sum[task % THREADS] = s->ctx->k->sumsq(s->from + at, BLOCK);
}

static void sweep_run(void *arg)
{
    struct sweep *s = arg;

    ae_par_for(s->ctx->pool, ae_pool_threads(s->ctx->pool), sweep_task, s);
}

static double sweep(const struct ae_ctx *ctx, int copy)
{
    const size_t n = (size_t)ae_pool_threads(ctx->pool) * BLOCK;
    struct sweep s = {.ctx = ctx, .copy = copy};
    double rate = 0;

    s.from = malloc(n * sizeof(float));
    s.to = malloc(copy ? n * sizeof(float) : 1);
    if (s.from && s.to) {
        for (size_t i = 0; i < n; i++)
            s.from[i] = 1;
        rate = best_rate(sweep_run, &s, 1e-9 * (copy ? 8 : 4) * (double)n, 0.3);
    }
    free(s.from);
    free(s.to);
    return rate;
}

double floor_read(const struct ae_ctx *ctx)
{
    return sweep(ctx, 0);
}

double floor_copy(const struct ae_ctx *ctx)
{
    return sweep(ctx, 1);
}

/* --------------------------------------------------------------- printing */

void floors(void)
{
    static const char *const isa[] = {"neon", "avx2", "avx512"};
    const struct ae_kernels *best;
    struct ae_err e;

    for (int threads = 1; threads <= 2; threads++) {
        struct ae_ctx ctx = {0};
        if (ae_kernels_get(&best, &e) || ae_pool_new(threads, &ctx.pool, &e))
            return;
        for (size_t i = 0; i < AE_LEN(isa); i++)
            if ((ctx.k = ae_kernels_by_name(isa[i])) != NULL)
                printf("%d thread%s FMA peak %-6s %7.1f GFLOP/s\n", threads,
                       threads > 1 ? "s" : " ", isa[i], floor_peak(&ctx));
        if ((ctx.k = ae_kernels_by_name("avx512bf16")) != NULL) {
            ctx.bf16 = 1;
            printf("%d thread%s bfloat16 peak    %7.1f GFLOP/s\n", threads,
                   threads > 1 ? "s" : " ", floor_peak(&ctx));
            ctx.bf16 = 0;
        }
        ctx.k = best;
        printf("%d thread%s memory: read %5.1f GB/s, copied %5.1f GB/s\n",
               threads, threads > 1 ? "s" : " ", floor_read(&ctx),
               floor_copy(&ctx));
        ae_pool_free(ctx.pool);
    }
}
