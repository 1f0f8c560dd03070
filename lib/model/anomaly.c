/* anomaly.c - scores of items and the quantiles of many. */
#include "model/anomaly.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

const char *const ae_anomaly_names[] = {
    "reconstruction", "mahalanobis", "knn", "elbo", "iw", "knn-input", NULL};

enum { MOST_DRAWS = 1 << 20 };

/* An evidence bound's mean over items settles with few draws of each. */
static int draws_of(int method)
{
    return method == AE_ANOMALY_ELBO ? 16 : method == AE_ANOMALY_IW ? 64 : 0;
}

int ae_anomaly_parse(const char *text, int *method, int *draws,
                     struct ae_err *e)
{
    const char *colon = strchr(text, ':');
    const size_t n = colon ? (size_t)(colon - text) : strlen(text);
    int64_t k;

    for (*method = 0; ae_anomaly_names[*method]; ++*method) {
        const char *name = ae_anomaly_names[*method];
        if (strlen(name) == n && memcmp(name, text, n) == 0)
            break;
    }
    *draws = draws_of(*method);
    if (!ae_anomaly_names[*method] || (colon && !*draws))
        return ae_fail(e, AE_EARG,
                       "'%.60s' is none of reconstruction, elbo[:K], iw[:K], "
                       "mahalanobis, knn, knn-input",
                       text);
    if (!colon)
        return 0;
    if (ae_parse_int(colon + 1, 1, MOST_DRAWS, &k, e) < 0)
        return ae_err_at(e, AE_EARG, "'%.60s'", text);
    *draws = (int)k;
    return 0;
}

int ae_anomaly_init(struct ae_anomaly *j, struct ae_ctx *ctx,
                    const struct ae_model *m, int h, int w, int batch,
                    struct ae_err *e)
{
    *j = (struct ae_anomaly){
        .ctx = ctx, .batch = batch, .gauss = m->fits.at[AE_FIT_GAUSS]};
    int rc = ae_coder_new(ctx, m, h, w, batch, &j->coder, e);
    if (rc)
        return rc;
    const struct ae_coder_info *i = ae_coder_info(j->coder);
    const size_t item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    if (j->gauss && j->gauss->d != i->code)
        return ae_fail(e, AE_EFORMAT,
                       "the model's Gaussian is of %d numbers, its codes of %d",
                       j->gauss->d, i->code);
    j->z = ae_alloc((size_t)batch, (size_t)i->code * sizeof(float), e);
    j->y = ae_alloc((size_t)batch, item * sizeof(float), e);
    return j->z && j->y ? 0 : AE_EMEM;
}

void ae_anomaly_release(struct ae_anomaly *j)
{
    ae_coder_free(j->coder);
    ae_bound_release(&j->bound);
    free(j->z);
    free(j->y);
    *j = (struct ae_anomaly){0};
}

int ae_anomaly_bounds(struct ae_anomaly *j, const struct ae_model *m, int draws,
                      uint64_t seed, struct ae_err *e)
{
    j->draws = draws;
    j->seed = seed;
    return ae_bound_init(&j->bound, j->ctx, m, j->coder, j->batch, e);
}

int ae_anomaly_encode(struct ae_anomaly *j, const float *x, int n,
                      struct ae_err *e)
{
    return ae_coder_encode(j->coder, x, j->label, n, j->z, NULL, e);
}

int ae_anomaly_decode(struct ae_anomaly *j, int n, struct ae_err *e)
{
    return ae_coder_decode(j->coder, j->z, j->label, n, j->y, e);
}

static void errors(const struct ae_anomaly *j, const float *x, int n,
                   double *score)
{
    const struct ae_coder_info *i = ae_coder_info(j->coder);
    const size_t item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    const float *y = j->y;

    for (int k = 0; k < n; k++, x += item, y += item) {
        double sum = 0;
        for (size_t a = 0; a < item; a++) {
            const double d = (double)x[a] - y[a];
            sum += d * d;
        }
        score[k] = sum / (double)item;
    }
}

static int distances(const struct ae_anomaly *j, int n, double *score,
                     struct ae_err *e)
{
    double room[AE_MIXTURE_DIMS];

