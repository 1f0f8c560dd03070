/* bench.c - how fast the kernels and the layers made of them are.
 *
 * Every rate is the best of many runs and stands beside the peak of fused
 * multiply-adds that the same table's ISA reaches in the same run, since
 * machines differ and share their cores. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "floors.h"
#include "kernel/kernel.h"
#include "one.h"

extern const struct ae_layer_kind ae_layer_conv, ae_layer_tconv;

static const struct {
    const struct ae_layer_kind *kind;
    const char *attrs;
    int size, c, n; /* square input, channels, items */
} layers[] = {
    {&ae_layer_conv, "c=32 k=3 act=relu", 64, 32, 4},
    {&ae_layer_conv, "c=64 k=3 act=relu", 64, 64, 4},
    {&ae_layer_conv, "c=96 k=3 act=relu", 64, 96, 2},
    {&ae_layer_conv, "c=128 k=3 act=relu", 64, 128, 2},
    {&ae_layer_conv, "c=256 k=3 act=relu", 32, 256, 2},
    {&ae_layer_conv, "c=64 k=3 act=relu", 16, 64, 16},
    {&ae_layer_conv, "c=128 k=3 act=relu", 8, 128, 16},
    {&ae_layer_conv, "c=64 k=1", 64, 64, 4},
    {&ae_layer_conv, "c=128 k=1", 32, 128, 8},
    {&ae_layer_conv, "c=64 k=2 s=2", 32, 32, 16},
    {&ae_layer_conv, "c=128 k=2 s=2", 32, 64, 8},
    {&ae_layer_conv, "c=64 k=3 s=2", 64, 64, 4},
    {&ae_layer_tconv, "c=32", 16, 64, 16},
    {&ae_layer_tconv, "c=64", 16, 128, 16},
    {&ae_layer_conv, "c=64 k=3", 64, 3, 4},
    {&ae_layer_conv, "c=32 k=3", 32, 1, 32},
    {&ae_layer_conv, "c=12 k=3", 32, 32, 16},
    {&ae_layer_conv, "c=3 k=3", 64, 64, 4},
    {&ae_layer_conv, "c=1 k=3", 32, 16, 32},
};

static void forward_run(void *arg)
{
    one_forward(arg);
}

/* As training runs it: a filter is transformed each time. */
static void training_run(void *arg)
{
    struct one training = *(const struct one *)arg;

    training.run.shared = training.shared;
    one_forward(&training);
}

static void input_run(void *arg)
{
    struct one *o = arg;

    o->run.wgrad = NULL;
    one_backward(o);
}

static void weight_run(void *arg)
{
    struct one *o = arg;

    o->run.wgrad = o->wgrad;
    o->dout[0].data = NULL;
    one_backward(o);
}

/* Floating-point operations of one pass: taps that fall outside, a tenth and
 * more on small maps, don't count. */
static double work_of(const struct one *o, size_t i)
{
    const struct ae_view *x = &o->out[0], *y = &o->out[1];
    const int *k = o->node[1].param[0].dims;
    const int trans = layers[i].kind == &ae_layer_tconv;
    const int big = trans ? y->h : x->h, small = trans ? x->h : y->h;
    const int s = big / small, p = k[0] > s ? (k[0] - 1) / 2 : 0;
    double taps = 0;

    for (int j = 0; j < small; j++)
        for (int t = 0; t < k[0]; t++)
            taps += j * s + t - p >= 0 && j * s + t - p < big;
    return 2 * taps * taps * x->c * y->c * x->n;
}

enum { PASSES = 5 };

/* The direct product, inference, then training's forward, input gradient and
 * weight gradient of layer i, in GFLOP/s of the direct form: Winograd's way
 * does fewer. */
