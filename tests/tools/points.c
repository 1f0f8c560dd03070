/* points.c - figures of sets of points, such as codes, features and pictures:
 *
 *   points knn K REF LABELS TEST LABELS   share of TEST whose label is that of
 *                                         most of its K nearest of REF
 *   points nearest REF SET                median distance of SET's points
 *                                         from their nearest of REF
 *   points frechet A B                    squared Frechet distance between
 *                                         Gaussians fitted to both (Dowson,
 *                                         Landau 1982), as FID takes it
 *
 * Sets are files that ae-train reads, an item being a point; LABELS is text of
 * a whole number a line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/linalg.h"
#include "base/neighbours.h"
#include "data/dataset.h"

enum { CLASSES = 64, BLOCK = 1000 };

struct points {
    float *x;
    size_t n;
    int d;
};

/* ---------------------------------------------------------------- reading */

static float number(const struct ae_item *it, size_t i)
{
    return it->bytes == 1   ? (float)((uint8_t *)it->px)[i] / 255
           : it->bytes == 2 ? (float)((uint16_t *)it->px)[i] / 65535
                            : ((float *)it->px)[i];
}

static int collect(const struct ae_dataset *items, struct points *p,
                   struct ae_err *e)
{
    const struct ae_item *first = items->item;

    if (!items->count)
        return ae_fail(e, AE_EARG, "no points");
    p->n = items->count;
    p->d = first->h * first->w * first->c;
    p->x = ae_alloc(p->n, (size_t)p->d * sizeof(*p->x), e);
    if (!p->x)
        return AE_EMEM;
    for (size_t i = 0; i < p->n; i++) {
        const struct ae_item *it = &items->item[i];
        if (it->h * it->w * it->c != p->d)
            return ae_fail(e, AE_EARG, "%s: points of different sizes",
                           it->name);
        for (int k = 0; k < p->d; k++)
            p->x[i * (size_t)p->d + (size_t)k] = number(it, (size_t)k);
    }
    return 0;
}

static int read_points(struct ae_ctx *ctx, const char *path, struct points *p,
                       struct ae_err *e)
{
    const struct ae_source_options so = {.min_side = 1, .strict = 1};
    struct ae_preprocessing prep = {0};
    struct ae_dataset items = {0};

    int r = ae_dataset_read(ctx, path, &so, &prep, &items, e);
    if (r >= 0)
        r = collect(&items, p, e);
    ae_dataset_release(&items);
    ae_preprocessing_release(&prep);
    return r < 0 ? ae_err_at(e, r, "%s", path) : 0;
}

static int read_labels(const char *path, size_t n, int **out, struct ae_err *e)
{
    FILE *f = fopen(path, "r");
    int *label = ae_alloc(n, sizeof(*label), e), r = label ? 0 : AE_EMEM;

    if (!f)
        r = ae_fail(e, AE_EIO, "%s can't be opened", path);
    for (size_t i = 0; !r && i < n; i++)
        if (fscanf(f, "%d", &label[i]) != 1 || label[i] < 0 ||
            label[i] >= CLASSES)
            r = ae_fail(e, AE_EFORMAT, "%s:%zu: no label of 0 to %d", path,
                        i + 1, CLASSES - 1);
    if (f)
        fclose(f);
    *out = label;
    return r;
}

/* ---------------------------------------------------------------- figures */

static int same_size(const struct points *a, const struct points *b,
                     struct ae_err *e)
{
    return a->d == b->d ? 0
                        : ae_fail(e, AE_EARG, "points of %d and of %d numbers",
                                  a->d, b->d);
}

/* For each of p the k nearest of ref in near[n][k]; with `of`, of those of ref
 * that are of that class.  Missing ones are infinitely far. */
static int find(struct ae_ctx *ctx, const struct points *ref, const int *of,
                int class, const struct points *p, int k, double *near,
                struct ae_err *e)
{
    const size_t d = (size_t)ref->d;
    float *some = ae_alloc(ref->n, d * sizeof(*some), e);
    struct ae_neighbours *nb = NULL;
    size_t n = 0;

