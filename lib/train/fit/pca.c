/* pca.c - principal components of the training items.
 *
 * The covariance is summed batch by batch about the first batch's mean, with
 * products in single precision and sums in double (its eigenvectors by
 * LAPACK), so that memory doesn't grow with the items: 12 d^2 bytes for items
 * of d values.  The work is n d^2 multiplications for n items and 4/3 d^3 for
 * the axes, of which only as many as the code has numbers are found: 20000
 * lines of text of 2048 values take about three seconds of one core. */
#include "train/fit/fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/linalg.h"
#include "nn/graph/graph.h"

enum { BATCH = 1024 };

struct sums {
    size_t d, n;       /* values of an item; items so far */
    float *base;       /* [d] mean of the first batch */
    float *gram;       /* [d][d] of one batch */
    double *sum, *cov; /* [d], [d][d] about base */
};

static void add_batch(struct sums *s, float *x, int n)
{
    const size_t d = s->d;

    for (size_t j = 0; s->n == 0 && j < d; j++) {
        double m = 0;
        for (int i = 0; i < n; i++)
            m += (double)x[(size_t)i * d + j];
        s->base[j] = (float)(m / n);
    }
    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t j = 0; j < d; j++) {
            x[i * d + j] -= s->base[j];
            s->sum[j] += (double)x[i * d + j];
        }
    memset(s->gram, 0, d * d * sizeof(*s->gram));
    ae_gram(x, n, (int)d, s->gram);
    for (size_t j = 0; j < d * d; j++)
        s->cov[j] += (double)s->gram[j];
    s->n += (size_t)n;
}

static int add_items(struct sums *s, const struct ae_sampler *from,
                     size_t items, struct ae_err *e)
{
    struct ae_batch b;
    int rc = ae_batch_init(&b, from, BATCH, e);

    if (rc < 0)
        goto out;
    for (size_t i = 0; i < items; i += BATCH) {
        if ((rc = ae_batch_fill(&b, from, i, e)) < 0)
            goto out;
        add_batch(s, b.clean, items - i < BATCH ? (int)(items - i) : BATCH);
    }
out:
    ae_batch_release(&b);
    return rc;
}

/* Computes mean and axes from the sums. */
static int find_axes(struct sums *s, struct ae_pca *p, struct ae_err *e)
{
    const size_t d = s->d;
    const double n = (double)s->n;

    for (size_t i = 0; i < d; i++) {
        p->mean[i] = (float)((double)s->base[i] + s->sum[i] / n);
        for (size_t j = 0; j < d; j++)
            s->cov[i * d + j] = s->cov[i * d + j] / n -
                                s->sum[i] / n * (s->sum[j] / n);
    }
    const int k = p->k < p->d ? p->k : p->d;
    double *values = ae_alloc((size_t)k, sizeof(*values), e);
    double *axes = ae_alloc((size_t)k, d * sizeof(*axes), e);
    const int rc = values && axes
                       ? ae_eigen_top(s->cov, p->d, k, values, axes, e)
                       : AE_EMEM;
    for (size_t j = 0; rc >= 0 && j < (size_t)k * d; j++)
        p->axis[j] = (float)axes[j];
    free(values);
    free(axes);
    return rc;
}

static int alloc_sums(struct sums *s, struct ae_pca *p, struct ae_err *e)
{
    const size_t d = s->d;

    p->mean = ae_alloc(d, sizeof(float), e);
    p->axis = ae_alloc((size_t)p->k * d, sizeof(float), e);
    s->base = ae_alloc(d, sizeof(float), e);
    s->gram = ae_alloc(d * d, sizeof(float), e);
    s->sum = ae_alloc(d, sizeof(double), e);
    s->cov = ae_alloc(d * d, sizeof(double), e);
    return p->mean && p->axis && s->base && s->gram && s->sum && s->cov
               ? 0
               : AE_EMEM;
}

