/* objective.c - the gradient of what a step makes small, against differences:
 * evidence bounds of one and several samples, free nats, learned variance,
 * contraction in closed form and by noise; and what must hold between them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/loop/objective.h"
#include "../ref/net.h"

#define VAE                                                                    \
    "x input c=2 h=2 w=3; e dense c=5 act=tanh; m dense c=3;"                  \
    "v dense c=3 < e; z latent beta=0.7 < m v; p dense c=12 "                  \
    "act=sigmoid; y reshape h=2 w=3 c=2"
#define ONE(act)                                                               \
    "x input c=2 h=2 w=3; h dense c=5 act=" act "; k code;"                    \
    "p dense c=12 act=sigmoid; y reshape h=2 w=3 c=2"
#define DEEP                                                                   \
    "x input c=2 h=2 w=3; e dense c=6 act=tanh; k dense c=4;"                  \
    "p dense c=12 act=sigmoid; y reshape h=2 w=3 c=2"

enum { ITEMS = 3, VALUES = 12, MANY = 400 };

#define HOW(n, k, b, bits, contract)                                           \
    {                                                                          \
        .items = (n), .samples = (k), .beta = (b), .free_nats = (bits),        \
        .contractive = (contract)                                              \
    }

struct test {
    const char *text, *loss;
    struct ae_objective_options o;
    const char *code, *logvar; /* nodes that are those outputs */
};
static const struct test tests[] = {
    {VAE, "bernoulli", HOW(ITEMS, 1, 1, 0, 0), NULL, NULL},
    {VAE, "gauss:sigma=0.5", HOW(ITEMS, 1, 3, 0, 0), NULL, NULL},
    {VAE, "laplace:b=0.5", HOW(ITEMS, 1, 0, 0, 0), NULL, NULL},
    {VAE, "l2", HOW(ITEMS, 1, 0.1, 0, 0), NULL, NULL},
    {VAE, "bernoulli", HOW(ITEMS, 1, 1, 0.3, 0), NULL, NULL},
    {VAE, "bernoulli", HOW(ITEMS, 5, 1, 0, 0), NULL, NULL},
    {VAE, "gauss:sigma=0.2", HOW(ITEMS, 3, 0.5, 0, 0), NULL, NULL},
    {VAE "; l conv c=2 k=1; w add < y l; s sub < w l", "gauss",
     HOW(ITEMS, 4, 1, 0, 0), NULL, "l"},
    {VAE "; l conv c=2 k=1; w add < y l; s sub < w l", "gauss",
     HOW(ITEMS, 1, 1, 0, 0), NULL, "l"},
    {ONE("sigmoid"), "l2", HOW(ITEMS, 1, 1, 0, 2), "k", NULL},
    {ONE("tanh"), "l2", HOW(ITEMS, 1, 1, 0, 0.5), "k", NULL},
    {ONE("relu"), "bernoulli", HOW(ITEMS, 1, 1, 0, 0.3), "k", NULL},
    {ONE("lrelu"), "l2", HOW(ITEMS, 1, 1, 0, 0.5), "h", NULL},
    {DEEP, "l2", HOW(ITEMS, 1, 1, 0, 0.4), "k", NULL},
};

struct bench {
    struct ae_ctx *ctx;
    struct ae_graph *g;
    struct ae_exec *x;
    float *w;
    struct ae_loss loss;
    struct ae_objective o;
    struct ae_batch batch;
    uint64_t seed;
};

static void bench_init(struct bench *b, const struct test *t)
{
    struct ae_ctx_options two = {.threads = 2};
    struct ae_objective_options how = t->o;
    struct ae_err e = {0, ""};
    int n = how.items;

    memset(b, 0, sizeof(*b));
    b->g = net_build(t->text);
    b->w = net_weights(b->g);
    how.weights = b->w;
    int rc = ae_ctx_new(&two, &b->ctx, &e);
    if (!rc && t->code)
        rc = ae_graph_output(b->g, ae_graph_find(b->g, t->code), "code", &e);
    if (!rc && t->logvar)
        rc = ae_graph_output(b->g, ae_graph_find(b->g, t->logvar), "logvar",
                             &e);
    if (!rc)
        rc = ae_loss_parse(t->loss, &b->loss, &e);
    if (!rc)
        rc = ae_objective_init(&b->o, b->ctx, b->g, &b->loss, &how, &e);
    if (!rc)
        rc = ae_exec_new(b->ctx, b->g, b->w, n * ae_objective_copies(&b->o), 0,
                         0, 1, &b->x, &e);
    if (rc) {
        printf("%s: %s\n", t->text, e.msg);
        exit(1);
    }
    ae_objective_bind(&b->o, b->x);
    b->batch = (struct ae_batch){.n = n, .shape = {2, 3, 2}, .item = VALUES};
    b->batch.clean = malloc((size_t)(n * VALUES) * sizeof(float));
    b->batch.noisy = malloc((size_t)(n * VALUES) * sizeof(float));
    b->batch.sigma = calloc((size_t)n, sizeof(float));
    net_fill(b->batch.clean, (size_t)(n * VALUES), 0.45, 0.5, 8);
    net_fill(b->batch.noisy, (size_t)(n * VALUES), 0.45, 0.5, 9);
}

