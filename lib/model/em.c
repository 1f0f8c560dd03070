/* em.c - fitting a mixture of Gaussians with full covariances.
 *
 * Codes are taken in blocks of fixed size and components one by one, so that
 * sums have one order for any number of threads; logarithms of sums of
 * exponentials are shifted by the largest (no under- or overflow). */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "base/rng.h"
#include "model/mixture.h"

enum {
    BLOCK = 256, /* codes of one task */
    MEANS = 10,  /* rounds of k-means */
    ROUNDS = 100 /* of expectation and maximisation */
};
/* A round that gains less, in nats a code, is the last. */
#define TOLERANCE 1e-4
/* Share of the mean variance that is added to every component's, so that a
 * dimension without variance keeps its covariance regular. */
#define FLOOR 1e-6

struct em {
    const struct ae_ctx *ctx;
    const float *x; /* [n][d] */
    size_t n;
    int blocks;
    struct ae_mixture *m;
    double *share;      /* [n][k]: a component's share of a code */
    double *sum;        /* [blocks]: log-density */
    double *room;       /* [threads][BLOCK][d] */
    struct ae_err *err; /* [k] */
    double floor;
};

static const float *code_of(const struct em *s, size_t i)
{
    return s->x + i * (size_t)s->m->d;
}

static double *room_of(const struct em *s, int thread)
{
    return s->room + (size_t)thread * BLOCK * (size_t)s->m->d;
}

static size_t block_end(const struct em *s, int block)
{
    const size_t end = ((size_t)block + 1) * BLOCK;

    return end < s->n ? end : s->n;
}

/* ----------------------------------------------------------- expectation */

/* Log-densities of component c into its column of the shares. */
static void log_densities(const struct em *s, size_t first, size_t end, int c,
                          double *y)
{
    const struct ae_mixture *m = s->m;
    const size_t d = (size_t)m->d, k = (size_t)m->k;
    const double *mean = m->mean + (size_t)c * d;
    const double *l = m->chol + (size_t)c * d * d;
    double at = log(m->weight[c]) - 0.5 * (double)d * log(2 * 3.14159265358979);

    for (size_t j = 0; j < d; j++)
        at -= log(l[j * d + j]);
    for (size_t i = first; i < end; i++)
        for (size_t j = 0; j < d; j++)
            y[(i - first) * d + j] = (double)code_of(s, i)[j] - mean[j];
    ae_solve_lower(l, m->d, y, (int)(end - first));
    for (size_t i = first; i < end; i++, y += d) {
        double square = 0;
        for (size_t j = 0; j < d; j++)
            square += y[j] * y[j];
        s->share[i * k + (size_t)c] = at - 0.5 * square;
    }
}

/* k log-densities to shares of one; returns the log of their sum. */
static double normalise(double *p, int k)
{
    double most = p[0], sum = 0;

    for (int c = 1; c < k; c++)
        most = fmax(most, p[c]);
    for (int c = 0; c < k; c++)
        sum += p[c] = exp(p[c] - most);
    for (int c = 0; c < k; c++)
        p[c] /= sum;
    return most + log(sum);
}

static void expect(void *arg, int block, int thread)
{
    const struct em *s = arg;
    const size_t first = (size_t)block * BLOCK, end = block_end(s, block);
    double sum = 0;

    for (int c = 0; c < s->m->k; c++)
        log_densities(s, first, end, c, room_of(s, thread));
    for (size_t i = first; i < end; i++)
        sum += normalise(s->share + i * (size_t)s->m->k, s->m->k);
    s->sum[block] = sum;
}

/* ---------------------------------------------------------- maximisation */

/* Sets weight and mean of component c; returns its share of all codes. */
static double move_mean(const struct em *s, int c)
{
    struct ae_mixture *m = s->m;
    const size_t d = (size_t)m->d, k = (size_t)m->k;
    double *mean = m->mean + (size_t)c * d, total = 0;

    for (size_t i = 0; i < s->n; i++)
        total += s->share[i * k + (size_t)c];
    m->weight[c] = fmax(total, 1e-10) / (double)s->n;
    if (total < 1)
        return total; /* too little to move by */
    for (size_t j = 0; j < d; j++)
        mean[j] = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double w = s->share[i * k + (size_t)c] / total;
        for (size_t j = 0; j < d; j++)
            mean[j] += w * (double)code_of(s, i)[j];
    }
    return total;
}

