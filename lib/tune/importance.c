/* importance.c - how much each setting has to do with how trials turn out.
 *
 * Trials are compared where all of them were, at the first rung, by their
 * ranks, since one diverged value would outweigh all others; a failed trial
 * ranks last.  A setting's values are groups: choices, few whole numbers, or
 * the quarters of its trials from the lowest places to the highest.  Its share
 * is that of the variance of ranks which lies between the groups, less what
 * chance alone would put there (epsilon squared, Kelley 1935). */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "tune/study.h"

enum { QUARTERS = 4, FEW = 6, GROUPS = 64, TRIALS_LEAST = 8 };

struct ranked {
    double cost, rank;
    size_t trial;
};

static int by_cost(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->cost > y->cost) - (x->cost < y->cost);
}

/* Equal costs share the mean of their ranks. */
static void rank(struct ranked *r, size_t n)
{
    qsort(r, n, sizeof(*r), by_cost);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && !(r[end].cost > r[i].cost); end++)
            ;
        for (size_t k = i; k < end; k++)
            r[k].rank = 0.5 * (double)(i + end - 1);
    }
}

/* Trials that came to the first rung or failed, ranked; to be freed. */
static int find_ranked(const struct ae_study *s, struct ranked **out, size_t *n,
                       struct ae_err *e)
{
    *n = 0;
    *out = ae_alloc(s->trials.count + 1, sizeof(**out), e);
    if (!*out)
        return AE_EMEM;
    for (size_t i = 0; i < s->trials.count; i++) {
        const double cost = s->trials.at[i].state == AE_TRIAL_FAILED
                                ? INFINITY
                                : ae_study_cost(s, i, 0);
        if (!isnan(cost))
            (*out)[(*n)++] = (struct ranked){.cost = cost, .trial = i};
    }
    rank(*out, *n);
    return 0;
}

/* The group of a place; below: how many of n trials have lower ones. */
static int group_of(const struct ae_setting *s, double u, size_t below,
                    size_t n)
{
    const int values = ae_setting_values(s);
    const int most = s->domain == AE_DOMAIN_CHOICE ? GROUPS : FEW;

    return values && values <= most ? ae_clamp((int)(u * values), 0, values - 1)
                                    : (int)(QUARTERS * below / n);
}

/* The k-th setting's places of ranked trials, sorted; their number. */
static size_t sort_places(const struct ae_study *s, const struct ranked *r,
                          size_t n, int k, double *place)
{
    size_t known = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(s->trials.at[r[i].trial].u[k]))
            place[known++] = s->trials.at[r[i].trial].u[k];
    qsort(place, known, sizeof(*place), ae_by_double);
    return known;
}

/* How many of n sorted places are lower. */
static size_t count_below(const double *place, size_t n, double u)
{
    size_t below = 0, end = n;

    while (below < end) {
        const size_t middle = below + (end - below) / 2;
        if (place[middle] < u)
            below = middle + 1;
        else
            end = middle;
    }
    return below;
}

/* Epsilon squared of n ranks in groups. */
static double share_of(const struct ranked *r, const int *group, size_t n)
{
    double sum[GROUPS] = {0}, mean = 0, all = 0, within = 0;
    size_t count[AE_LEN(sum)] = {0};
    int groups = 0;

    for (size_t i = 0; i < n; i++) {
        sum[group[i]] += r[i].rank;
        groups += count[group[i]]++ == 0;
        mean += r[i].rank / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double own = sum[group[i]] / (double)count[group[i]];
        within += (r[i].rank - own) * (r[i].rank - own);
        all += (r[i].rank - mean) * (r[i].rank - mean);
    }
    if (n < (size_t)groups + 2 || !(all > 0))
        return NAN;
    const double left = within / (double)(n - (size_t)groups);
    return fmax(0, 1 - left * (double)(n - 1) / all);
}

/* Puts ranked trials into groups by their k-th setting; 0: that isn't known of
 * one, or there are too few.  The defaults may lie outside the space: they go
 * to its middle. */
static int find_groups(const struct ae_study *s, const struct ranked *r,
                       size_t n, int k, double *place, int *group)
{
    const size_t known = sort_places(s, r, n, k, place);

    for (size_t i = 0; i < n; i++) {
        const double at = s->trials.at[r[i].trial].u[k];
        const double u = isnan(at) ? 0.5 : at;
        if (isnan(at) && r[i].trial != 0)
            return 0;
        group[i] = group_of(&s->space.at[k], u, count_below(place, known, u),
                            n);
    }
    return n >= TRIALS_LEAST;
}

int ae_study_importance(const struct ae_study *s, double *share, size_t *trials,
                        struct ae_err *e)
{
    double *place = NULL;
    int *group = NULL;
    struct ranked *r;
    size_t n;
    int rc = find_ranked(s, &r, &n, e);

    *trials = 0;
    if (rc < 0)
        goto out;
    place = ae_alloc(n + 1, sizeof(*place), e);
    group = ae_alloc(n + 1, sizeof(*group), e);
    if (!place || !group) {
        rc = AE_EMEM;
        goto out;
    }
    *trials = n;
    for (int k = 0; k < s->space.count; k++)
        share[k] = find_groups(s, r, n, k, place, group) ? share_of(r, group, n)
                                                         : NAN;
out:
    free(r);
    free(place);
    free(group);
    return rc;
}
