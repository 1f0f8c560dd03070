/* shards.c - a batch cut into shards: the sum of their gradients is that of the
 * batch, with the same draws, whatever the net draws and the objective is; a
 * batch norm's is that of the mean of the shards' own objectives, against
 * differences. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/loop/objective.h"
#include "train/loop/shards.h"
#include "../ref/net.h"

#define END "p dense c=12 act=sigmoid; y reshape h=2 w=3 c=2"
#define VAE                                                                    \
    "x input c=2 h=2 w=3; e dense c=5 act=tanh; m dense c=3;"                  \
    "v dense c=3 < e; z latent beta=0.7 < m v;" END
#define DROPS                                                                  \
    "x input c=2 h=2 w=3; c conv c=3 k=3 act=tanh; o dropout p=0.4;"           \
    "h dense c=6 act=tanh; q dropout p=0.3; k dense c=4;" END
#define ONE "x input c=2 h=2 w=3; k dense c=5 act=tanh;" END
#define NORM                                                                   \
    "x input c=2 h=2 w=3; c conv c=4 k=3; n bnorm; a act kind=tanh;"           \
    "d conv c=2 k=3"

enum { ITEMS = 24, VALUES = 12 };

struct test {
    const char *text, *loss, *code;
    int samples;
    double contractive;
};
static const struct test tests[] = {
    {VAE, "bernoulli", NULL, 1, 0}, {VAE, "bernoulli", NULL, 5, 0},
    {VAE, "l2", NULL, 1, 0},        {DROPS, "l1", NULL, 1, 0},
    {DROPS, "psnr", NULL, 1, 0},    {DROPS, "ssim", NULL, 1, 0},
    {ONE, "l2", "k", 1, 0.5},       {DROPS, "l2", "k", 1, 0.5},
};

/* A net whose batch is cut into so many shards. */
struct bench {
    struct ae_ctx *ctx;
    struct ae_graph *g;
    struct ae_exec *x;
    float *w;
    struct ae_loss loss;
    struct ae_objective o;
    struct ae_shards shards;
    struct ae_batch batch;
};

static void bench_init(struct bench *b, const struct test *t, int shards)
{
    struct ae_ctx_options two = {.threads = 2};
    struct ae_objective_options how = {.items = ITEMS / shards,
                                       .samples = t->samples,
                                       .beta = 1,
                                       .contractive = t->contractive};
    struct ae_err e = {0, ""};

    memset(b, 0, sizeof(*b));
    b->g = net_build(t->text);
    b->w = net_weights(b->g);
    how.weights = b->w;
    b->shards = (struct ae_shards){
        .count = shards, .items = ITEMS / shards, .end = shards};
    int rc = ae_ctx_new(&two, &b->ctx, &e);
    if (!rc && t->code)
        rc = ae_graph_output(b->g, ae_graph_find(b->g, t->code), "code", &e);
    if (!rc)
        rc = ae_loss_parse(t->loss, &b->loss, &e);
    if (!rc)
        rc = ae_objective_init(&b->o, b->ctx, b->g, &b->loss, &how, &e);
    if (!rc)
        rc = ae_exec_new(b->ctx, b->g, b->w,
                         how.items * ae_objective_copies(&b->o), 0, 0, 1, &b->x,
                         &e);
    if (!rc)
        rc = ae_shards_init(&b->shards, b->ctx, b->g, &e);
    if (rc) {
        printf("%s: %s\n", t->text, e.msg);
        exit(1);
    }
    ae_objective_bind(&b->o, b->x);
    b->batch = (struct ae_batch){
        .n = ITEMS, .shape = {2, 3, 2}, .item = VALUES};
    b->batch.clean = malloc((size_t)(ITEMS * VALUES) * sizeof(float));
    b->batch.noisy = malloc((size_t)(ITEMS * VALUES) * sizeof(float));
    b->batch.sigma = calloc(ITEMS, sizeof(float));
    net_fill(b->batch.clean, ITEMS * VALUES, 0.45, 0.5, 8);
    net_fill(b->batch.noisy, ITEMS * VALUES, 0.45, 0.5, 9);
}

static void bench_release(struct bench *b)
{
    free(b->batch.clean);
    free(b->batch.noisy);
    free(b->batch.sigma);
    ae_shards_release(&b->shards);
    ae_objective_release(&b->o);
    ae_loss_release(&b->loss);
    ae_exec_free(b->x);
    ae_free_aligned(b->w);
    ae_graph_free(b->g);
    ae_ctx_free(b->ctx);
}

static double run_shard(struct bench *b, int i)
{
    const int items = b->shards.items;
    const struct ae_view clean = ae_batch_clean(&b->batch, i * items, items);

    ae_objective_place(&b->o, i * items, ITEMS);
    ae_objective_feed(&b->o, &b->batch, i * items, 7, 3);
    return ae_objective_forward(&b->o, &clean, 7, 3, 1);
}