static void maximise(void *arg, int c, int thread)
{
    const struct em *s = arg;
    const size_t d = (size_t)s->m->d, k = (size_t)s->m->k;
    const double *mean = s->m->mean + (size_t)c * d;
    double *l = s->m->chol + (size_t)c * d * d;
    const double total = move_mean(s, c);

    if (total < 1)
        return;
    for (size_t j = 0; j < d * d; j++)
        l[j] = 0;
    for (int b = 0; b < s->blocks; b++) {
        const size_t first = (size_t)b * BLOCK, end = block_end(s, b);
        double *y = room_of(s, thread);
        for (size_t i = first; i < end; i++) {
            const double w = sqrt(s->share[i * k + (size_t)c] / total);
            for (size_t j = 0; j < d; j++)
                *y++ = w * ((double)code_of(s, i)[j] - mean[j]);
        }
        ae_gram_double(room_of(s, thread), (int)(end - first), s->m->d, l);
    }
    for (size_t j = 0; j < d; j++)
        l[j * d + j] += s->floor;
    ae_cholesky(l, s->m->d, &s->err[c]);
}

static int maximise_all(struct em *s, struct ae_err *e)
{
    ae_par_for(s->ctx->pool, s->m->k, maximise, s);
    for (int c = 0; c < s->m->k; c++)
        if (s->err[c].code)
            return ae_fail(e, s->err[c].code, "component %d: %s", c,
                           s->err[c].msg);
    return 0;
}

/* ----------------------------------------------------------------- start */

static double square_distance(const float *x, const double *mean, int d)
{
    double sum = 0;

    for (int j = 0; j < d; j++) {
        const double diff = (double)x[j] - mean[j];
        sum += diff * diff;
    }
    return sum;
}

/* Each next mean is a code, drawn in proportion to its squared distance from
 * the nearest mean so far. */
static void choose_means(struct em *s, uint64_t seed, double *square)
{
    const size_t d = (size_t)s->m->d;
    struct ae_rng r;
    size_t at;

    ae_rng_init(&r, seed, 0);
    at = ae_rng_below(&r, (uint32_t)s->n);
    for (size_t i = 0; i < s->n; i++)
        square[i] = INFINITY;
    for (int c = 0; c < s->m->k; c++) {
        double *mean = s->m->mean + (size_t)c * d, sum = 0;
        for (size_t j = 0; j < d; j++)
            mean[j] = (double)code_of(s, at)[j];
        for (size_t i = 0; i < s->n; i++) {
            square[i] = fmin(square[i],
                             square_distance(code_of(s, i), mean, s->m->d));
            sum += square[i];
        }
        double left = ae_rng_uniform(&r) * sum;
        for (at = 0; at < s->n - 1 && left >= square[at]; at++)
            left -= square[at];
    }
}

/* Gives all of a code to the nearest mean. */
static void assign_nearest(void *arg, int block, int thread)
{
    const struct em *s = arg;
    const size_t d = (size_t)s->m->d, k = (size_t)s->m->k;

    (void)thread;
    for (size_t i = (size_t)block * BLOCK; i < block_end(s, block); i++) {
        double best = INFINITY;
        size_t at = 0;
        for (size_t c = 0; c < k; c++) {
            const double v = square_distance(code_of(s, i), s->m->mean + c * d,
                                             s->m->d);
            s->share[i * k + c] = 0;
            if (v < best) {
                best = v;
                at = c;
            }
        }
        s->share[i * k + at] = 1;
    }
}

