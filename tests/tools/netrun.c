/* netrun.c - a network alone, on data in memory, to be timed beside others:
 *
 *   netrun infer MODEL HxW [THREADS]       as ae-denoise lets rows roll
 *   netrun infer MODEL NxHxW [THREADS]     ... or takes small pictures at once
 *   netrun train MODEL NxHxW LOSS [THREADS]   as ae-train steps, less the data,
 *                                          the clipping and the average
 *
 * The input (and target) are uniform in 0..1, the level of noise is 25/255,
 * items are of the classes 0, 1, ...
 * It prints `ready` and the multiplications of a forward pass over all of it,
 * then obeys lines of stdin, each with a line of stdout:
 *
 *   run K          does it K times: seconds, and the last one's loss
 *   input FILE, target FILE, output FILE   writes them: float32, N H W C */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/model.h"
#include "nn/graph/stream.h"
#include "train/loop/objective.h"
#include "train/loop/optim.h"

#define LEVEL (25.0f / 255)
#define RATE 1e-4 /* of Adam */

struct net {
    struct ae_ctx *ctx;
    struct ae_model *model;
    struct ae_graph *folded;
    float *weights; /* the folded graph's */
    int train;
    struct ae_stream *roll; /* NULL: by exec */
    struct ae_exec *exec;
    struct ae_loss loss;
    struct ae_objective objective;
    struct ae_optim optim;
    uint64_t step;
    struct ae_batch b;     /* noisy: the input, clean: the target */
    struct ae_shape shape; /* of an item */
    float *out;            /* of inference */
};

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* --------------------------------------------------------------- building */

static float *uniform(size_t n, uint64_t seed, struct ae_err *e)
{
    float *p = ae_alloc_aligned(n, sizeof(*p), e);
    struct ae_rng rng;

    ae_rng_init(&rng, seed, 0);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (float)(ae_rng_u32(&rng) >> 8) / 16777216.0f;
    return p;
}

static int make_data(struct net *t, struct ae_err *e)
{
    struct ae_batch *b = &t->b;
    const struct ae_shape *s = &t->shape;

    b->shape = *s;
    b->item = (size_t)s->h * (size_t)s->w * (size_t)s->c;
    b->noisy = uniform(b->item * (size_t)b->n, 1, e);
    b->clean = uniform(b->item * (size_t)b->n, 2, e);
    b->sigma = ae_alloc((size_t)b->n, sizeof(float), e);
    b->class = ae_alloc((size_t)b->n, sizeof(int), e);
    for (int i = 0; b->sigma && i < b->n; i++)
        b->sigma[i] = LEVEL;
    return b->noisy && b->clean && b->sigma && b->class ? 0 : AE_EMEM;
}

static int make_roll(struct net *t, struct ae_err *e)
{
    const int r = ae_stream_new(t->ctx, t->folded, t->weights, &t->roll, e);

    return r ? r : ae_stream_start(t->roll, 1, t->shape.h, t->shape.w, e);
}

/* many: of a batch, not of one picture. */
static int make_inference(struct net *t, int many, struct ae_err *e)
{
    int r = ae_graph_fold(t->model->graph, t->model->weights, &t->folded,
                          &t->weights, e);

    if (!r)
        r = many ? ae_exec_new(t->ctx, t->folded, t->weights, t->b.n,
                               t->shape.h, t->shape.w, 0, &t->exec, e)
                 : make_roll(t, e);
    if (r)
        return r;
    const struct ae_view y = many ? ae_exec_output(t->exec, NULL)
                                  : ae_stream_output(t->roll);
    if (y.h != t->shape.h || y.w != t->shape.w || y.c != t->shape.c)
        return ae_fail(e, AE_EARG, "the net makes %dx%dx%d", y.h, y.w, y.c);
    t->out = ae_alloc_aligned(t->b.item * (size_t)t->b.n, sizeof(float), e);
    return t->out ? 0 : AE_EMEM;
}

