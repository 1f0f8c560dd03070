/* Training's parts: schedules, optimisers, turns, draws, metrics. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/ctx.h"
#include "train/data/augment.h"
#include "model/model.h"
#include "train/data/sampler.h"
#include "train/report/metrics.h"
#include "train/loop/optim.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/settings.h"

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

/* ----------------------------------------------------------------- turns */

Test(augment, eight_turns_are_different_and_lossless)
{
    float in[9 * 2], out[8][18];

    for (int i = 0; i < 18; i++)
        in[i] = (float)i;
    for (int t = 0; t < 8; t++) {
        float sum = 0;
        ae_augment_turn(out[t], in, 3, 3, 2, t);
        for (int i = 0; i < 18; i += 2) {
            cr_assert_eq(out[t][i] + 1, out[t][i + 1]);
            sum += out[t][i];
        }
        cr_assert_eq(sum, 72);
        for (int u = 0; u < t; u++)
            cr_assert_neq(memcmp(out[t], out[u], sizeof(in)), 0, "%d = %d", t,
                          u);
    }
    cr_assert_eq(memcmp(out[0], in, sizeof(in)), 0);
    cr_assert_eq(out[1][0], 4);  /* mirrored: top right */
    cr_assert_eq(out[2][0], 12); /* upside down: bottom left */
    cr_assert_eq(out[4][2], 6);  /* transposed: one below */
}

/* ----------------------------------------------------------------- draws */

static struct ae_dataset items;

static void make_items(struct ae_ctx *ctx)
{
    memset(&items, 0, sizeof(items));
    for (int k = 0; k < 7; k++) {
        char name[16];
        struct ae_item it = {.h = 24 + k,
                             .w = 40 - k,
                             .c = k == 3 ? 1 : 3,
                             .bytes = k == 4 ? 2 : 1};
        const int n = it.h * it.w * it.c;
        snprintf(name, sizeof(name), "i%d", k);
        it.name = name;
        it.px = malloc((size_t)(n * it.bytes));
        for (int i = 0; i < n; i++)
            if (it.bytes == 1)
                ((uint8_t *)it.px)[i] = (uint8_t)(i * 31 + k);
            else
                ((uint16_t *)it.px)[i] = (uint16_t)(i * 997);
        cr_assert_eq(ae_dataset_add(ctx, &items, &it, NULL), 0);
    }
}

static void fill(int threads, uint64_t first, int n, double level_dropout,
                 float *clean, float *noisy, float *sigma)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx;
    struct ae_sampler s;
    struct ae_batch b;
    struct ae_noise *noise;
    struct ae_err e = {0};

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    make_items(ctx);
    cr_assert_eq(ae_noise_parse("gauss:sigma=5..50", &noise, NULL), 0);
    cr_assert_eq(ae_sampler_init(&s, ctx, &items, AE_SIDE_BOTH, NULL), 0);
    s.noise = noise;
    s.h = s.w = 16;
    s.c = 3;
    s.maxval = 255;
    s.augment = AE_AUGMENT_PHOTO;
    s.seed = 5;
    s.level_dropout = level_dropout;
    cr_assert_eq(ae_batch_init(&b, &s, n, NULL), 0);
    cr_assert_eq(ae_batch_fill(&b, &s, first, &e), 0, "%s", e.msg);
    memcpy(clean, b.clean, (size_t)n * b.item * sizeof(float));
    memcpy(noisy, b.noisy, (size_t)n * b.item * sizeof(float));
    memcpy(sigma, b.sigma, (size_t)n * sizeof(float));
    ae_batch_release(&b);
    ae_sampler_release(&s);
    ae_noise_free(noise);
    ae_dataset_release(&items);
    ae_ctx_free(ctx);
}

enum { ITEM = 16 * 16 * 3, DRAWS = 48 };

Test(batch, draws_depend_on_their_index_alone)
{
    static float c1[DRAWS * ITEM], n1[DRAWS * ITEM], s1[DRAWS];
    static float c2[DRAWS * ITEM], n2[DRAWS * ITEM], s2[DRAWS];

    fill(1, 100, DRAWS, 0.5, c1, n1, s1);
    fill(3, 100, DRAWS, 0.5, c2, n2, s2);
    cr_assert_arr_eq(c1, c2, sizeof(c1));
    cr_assert_arr_eq(n1, n2, sizeof(n1));
    cr_assert_arr_eq(s1, s2, sizeof(s1));
    fill(2, 110, DRAWS - 10, 0.5, c2, n2, s2); /* batches cut otherwise */
    cr_assert_arr_eq(c1 + 10 * ITEM, c2, (DRAWS - 10) * ITEM * sizeof(float));
    cr_assert_arr_eq(n1 + 10 * ITEM, n2, (DRAWS - 10) * ITEM * sizeof(float));
}

