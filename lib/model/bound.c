/* bound.c - draws from the code, decoded in batches of any size: an item's
 * thousands of draws stream through as few buffers as one.  What is summed is
 * summed in the draws' own order, so that batches leave no trace. */
#include "model/bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/threads.h"

/* Streams of random numbers that must not meet. */
enum { STREAM_CODE = 51, STREAM_BINARY };
enum { RUN = 64 }; /* normals at a time */

static int take_settings(struct ae_bound *b, const struct ae_model *m,
                         struct ae_err *e)
{
    const char *loss = ae_model_setting(m, "loss");

    if (!ae_coder_info(b->coder)->gaussian)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "bounds are of variational models: this one's code is "
                       "no Gaussian");
    int rc = ae_loss_parse(loss ? loss : "l1", &b->loss, e);
    if (rc < 0)
        return rc;
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
    const size_t item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    const size_t n = (size_t)batch, code = (size_t)i->code * sizeof(float);

    *b = (struct ae_bound){.ctx = ctx, .coder = coder, .batch = batch};
    int rc = take_settings(b, m, e);
    if (rc < 0)
        return rc;
    b->x = ae_alloc(n, item * sizeof(float), e);
    b->mu = ae_alloc(n, code, e);
    b->logvar = ae_alloc(n, code, e);
    b->z = ae_alloc(n, code, e);
    b->weight = ae_alloc(n, sizeof(double), e);
    b->nats = ae_alloc(n, sizeof(double), e);
    b->label = ae_alloc(n, sizeof(int), e);
    return b->x && b->mu && b->logvar && b->z && b->weight && b->nats &&
                   b->label
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
    free(b->nats);
    free(b->label);
    *b = (struct ae_bound){0};
}

/* ----------------------------------------------------------------- draws */

/* z = mu + sd eps; returns log q(z|x) - log p(z), whose constants cancel. */
static double draw(const float *mu, const float *logvar, int d, uint64_t seed,
                   uint64_t stream, float *z)
{
    float eps[RUN];
    double ratio = 0;

    for (int i = 0; i < d; i++) {
        if (i % RUN == 0)
            ae_rng_normals(seed, stream, (uint64_t)i, eps,
                           (size_t)ae_min(RUN, d - i));
        const float n = eps[i % RUN];
        z[i] = mu[i] + expf(0.5f * logvar[i]) * n;
        ratio += 0.5 *
                 ((double)z[i] * z[i] - (double)n * n - (double)logvar[i]);
    }
    return ratio;
}

/* Draws `from`... of each of some items, `each` of every one of them. */
struct chunk {
    const struct ae_bound *b;
    int item, from, each;
    const int *label; /* of all items, or NULL */
    uint64_t first, seed;
};

static void one_draw(void *arg, int task, int thread)
{
    const struct chunk *c = arg;
    const struct ae_bound *b = c->b;
    const int item = c->item + task / c->each;
    const int k = c->from + task % c->each;
    const size_t d = (size_t)ae_coder_info(b->coder)->code;
    const uint64_t stream = ae_mix(
        ae_mix(STREAM_CODE, c->first + (uint64_t)item), (uint64_t)k);

    (void)thread;
    if (c->label)
        b->label[task] = c->label[item];
    b->weight[task] = -draw(b->mu + (size_t)item * d,
                            b->logvar + (size_t)item * d, (int)d, c->seed,
                            stream, b->z + (size_t)task * d);
}

/* ------------------------------------------------------------------ sums */

/* Of one item's log weights so far: their sum, and the sum of exp(w - most). */
struct sums {
    double log, most, exp;
};

static void add(struct sums *s, double w)
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
    const struct ae_coder_info *i = ae_coder_info(b->coder);
    const size_t item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    const int n = items * c->each;

    ae_par_for(b->ctx->pool, n, one_draw, c);
    int rc = ae_coder_nll(b->coder, &b->loss, b->z, c->label ? b->label : NULL,
                          n, b->x + (size_t)c->item * item, c->each, b->nats,
                          e);
    for (int k = 0; !rc && k < n; k++)
        add(&sum[k / c->each], b->weight[k] - b->nats[k]);
    return rc;
}

/* Whole items side by side where all their draws fit, else one by one. */
static int run_items(const struct chunk *whole, int items, int draws,
                     struct sums *sum, struct ae_err *e)
{
    struct chunk c = *whole;
    int rc = 0;

    for (int i = 0; i < items; i++)
        sum[i] = (struct sums){0, -INFINITY, 0};
    for (c.from = 0; !rc && c.from < draws; c.from += c.each) {
        c.each = ae_min(c.b->batch, draws - c.from);
        rc = run_chunk(&c, items, sum, e);
    }
    return rc;
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

int ae_bound_run(struct ae_bound *b, const float *x, const int *label, int n,
                 uint64_t first, uint64_t seed, int draws, double *elbo,
                 double *iw, struct ae_err *e)
{
    const struct ae_coder_info *info = ae_coder_info(b->coder);
    const size_t item = (size_t)info->h * (size_t)info->w * (size_t)info->c;
    const int step = ae_max(1, b->batch / draws);
    struct chunk c = {.b = b, .label = label, .first = first, .seed = seed};
    struct sums sum[AE_BOUND_BATCH];

    assert(n <= b->batch && b->batch <= AE_BOUND_BATCH && draws > 0);
    int rc = check_range(b, x, (size_t)n * item, e);
    memcpy(b->x, x, (size_t)n * item * sizeof(*x));
    for (int i = 0; i < n; i++)
        ae_binarise(b->binarise, ae_mix(seed, STREAM_BINARY),
                    first + (uint64_t)i, b->x + (size_t)i * item, item);
    if (!rc)
        rc = ae_coder_encode(b->coder, b->x, label, n, b->mu, b->logvar, e);
    for (int k; !rc && c.item < n; c.item += k) {
        k = ae_min(step, n - c.item);
        rc = run_items(&c, k, draws, sum, e);
        for (int i = 0; !rc && i < k; i++) {
            if (elbo)
                elbo[c.item + i] = sum[i].log / draws;
            if (iw)
                iw[c.item + i] = sum[i].most + log(sum[i].exp / draws);
        }
    }
    return rc;
}
