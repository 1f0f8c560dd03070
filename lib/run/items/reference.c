/* reference.c - see reference.h. */
#include "run/items/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/anomaly.h"

enum {
    MOST = 1 << 20,         /* vectors... */
    MOST_NUMBERS = 1 << 28, /* ...and numbers in all of them */
    SCORED = 2000           /* vectors whose scores stand for those of all */
};

int ae_reference_size(struct ae_reference *r, int d, const char *what,
                      struct ae_err *e)
{
    if (r->count && d != r->d)
        return ae_fail(e, AE_EARG,
                       "%s of %d numbers, but those of the reference have %d",
                       what, d, r->d);
    r->d = d;
    return 0;
}

int ae_reference_add(struct ae_reference *r, const float *x, size_t n,
                     struct ae_err *e)
{
    const size_t d = (size_t)r->d, count = r->count + n;

    if (count > MOST || count > MOST_NUMBERS / d)
        return ae_fail(e, AE_ELIMIT,
                       "a reference of more than %d items or %d numbers", MOST,
                       MOST_NUMBERS);
    if (count > r->cap) {
        AE_TRY(ae_realloc(&r->x, 2 * count, d * sizeof(*r->x), e));
        r->cap = 2 * count;
    }
    memcpy(r->x + r->count * d, x, n * d * sizeof(*r->x));
    r->count = count;
    return 0;
}

int ae_reference_index(struct ae_reference *r, struct ae_err *e)
{
    ae_neighbours_free(r->near);
    r->near = NULL;
    return r->count ? ae_neighbours_new(r->x, r->count, r->d, &r->near, e) : 0;
}

void ae_reference_release(struct ae_reference *r)
{
    ae_neighbours_free(r->near);
    free(r->x);
    *r = (struct ae_reference){0};
}

/* Scores vector `at` by its k nearest others: of its k + 1 nearest, the first
 * is itself. */
static int score_own(const struct ae_reference *r, const struct ae_ctx *ctx,
                     size_t at, int k, double *score, struct ae_err *e)
{
    double distance[AE_NEIGHBOURS_MOST + 1];

    AE_TRY(ae_neighbours_find(r->near, ctx->pool, r->x + at * (size_t)r->d, 1,
                              k + 1, distance, e));
    *score = 0;
    for (int i = 1; i <= k; i++)
        *score += distance[i] / k;
    return 0;
}

static int quantile_of(double *score, size_t n, double share, double *out,
                       struct ae_err *e)
{
    json_t *q = ae_quantiles_json(score, n);
    const int rc = ae_quantile(q, share, out, e);

    json_decref(q);
    return rc;
}

int ae_reference_quantile(const struct ae_reference *r,
                          const struct ae_ctx *ctx, int k, double share,
                          double *out, struct ae_err *e)
{
    const size_t n = r->count < SCORED ? r->count : SCORED;
    int rc = 0;

    if (r->count < (size_t)k + 1 || k >= AE_NEIGHBOURS_MOST)
        return ae_fail(e, AE_EARG,
                       "the reference's %zu item(s) have no %d nearest others",
                       r->count, k);
    double *score = ae_alloc(n, sizeof(*score), e);
    if (!score)
        return AE_EMEM;
    for (size_t i = 0; i < n; i++)
        if ((rc = score_own(r, ctx, i * r->count / n, k, &score[i], e)))
            goto out;
    rc = quantile_of(score, n, share, out, e);
out:
    free(score);
    return rc;
}