static void bench_release(struct bench *b)
{
    free(b->batch.clean);
    free(b->batch.noisy);
    free(b->batch.sigma);
    ae_objective_release(&b->o);
    ae_loss_release(&b->loss);
    ae_exec_free(b->x);
    ae_free_aligned(b->w);
    ae_graph_free(b->g);
    ae_ctx_free(b->ctx);
}

static double value(struct bench *b)
{
    struct ae_view clean = ae_batch_clean(&b->batch, 0, b->batch.n);

    ae_objective_feed(&b->o, &b->batch, 0, b->seed, 3);
    ae_exec_pack(b->x);
    return ae_objective_forward(&b->o, &clean, b->seed, 3, 1);
}

/* Five points along one weight, at one of three steps. */
static int check(struct bench *b, size_t at, float slope, double size)
{
    static const double step[3] = {0.02, 0.004, 0.0008};
    float *w = &b->w[at], old = *w;
    double d = 0;

    for (int i = 0; i < 3; i++) {
        static const double to[4] = {-2, -1, 1, 2}, by[4] = {1, -8, 8, -1};
        d = 0;
        for (int k = 0; k < 4; k++) {
            *w = (float)(old + to[k] * step[i]);
            d += by[k] * value(b);
        }
        *w = old;
        d /= 12 * step[i];
        if (fabs(d - (double)slope) <= 3e-3 * size + 2e-5)
            return 0;
    }
    printf("weight %zu: slope %g, difference %g\n", at, (double)slope, d);
    return 1;
}

static int gradients(const struct test *t)
{
    struct bench b;
    int failed = 0;

    bench_init(&b, t);
    value(&b);
    ae_objective_backward(&b.o);
    float *g = malloc(b.g->weights * sizeof(*g));
    memcpy(g, ae_exec_wgrad(b.x), b.g->weights * sizeof(*g));
    for (int i = 0; i < b.g->count; i++)
        for (int k = 0; k < b.g->node[i].nparam; k++) {
            const struct ae_param *p = &b.g->node[i].param[k];
            double most = 0;
            for (size_t j = 0; j < p->count; j++)
                most = fmax(most, fabs((double)g[p->offset + j]));
            for (size_t j = 0; j < p->count && failed < 4;
                 j += 1 + p->count / 9)
                failed += check(&b, p->offset + j, g[p->offset + j], most);
        }
    if (failed)
        printf("  %s, %s\n", t->text, t->loss);
    free(g);
    bench_release(&b);
    return failed > 0;
}

static double mean_value(const char *loss, int samples, double beta, double *sd)
{
    struct test t = {VAE, loss, HOW(ITEMS, samples, beta, 0, 0), NULL, NULL};
    struct bench b;
    double sum = 0, square = 0;

    bench_init(&b, &t);
    for (b.seed = 0; b.seed < MANY; b.seed++) {
        double v = value(&b);
        sum += v / MANY;
        square += v * v / MANY;
    }
    *sd = sqrt(fmax(0, square - sum * sum) / MANY);
    bench_release(&b);
    return sum;
}

/* Minus the bound falls with the samples, and from the evidence bound on;
 * with several draws of one sample the closed form is met. */
static int bounds_order(void)
{
    double sd[4], v[4];

    v[0] = mean_value("bernoulli", 1, 1, &sd[0]);
    v[1] = mean_value("bernoulli", 2, 1, &sd[1]);
    v[2] = mean_value("bernoulli", 10, 1, &sd[2]);
    v[3] = mean_value("bernoulli", 100, 1, &sd[3]);
    for (int i = 1; i < 4; i++)
        if (!(v[i] < v[i - 1] - sd[i] - sd[i - 1])) {
            printf("bounds: %g, %g, %g, %g\n", v[0], v[1], v[2], v[3]);
            return 1;
        }
    return 0;
}

