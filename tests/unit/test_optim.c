/* What a step of training does to weights: schedules, optimisers, the running
 * average, clipping. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "kernel/ctx.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/optim.h"

static int kind_of(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    cr_assert_fail("no %s", name);
    return -1;
}

/* ------------------------------------------------------------- schedules */

Test(sched, values)
{
    const int constant = kind_of(ae_lr_schedule_names, "const");
    const int step = kind_of(ae_lr_schedule_names, "step");
    const int cosine = kind_of(ae_lr_schedule_names, "cosine");
    const int trapezoid = kind_of(ae_lr_schedule_names, "trapezoid");

    cr_assert_eq(ae_lr_schedule(constant, 0, 100, 0), 1);
    cr_assert_eq(ae_lr_schedule(constant, 99, 100, 0), 1);
    cr_assert_eq(ae_lr_schedule(step, 59, 100, 0), 1);
    cr_assert_eq(ae_lr_schedule(step, 60, 100, 0), 0.1);
    cr_assert_eq(ae_lr_schedule(step, 85, 100, 0), 0.01);
    cr_assert_eq(ae_lr_schedule(cosine, 0, 100, 0), 1);
    cr_assert_float_eq(ae_lr_schedule(cosine, 50, 100, 0), 0.5, 1e-12);
    cr_assert_float_eq(ae_lr_schedule(cosine, 25, 100, 0), 0.853553390593,
                       1e-9);
    cr_assert_lt(ae_lr_schedule(cosine, 99, 100, 0), 1e-3);
    cr_assert_eq(ae_lr_schedule(trapezoid, 85, 100, 0), 1);
    cr_assert_float_eq(ae_lr_schedule(trapezoid, 94, 100, 0), 0.4, 1e-12);
    cr_assert_float_eq(ae_lr_schedule(trapezoid, 99, 100, 0), 1 / 15.0, 1e-12);
}

/* A schedule without a value here is a failure. */
Test(sched, each_has_a_known_value_at_a_quarter_before_the_end)
{
    static const struct {
        const char *name;
        double value;
    } known[] = {{"const", 1},
                 {"step", 0.1},
                 {"cosine", 0.146446609407},
                 {"trapezoid", 1}};

    for (int kind = 0; ae_lr_schedule_names[kind]; kind++) {
        double value = NAN;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
            if (strcmp(known[i].name, ae_lr_schedule_names[kind]) == 0)
                value = known[i].value;
        cr_assert_float_eq(ae_lr_schedule(kind, 75, 100, 0), value, 1e-9,
                           "%s: no value, or a wrong one",
                           ae_lr_schedule_names[kind]);
    }
}

Test(sched, warmup_rises_then_hands_over)
{
    for (int kind = 0; ae_lr_schedule_names[kind]; kind++) {
        for (uint64_t s = 0; s < 20; s++) {
            const double f = ae_lr_schedule(kind, s, 200, 0.1);
            cr_assert_float_eq(f, (double)(s + 1) / 21, 1e-12);
        }
        cr_assert_float_eq(ae_lr_schedule(kind, 20, 200, 0.1), 1, 1e-12);
        for (uint64_t s = 21; s < 200; s++)
            cr_assert_leq(ae_lr_schedule(kind, s, 200, 0.1),
                          ae_lr_schedule(kind, s - 1, 200, 0.1));
        cr_assert_eq(ae_lr_schedule(kind, 5000, 0, 0.1), 1);
        cr_assert_lt(ae_lr_schedule(kind, 0, 0, 0.1), 0.02);
    }
}

