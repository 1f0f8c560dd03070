/* pca_sketch.c - principal components of items with many values.
 *
 * Subspace iteration from a random start (Halko, Martinsson, Tropp 2011,
 * algorithm 4.4): a few more vectors than are wanted are multiplied by the
 * covariance and made orthonormal, POWERS times; the axes are the principal
 * ones within the space that they span.  The covariance itself, which has the
 * square of an item's values, is never formed: each multiplication is a walk
 * through the items, a batch at a time. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/linalg.h"
#include "base/rng.h"
#include "train/fit/fit.h"

enum {
    SPARE = 10, /* vectors beyond those that are wanted */
    POWERS = 2,
    BATCH = 1024,           /* items, ... */
    BATCH_VALUES = 1 << 22, /* ... unless they have more values than this */
    SEED = 23
};

struct sketch {
    size_t d, l;  /* values of an item; vectors */
    float *mean;  /* [d] borrowed */
    double *sum;  /* [d] */
    float *basis; /* [l][d] orthonormal, or zero where the items have no more
                     directions */
    float *image; /* [l][d] the covariance times basis, times the items */
    float *y;     /* [batch][l] of centred items by basis */
    float *gram;  /* [l][l] of y */
};

/* What is done with n items of a batch. */
typedef void batch_fn(struct sketch *s, float *x, int n);

static void add_sum(struct sketch *s, float *x, int n)
{
    for (int i = 0; i < n; i++, x += s->d)
        for (size_t j = 0; j < s->d; j++)
            s->sum[j] += (double)x[j];
}

static void project(struct sketch *s, float *x, int n)
{
    for (int i = 0; i < n; i++)
        for (size_t j = 0; j < s->d; j++)
            x[(size_t)i * s->d + j] -= s->mean[j];
    ae_gemm_nt(x, s->basis, s->y, n, (int)s->l, (int)s->d);
}

static void add_image(struct sketch *s, float *x, int n)
{
    project(s, x, n);
    ae_gemm_tn(s->y, x, s->image, (int)s->l, (int)s->d, n);
}

static void add_gram(struct sketch *s, float *x, int n)
{
    project(s, x, n);
    ae_gram(s->y, n, (int)s->l, s->gram);
}

static int each_batch(struct sketch *s, struct ae_batch *b,
                      const struct ae_sampler *from, size_t items, batch_fn *fn,
                      struct ae_err *e)
{
    const size_t step = (size_t)b->n;

    for (size_t i = 0; i < items; i += step) {
        AE_TRY(ae_batch_fill(b, from, i, e));
        fn(s, b->clean, items - i < step ? (int)(items - i) : b->n);
    }
    return 0;
}

static double length(const float *v, size_t d)
{
    double sum = 0;

    for (size_t j = 0; j < d; j++)
        sum += (double)v[j] * (double)v[j];
    return sqrt(sum);
}

/* Gram-Schmidt, twice over for the rounding; a row that lies within those
 * before it becomes zero.  basis = the orthonormal rows of image. */
static void make_orthonormal(struct sketch *s, float *part)
{
    for (size_t i = 0; i < s->l; i++) {
        float *v = s->image + i * s->d;
        const double before = length(v, s->d);
        for (int twice = 0; i > 0 && twice < 2; twice++) {
            ae_gemm_nt(v, s->image, part, 1, (int)i, (int)s->d);
            for (size_t k = 0; k < i; k++)
                part[k] = -part[k];
            ae_gemm_tn(part, s->image, v, 1, (int)s->d, (int)i);
        }
        const double after = length(v, s->d);
        const double scale = after > 1e-5 * before ? 1 / after : 0;
        for (size_t j = 0; j < s->d; j++)
            v[j] = (float)(scale * (double)v[j]);
    }
    memcpy(s->basis, s->image, s->l * s->d * sizeof(*s->basis));
}