static int make_step(struct net *t, const char *loss, struct ae_err *e)
{
    const struct ae_graph *g = t->model->graph;
    const struct ae_objective_options how = {
        .items = t->b.n, .samples = 1, .beta = 1, .weights = t->model->weights};

    int r = ae_loss_parse(loss, &t->loss, e);
    if (!r)
        r = ae_objective_init(&t->objective, t->ctx, g, &t->loss, &how, e);
    if (!r)
        r = ae_optim_init(&t->optim, t->ctx, g, 1, 0, e);
    if (!r)
        r = ae_exec_new(t->ctx, g, t->model->weights, t->b.n, t->shape.h,
                        t->shape.w, 1, &t->exec, e);
    if (!r)
        ae_objective_bind(&t->objective, t->exec);
    return r;
}

/* size: "HxW" (inference) or "NxHxW"; loss NULL: inference. */
static int make(struct net *t, const char *model, const char *size,
                const char *loss, const struct ae_ctx_options *o,
                struct ae_err *e)
{
    struct ae_shape *s = &t->shape;
    const int many = sscanf(size, "%dx%dx%d", &t->b.n, &s->h, &s->w) == 3;
    int read = many ? 3 : 0;

    t->train = loss != NULL;
    if (!many && !loss) {
        t->b.n = 1;
        read = 1 + sscanf(size, "%dx%d", &s->h, &s->w);
    }
    if (read != 3 || t->b.n < 1 || s->h < 1 || s->w < 1)
        return ae_fail(e, AE_EARG, "'%s' is not a size", size);
    int r = ae_ctx_new(o, &t->ctx, e);
    if (!r)
        r = ae_model_load(t->ctx, model, &t->model, e);
    if (r)
        return r;
    const int x = ae_graph_input(t->model->graph, "x");
    if (x < 0)
        return ae_fail(e, AE_EARG, "the net has no input 'x'");
    s->c = t->model->graph->node[x].shape.c;
    r = make_data(t, e);
    if (!r)
        r = loss ? make_step(t, loss, e) : make_inference(t, many, e);
    return r;
}

static void release(struct net *t)
{
    ae_stream_free(t->roll);
    ae_exec_free(t->exec);
    ae_objective_release(&t->objective);
    ae_optim_release(&t->optim);
    ae_loss_release(&t->loss);
    ae_batch_release(&t->b);
    ae_free_aligned(t->out);
    ae_graph_free(t->folded);
    ae_free_aligned(t->weights);
    ae_model_free(t->model);
    ae_ctx_free(t->ctx);
}

/* ---------------------------------------------------------------- running */

static void fill_rows(const struct net *t, int from, int to)
{
    const struct ae_view x = ae_stream_input(t->roll, "x");
    const struct ae_view s = ae_stream_input(t->roll, "sigma");
    const float *px = t->b.noisy + (size_t)from * (size_t)(x.w * x.c);

    for (int y = from; y < to; y++) {
        float *row = ae_row(&x, 0, y);
        for (int i = 0; i < x.w; i++, px += x.c)
            for (int c = 0; c < x.c; c++)
                row[i * x.pix + c] = px[c];
        row = s.data ? ae_row(&s, 0, y) : NULL;
        for (int i = 0; row && i < s.w; i++)
            row[i * s.pix] = LEVEL;
    }
}

static void take_rows(const struct net *t, int from, int to)
{
    const struct ae_view v = ae_stream_output(t->roll);
    float *px = t->out + (size_t)from * (size_t)(v.w * v.c);

    for (int y = from; y < to; y++) {
        const float *row = ae_row(&v, 0, y);
        for (int i = 0; i < v.w; i++, px += v.c)
            for (int c = 0; c < v.c; c++)
                px[c] = row[i * v.pix + c];
    }
}

static void pass(const struct net *t)
{
    int from, to;

    ae_stream_rewind(t->roll);
    for (int done = 0; done < t->shape.h;)
        if (ae_stream_run(t->roll, &from, &to)) {
            take_rows(t, from, to);
            done = to;
        } else {
            fill_rows(t, from, to);
        }
}

/* Item i is of class i, counted round. */
static void put_classes(struct ae_view v)
{
    for (int i = 0; i < v.n; i++)
        for (int c = 0; c < v.c; c++)
            ae_row(&v, i, 0)[c] = c == i % v.c;
}

