/* classifier.c - trains a classifier of pictures:
 * `classifier SPEC EPOCHS IMAGES LABELS TEST LABELS MODEL`.
 *
 * SPEC's first output are chances of classes; LABELS are text, a whole number
 * a line.  Writes MODEL and prints the share of TEST that it has right.  Adam
 * at 1e-3, half a cosine down to zero, batches of 64 drawn without
 * replacement: a function of the data alone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "model/model.h"
#include "model/spec.h"
#include "nn/graph/exec.h"
#include "nn/loss/loss.h"
#include "train/loop/optim.h"

enum { BATCH = 64, ADAM = 1, SEED = 0 };
#define RATE 1e-3

struct set {
    struct ae_dataset items;
    int *label;
};

static int read_set(struct ae_ctx *ctx, char **arg, struct set *s,
                    struct ae_err *e)
{
    const struct ae_source_options so = {.min_side = 1, .strict = 1};
    struct ae_preprocessing prep = {0};
    FILE *f = fopen(arg[1], "r");

    int r = f ? ae_dataset_read(ctx, arg[0], &so, &prep, &s->items, e)
              : ae_fail(e, AE_EIO, "%s can't be opened", arg[1]);
    if (r >= 0 && !(s->label = ae_alloc(s->items.count + 1, sizeof(int), e)))
        r = AE_EMEM;
    for (size_t i = 0; r >= 0 && i < s->items.count; i++)
        if (fscanf(f, "%d", &s->label[i]) != 1 || s->label[i] < 0)
            r = ae_fail(e, AE_EFORMAT, "%s:%zu: no label", arg[1], i + 1);
        else if (s->items.item[i].bytes != 1)
            r = ae_fail(e, AE_EARG, "%s isn't of 8 bits", arg[0]);
    if (f)
        fclose(f);
    ae_preprocessing_release(&prep);
    return r;
}

static void release_set(struct set *s)
{
    ae_dataset_release(&s->items);
    free(s->label);
}

static void feed(const struct ae_view *x, int i, const struct ae_item *it)
{
    const uint8_t *px = it->px;

    for (int y = 0; y < x->h; y++)
        for (int k = 0; k < x->w; k++)
            ae_row(x, i, y)[k * x->pix] = (float)px[y * x->w + k] / 255;
}

/* Draws without replacement: Fisher and Yates anew for each epoch. */
static void shuffle(uint32_t *order, uint32_t n, uint64_t epoch)
{
    struct ae_rng rng;

    ae_rng_init(&rng, SEED, epoch);
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i > 1; i--) {
        const uint32_t k = ae_rng_below(&rng, i), t = order[k];
        order[k] = order[i - 1];
        order[i - 1] = t;
    }
}

static int one_step(const struct ae_ctx *ctx, struct ae_exec *x,
                    const struct ae_loss *loss, const struct set *s,
                    const uint32_t *which)
{
    float hot[BATCH * 64] = {0};
    const struct ae_view in = ae_exec_input(x, "x");
    const struct ae_view p = ae_exec_output(x, NULL);
    const struct ae_view dp = ae_exec_doutput(x, NULL);
    const struct ae_view f = ae_exec_doutput(x, "code");
    const struct ae_view want = {hot, BATCH, 1, 1, p.c, p.c, p.c, p.c, 1};

    for (int i = 0; i < BATCH; i++) {
        const int label = s->label[which[i]];
        if (label >= p.c)
            return -1;
        feed(&in, i, &s->items.item[which[i]]);
        hot[i * p.c + label] = 1;
        if (f.data)
            memset(ae_row(&f, i, 0), 0, (size_t)f.c * sizeof(float));
    }
    ae_exec_pack(x);
    ae_exec_forward(x, SEED, 0);
    ae_loss_eval(loss, ctx, &p, &want, 1, &dp);
    ae_exec_backward(x);
    return 0;
}