/* The k widest axes within the basis, from the gram of the projections. */
static int find_axes(const struct sketch *s, struct ae_pca *p, struct ae_err *e)
{
    const size_t l = s->l, k = (size_t)p->k;
    double *a = ae_alloc(l, l * sizeof(*a), e);
    double *values = ae_alloc(k, sizeof(*values), e);
    double *turned = ae_alloc(k, l * sizeof(*turned), e);
    float *turn = ae_alloc(k, l * sizeof(*turn), e);
    int rc = a && values && turned && turn ? 0 : AE_EMEM;

    for (size_t i = 0; !rc && i < l * l; i++)
        a[i] = (double)s->gram[i];
    if (!rc)
        rc = ae_eigen_top(a, (int)l, p->k, values, turned, e);
    for (size_t i = 0; !rc && i < k * l; i++)
        turn[i] = (float)turned[i];
    if (!rc)
        ae_gemm(turn, s->basis, p->axis, p->k, p->d, (int)l);
    free(a);
    free(values);
    free(turned);
    free(turn);
    return rc;
}

static int alloc_sketch(struct sketch *s, struct ae_pca *p, int batch,
                        struct ae_err *e)
{
    s->mean = p->mean = ae_alloc(s->d, sizeof(float), e);
    p->axis = ae_alloc((size_t)p->k, s->d * sizeof(float), e);
    s->sum = ae_alloc(s->d, sizeof(*s->sum), e);
    s->basis = ae_alloc(s->l, s->d * sizeof(float), e);
    s->image = ae_alloc(s->l, s->d * sizeof(float), e);
    s->y = ae_alloc((size_t)batch, s->l * sizeof(float), e);
    s->gram = ae_alloc(s->l, s->l * sizeof(float), e);
    return p->mean && p->axis && s->sum && s->basis && s->image && s->y &&
                   s->gram
               ? 0
               : AE_EMEM;
}

static int run_passes(struct sketch *s, struct ae_batch *b,
                      const struct ae_sampler *from, size_t items,
                      struct ae_err *e)
{
    AE_TRY(each_batch(s, b, from, items, add_sum, e));
    for (size_t j = 0; j < s->d; j++)
        s->mean[j] = (float)(s->sum[j] / (double)items);
    ae_rng_normals(from->seed, SEED, 0, s->image, s->l * s->d);
    make_orthonormal(s, s->gram);
    for (int i = 0; i < POWERS; i++) {
        memset(s->image, 0, s->l * s->d * sizeof(*s->image));
        AE_TRY(each_batch(s, b, from, items, add_image, e));
        make_orthonormal(s, s->gram);
    }
    memset(s->gram, 0, s->l * s->l * sizeof(*s->gram));
    return each_batch(s, b, from, items, add_gram, e);
}

static size_t count_vectors(size_t d, int k)
{
    return (size_t)k + SPARE < d ? (size_t)k + SPARE : d;
}

struct ae_pca_cost ae_pca_sketch_cost(size_t d, int k)
{
    const double values = (double)d * (double)count_vectors(d, k);

    return (struct ae_pca_cost){.work = (2 * POWERS + 1) * values,
                                .bytes = 2 * sizeof(float) * values};
}

int ae_pca_sketch(struct ae_pca *p, const struct ae_sampler *from, size_t items,
                  int k, struct ae_err *e)
{
    const size_t d = (size_t)from->h * (size_t)from->w * (size_t)from->c;
    const size_t fit = BATCH_VALUES / d;
    const int batch = fit < 1 ? 1 : fit < BATCH ? (int)fit : BATCH;
    struct sketch s = {.d = d, .l = count_vectors(d, k)};
    const struct ae_sampler plain = ae_sampler_plain(from);
    struct ae_batch b = {0};

    assert(1 <= k && (size_t)k <= d);
    *p = (struct ae_pca){.d = (int)d, .k = k};
    AE_TRY(ae_linalg_load(1, e));
    int rc = alloc_sketch(&s, p, batch, e);
    if (rc < 0 || (rc = ae_batch_init(&b, &plain, batch, e)) < 0 ||
        (rc = run_passes(&s, &b, &plain, items, e)) < 0)
        goto out;
    rc = find_axes(&s, p, e);
out:
    ae_batch_release(&b);
    free(s.sum);
    free(s.basis);
    free(s.image);
    free(s.y);
    free(s.gram);
    if (rc < 0)
        ae_pca_release(p);
    return rc;
}