static void batch_pass(const struct net *t)
{
    const struct ae_view x = ae_exec_input(t->exec, "x");
    const struct ae_view s = ae_exec_input(t->exec, "sigma");
    const size_t n = t->b.item * (size_t)t->b.n;

    for (size_t i = 0; i < n / (size_t)x.c; i++)
        for (int c = 0; c < x.c; c++)
            x.data[i * (size_t)x.pix + (size_t)c] =
                t->b.noisy[i * (size_t)x.c + (size_t)c];
    for (size_t i = 0; s.data && i < n / (size_t)x.c; i++)
        s.data[i * (size_t)s.pix] = LEVEL;
    if (ae_exec_input(t->exec, "label").data)
        put_classes(ae_exec_input(t->exec, "label"));
    ae_exec_forward(t->exec, 0, 0);
    memcpy(t->out, ae_exec_output(t->exec, NULL).data, n * sizeof(float));
}

/* Returns the loss before it. */
static double step(struct net *t)
{
    const struct ae_view clean = ae_batch_clean(&t->b, 0, t->b.n);

    ae_objective_feed(&t->objective, &t->b, 0, 1, t->step);
    ae_exec_pack(t->exec);
    const double loss = ae_objective_forward(&t->objective, &clean, 1, t->step,
                                             1);
    ae_objective_backward(&t->objective);
    ae_optim_step(&t->optim, ++t->step, RATE, 1, t->model->weights,
                  ae_exec_wgrad(t->exec));
    return loss;
}

/* Multiplications of a forward pass. */
static double macs(const struct net *t)
{
    const double pixels = (double)t->b.n * t->shape.h * t->shape.w;

    return pixels * ae_graph_macs(t->model->graph);
}

/* --------------------------------------------------------------- obeying */

static int run(struct net *t, long k)
{
    const double start = now();
    double loss = 0;

    for (long i = 0; i < k; i++)
        if (t->train)
            loss = step(t);
        else if (t->roll)
            pass(t);
        else
            batch_pass(t);
    printf("%.6f %.9g\n", now() - start, loss);
    return 0;
}

static int save(const char *path, const float *p, size_t n)
{
    FILE *f = p ? fopen(path, "wb") : NULL;
    int ok = f && fwrite(p, sizeof(*p), n, f) == n;

    if (f)
        ok &= fclose(f) == 0;
    puts(ok ? "ok" : "failed");
    return !ok;
}

static int obey(struct net *t, const char *word, const char *arg)
{
    const size_t n = t->b.item * (size_t)t->b.n;

    if (strcmp(word, "run") == 0)
        return run(t, atol(arg));
    if (strcmp(word, "input") == 0)
        return save(arg, t->b.noisy, n);
    if (strcmp(word, "target") == 0)
        return save(arg, t->b.clean, n);
    if (strcmp(word, "output") == 0)
        return save(arg, t->out, n);
    fprintf(stderr, "netrun: no such word: %s\n", word);
    return 1;
}

int main(int argc, char **argv)
{
    const int train = argc > 1 && strcmp(argv[1], "train") == 0;
    const int known = train || (argc > 1 && strcmp(argv[1], "infer") == 0);
    const int args = train ? 5 : 4; /* before THREADS */
    struct net t = {0};
    struct ae_err e = {0};
    char word[16], arg[1024];

    const int bf16 = argc == args + 2 && strcmp(argv[args + 1], "bf16") == 0;
    if (!known || argc < args || argc > args + 1 + bf16) {
        fputs("usage: netrun infer MODEL [Nx]HxW [THREADS [bf16]] | train "
              "MODEL NxHxW LOSS [THREADS [bf16]]\n",
              stderr);
        return 2;
    }
    const struct ae_ctx_options o = {
        .threads = argc > args ? atoi(argv[args]) : 0,
        .precision = bf16 ? AE_PRECISION_BF16 : AE_PRECISION_F32};
    int r = make(&t, argv[2], argv[3], train ? argv[4] : NULL, &o, &e);
    if (r)
        fprintf(stderr, "netrun: %s\n", e.msg);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    if (!r)
        printf("ready %.0f\n", macs(&t));
    while (!r && scanf("%15s %1023s", word, arg) == 2)
        r = obey(&t, word, arg);
    release(&t);
    return r != 0;
}