Test(sched, beta_rises_linearly_or_in_cycles)
{
    struct ae_ramp r;

    cr_assert_eq(ae_ramp_parse("none", &r, NULL), 0);
    cr_assert_eq(ae_ramp_at(&r, 0, 100), 1);
    cr_assert_eq(ae_ramp_parse("linear:0.5", &r, NULL), 0);
    cr_assert_eq(ae_ramp_at(&r, 0, 100), 0);
    cr_assert_float_eq(ae_ramp_at(&r, 25, 100), 0.5, 1e-12);
    cr_assert_eq(ae_ramp_at(&r, 99, 100), 1);
    cr_assert_eq(ae_ramp_at(&r, 99, 0), 0);
    cr_assert_eq(ae_ramp_parse("cyclic:2", &r, NULL), 0);
    cr_assert_float_eq(ae_ramp_at(&r, 10, 80), 0.5, 1e-12);
    cr_assert_eq(ae_ramp_at(&r, 30, 80), 1);
    cr_assert_eq(ae_ramp_at(&r, 40, 80), 0);
    cr_assert_eq(ae_ramp_parse("linear", &r, NULL), 0);
    cr_assert_eq(r.number, 0.2);
    for (const char *const *bad =
             (const char *const[]){"", "none:1", "linear:", "linear:0",
                                   "cyclic:0", "lin", NULL};
         *bad; bad++)
        cr_assert_eq(ae_ramp_parse(*bad, &r, NULL), AE_EARG, "%s", *bad);
}

/* ------------------------------------------------------------ optimisers */

enum { N = 40000, STEPS = 12 };

/* One trainable tensor that takes decay, one bias that doesn't, one block of
 * statistics that no optimiser may touch. */
static struct ae_node node;
static struct ae_graph graph;

static void make_graph(void)
{
    const size_t count[3] = {N - 32, 16, 16};
    size_t at = 0;

    memset(&node, 0, sizeof(node));
    node.nparam = 3;
    for (int i = 0; i < 3; i++) {
        node.param[i].count = count[i];
        node.param[i].offset = at;
        node.param[i].trainable = i < 2;
        node.param[i].decay = i < 1;
        at += count[i];
    }
    graph = (struct ae_graph){.node = &node, .count = 1, .weights = N};
}

struct reference {
    double w[N], m[N], v[N];
};

static void reference_step(struct reference *r, const char *kind, int t,
                           double lr, double decay, double scale,
                           const float *grad)
{
    for (int i = 0; i < N - 16; i++) {
        const double wd = i < N - 32 ? decay : 0;
        double g = grad[i] * scale;
        if (strcmp(kind, "sgd") == 0) {
            r->m[i] = 0.9 * r->m[i] + g + wd * r->w[i];
            r->w[i] -= lr * r->m[i];
            continue;
        }
        if (strcmp(kind, "adam") == 0)
            g += wd * r->w[i];
        else
            r->w[i] -= lr * wd * r->w[i];
        r->m[i] = 0.9 * r->m[i] + 0.1 * g;
        r->v[i] = 0.999 * r->v[i] + 0.001 * g * g;
        const double mh = r->m[i] / (1 - pow(0.9, t));
        const double vh = r->v[i] / (1 - pow(0.999, t));
        r->w[i] -= lr * mh / (sqrt(vh) + 1e-8);
    }
}

static float noise_at(int i, int t)
{
    return (float)(sin(i * 0.37 + t * 1.7) + 0.3 * cos(i * 1.13 - t));
}

static void run_optimiser(int kind, int threads, float *w)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx;
    struct ae_optim opt;
    float *g = ae_alloc_aligned(N, sizeof(float), NULL);

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    make_graph();
    cr_assert_eq(ae_optim_init(&opt, ctx, &graph, kind, 0.01, NULL), 0);
    for (int i = 0; i < N; i++)
        w[i] = noise_at(i, 0);
    for (int t = 1; t <= STEPS; t++) {
        for (int i = 0; i < N; i++)
            g[i] = noise_at(i, t);
        ae_optim_step(&opt, (uint64_t)t, 0.01, 0.5, w, g);
    }
    ae_optim_release(&opt);
    ae_free_aligned(g);
    ae_ctx_free(ctx);
}

Test(optim, follows_double_references)
{
    static struct reference r;
    static float w[N], again[N], grad[N];

    for (int kind = 0; ae_optim_names[kind]; kind++) {
        memset(&r, 0, sizeof(r));
        for (int i = 0; i < N; i++)
            r.w[i] = noise_at(i, 0);
        for (int t = 1; t <= STEPS; t++) {
            for (int i = 0; i < N; i++)
                grad[i] = noise_at(i, t);
            reference_step(&r, ae_optim_names[kind], t, 0.01, 0.01, 0.5, grad);
        }
        run_optimiser(kind, 1, w);
        for (int i = 0; i < N; i++)
            cr_assert_float_eq(w[i], r.w[i], 2e-5, "%s: %d: %g, not %g",
                               ae_optim_names[kind], i, (double)w[i], r.w[i]);
        for (int i = N - 16; i < N; i++)
            cr_assert_eq(w[i], noise_at(i, 0));
        run_optimiser(kind, 3, again);
        cr_assert_arr_eq(w, again, sizeof(w));
    }
}