static void layer_rates(const struct ae_ctx *ctx, size_t i, int n,
                        double seconds, double rate[PASSES])
{
    struct one o;
    double work;
    float *dx;

    one_init(&o, ctx, layers[i].kind, layers[i].attrs, n, layers[i].size,
             layers[i].size, layers[i].c, 0);
    work = 1e-9 * work_of(&o, i);
    dx = o.dout[0].data;
    const int grid = o.node[1].tile;
    o.run.shared = NULL;
    o.node[1].tile = 1;
    layers[i].kind->pack(&o.run, &o.node[1]);
    rate[0] = best_rate(forward_run, &o, work, seconds);
    o.node[1].tile = grid;
    layers[i].kind->pack(&o.run, &o.node[1]);
    rate[1] = best_rate(forward_run, &o, work, seconds);
    rate[2] = best_rate(training_run, &o, work, seconds);
    o.run.shared = o.shared;
    rate[3] = best_rate(input_run, &o, work, seconds);
    rate[4] = best_rate(weight_run, &o, work, seconds);
    o.dout[0].data = dx;
    one_release(&o);
}

static void bench_layers(const struct ae_ctx *ctx, const struct ae_ctx *c,
                         double peak)
{
    static const char *const pass[] = {"direct", "infer", "forward", "input",
                                       "weight"};

    for (size_t i = 0; i < AE_LEN(layers); i++) {
        double rate[PASSES], plain[PASSES];
        layer_rates(ctx, i, layers[i].n, 0.05, rate);
        layer_rates(c, i, 1, 0, plain);
        for (int p = 0; p < PASSES; p++)
            printf("%-6s %-5s %2dx%-2d %3d -> %-18s %-7s %7.1f GFLOP/s %4.0f "
                   "%% of peak %5.1f x C\n",
                   ctx->k->name, layers[i].kind->name, layers[i].size,
                   layers[i].size, layers[i].c, layers[i].attrs, pass[p],
                   rate[p], peak > 0 ? 100 * rate[p] / peak : 0,
                   rate[p] / plain[p]);
        fflush(stdout);
    }
}

/* The product alone, as Winograd's way takes it: 36 positions of 28 tiles, in
 * floats or in pairs, on every thread. */
enum { POSITIONS = 36, TILES = 28, ROUNDS = 20, WIDE = 128 };

struct alone {
    const struct ae_ctx *ctx;
    int c, bf16;
    float *a, *b; /* all threads read them */
    float *out;   /* each its own */
};

static void alone_task(void *arg, int task, int thread)
{
    const struct alone *p = arg;
    const struct ae_kernels *k = p->ctx->k;
    const int pairs = p->bf16 ? p->c / 2 : p->c;
    const float *a, *b;
    struct ae_mm mm = {.m = TILES,
                       .n = p->c,
                       .k = pairs,
                       .segments = 1,
                       .a = &a,
                       .b = &b,
                       .ars = pairs,
                       .aks = 1,
                       .bpanel = (ptrdiff_t)pairs * k->nr,
                       .ldb = k->nr,
                       .ldc = p->c};

    (void)thread;
    for (int i = 0; i < ROUNDS * POSITIONS; i++) {
        const int at = i % POSITIONS;
        a = p->a + (ptrdiff_t)at * TILES * pairs;
        b = p->b + (ptrdiff_t)at * pairs * p->c;
        mm.c = p->out + ((ptrdiff_t)task * POSITIONS + at) * TILES * p->c;
        (p->bf16 ? k->mm_bf16 : k->mm)(&mm);
    }
}

static void alone_run(void *arg)
{
    const struct alone *p = arg;

    ae_par_for(p->ctx->pool, ae_pool_threads(p->ctx->pool), alone_task, arg);
}