    for (size_t i = 0; some && i < ref->n; i++)
        if (!of || of[i] == class)
            memcpy(some + n++ * d, ref->x + i * d, d * sizeof(*some));
    const int most = n < (size_t)k ? (int)n : k;
    double *row = ae_alloc(BLOCK * (size_t)k, sizeof(*row), e);
    int r = !some || !row ? AE_EMEM
            : n           ? ae_neighbours_new(some, n, ref->d, &nb, e)
                          : 0;
    for (size_t i = 0; r >= 0 && i < p->n; i += BLOCK) {
        const size_t m = p->n - i < BLOCK ? p->n - i : BLOCK;
        if (nb)
            r = ae_neighbours_find(nb, ctx->pool, p->x + i * d, (int)m, most,
                                   row, e);
        for (size_t q = 0; q < m; q++)
            for (int j = 0; j < k; j++)
                near[(i + q) * (size_t)k + (size_t)j] =
                    j < most ? row[q * (size_t)most + (size_t)j] : INFINITY;
    }
    free(row);
    ae_neighbours_free(nb);
    free(some);
    return r;
}

/* The class of most of the k nearest, the lowest of several: near is
 * [CLASSES][n][k], each row ascending. */
static int vote(const double *near, size_t n, size_t i, int k)
{
    int votes[CLASSES] = {0}, best = 0;

    for (int round = 0; round < k; round++) {
        int next = 0;
        double least = INFINITY;
        for (int c = 0; c < CLASSES; c++) {
            const double *row = near + ((size_t)c * n + i) * (size_t)k;
            if (votes[c] < k && row[votes[c]] < least) {
                least = row[votes[c]];
                next = c;
            }
        }
        votes[next]++;
    }
    for (int c = 1; c < CLASSES; c++)
        if (votes[c] > votes[best])
            best = c;
    return best;
}

/* A search among the points of each class: all that the vote needs. */
static int knn(struct ae_ctx *ctx, char **arg, struct points *set,
               struct ae_err *e)
{
    const int k = atoi(arg[0]);
    struct points *ref = &set[0], *test = &set[1];
    int *of = NULL, *truth = NULL;
    double *near = NULL;
    size_t right = 0;

    int r = k < 1 ? ae_fail(e, AE_EARG, "K is not a count") : 0;
    if (r >= 0)
        r = read_points(ctx, arg[1], ref, e);
    if (r >= 0)
        r = read_points(ctx, arg[3], test, e);
    if (r >= 0)
        r = same_size(ref, test, e);
    if (r >= 0)
        r = read_labels(arg[2], ref->n, &of, e);
    if (r >= 0)
        r = read_labels(arg[4], test->n, &truth, e);
    const size_t each = test->n * (size_t)(k > 0 ? k : 1);
    if (r >= 0 && !(near = ae_alloc(CLASSES * each, sizeof(*near), e)))
        r = AE_EMEM;
    for (int c = 0; r >= 0 && c < CLASSES; c++)
        r = find(ctx, ref, of, c, test, k, near + (size_t)c * each, e);
    for (size_t i = 0; r >= 0 && i < test->n; i++)
        right += vote(near, test->n, i, k) == truth[i];
    if (r >= 0)
        printf("%.4f\n", (double)right / (double)test->n);
    free(near);
    free(of);
    free(truth);
    return r;
}

static int by_value(const void *a, const void *b)
{
    const double u = *(const double *)a, v = *(const double *)b;
    return (u > v) - (u < v);
}

static int nearest(struct ae_ctx *ctx, char **arg, struct points *set,
                   struct ae_err *e)
{
    double *near = NULL;

    int r = read_points(ctx, arg[0], &set[0], e);
    if (r >= 0)
        r = read_points(ctx, arg[1], &set[1], e);
    if (r >= 0)
        r = same_size(&set[0], &set[1], e);
    if (r >= 0 && !(near = ae_alloc(set[1].n, sizeof(*near), e)))
        r = AE_EMEM;
    if (r >= 0)
        r = find(ctx, &set[0], NULL, 0, &set[1], 1, near, e);
    if (r >= 0) {
        qsort(near, set[1].n, sizeof(*near), by_value);
        printf("%.4f\n", (near[set[1].n / 2] + near[(set[1].n - 1) / 2]) / 2);
    }
    free(near);
    return r;
}

/* Mean, and the covariance with n - 1. */
static int moments(const struct points *p, double *mean, double *cov,
                   struct ae_err *e)
{
    const size_t d = (size_t)p->d;
    double *x = ae_alloc(p->n, d * sizeof(*x), e);

    if (!x || ae_linalg_load(1, e) < 0) {
        free(x);
        return AE_EMEM;
    }
    for (size_t i = 0; i < p->n * d; i++)
        mean[i % d] += (double)p->x[i] / (double)p->n;
    for (size_t i = 0; i < p->n * d; i++)
        x[i] = (double)p->x[i] - mean[i % d];
    ae_gram_double(x, (int)p->n, p->d, cov);
    for (size_t i = 0; i < d * d; i++)
        cov[i] /= (double)p->n - 1;
    free(x);
    return 0;
}