Test(batch, noise_is_as_told_and_as_a_file_holds_it)
{
    static float c[DRAWS * ITEM], n[DRAWS * ITEM], s[DRAWS];
    int gray = 0, equal_noise = 0;

    fill(2, 0, DRAWS, 0, c, n, s);
    for (int i = 0; i < DRAWS; i++) {
        const float *p = c + i * ITEM, *q = n + i * ITEM;
        int flat = 1, flat_noise = 1;
        cr_assert(s[i] * 255 > 4 && s[i] * 255 < 60, "%g", (double)s[i]);
        for (int k = 0; k < ITEM; k++) {
            const float level = q[k] * 255;
            cr_assert(level >= 0 && level <= 255);
            cr_assert_float_eq(level, rintf(level), 1e-3);
            flat &= p[k] == p[k - k % 3];
            flat_noise &= q[k] == q[k - k % 3];
        }
        gray += flat;
        equal_noise += flat_noise;
    }
    cr_assert_eq(gray, equal_noise);
    cr_assert(gray > 0 && gray < DRAWS / 2);
}

/* The level alone is hidden: patches and noise stay what they were. */
Test(batch, level_dropout_hides_a_share_of_the_levels)
{
    static float c1[DRAWS * ITEM], n1[DRAWS * ITEM], told[DRAWS];
    static float c2[DRAWS * ITEM], n2[DRAWS * ITEM], some[DRAWS];
    int hidden = 0;

    fill(2, 0, DRAWS, 0, c1, n1, told);
    fill(2, 0, DRAWS, 0.25, c2, n2, some);
    cr_assert_arr_eq(c1, c2, sizeof(c1));
    cr_assert_arr_eq(n1, n2, sizeof(n1));
    for (int i = 0; i < DRAWS; i++) {
        cr_assert(some[i] == told[i] || some[i] == AE_LEVEL_UNKNOWN);
        hidden += some[i] == AE_LEVEL_UNKNOWN;
    }
    cr_assert(hidden > DRAWS / 10 && hidden < DRAWS / 2, "%d", hidden);
    fill(2, 0, DRAWS, 1, c2, n2, some);
    for (int i = 0; i < DRAWS; i++)
        cr_assert_eq(some[i], AE_LEVEL_UNKNOWN);
}

/* Of grays: at a half, or with the gray as the chance, anew at each draw. */
Test(batch, binarised)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_ctx *ctx;
    struct ae_sampler s;
    static float c[ITEM], n[ITEM], again[ITEM];
    float sigma, ones = 0, gray = 0, other = 0;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    make_items(ctx);
    cr_assert_eq(ae_sampler_init(&s, ctx, &items, AE_SIDE_BOTH, NULL), 0);
    s.h = s.w = 16;
    s.c = 3;
    s.augment = AE_AUGMENT_NONE;
    for (uint64_t k = 0; k < 70; k++) {
        s.binarise = AE_BINARISE_NONE;
        cr_assert_eq(ae_sampler_draw(&s, k, n, n, &sigma, NULL), 0);
        s.binarise = AE_BINARISE_THRESHOLD;
        cr_assert_eq(ae_sampler_draw(&s, k, c, again, &sigma, NULL), 0);
        cr_assert_arr_eq(c, again, sizeof(c));
        for (int i = 0; i < ITEM; i++) {
            cr_assert_eq(c[i], n[i] >= 0.5f);
            gray += n[i] / ITEM;
        }
        s.binarise = AE_BINARISE_DRAW;
        cr_assert_eq(ae_sampler_draw(&s, k, c, again, &sigma, NULL), 0);
        for (int i = 0; i < ITEM; i++) {
            cr_assert(c[i] == 0 || c[i] == 1);
            ones += c[i] / ITEM;
            other += (c[i] != (n[i] >= 0.5f));
        }
    }
    cr_assert_float_eq(ones / gray, 1, 0.01);
    cr_assert_gt(other, 70 * ITEM / 10);
    ae_sampler_release(&s);
    ae_dataset_release(&items);
    ae_ctx_free(ctx);
}

Test(batch, shuffle_is_a_permutation)
{
    for (uint32_t n = 1; n < 300; n += n < 20 ? 1 : 37) {
        unsigned char seen[300] = {0};
        uint32_t moved = 0;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t j = ae_shuffle(9, n, i);
            cr_assert_lt(j, n);
            cr_assert_eq(seen[j]++, 0);
            moved += j != i;
        }
        cr_assert(n < 20 || moved > n / 2);
    }
}

