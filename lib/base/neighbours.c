/* neighbours.c - |q - p|^2 = |q|^2 + |p|^2 - 2 q.p, screened in single
 * precision with a bound on its error, then taken exactly. */
#include "base/neighbours.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/linalg.h"
#include "base/mem.h"

enum {
    QUERIES = 16, /* of one task */
    POINTS = 256  /* of one product */
};

struct ae_neighbours {
    size_t n;
    int d;
    float *x;       /* [n][d] */
    float *turned;  /* [blocks][d][POINTS], zeros at the end */
    double *square; /* |p|^2 of each point */
};

static double square_of(const float *v, int d)
{
    double sum = 0;

    for (int i = 0; i < d; i++)
        sum += (double)v[i] * v[i];
    return sum;
}

static void turn(struct ae_neighbours *nb)
{
    const size_t d = (size_t)nb->d;

    for (size_t i = 0; i < nb->n; i++) {
        float *block = nb->turned + i / POINTS * POINTS * d;
        for (size_t k = 0; k < d; k++)
            block[k * POINTS + i % POINTS] = nb->x[i * d + k];
        nb->square[i] = square_of(nb->x + i * d, nb->d);
    }
}

int ae_neighbours_new(const float *x, size_t n, int d,
                      struct ae_neighbours **out, struct ae_err *e)
{
    struct ae_neighbours *nb = ae_alloc(1, sizeof(*nb), e);
    const size_t blocks = (n + POINTS - 1) / POINTS;
    size_t floats = 0, padded = 0;
    int rc;

    assert(n > 0 && d > 0);
    *out = NULL;
    if (!nb)
        return AE_EMEM;
    if ((rc = ae_mul(n, (size_t)d, &floats, e)) < 0 ||
        (rc = ae_mul(blocks * POINTS, (size_t)d, &padded, e)) < 0)
        goto out;
    nb->n = n;
    nb->d = d;
    nb->x = ae_alloc(floats, sizeof(*nb->x), e);
    nb->turned = ae_alloc(padded, sizeof(*nb->turned), e);
    nb->square = ae_alloc(n, sizeof(*nb->square), e);
    if (!nb->x || !nb->turned || !nb->square) {
        rc = AE_EMEM;
        goto out;
    }
    memcpy(nb->x, x, floats * sizeof(*x));
    turn(nb);
    *out = nb;
    return 0;
out:
    ae_neighbours_free(nb);
    return rc;
}

void ae_neighbours_free(struct ae_neighbours *nb)
{
    if (!nb)
        return;
    free(nb->x);
    free(nb->turned);
    free(nb->square);
    free(nb);
}

struct job {
    const struct ae_neighbours *nb;
    const float *query;
    int m, k;
    double *out;
    float *product; /* [threads][QUERIES][POINTS] */
};

static double exact(const float *a, const float *b, int d)
{
    double sum = 0;

    for (int i = 0; i < d; i++) {
        const double diff = (double)a[i] - b[i];
        sum += diff * diff;
    }
    return sum;
}

/* best[k], ascending, takes v, the largest goes. */
static void insert(double *best, int k, double v)
{
    int i = k - 1;

    for (; i > 0 && best[i - 1] > v; i--)
        best[i] = best[i - 1];
    best[i] = v;
}

/* One query against one block: what its product can't rule out is taken. */
static void take_block(const struct job *j, const float *q, double square,
                       const float *product, size_t first, double *best)
{
    const struct ae_neighbours *nb = j->nb;
    const size_t d = (size_t)nb->d;
    size_t end = first + POINTS < nb->n ? first + POINTS : nb->n;
    /* Of a sum of d products, in units of |q| |p| (Higham 2002, 3.1). */
    const double unit = (nb->d + 2) * (double)FLT_EPSILON;

    for (size_t i = first; i < end; i++) {
        const double about = square + nb->square[i] - 2.0 * product[i - first];
        const double off = unit * (square + nb->square[i]);
        if (about - off > best[j->k - 1])
            continue;
        const double v = exact(q, nb->x + i * d, nb->d);
        if (v < best[j->k - 1])
            insert(best, j->k, v);
    }
}

static void find(void *arg, int task, int thread)
{
    const struct job *j = arg;
    const struct ae_neighbours *nb = j->nb;
    const size_t d = (size_t)nb->d, k = (size_t)j->k;
    const int first = task * QUERIES, count = ae_min(QUERIES, j->m - first);
    const float *q = j->query + (size_t)first * d;
    double *out = j->out + (size_t)first * k;
    float *product = j->product + (size_t)thread * QUERIES * POINTS;
    double square[QUERIES];

    for (int i = 0; i < count; i++)
        square[i] = square_of(q + (size_t)i * d, nb->d);
    for (size_t i = 0; i < (size_t)count * k; i++)
        out[i] = INFINITY;
    for (size_t at = 0; at < nb->n; at += POINTS) {
        ae_gemm(q, nb->turned + at * d, product, count, POINTS, nb->d);
        for (int i = 0; i < count; i++)
            take_block(j, q + (size_t)i * d, square[i], product + i * POINTS,
                       at, out + (size_t)i * k);
    }
    for (size_t i = 0; i < (size_t)count * k; i++)
        out[i] = sqrt(out[i]);
}

int ae_neighbours_find(const struct ae_neighbours *nb, struct ae_pool *pool,
                       const float *query, int m, int k, double *out,
                       struct ae_err *e)
{
    const size_t threads = (size_t)ae_pool_threads(pool);
    const int tasks = (m + QUERIES - 1) / QUERIES;
    struct job j = {nb, query, m, k, out, NULL};

    assert(k > 0 && k <= AE_NEIGHBOURS_MOST && (size_t)k <= nb->n);
    AE_TRY(ae_linalg_load(ae_min(tasks, (int)threads), e));
    j.product = ae_alloc(threads, QUERIES * POINTS * sizeof(float), e);
    if (!j.product)
        return AE_EMEM;
    ae_par_for(pool, tasks, find, &j);
    free(j.product);
    return 0;
}