static int learn(const struct ae_ctx *ctx, struct ae_model *m,
                 const struct set *s, int epochs, struct ae_err *e)
{
    const uint32_t n = (uint32_t)s->items.count, per = n / BATCH;
    const double steps = (double)epochs * per;
    uint32_t *order = ae_alloc(n, sizeof(*order), e);
    struct ae_optim optim = {0};
    struct ae_loss loss = {0};
    struct ae_exec *x = NULL;
    uint64_t t = 0;

    int r = !order ? AE_EMEM : ae_optim_init(&optim, ctx, m->graph, ADAM, 0, e);
    if (r >= 0)
        r = ae_loss_parse("ce", &loss, e);
    if (r >= 0)
        r = ae_exec_new(ctx, m->graph, m->weights, BATCH, 0, 0, 1, &x, e);
    if (r >= 0 && ae_exec_output(x, NULL).c > 64)
        r = ae_fail(e, AE_ELIMIT, "more than 64 classes");
    for (int epoch = 0; r >= 0 && epoch < epochs; epoch++) {
        shuffle(order, n, (uint64_t)epoch);
        for (uint32_t i = 0; r >= 0 && i < per; i++, t++) {
            const double rate = RATE * 0.5 *
                                (1 + cos(3.14159265358979 * (double)t / steps));
            if (one_step(ctx, x, &loss, s, order + i * BATCH))
                r = ae_fail(e, AE_EARG, "a label is beyond the classes");
            else
                ae_optim_step(&optim, t + 1, rate, 1, m->weights,
                              ae_exec_wgrad(x));
        }
    }
    ae_exec_free(x);
    ae_loss_release(&loss);
    ae_optim_release(&optim);
    free(order);
    return r;
}

static int measure(const struct ae_ctx *ctx, struct ae_model *m,
                   const struct set *s, struct ae_err *e)
{
    struct ae_exec *x = NULL;
    size_t right = 0;

    int r = ae_exec_new(ctx, m->graph, m->weights, 1, 0, 0, 0, &x, e);
    if (r < 0)
        return r;
    ae_exec_pack(x);
    const struct ae_view in = ae_exec_input(x, "x");
    const struct ae_view out = ae_exec_output(x, NULL);
    for (size_t i = 0; i < s->items.count; i++) {
        const float *p = ae_row(&out, 0, 0);
        int best = 0;
        feed(&in, 0, &s->items.item[i]);
        ae_exec_forward(x, 0, 0);
        for (int c = 1; c < out.c; c++)
            best = p[c] > p[best] ? c : best;
        right += best == s->label[i];
    }
    ae_exec_free(x);
    printf("%.4f\n", (double)right / (double)s->items.count);
    return 0;
}

static int build(struct ae_ctx *ctx, const char *spec, struct ae_model **m,
                 struct ae_err *e)
{
    char *text = NULL, *vars = NULL;
    struct ae_graph *g = NULL;

    int r = ae_spec_find(spec, &text, &vars, e);
    if (r >= 0)
        r = ae_spec_parse(text, strlen(text), vars, NULL, &g, e);
    if (r >= 0)
        r = ae_model_new(ctx, g, m, e);
    if (r >= 0)
        ae_graph_init((*m)->graph, (*m)->weights, SEED);
    free(text);
    free(vars);
    return r;
}

static int save(struct ae_ctx *ctx, const struct ae_model *m, const char *path,
                struct ae_err *e)
{
    struct ae_io *io = NULL;

    int r = ae_io_create(path, &io, e);
    if (r >= 0)
        r = ae_model_write(ctx, m, 32, NULL, 0, io, e);
    if (r >= 0)
        r = ae_io_commit(io, e);
    ae_io_close(io);
    return r;
}

int main(int argc, char **argv)
{
    const struct ae_ctx_options o = {.memory = (uint64_t)4 << 30};
    struct set train = {.label = NULL}, test = {.label = NULL};
    struct ae_ctx *ctx = NULL;
    struct ae_model *m = NULL;
    struct ae_err e = {0};

    if (argc != 8 || atoi(argv[2]) < 1) {
        fprintf(stderr, "usage: classifier SPEC EPOCHS IMAGES LABELS TEST "
                        "LABELS MODEL\n");
        return 2;
    }
    int r = ae_ctx_new(&o, &ctx, &e);
    if (r >= 0)
        r = build(ctx, argv[1], &m, &e);
    if (r >= 0)
        r = read_set(ctx, argv + 3, &train, &e);
    if (r >= 0)
        r = read_set(ctx, argv + 5, &test, &e);
    if (r >= 0)
        r = learn(ctx, m, &train, atoi(argv[2]), &e);
    if (r >= 0)
        r = save(ctx, m, argv[7], &e);
    if (r >= 0)
        r = measure(ctx, m, &test, &e);
    if (r < 0)
        fprintf(stderr, "classifier: %s\n", e.msg);
    release_set(&train);
    release_set(&test);
    ae_model_free(m);
    ae_ctx_free(ctx);
    return r < 0;
}