/* --------------------------------------------------------------- metrics */

static void slurp(const char *path, char *buf, size_t size)
{
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    buf[fread(buf, 1, size - 1, f)] = 0;
    fclose(f);
}

static void put_row(struct ae_metrics *m, uint64_t step, double val,
                    const struct ae_posterior *p)
{
    const struct ae_train_view view = {.step = step,
                                       .loss = 0.5,
                                       .lr = 1e-3,
                                       .scored = !isnan(val),
                                       .score = val,
                                       .posterior = p,
                                       .seconds = 1.5};
    cr_assert_eq(ae_metrics_row(m, &view, NULL), 0);
}

/* Five rows and a part of one; gone on with from the second. */
static void go_on(const char *path, const char *part,
                  const struct ae_posterior *p, char *text, size_t size)
{
    const char *name = p ? "nats" : "psnr";
    const int code = p ? p->count : 0;
    struct ae_metrics m;

    cr_assert_eq(ae_metrics_open(&m, path, name, code, 0, NULL), 0);
    for (uint64_t s = 100; s <= 500; s += 100)
        put_row(&m, s, s == 200 ? 30.5 : NAN, s == 200 ? p : NULL);
    ae_metrics_close(&m);
    FILE *f = fopen(path, "a");
    fputs(part, f); /* cut by a crash */
    fclose(f);
    cr_assert_eq(ae_metrics_open(&m, path, name, code, 200, NULL), 0);
    put_row(&m, 300, NAN, NULL);
    ae_metrics_close(&m);
    slurp(path, text, size);
    unlink(path);
}

static double nats[2] = {0.25, 2};
static const struct ae_posterior posterior = {.count = 2,
                                              .divergence = nats,
                                              .total = 2.25,
                                              .reconstruction = 28.25,
                                              .active = 1};

Test(metrics, rows_past_the_checkpoint_go)
{
    char path[] = "/tmp/ae-metrics-XXXXXX", text[512];

    close(mkstemp(path));
    go_on(path, "600,0.5", NULL, text, sizeof(text));
    cr_assert_str_eq(text, "step,loss,lr,psnr,seconds\n"
                           "100,0.5,0.001,,1.5\n200,0.5,0.001,30.5,1.5\n"
                           "300,0.5,0.001,,1.5\n");
    close(open(path, O_CREAT | O_WRONLY, 0600));
    go_on(path, "", &posterior, text, sizeof(text));
    cr_assert_str_eq(text, "step,loss,lr,nats,reconstruction,divergence,"
                           "active,seconds,kl1,kl2\n"
                           "100,0.5,0.001,,,,,1.5,,\n"
                           "200,0.5,0.001,30.5,28.25,2.25,1,1.5,0.25,2\n"
                           "300,0.5,0.001,,,,,1.5,,\n");
}

Test(metrics, json_where_the_name_says_so)
{
    char dir[] = "/tmp/ae-metrics-XXXXXX", path[64], text[512];

    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/m.jsonl", dir);
    go_on(path, "{\"step\":60", &posterior, text, sizeof(text));
    cr_assert_str_eq(
        text, "{\"step\":100,\"loss\":0.5,\"lr\":0.001,\"seconds\":1.5}\n"
              "{\"step\":200,\"loss\":0.5,\"lr\":0.001,\"nats\":30.5,"
              "\"reconstruction\":28.25,\"divergence\":2.25,\"active\":1,"
              "\"seconds\":1.5,\"kl\":[0.25,2]}\n"
              "{\"step\":300,\"loss\":0.5,\"lr\":0.001,\"seconds\":1.5}\n");
    rmdir(dir);
}

/* -------------------------------------------------------------- settings */

Test(settings, differences_are_named)
{
    struct ae_train_options a, b;
    struct ae_err e = {0};

    memset(&a, 0, sizeof(a));
    cr_assert_eq(ae_fields_default(ae_train_fields, &a, NULL), 0);
    b = a;
    b.steps = 12345;
    b.metrics = "elsewhere.csv";
    json_t *ja = ae_settings_json(&a, NULL), *jb = ae_settings_json(&b, NULL);
    cr_assert_eq(ae_settings_same(ja, jb, &e), 0, "%s", e.msg);
    json_decref(jb);
    b.lr = 0.5;
    jb = ae_settings_json(&b, NULL);
    cr_assert_eq(ae_settings_same(ja, jb, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "`lr`"));
    json_decref(ja);
    json_decref(jb);
}