    if (!j->gauss)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model holds no Gaussian of its training codes, "
                       "which mahalanobis needs: it was not trained on whole "
                       "items, or its code is too large");
    for (int k = 0; k < n; k++)
        score[k] = ae_mixture_distance(
            j->gauss, 0, j->z + (size_t)k * (size_t)j->gauss->d, room);
    return 0;
}

/* Of n vectors, of codes or items as those of the reference are. */
static int neighbours(const struct ae_anomaly *j, const float *v, int n,
                      double *score, struct ae_err *e)
{
    double *all = ae_alloc((size_t)n, (size_t)j->k * sizeof(*all), e);

    assert(j->near && j->k > 0);
    if (!all)
        return AE_EMEM;
    const int rc = ae_neighbours_find(j->near, j->ctx->pool, v, n, j->k, all,
                                      e);
    for (int i = 0; !rc && i < n; i++) {
        score[i] = 0;
        for (int k = 0; k < j->k; k++)
            score[i] += all[i * j->k + k] / j->k;
    }
    free(all);
    return rc;
}

static int bounds(struct ae_anomaly *j, int method, const float *x,
                  uint64_t first, int n, double *score, struct ae_err *e)
{
    const int iw = method == AE_ANOMALY_IW;
    const int rc = ae_bound_run(&j->bound, x, j->label, n, first, j->seed,
                                j->draws, iw ? NULL : score, iw ? score : NULL,
                                e);

    for (int i = 0; i < n; i++)
        score[i] = -score[i];
    return rc;
}

int ae_anomaly_run(struct ae_anomaly *j, int method, const float *x,
                   uint64_t first, int n, double *score, struct ae_err *e)
{
    assert(n <= j->batch);
    if (method == AE_ANOMALY_ELBO || method == AE_ANOMALY_IW)
        return bounds(j, method, x, first, n, score, e);
    if (method == AE_ANOMALY_KNN_INPUT)
        return neighbours(j, x, n, score, e);
    int rc = ae_anomaly_encode(j, x, n, e);
    if (rc)
        return rc;
    if (method == AE_ANOMALY_MAHALANOBIS)
        return distances(j, n, score, e);
    if (method == AE_ANOMALY_KNN)
        return neighbours(j, j->z, n, score, e);
    rc = ae_anomaly_decode(j, n, e);
    if (!rc)
        errors(j, x, n, score);
    return rc;
}

/* ------------------------------------------------------------- quantiles */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double at(const double *sorted, size_t n, double share)
{
    const double place = share * (double)(n - 1);
    const size_t i = (size_t)place;

    return i + 1 >= n
               ? sorted[n - 1]
               : sorted[i] + (place - (double)i) * (sorted[i + 1] - sorted[i]);
}

json_t *ae_quantiles_json(double *score, size_t n)
{
    json_t *all = json_array();

    qsort(score, n, sizeof(*score), ascending);
    for (int i = 0; i <= 118; i++) {
        /* 0 to 0.99 by hundredths, 0.991 to 0.999, 0.9991 to 1 */
        const double share = i < 100   ? i / 100.0
                             : i < 109 ? (990 + i - 99) / 1000.0
                                       : (9990 + i - 108) / 10000.0;
        json_array_append_new(all,
                              json_pack("[f, f]", share, at(score, n, share)));
    }
    return all;
}

int ae_quantile(const json_t *q, double share, double *out, struct ae_err *e)
{
    double p0 = 0, v0 = 0;

    for (size_t i = 0; i < json_array_size(q); i++) {
        const json_t *pair = json_array_get(q, i);
        const json_t *p = json_array_get(pair, 0), *v = json_array_get(pair, 1);
        const double p1 = json_number_value(p), v1 = json_number_value(v);
        if (!json_is_number(p) || !json_is_number(v) || (i && p1 <= p0))
            break;
        if (p1 >= share) {
            *out = p1 > share && i ? v0 + (v1 - v0) * (share - p0) / (p1 - p0)
                                   : v1;
            return 0;
        }
        p0 = p1;
        v0 = v1;
    }
    return ae_fail(e, AE_EFORMAT, "metadata: scores: no quantile at %g", share);
}