/* The mean variance of a code's numbers, of which the floor is a share. */
static int find_floor(struct em *s, struct ae_err *e)
{
    const size_t d = (size_t)s->m->d;
    double variance = 0;

    for (size_t j = 0; j < d; j++) {
        double mean = 0, sum = 0;
        for (size_t i = 0; i < s->n; i++)
            mean += (double)code_of(s, i)[j] / (double)s->n;
        for (size_t i = 0; i < s->n; i++) {
            const double diff = (double)code_of(s, i)[j] - mean;
            sum += diff * diff;
        }
        variance += sum / (double)s->n / (double)d;
    }
    s->floor = FLOOR * variance + 1e-12;
    return isfinite(variance) ? 0
                              : ae_fail(e, AE_ENUMERIC, "a code is not finite");
}

static void move_means(void *arg, int c, int thread)
{
    (void)thread;
    move_mean(arg, c);
}

static void start_means(struct em *s, uint64_t seed, double *square)
{
    struct ae_mixture *m = s->m;
    const size_t d = (size_t)m->d;

    choose_means(s, seed, square);
    for (int i = 0; i < MEANS; i++) {
        ae_par_for(s->ctx->pool, s->blocks, assign_nearest, s);
        ae_par_for(s->ctx->pool, m->k, move_means, s);
    }
    /* a component without codes begins as a small ball */
    for (size_t c = 0; c < (size_t)m->k; c++)
        for (size_t j = 0; j < d; j++)
            m->chol[(c * d + j) * d + j] = sqrt(s->floor);
    ae_par_for(s->ctx->pool, s->blocks, assign_nearest, s);
}

/* ------------------------------------------------------------------- fit */

static int iterate(struct em *s, double *score, struct ae_err *e)
{
    double before = -INFINITY;

    for (int round = 0; round < ROUNDS; round++) {
        double sum = 0;
        const int rc = maximise_all(s, e);
        if (rc)
            return rc;
        ae_par_for(s->ctx->pool, s->blocks, expect, s);
        for (int b = 0; b < s->blocks; b++)
            sum += s->sum[b];
        *score = sum / (double)s->n;
        if (!(*score - before >= TOLERANCE))
            break;
        before = *score;
    }
    return isfinite(*score)
               ? 0
               : ae_fail(e, AE_ENUMERIC, "the log-density of the codes is %g",
                         *score);
}

static void release_em(struct em *s)
{
    free(s->share);
    free(s->sum);
    free(s->room);
    free(s->err);
}

static int init_em(struct em *s, struct ae_err *e)
{
    const size_t threads = (size_t)ae_pool_threads(s->ctx->pool);

    s->blocks = (int)((s->n + BLOCK - 1) / BLOCK);
    s->share = ae_alloc(s->n, (size_t)s->m->k * sizeof(double), e);
    s->sum = ae_alloc((size_t)s->blocks, sizeof(double), e);
    s->room = ae_alloc(threads * BLOCK, (size_t)s->m->d * sizeof(double), e);
    s->err = ae_alloc((size_t)s->m->k, sizeof(*s->err), e);
    return s->share && s->sum && s->room && s->err ? find_floor(s, e) : AE_EMEM;
}

int ae_mixture_fit(const struct ae_ctx *ctx, const float *x, size_t n, int d,
                   int k, uint64_t seed, struct ae_mixture **out, double *score,
                   struct ae_err *e)
{
    struct em s = {.ctx = ctx, .x = x, .n = n};
    const size_t most = n / (2 * ((size_t)d + 1));
    double reached = 0;

    assert(n >= 2 && n <= INT32_MAX);
    *out = NULL;
    AE_TRY(ae_linalg_load(ae_pool_threads(ctx->pool), e));
    k = most < (size_t)k ? ae_max((int)most, 1) : k;
    int rc = ae_mixture_new(k, d, &s.m, e);
    double *square = rc ? NULL : ae_alloc(n, sizeof(*square), e);
    if (rc < 0 || (rc = square ? init_em(&s, e) : AE_EMEM) < 0)
        goto out;
    start_means(&s, seed, square);
    if ((rc = iterate(&s, &reached, e)) < 0)
        goto out;
    *out = s.m;
    if (score)
        *score = reached;
out:
    free(square);
    release_em(&s);
    if (rc < 0) {
        ae_mixture_free(s.m);
        return ae_err_at(e, rc, "mixture of %d Gaussians", k);
    }
    return 0;
}
