/* pca.c - see pca.h.
 *
 * The covariance is summed batch by batch about the first batch's mean, in
 * single precision products and a double block (its eigenvectors by LAPACK),
 * so that memory doesn't grow with the items: 12 d^2 bytes for items of d
 * values.  Work is n d^2 multiplications for n items and 4/3 d^3 for the axes,
 * of which only as many as the code has numbers are found: 20000 lines of text
 * of 2048 values take about three seconds of one core. */
#include "train/fit/pca.h"

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

static int collect(struct sums *s, const struct ae_sampler *from, size_t items,
                   struct ae_err *e)
{
    struct ae_batch b;
    int r = ae_batch_init(&b, from, BATCH, e);

    for (size_t i = 0; r >= 0 && i < items; i += BATCH) {
        r = ae_batch_fill(&b, from, i, e);
        if (r >= 0)
            add_batch(s, b.clean, items - i < BATCH ? (int)(items - i) : BATCH);
    }
    ae_batch_release(&b);
    return r;
}

/* From sums to mean and axes. */
static int solve(struct sums *s, struct ae_pca *p, struct ae_err *e)
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
    const int r = values && axes
                      ? ae_eigen_top(s->cov, p->d, k, values, axes, e)
                      : AE_EMEM;
    for (size_t j = 0; r >= 0 && j < (size_t)k * d; j++)
        p->axis[j] = (float)axes[j];
    free(values);
    free(axes);
    return r;
}

int ae_pca_fit(struct ae_pca *p, const struct ae_sampler *from, size_t items,
               int k, struct ae_err *e)
{
    const size_t d = (size_t)from->h * (size_t)from->w * (size_t)from->c;
    struct ae_sampler plain = *from;
    struct sums s = {.d = d};

    *p = (struct ae_pca){.d = (int)d, .k = k};
    if (d > AE_PCA_DIMS)
        return ae_fail(e, AE_ELIMIT,
                       "principal components of items of %zu values; at most "
                       "%d",
                       d, AE_PCA_DIMS);
    plain.noise = NULL;
    plain.augment = AE_AUGMENT_NONE;
    p->mean = ae_alloc(d, sizeof(float), e);
    p->axis = ae_alloc((size_t)k * d, sizeof(float), e);
    s.base = ae_alloc(d, sizeof(float), e);
    s.gram = ae_alloc(d * d, sizeof(float), e);
    s.sum = ae_alloc(d, sizeof(double), e);
    s.cov = ae_alloc(d * d, sizeof(double), e);
    int r = p->mean && p->axis && s.base && s.gram && s.sum && s.cov ? 0
                                                                     : AE_EMEM;
    if (r >= 0)
        r = collect(&s, &plain, items, e);
    if (r >= 0)
        r = solve(&s, p, e);
    free(s.base);
    free(s.gram);
    free(s.sum);
    free(s.cov);
    if (r < 0)
        ae_pca_release(p);
    return r;
}

void ae_pca_release(struct ae_pca *p)
{
    free(p->mean);
    free(p->axis);
    *p = (struct ae_pca){0};
}

/* |x - mean|^2 less the squares of its code. */
double ae_pca_error(const struct ae_pca *p, const float *x, int n)
{
    const size_t d = (size_t)p->d;
    double sum = 0;

    for (int i = 0; i < n; i++, x += d) {
        for (size_t j = 0; j < d; j++) {
            const double u = (double)x[j] - (double)p->mean[j];
            sum += u * u;
        }
        for (size_t k = 0; k < (size_t)p->k; k++) {
            double z = 0;
            for (size_t j = 0; j < d; j++)
                z += ((double)x[j] - (double)p->mean[j]) *
                     (double)p->axis[k * d + j];
            sum -= z * z;
        }
    }
    return fmax(sum, 0) / ((double)n * (double)d);
}

/* ---------------------------------------------------------------- weights */

/* The code that asks for it, or -1. */
static int find_code(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (nd->kind == &ae_layer_code && ae_node_int(nd, "init"))
            return i;
    }
    return -1;
}

int ae_pca_asked(const struct ae_graph *g)
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

int ae_pca_install(const struct ae_pca *p, const struct ae_graph *g,
                   float *weights, struct ae_err *e)
{
    const int code = find_code(g);
    const struct ae_node *enc = &g->node[g->node[code].in[0]], *dec = NULL;
    const size_t d = (size_t)p->d, k = (size_t)p->k;

    for (int i = code + 1; i < g->count && !dec; i++)
        if (g->node[i].nin == 1 && g->node[i].in[0] == code)
            dec = &g->node[i];
    if (!dec || !is_linear(enc, p->d, p->k) || !is_linear(dec, p->k, p->d) ||
        !(g->node[enc->in[0]].flags & AE_IS_INPUT))
        return ae_fail(e, AE_EARG,
                       "init=pca: the code must lie between two dense layers "
                       "without activation, from and to a whole item");
    float *in = weights + enc->param[0].offset;
    float *shift = weights + enc->param[1].offset;
    memcpy(weights + dec->param[0].offset, p->axis, k * d * sizeof(float));
    memcpy(weights + dec->param[1].offset, p->mean, d * sizeof(float));
    for (size_t c = 0; c < k; c++) {
        double z = 0;
        for (size_t j = 0; j < d; j++) {
            in[j * k + c] = p->axis[c * d + j];
            z += (double)p->axis[c * d + j] * (double)p->mean[j];
        }
        shift[c] = (float)-z;
    }
    return 0;
}