/* The trace of (A B)^(1/2), that of (R B R)^(1/2) with R = A^(1/2): with A =
 * V' diag(a) V it is the sum of the roots of the eigenvalues of
 * diag(a)^(1/2) V B V' diag(a)^(1/2).  Both are spent. */
static int trace_root(double *a, double *b, int n, double *out,
                      struct ae_err *e)
{
    const size_t d = (size_t)n;
    double *value = ae_alloc(d, sizeof(*value), e);
    double *half = ae_alloc(d * d, sizeof(*half), e);
    double *all = ae_alloc(d * d, sizeof(*all), e);
    int r = value && half && all ? ae_eigen_sym(a, n, value, 1, e) : AE_EMEM;

    for (size_t i = 0; r >= 0 && i < d; i++)
        for (size_t k = 0; k < d; k++)
            for (size_t j = 0; j < d; j++)
                half[i * d + j] += a[i * d + k] * b[k * d + j];
    for (size_t i = 0; r >= 0 && i < d; i++)
        for (size_t j = 0; j < d; j++) {
            double sum = 0;
            for (size_t k = 0; k < d; k++)
                sum += half[i * d + k] * a[j * d + k];
            all[i * d + j] = sum * sqrt(fmax(value[i], 0)) *
                             sqrt(fmax(value[j], 0));
        }
    if (r >= 0)
        r = ae_eigen_sym(all, n, value, 0, e);
    *out = 0;
    for (size_t i = 0; r >= 0 && i < d; i++)
        *out += sqrt(fmax(value[i], 0));
    free(value);
    free(half);
    free(all);
    return r;
}

static int frechet(struct ae_ctx *ctx, char **arg, struct points *set,
                   struct ae_err *e)
{
    double *mean[2] = {NULL}, *cov[2] = {NULL}, sum = 0, root = 0;
    int r = 0;

    for (int i = 0; r >= 0 && i < 2; i++) {
        r = read_points(ctx, arg[i], &set[i], e);
        if (r >= 0 && set[i].n < 2)
            r = ae_fail(e, AE_EARG, "%s: two points at least", arg[i]);
        if (r < 0)
            break;
        const size_t d = (size_t)set[i].d;
        mean[i] = ae_alloc(d, sizeof(double), e);
        cov[i] = ae_alloc(d * d, sizeof(double), e);
        r = mean[i] && cov[i] ? moments(&set[i], mean[i], cov[i], e) : AE_EMEM;
    }
    if (r >= 0)
        r = same_size(&set[0], &set[1], e);
    for (size_t i = 0; r >= 0 && i < (size_t)set[0].d; i++) {
        const size_t at = i * (size_t)set[0].d + i;
        sum += pow(mean[0][i] - mean[1][i], 2) + cov[0][at] + cov[1][at];
    }
    if (r >= 0)
        r = trace_root(cov[0], cov[1], set[0].d, &root, e);
    if (r >= 0)
        printf("%.4f\n", sum - 2 * root);
    for (int i = 0; i < 2; i++) {
        free(mean[i]);
        free(cov[i]);
    }
    return r;
}

static const struct figure {
    const char *name;
    int args;
    int (*run)(struct ae_ctx *, char **, struct points *, struct ae_err *);
} figures[] = {
    {"knn", 5, knn}, {"nearest", 2, nearest}, {"frechet", 2, frechet}};

int main(int argc, char **argv)
{
    const struct ae_ctx_options o = {.memory = (uint64_t)4 << 30};
    struct points set[2] = {{0}};
    struct ae_ctx *ctx = NULL;
    struct ae_err e = {0};
    const struct figure *f = NULL;

    for (size_t i = 0; argc > 1 && i < AE_LEN(figures); i++)
        if (strcmp(argv[1], figures[i].name) == 0 &&
            argc == figures[i].args + 2)
            f = &figures[i];
    if (!f) {
        fprintf(stderr, "usage: points knn K REF LABELS TEST LABELS | nearest "
                        "REF SET | frechet A B\n");
        return 2;
    }
    int r = ae_ctx_new(&o, &ctx, &e);
    if (r >= 0)
        r = f->run(ctx, argv + 2, set, &e);
    if (r < 0)
        fprintf(stderr, "points: %s\n", e.msg);
    free(set[0].x);
    free(set[1].x);
    ae_ctx_free(ctx);
    return r < 0;
}
