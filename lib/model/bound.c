/* bound.c - draws from the code, decoded in batches of any size, so that
 * thousands of draws of an item need no more memory than a few.  Sums go in the
 * order of the draws, so that results don't depend on the batch. */
#include "model/bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/threads.h"
#include "nn/layer/gauss.h"

/* Streams of random numbers that must not meet. */
enum { STREAM_CODE = 51, STREAM_BINARY };
enum { RUN = 64 }; /* normals at a time */

static int read_settings(struct ae_bound *b, const struct ae_model *m,
                         struct ae_err *e)
{
    const char *loss = ae_model_setting(m, "loss");

    if (!ae_coder_info(b->coder)->gaussian)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "bounds are of variational models: this one's code is "
                       "no Gaussian");
    AE_TRY(ae_loss_parse(loss ? loss : "l1", &b->loss, e));
    if (!b->loss.kind->nll)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "bounds need a likelihood, and the model was trained by "
                       "'%s': train with `loss` bernoulli, gauss or laplace",
                       b->loss.kind->name);
    b->binarise = ae_binarise_find(ae_model_setting(m, "binarise"));
    return 0;
}

int ae_bound_init(struct ae_bound *b, struct ae_ctx *ctx,
                  const struct ae_model *m, struct ae_coder *coder, int batch,
                  struct ae_err *e)
{
    const struct ae_coder_info *i = ae_coder_info(coder);
    const size_t n = (size_t)batch, code = (size_t)i->code * sizeof(float);

    *b = (struct ae_bound){.ctx = ctx, .coder = coder, .batch = batch};
    AE_TRY(read_settings(b, m, e));
    b->x = ae_alloc(n, i->item * sizeof(float), e);
    b->mu = ae_alloc(n, code, e);
    b->logvar = ae_alloc(n, code, e);
    b->z = ae_alloc(n, code, e);
    b->weight = ae_alloc(n, sizeof(double), e);
    b->nll = ae_alloc(n, sizeof(double), e);
    b->class = ae_alloc(n, sizeof(int), e);
    return b->x && b->mu && b->logvar && b->z && b->weight && b->nll && b->class
               ? 0
               : AE_EMEM;
}

void ae_bound_release(struct ae_bound *b)
{
    ae_loss_release(&b->loss);
    free(b->x);
    free(b->mu);
    free(b->logvar);
    free(b->z);
    free(b->weight);
    free(b->nll);
    free(b->class);
    *b = (struct ae_bound){0};
}

/* ----------------------------------------------------------------- draws */

/* A draw z from a code's Gaussian; returns log q(z|x) - log p(z). */
static double draw_code(const float *mu, const float *logvar, int d,
                        uint64_t seed, uint64_t stream, float *z)
{
    float eps[RUN];
    double ratio = 0;

    for (int i = 0; i < d; i++) {
        if (i % RUN == 0)
            ae_rng_normals(seed, stream, (uint64_t)i, eps,
                           (size_t)ae_min(RUN, d - i));
        z[i] = ae_gauss_draw(mu[i], logvar[i], eps[i % RUN]);
        ratio += ae_gauss_log_ratio(z[i], logvar[i], eps[i % RUN]);
    }
    return ratio;
}

/* Draws from..from+each-1 of each of the items from `item` on. */
struct chunk {
    const struct ae_bound *b;
    const struct ae_coder_items *all;
    int item, from, each;
};

/* Draw `task` of the chunk: its code, its class and the part of its log
 * weight that doesn't depend on the item's values. */
static void make_draw(void *arg, int task, int thread)
{
    const struct chunk *c = arg;
    const struct ae_bound *b = c->b;
    const int item = c->item + task / c->each;
    const int k = c->from + task % c->each;
    const size_t d = (size_t)ae_coder_info(b->coder)->code;
    const uint64_t stream = ae_mix(
        ae_mix(STREAM_CODE, c->all->first + (uint64_t)item), (uint64_t)k);

    (void)thread;
    if (c->all->class)
        b->class[task] = c->all->class[item];
    b->weight[task] = -draw_code(b->mu + (size_t)item * d,
                                 b->logvar + (size_t)item * d, (int)d, b->seed,
                                 stream, b->z + (size_t)task * d);
}

