/* compare.c - what a model does to held-out items, beside what is to be had
 * without one: the items as they came, their mean, principal components. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/linalg.h"
#include "kernel/ctx.h"
#include "train/fit/fit.h"

enum { BATCH = 64 };

struct comparing {
    struct ae_comparison *c; /* errors so far are sums over items */
    struct ae_anomaly *a;
    struct ae_pca p; /* without axes: k = 0 */
    struct ae_batch b;
    float *z; /* [2][BATCH][k] */
};

/* ------------------------------------------------------- what PCA learns */

static int has_pca(const struct ae_comparison *c)
{
    return c->code < c->values && c->budget > 0;
}

/* How many of the items a sketch can take: as many as the budget allows, but 0
 * where they would be too few to find so many directions in, or where its
 * vectors would fill memory. */
static size_t count_sketched(const struct ae_comparison *c, uint64_t memory,
                             size_t items)
{
    const struct ae_pca_cost cost = ae_pca_sketch_cost(c->values, (int)c->code);
    const double most = floor(c->budget / cost.work);

    if (cost.bytes > (double)memory / 2)
        return 0;
    if (most >= (double)items)
        return items;
    return most < 4 * (double)c->code ? 0 : (size_t)most;
}

static int fit_pca(struct comparing *q, const struct ae_sampler *train,
                   size_t items, struct ae_err *e)
{
    const struct ae_comparison *c = q->c;
    const int k = (int)c->code;

    if (c->values <= AE_PCA_COMPARED)
        return ae_pca_fit(&q->p, train, items, k, e);
    items = count_sketched(c, train->ctx->memory, items);
    if (!items) {
        ae_log(train->ctx, AE_LOG_INFO,
               "no PCA beside it: %zu values to %d would take too long",
               c->values, k);
        return 0;
    }
    return ae_pca_sketch(&q->p, train, items, k, e);
}

/* ---------------------------------------------------------------- errors */

/* |a - b|^2; b NULL: |a|^2 */
static double squared(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = (double)a[i] - (b ? (double)b[i] : 0);
        sum += d * d;
    }
    return sum;
}

static void centre(float *x, const float *mean, size_t d, int n)
{
    for (int i = 0; i < n; i++, x += d)
        for (size_t j = 0; j < d; j++)
            x[j] -= mean[j];
}

/* Adds the errors of mean and linear code: where v and u are the codes of an
 * item and of what is restored, |item|^2 - |v|^2 + |u - v|^2 about the mean.
 * The batch is used up. */
static void add_linear(struct comparing *q, int n)
{
    const size_t d = q->c->values, k = (size_t)q->p.k;
    float *v = q->z, *u = q->z + BATCH * k, *x = q->b.clean;

    centre(q->b.clean, q->p.mean, d, n);
    centre(q->b.noisy, q->p.mean, d, n);
    ae_gemm_nt(q->b.clean, q->p.axis, v, n, q->p.k, q->p.d);
    ae_gemm_nt(q->b.noisy, q->p.axis, u, n, q->p.k, q->p.d);
    for (int i = 0; i < n; i++, x += d, v += k, u += k) {
        const double all = squared(x, NULL, d);
        q->c->mean += all / (double)d;
        q->c->pca += fmax(all - squared(v, NULL, k) + squared(u, v, k), 0) /
                     (double)d;
    }
}

static int add_batch(struct comparing *q, const struct ae_sampler *s, size_t i,
                     int n, struct ae_err *e)
{
    const struct ae_coder_items items = {q->b.noisy, q->b.class, n, i};
    const size_t d = q->c->values, all = (size_t)n * d;
    double ignored[BATCH];

    AE_TRY(ae_batch_fill(&q->b, s, i, e));
    AE_TRY(ae_anomaly_run(q->a, AE_ANOMALY_RECONSTRUCTION, &items, ignored, e));
    q->c->model += squared(q->a->y, q->b.clean, all) / (double)d;
    q->c->input += squared(q->b.noisy, q->b.clean, all) / (double)d;
    q->c->items += (size_t)n;
    if (q->p.k)
        add_linear(q, n);
    return 0;
}

static int add_items(struct comparing *q, const struct ae_sampler *s,
                     size_t most, struct ae_err *e)
{
    const size_t items = s->slots < most ? s->slots : most;

    for (size_t i = 0; i < items; i += BATCH)
        AE_TRY(add_batch(q, s, i, items - i < BATCH ? (int)(items - i) : BATCH,
                         e));
    q->c->model /= (double)q->c->items;
    q->c->input /= (double)q->c->items;
    q->c->mean = q->p.k ? q->c->mean / (double)q->c->items : NAN;
    q->c->pca = q->p.k ? q->c->pca / (double)q->c->items : NAN;
    return 0;
}

/* ----------------------------------------------------------------- whole */

int ae_compare_with_pca(struct ae_comparison *c, struct ae_anomaly *a,
                        const struct ae_sampler *train, size_t learned,
                        const struct ae_sampler *held_out, size_t most,
                        struct ae_err *e)
{
    const struct ae_coder_info *i = ae_coder_info(a->coder);
    struct ae_sampler s = *held_out;
    struct comparing q = {.c = c, .a = a};

    *c = (struct ae_comparison){
        .budget = c->budget, .code = (size_t)i->code, .values = i->item};
    s.binarise = AE_BINARISE_NONE;
    int rc = has_pca(c) ? fit_pca(&q, train, learned, e) : 0;
    if (rc < 0 || (rc = ae_batch_init(&q.b, &s, BATCH, e)) < 0)
        goto out;
    q.z = ae_alloc(2 * BATCH, c->code * sizeof(*q.z), e);
    rc = q.z ? add_items(&q, &s, most, e) : AE_EMEM;
out:
    ae_pca_release(&q.p);
    ae_batch_release(&q.b);
    free(q.z);
    return rc;
}