/* The batch's objective; *grad becomes the sum of the shards' gradients. */
static double run(struct bench *b, const float **grad)
{
    double loss;

    *grad = ae_exec_wgrad(b->x);
    ae_exec_pack(b->x);
    if (b->shards.count > 1)
        ae_shards_begin(&b->shards, b->w);
    for (int i = 0; i < b->shards.count; i++) {
        loss = run_shard(b, i);
        ae_objective_backward(&b->o);
        if (b->shards.count > 1)
            ae_shards_add(&b->shards, i, b->w, ae_exec_wgrad(b->x), loss);
    }
    float *sum = NULL;
    if (b->shards.count > 1) {
        ae_shards_end(&b->shards, b->w, 0, &sum, &loss, NULL);
        *grad = sum;
    }
    return loss;
}

/* The largest difference of trained weights' gradients, as a share of the
 * largest gradient. */
static double distance(const struct ae_graph *g, const float *whole,
                       const float *cut, int shards)
{
    double most = 0, apart = 0;

    for (int i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i].nparam; k++) {
            const struct ae_param *p = &g->node[i].param[k];
            for (size_t j = p->offset; j < p->offset + p->count; j++) {
                most = fmax(most, fabs((double)whole[j]));
                apart = fmax(apart,
                             fabs((double)whole[j] - (double)cut[j] / shards));
            }
        }
    return apart / most;
}

static int equals_whole(const struct test *t, int shards)
{
    struct bench a, b;
    const float *whole, *cut;

    bench_init(&a, t, 1);
    bench_init(&b, t, shards);
    const double u = run(&a, &whole), v = run(&b, &cut);
    const double apart = distance(a.g, whole, cut, shards);
    const int ok = fabs(u - v) < 1e-5 * fabs(u) && apart < 2e-5;
    if (!ok)
        printf("%d shards: %.9g, whole %.9g, gradients apart by %.3g: %s, %s\n",
               shards, v, u, apart, t->text, t->loss);
    bench_release(&a);
    bench_release(&b);
    return !ok;
}

/* The objective with one weight moved, by a five-point difference. */
static double slope_at(struct bench *b, size_t at, double step)
{
    static const double to[4] = {-2, -1, 1, 2}, by[4] = {1, -8, 8, -1};
    const float old = b->w[at];
    const float *grad;
    double d = 0;

    for (int k = 0; k < 4; k++) {
        b->w[at] = (float)(old + to[k] * step);
        d += by[k] * run(b, &grad);
    }
    b->w[at] = old;
    return d / (12 * step);
}

static int norms_of_shards(void)
{
    const struct test t = {NORM, "l2", NULL, 1, 0};
    struct bench b;
    const float *sum;
    int failed = 0;

    bench_init(&b, &t, 3);
    float *grad = malloc(b.g->weights * sizeof(*grad));
    run(&b, &sum);
    memcpy(grad, sum, b.g->weights * sizeof(*grad));
    for (int i = 0; i < b.g->count; i++)
        for (int k = 0; k < b.g->node[i].nparam; k++) {
            const struct ae_param *p = &b.g->node[i].param[k];
            const size_t at = p->offset + p->count / 2;
            if (!p->trainable)
                continue;
            const double want = (double)grad[at] / 3,
                         d = slope_at(&b, at, 0.01);
            if (fabs(want - d) > 3e-3 * fabs(want) + 2e-5) {
                printf("%s.%s: slope %g, difference %g\n", b.g->node[i].name,
                       p->suffix, want, d);
                failed++;
            }
        }
    free(grad);
    bench_release(&b);
    return failed > 0;
}

/* Each shard moves them from where the step began, by its own mean. */
static int running_statistics(void)
{
    const struct test t = {NORM, "l2", NULL, 1, 0};
    struct bench b;
    const float *grad;
    double sum[4] = {0};
    int failed = 0;

    bench_init(&b, &t, 3);
    const struct ae_param *p =
        &b.g->node[ae_graph_find(b.g, "n")].param[2]; /* mean */
    float before[4];
    memcpy(before, b.w + p->offset, sizeof(before));
    for (int i = 0; i < 3; i++) {
        ae_exec_pack(b.x);
        run_shard(&b, i);
        for (int c = 0; c < 4; c++)
            sum[c] += (double)b.w[p->offset + (size_t)c];
        memcpy(b.w + p->offset, before, sizeof(before));
    }
    run(&b, &grad);
    for (int c = 0; c < 4; c++) {
        const double v = (double)b.w[p->offset + (size_t)c];
        failed += !(fabs(v - sum[c] / 3) < 1e-6 * (1 + fabs(v)));
        failed += fabs(v - (double)before[c]) < 1e-6;
    }
    if (failed)
        printf("running means aren't the shards' mean\n");
    bench_release(&b);
    return failed > 0;
}

int main(void)
{
    static const int cuts[] = {2, 3, 4, 6, 12, 24};
    int failed = norms_of_shards() + running_statistics(), total = 2;

    for (size_t i = 0; i < AE_LEN(tests); i++)
        for (size_t k = 0; k < AE_LEN(cuts); k++, total++)
            failed += equals_whole(&tests[i], cuts[k]);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
