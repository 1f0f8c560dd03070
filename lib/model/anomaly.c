/* anomaly.c - scores of items, and quantiles of many scores. */
#include "model/anomaly.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/sort.h"
#include "base/str.h"

const char *const ae_anomaly_names[] = {
    "reconstruction", "mahalanobis", "knn", "elbo", "iw", "knn-input", NULL};

enum { MOST_DRAWS = 1 << 20 };

/* An evidence bound needs few draws: its mean over items settles soon. */
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
        return ae_fail(
            e, AE_EARG,
            "'%.60s' is not one of reconstruction, elbo[:K], iw[:K], "
            "mahalanobis, knn, knn-input",
            text);
    if (!colon)
        return 0;
    if (ae_parse_int(colon + 1, 1, MOST_DRAWS, &k, e) < 0)
        return ae_err_at(e, AE_EARG, "'%.60s'", text);
    *draws = (int)k;
    return 0;
}

int ae_anomaly_init(struct ae_anomaly *a, struct ae_ctx *ctx,
                    const struct ae_model *m, int h, int w, int batch,
                    struct ae_err *e)
{
    const size_t n = (size_t)batch;

    *a = (struct ae_anomaly){.ctx = ctx, .gauss = m->fits.at[AE_FIT_GAUSS]};
    AE_TRY(ae_coder_new(ctx, m, h, w, batch, &a->coder, e));
    const struct ae_coder_info *i = ae_coder_info(a->coder);
    if (a->gauss && a->gauss->d != i->code)
        return ae_fail(e, AE_EFORMAT,
                       "the model's Gaussian is of %d numbers, its codes of %d",
                       a->gauss->d, i->code);
    a->z = ae_alloc(n, (size_t)i->code * sizeof(*a->z), e);
    a->y = ae_alloc(n, i->item * sizeof(*a->y), e);
    return a->z && a->y ? 0 : AE_EMEM;
}

void ae_anomaly_release(struct ae_anomaly *a)
{
    ae_coder_free(a->coder);
    ae_bound_release(&a->bound);
    free(a->z);
    free(a->y);
    *a = (struct ae_anomaly){0};
}

int ae_anomaly_bounds(struct ae_anomaly *a, const struct ae_model *m, int draws,
                      uint64_t seed, struct ae_err *e)
{
    AE_TRY(ae_bound_init(&a->bound, a->ctx, m, a->coder,
                         ae_coder_info(a->coder)->batch, e));
    a->bound.draws = draws;
    a->bound.seed = seed;
    return 0;
}

static void squared_errors(const struct ae_anomaly *a, const float *x, int n,
                           double *score)
{
    const size_t item = ae_coder_info(a->coder)->item;
    const float *y = a->y;

    for (int i = 0; i < n; i++, x += item, y += item) {
        double sum = 0;
        for (size_t k = 0; k < item; k++) {
            const double d = (double)x[k] - y[k];
            sum += d * d;
        }
        score[i] = sum / (double)item;
    }
}

static int code_distances(const struct ae_anomaly *a, int n, double *score,
                          struct ae_err *e)
{
    double room[AE_MIXTURE_DIMS];

    if (!a->gauss)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model holds no Gaussian of its training codes, "
                       "which mahalanobis needs: it was not trained on whole "
                       "items, or its code is too large");
    for (int i = 0; i < n; i++)
        score[i] = ae_mixture_distance(
            a->gauss, 0, a->z + (size_t)i * (size_t)a->gauss->d, room);
    return 0;
}

/* Scores n vectors, which are codes or items as those of the reference are. */
static int neighbour_distances(const struct ae_anomaly *a, const float *v,
                               int n, double *score, struct ae_err *e)
{
    double *all = ae_alloc((size_t)n, (size_t)a->k * sizeof(*all), e);

    assert(a->near && a->k > 0);
    if (!all)
        return AE_EMEM;
    const int rc = ae_neighbours_find(a->near, a->ctx->pool, v, n, a->k, all,
                                      e);
    for (int i = 0; !rc && i < n; i++) {
        score[i] = 0;
        for (int k = 0; k < a->k; k++)
            score[i] += all[i * a->k + k] / a->k;
    }
    free(all);
    return rc;
}

static int negative_bounds(struct ae_anomaly *a, int method,
                           const struct ae_coder_items *items, double *score,
                           struct ae_err *e)
{
    const int iw = method == AE_ANOMALY_IW;

    AE_TRY(ae_bound_run(&a->bound, items, iw ? NULL : score, iw ? score : NULL,
                        e));
    for (int i = 0; i < items->n; i++)
        score[i] = -score[i];
    return 0;
}

int ae_anomaly_encode(struct ae_anomaly *a, const struct ae_coder_items *items,
                      struct ae_err *e)
{
    return ae_coder_encode(a->coder, items->x, items->class, items->n, a->z,
                           NULL, e);
}

/* Computes codes and reconstructions, where the method or the caller wants
 * them. */
static int run_coder(struct ae_anomaly *a, int method,
                     const struct ae_coder_items *items, struct ae_err *e)
{
    const int own = method == AE_ANOMALY_RECONSTRUCTION || a->reconstruct;

    if (own || method == AE_ANOMALY_MAHALANOBIS || method == AE_ANOMALY_KNN)
        AE_TRY(ae_anomaly_encode(a, items, e));
    return own ? ae_coder_decode(a->coder, a->z, items->class, items->n, a->y,
                                 e)
               : 0;
}

int ae_anomaly_run(struct ae_anomaly *a, int method,
                   const struct ae_coder_items *items, double *score,
                   struct ae_err *e)
{
    const int n = items->n;

    assert(n <= ae_coder_info(a->coder)->batch);
    AE_TRY(run_coder(a, method, items, e));
    switch (method) {
    case AE_ANOMALY_ELBO:
    case AE_ANOMALY_IW:
        return negative_bounds(a, method, items, score, e);
    case AE_ANOMALY_MAHALANOBIS:
        return code_distances(a, n, score, e);
    case AE_ANOMALY_KNN:
        return neighbour_distances(a, a->z, n, score, e);
    case AE_ANOMALY_KNN_INPUT:
        return neighbour_distances(a, items->x, n, score, e);
    default:
        squared_errors(a, items->x, n, score);
        return 0;
    }
}

/* ------------------------------------------------------------- quantiles */

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

    qsort(score, n, sizeof(*score), ae_by_double);
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