int ae_pca_fit(struct ae_pca *p, const struct ae_sampler *from, size_t items,
               int k, struct ae_err *e)
{
    const size_t d = (size_t)from->h * (size_t)from->w * (size_t)from->c;
    const struct ae_sampler plain = ae_sampler_plain(from);
    struct sums s = {.d = d};

    *p = (struct ae_pca){.d = (int)d, .k = k};
    if (d > AE_PCA_DIMS)
        return ae_fail(e, AE_ELIMIT,
                       "principal components of items of %zu values; at most "
                       "%d",
                       d, AE_PCA_DIMS);
    AE_TRY(ae_linalg_load(1, e));
    int rc = alloc_sums(&s, p, e);
    if (rc < 0 || (rc = add_items(&s, &plain, items, e)) < 0)
        goto out;
    rc = find_axes(&s, p, e);
out:
    free(s.base);
    free(s.gram);
    free(s.sum);
    free(s.cov);
    if (rc < 0)
        ae_pca_release(p);
    return rc;
}

void ae_pca_release(struct ae_pca *p)
{
    free(p->mean);
    free(p->axis);
    *p = (struct ae_pca){0};
}

/* ---------------------------------------------------------------- weights */

/* The code that says init=pca, or -1. */
static int find_code(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (nd->kind == &ae_layer_code && ae_node_int(nd, "init"))
            return i;
    }
    return -1;
}

int ae_pca_size(const struct ae_graph *g)
{
    const int code = find_code(g);

    return code < 0 ? 0 : g->node[code].shape.c;
}

static int is_linear(const struct ae_node *nd, int in, int out)
{
    return strcmp(nd->kind->name, "dense") == 0 && nd->nparam == 2 &&
           !(nd->flags & AE_SAVE_OUTPUT) && nd->param[0].dims[0] == in &&
           nd->param[0].dims[1] == out;
}

/* The dense layers before and after the code; AE_EARG unless they are linear
 * and lead from and to a whole item. */
static int find_layers(const struct ae_pca *p, const struct ae_graph *g,
                       const struct ae_node **enc, const struct ae_node **dec,
                       struct ae_err *e)
{
    const int code = find_code(g);

    *enc = &g->node[g->node[code].in[0]];
    *dec = NULL;
    for (int i = code + 1; i < g->count && !*dec; i++)
        if (g->node[i].nin == 1 && g->node[i].in[0] == code)
            *dec = &g->node[i];
    if (!*dec || !is_linear(*enc, p->d, p->k) || !is_linear(*dec, p->k, p->d) ||
        !(g->node[(*enc)->in[0]].flags & AE_IS_INPUT))
        return ae_fail(e, AE_EARG,
                       "init=pca: the code must lie between two dense layers "
                       "without activation, from and to a whole item");
    return 0;
}

/* Encodes as axis (x - mean), decodes as its transpose z + mean. */
static int set_weights(const struct ae_pca *p, const struct ae_graph *g,
                       float *weights, struct ae_err *e)
{
    const size_t d = (size_t)p->d, k = (size_t)p->k;
    const struct ae_node *enc, *dec;

    AE_TRY(find_layers(p, g, &enc, &dec, e));
    float *in = weights + enc->param[0].offset;
    float *bias = weights + enc->param[1].offset;
    memcpy(weights + dec->param[0].offset, p->axis, k * d * sizeof(float));
    memcpy(weights + dec->param[1].offset, p->mean, d * sizeof(float));
    for (size_t c = 0; c < k; c++) {
        double z = 0;
        for (size_t j = 0; j < d; j++) {
            in[j * k + c] = p->axis[c * d + j];
            z += (double)p->axis[c * d + j] * (double)p->mean[j];
        }
        bias[c] = (float)-z;
    }
    return 0;
}

int ae_init_pca(const struct ae_sampler *s, const struct ae_graph *g,
                float *weights, struct ae_err *e)
{
    struct ae_pca p;

    if (!ae_pca_size(g))
        return 0;
    AE_TRY(ae_pca_fit(&p, s, s->slots, ae_pca_size(g), e));
    const int rc = set_weights(&p, g, weights, e);
    ae_pca_release(&p);
    return rc;
}