Test(optim, norm_and_average)
{
    const struct ae_ctx_options o = {.threads = 2};
    struct ae_ctx *ctx;
    struct ae_optim opt;
    static float g[N], mean[N];
    double sum = 0;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    make_graph();
    cr_assert_eq(ae_optim_init(&opt, ctx, &graph, 0, 0, NULL), 0);
    for (int i = 0; i < N; i++) {
        g[i] = noise_at(i, 3);
        mean[i] = 1;
        if (i < N - 16)
            sum += (double)g[i] * g[i];
    }
    cr_assert_float_eq(ae_optim_norm(&opt, g), sqrt(sum), 1e-6 * sqrt(sum));
    ae_optim_average(&opt, 0.75, mean, g);
    for (int i = 0; i < N; i++)
        cr_assert_float_eq(mean[i], 0.75f + 0.25f * g[i], 1e-6);
    ae_optim_release(&opt);
    ae_ctx_free(ctx);
}

/* Its memory grows with the steps, up to the decay that was asked for. */
/* Blending equal floats would round them. */
Test(optim, frozen_weights_keep_their_bits)
{
    struct ae_ctx *ctx = NULL;
    struct ae_optim opt;
    float w[N], mean[N], grad[N];

    make_graph();
    for (int p = 0; p < node.nparam; p++) {
        node.param[p].frozen = 1;
        node.param[p].trainable = 0;
    }
    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    cr_assert_eq(ae_optim_init(&opt, ctx, &graph, 1, 0, NULL), 0);
    for (int i = 0; i < N; i++) {
        w[i] = mean[i] = 0.1f + 0.37f * (float)i;
        grad[i] = 1;
    }
    cr_assert_eq(ae_optim_norm(&opt, grad), 0);
    for (uint64_t step = 1; step < 9; step++) {
        ae_optim_step(&opt, step, 0.1, 1, w, grad);
        ae_optim_average(&opt, 0.9, mean, w);
    }
    for (int i = 0; i < N; i++) {
        const float first = 0.1f + 0.37f * (float)i;

        cr_assert_eq(w[i], first);
        cr_assert_eq(mean[i], first, "%d: %.9g", i, (double)mean[i]);
    }
    ae_optim_release(&opt);
    ae_ctx_free(ctx);
}

Test(optim, running_average_warms_up)
{
    cr_assert_float_eq(ae_mean_decay(0.999, 1), 2.0 / 11, 1e-15);
    cr_assert_float_eq(ae_mean_decay(0.999, 2), 3.0 / 12, 1e-15);
    cr_assert_float_eq(ae_mean_decay(0.999, 90), 0.91, 1e-15);
    cr_assert_eq(ae_mean_decay(0.9, 90), 0.9);
    cr_assert_eq(ae_mean_decay(0.999, 1000000), 0.999);
}

Test(optim, clipping_follows_the_mean_of_the_norms)
{
    double mean = 0;

    cr_assert_eq(ae_clip_norm(&mean, 2, 10), 1); /* the first sets the mean */
    cr_assert_eq(mean, 10);
    cr_assert_eq(ae_clip_norm(&mean, 2, 15), 1);
    cr_assert_float_eq(mean, 10.05, 1e-12);
    mean = 10;
    const double scale = ae_clip_norm(&mean, 2, 80);
    cr_assert_float_eq(scale, 0.25, 1e-12);
    cr_assert_float_eq(mean, 10.1, 1e-12); /* by the 20 that were left */
    for (int i = 0; i < 2000; i++)
        ae_clip_norm(&mean, 2, 4);
    cr_assert_float_eq(mean, 4, 1e-6); /* it comes down as norms do */
    cr_assert_eq(ae_clip_norm(&mean, 0, 1e6), 1); /* 0: never scaled */
}