static void bench_products(const struct ae_ctx *ctx, int bf16)
{
    const int threads = ae_pool_threads(ctx->pool);
    const struct ae_ctx like = {.k = ctx->k, .pool = ctx->pool, .bf16 = bf16};
    const double peak = floor_peak(&like);
    const size_t floats = (size_t)POSITIONS * WIDE * WIDE;
    struct alone p = {.ctx = ctx,
                      .bf16 = bf16,
                      .a = calloc(floats, sizeof(float)),
                      .b = calloc(floats, sizeof(float)),
                      .out = calloc(floats * (size_t)threads, sizeof(float))};

    for (p.c = 32; p.a && p.b && p.out && p.c <= WIDE; p.c *= 2) {
        const double work = 2e-9 * ROUNDS * POSITIONS * TILES * p.c * p.c *
                            threads;
        const double rate = best_rate(alone_run, &p, work, 0.1);
        printf("%-6s product 36 x %d x %3d x %3d, %-8s %6.1f GFLOP/s %4.0f %% "
               "of its peak\n",
               ctx->k->name, TILES, p.c, p.c, bf16 ? "bfloat16" : "float", rate,
               peak > 0 ? 100 * rate / peak : 0);
    }
    free(p.a);
    free(p.b);
    free(p.out);
}

struct flat {
    const struct ae_kernels *k;
    float *a, *b, *c, *d;
    int what;
};
enum { FLAT = 1 << 23 }; /* floats; no cache holds four such */

static void flat_run(void *arg)
{
    const struct flat *f = arg;
    const struct ae_adam o = {1e-3f, 0.9f, 0.99f, 1e-8f, 0, 1, 1, 1};

    switch (f->what) {
    case 0:
        f->k->add(f->a, f->b, FLAT);
        break;
    case 1:
        f->k->lerp(f->a, f->b, 0.1f, FLAT);
        break;
    case 2:
        f->k->scale(f->a, 0.99f, FLAT);
        break;
    case 3:
        f->k->axpy(f->a, f->b, 0.1f, FLAT);
        break;
    case 4:
        f->k->act_grad(AE_ACT_RELU, f->a, f->b, FLAT);
        break;
    case 5:
        f->c[0] = (float)f->k->sumsq(f->a, FLAT);
        break;
    case 6:
        f->k->adam(&o, f->a, f->b, f->c, f->d, FLAT);
        break;
    default:
        break;
    }
}

static void bench_flat(const struct ae_ctx *ctx, const struct ae_ctx *c)
{
    /* Floats that are read and written for each element. */
    static const struct {
        const char *name;

        int floats;
    } what[] = {{"add", 3},      {"lerp", 3},  {"scale", 2}, {"axpy", 3},
                {"act_grad", 3}, {"sumsq", 1}, {"adam", 7}};
    const double memory = floor_copy(ctx);
    float *all = malloc(4 * (size_t)FLAT * sizeof(*all));
    struct flat f = {ctx->k,         all, all + FLAT, all + 2 * FLAT,
                     all + 3 * FLAT, 0};

    for (size_t i = 0; all && i < 4 * (size_t)FLAT; i++)
        all[i] = 1;
    for (; all && f.what < (int)AE_LEN(what); f.what++) {
        const double gb = 4e-9 * FLAT * what[f.what].floats;
        f.k = ctx->k;
        const double rate = best_rate(flat_run, &f, gb, 0.05);
        f.k = c->k;
        const double plain = best_rate(flat_run, &f, gb, 0.05);
        printf("%-6s %-6s %6.1f GB/s %4.0f %% of memory's %5.1f x C\n",
               ctx->k->name, what[f.what].name, rate, 100 * rate / memory,
               rate / plain);
    }
    free(all);
}

void bench(const char *isa, int threads)
{
    const struct ae_kernels *k = ae_kernels_by_name(isa);
    struct ae_ctx fast = {.k = k}, plain = {0};
    struct ae_err e;
    double peak;

    plain.k = ae_kernels_by_name("c");
    if (!k || ae_pool_new(threads, &fast.pool, &e))
        return;
    plain.pool = fast.pool;
    peak = floor_peak(&fast);
    printf("%-6s %d thread%s: FMA peak %.1f GFLOP/s\n", isa, threads,
           threads > 1 ? "s" : "", peak);
    bench_layers(&fast, &plain, peak);
    bench_products(&fast, 0);
    if (k->mm_bf16)
        bench_products(&fast, 1);
    if (threads == 1)
        bench_flat(&fast, &plain);
    ae_pool_free(fast.pool);
}