/* ------------------------------------------------------------------ sums */

/* Of one item's log weights so far: their sum, and the sum of exp(w - most),
 * which can't overflow. */
struct sums {
    double log, most, exp;
};

static void add_weight(struct sums *s, double w)
{
    s->log += w;
    if (w > s->most) {
        s->exp = s->exp * exp(s->most - w) + 1;
        s->most = w;
    } else {
        s->exp += exp(w - s->most);
    }
}

static int run_chunk(struct chunk *c, int items, struct sums *sum,
                     struct ae_err *e)
{
    const struct ae_bound *b = c->b;
    const size_t at = (size_t)c->item * ae_coder_info(b->coder)->item;
    const struct ae_coder_codes codes = {
        .z = b->z,
        .class = c->all->class ? b->class : NULL,
        .n = items * c->each,
        .each = c->each,
        .x = b->x + at};

    ae_par_for(b->ctx->pool, codes.n, make_draw, c);
    AE_TRY(ae_coder_nll(b->coder, &b->loss, &codes, b->nll, e));
    for (int k = 0; k < codes.n; k++)
        add_weight(&sum[k / c->each], b->weight[k] - b->nll[k]);
    return 0;
}

/* All draws of the `items` items from c->item on: side by side where they fit
 * a batch, else those of one item in several batches. */
static int run_items(struct chunk *c, int items, struct sums *sum,
                     struct ae_err *e)
{
    for (int i = 0; i < items; i++)
        sum[i] = (struct sums){0, -INFINITY, 0};
    for (c->from = 0; c->from < c->b->draws; c->from += c->each) {
        c->each = ae_min(c->b->batch, c->b->draws - c->from);
        AE_TRY(run_chunk(c, items, sum, e));
    }
    return 0;
}

static int check_range(const struct ae_bound *b, const float *x, size_t n,
                       struct ae_err *e)
{
    for (size_t i = 0; b->loss.kind->unit_range && i < n; i++)
        if (!(x[i] >= 0 && x[i] <= 1))
            return ae_fail(e, AE_EARG,
                           "a value of %g, but the likelihood '%s' is of data "
                           "within 0..1: train with `loss` gauss or laplace",
                           (double)x[i], b->loss.kind->name);
    return 0;
}

/* The items as the net sees them in b->x, their codes in b->mu, b->logvar. */
static int encode_items(struct ae_bound *b, const struct ae_coder_items *items,
                        struct ae_err *e)
{
    const size_t item = ae_coder_info(b->coder)->item;
    const size_t all = (size_t)items->n * item;
    const uint64_t seed = ae_mix(b->seed, STREAM_BINARY);

    AE_TRY(check_range(b, items->x, all, e));
    memcpy(b->x, items->x, all * sizeof(*b->x));
    for (int i = 0; i < items->n; i++)
        ae_binarise(b->binarise, seed, items->first + (uint64_t)i,
                    b->x + (size_t)i * item, item);
    return ae_coder_encode(b->coder, b->x, items->class, items->n, b->mu,
                           b->logvar, e);
}

int ae_bound_run(struct ae_bound *b, const struct ae_coder_items *items,
                 double *elbo, double *iw, struct ae_err *e)
{
    const int step = ae_max(1, b->batch / b->draws);
    struct chunk c = {.b = b, .all = items};
    struct sums sum[AE_BOUND_BATCH];

    assert(items->n <= b->batch && b->batch <= AE_BOUND_BATCH && b->draws > 0);
    AE_TRY(encode_items(b, items, e));
    for (int k; c.item < items->n; c.item += k) {
        k = ae_min(step, items->n - c.item);
        AE_TRY(run_items(&c, k, sum, e));
        for (int i = 0; i < k; i++) {
            if (elbo)
                elbo[c.item + i] = sum[i].log / b->draws;
            if (iw)
                iw[c.item + i] = sum[i].most + log(sum[i].exp / b->draws);
        }
    }
    return 0;
}