/* beta 0 is the plain loss; free nats above all divergences leave a constant
 * whose slopes are none. */
static int betas(void)
{
    struct test plain = {VAE, "bernoulli", HOW(ITEMS, 1, 0, 0, 0), NULL, NULL};
    struct test free_ = plain;
    struct bench a, b;
    int failed = 0;

    free_.o.beta = 1;
    free_.o.free_nats = 50;
    bench_init(&a, &plain);
    bench_init(&b, &free_);
    double u = value(&a), v = value(&b), unit = 0.7 * 3 * 50.0 / VALUES;
    struct ae_view out = ae_exec_output(a.x, NULL), none = {.data = NULL};
    struct ae_view clean = ae_batch_clean(&a.batch, 0, ITEMS);
    failed += !(fabs(u - ae_loss_eval(&a.loss, a.ctx, &out, &clean, 1, &none)) <
                1e-12);
    failed += !(fabs(v - u - unit) < 1e-9 * unit);
    ae_objective_backward(&a.o);
    ae_objective_backward(&b.o);
    failed += memcmp(ae_exec_wgrad(a.x), ae_exec_wgrad(b.x),
                     a.g->weights * sizeof(float)) != 0;
    const struct ae_code_stats *st = ae_exec_stats(a.x,
                                                   ae_graph_find(a.g, "z"));
    for (int i = 0; i < st->count; i++)
        failed += !(st->divergence[i] >= 0);
    if (failed)
        printf("beta: %g plain, %g with free nats, %g of them\n", u, v, unit);
    bench_release(&a);
    bench_release(&b);
    return failed > 0;
}

/* The noise's estimate is the closed form, within its own spread. */
static int contractions(void)
{
    struct test t = {ONE("tanh"), "l2", HOW(MANY, 1, 1, 0, 1), "k", NULL};
    struct bench b;

    bench_init(&b, &t);
    t.o.contractive = 0;
    double with = value(&b), without, moved;
    bench_release(&b);
    bench_init(&b, &t);
    without = value(&b);
    bench_release(&b);
    t.o.contractive = 1;
    /* a second layer that changes nothing makes the encoder deep */
    t.text = "x input c=2 h=2 w=3; h dense c=5 act=tanh; k act kind=lrelu < h;"
             "q sub < k k; r add < h q; p dense c=12 act=sigmoid;"
             "y reshape h=2 w=3 c=2";
    t.code = "r";
    bench_init(&b, &t);
    moved = value(&b);
    bench_release(&b);
    if (with - without > 0.1 &&
        fabs((moved - without) / (with - without) - 1) < 0.1)
        return 0;
    printf("contraction: %g in closed form, %g by noise\n", with - without,
           moved - without);
    return 1;
}

static int refuses(const struct test *t, const char *word)
{
    struct ae_graph *g = net_build(t->text);
    struct ae_loss loss;
    struct ae_objective o;
    struct ae_err e = {0, ""};

    ae_loss_parse(t->loss, &loss, NULL);
    int bad = ae_objective_init(&o, NULL, g, &loss, &t->o, &e) != AE_EARG ||
              !strstr(e.msg, word);
    if (bad)
        printf("not refused for %s: %s\n", word, e.msg);
    ae_objective_release(&o);
    ae_loss_release(&loss);
    ae_graph_free(g);
    return bad;
}

static int refusals(void)
{
    static const struct test bad[] = {
        {DEEP, "l2", HOW(1, 1, 2, 0, 0), "latent", NULL},
        {DEEP, "bernoulli", HOW(1, 4, 1, 0, 0), "latent", NULL},
        {DEEP, "l2", HOW(1, 1, 1, 0, 1), "name=code", NULL},
        {DEEP, "gauss", HOW(1, 1, 1, 0, 0), "logvar", NULL},
        {VAE, "l2", HOW(1, 4, 1, 0, 0), "likelihood", NULL},
        {VAE, "bernoulli", HOW(1, 4, 1, 0.1, 0), "exclude", NULL},
    };
    int failed = 0;

    for (size_t i = 0; i < AE_LEN(bad); i++)
        failed += refuses(&bad[i], bad[i].code);
    return failed > 0;
}

int main(void)
{
    int failed = bounds_order() + betas() + contractions() + refusals();
    int total = 4;

    for (size_t i = 0; i < AE_LEN(tests); i++, total++)
        failed += gradients(&tests[i]);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
