/* tpe.c - the tree-structured Parzen estimator (Bergstra et al. 2011).
 *
 * The better part of the points that were tried and the rest are each described
 * by a density, setting by setting.  Points are drawn from the density of the
 * better ones, and the one is taken whose ratio of both densities, by which the
 * expected improvement rises, is the largest.
 *
 * A density of a range is the mean of a flat one and of Gaussians, one around
 * each point, as wide as the farther neighbour is distant, cut off at the
 * range's ends; that of choices counts each once more than it was tried. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"
#include "tune/sampler.h"

enum {
    STREAM = 3,
    CANDIDATES = 24, /* as in the paper */
    BETTER_MOST = 25
};
static const double BETTER = 0.15; /* share of the points, as there, too */
static const double NARROWEST = 0.05;

/* The points of one part in one setting, in order, and their widths. */
struct density {
    double *at, *width; /* [n] */
    double *peak;       /* [n], of each Gaussian, which is cut off at 0 and 1 */
    size_t n;
    int choices; /* 0: a range */
};

/* ----------------------------------------------------------- one setting */

static double normal_share(double lo, double hi)
{
    static const double ROOT = 1.41421356237309505; /* of two */

    return 0.5 * (erf(hi / ROOT) - erf(lo / ROOT));
}

static void find_widths(struct density *d, double least)
{
    static const double PEAK = 0.39894228040143268; /* 1 / sqrt(2 pi) */

    for (size_t i = 0; i < d->n; i++) {
        const double at = d->at[i], below = at - (i ? d->at[i - 1] : 0);
        const double above = (i + 1 < d->n ? d->at[i + 1] : 1) - at;
        const double width = fmin(fmax(fmax(below, above), least), 1);
        d->width[i] = width;
        d->peak[i] = PEAK /
                     (width * normal_share(-at / width, (1 - at) / width));
    }
}

/* Takes the k-th setting's places of the points from `first` on, up to `end`,
 * that are in its domain. */
static void fill(struct density *d, const struct ae_space *s, int k,
                 const struct ae_tried *tried, size_t first, size_t end)
{
    const int values = ae_setting_values(&s->at[k]);

    d->n = 0;
    d->choices = s->at[k].domain == AE_DOMAIN_CHOICE ? values : 0;
    for (size_t i = first; i < end; i++) {
        const double u = tried->u[i * (size_t)s->count + (size_t)k];
        if (!isnan(u))
            d->at[d->n++] = u;
    }
    qsort(d->at, d->n, sizeof(*d->at), ae_by_double);
    find_widths(d, fmax(fmax(NARROWEST, 1 / (1.0 + (double)d->n) / 4),
                        values ? 0.5 / values : 0));
}

static double density_at(const struct density *d, double u)
{
    double sum = 1; /* the flat one, or a choice once more */

    for (size_t i = 0; i < d->n; i++) {
        const double z = (u - d->at[i]) / d->width[i];
        sum += d->choices ? fabs(u - d->at[i]) < 0.5 / d->choices
                          : d->peak[i] * exp(-0.5 * z * z);
    }
    return sum / ((double)d->n + (d->choices ? d->choices : 1));
}

static double draw_choice(const struct density *d, struct ae_rng *r)
{
    const uint32_t all = (uint32_t)d->n + (uint32_t)d->choices;
    const uint32_t k = ae_rng_below(r, all);

    return k < d->n ? d->at[k] : ((double)(k - d->n) + 0.5) / d->choices;
}

static double draw(const struct density *d, struct ae_rng *r)
{
    double u;

    if (d->choices)
        return draw_choice(d, r);
    const uint32_t k = ae_rng_below(r, (uint32_t)d->n + 1);
    if (k == d->n)
        return ae_rng_uniform(r);
    do
        u = d->at[k] + d->width[k] * ae_rng_normal(r);
    while (u < 0 || u > 1);
    return u;
}

/* ---------------------------------------------------------- all settings */

struct model {
    struct density good[AE_SPACE_SETTINGS], bad[AE_SPACE_SETTINGS];
    double *numbers; /* what the densities lie in */
};

static int init(struct model *m, const struct ae_space *s,
                const struct ae_tried *tried, struct ae_err *e)
{
    const size_t n = tried->n;
    const size_t better = (size_t)fmin(ceil(BETTER * (double)n), BETTER_MOST);
    size_t numbers;

    AE_TRY(ae_mul(6 * n, (size_t)s->count, &numbers, e));
    m->numbers = ae_alloc(numbers, sizeof(*m->numbers), e);
    if (!m->numbers)
        return AE_EMEM;
    for (int k = 0; k < s->count; k++) {
        double *at = m->numbers + 6 * n * (size_t)k;
        m->good[k] = (struct density){
            .at = at, .width = at + n, .peak = at + 2 * n};
        m->bad[k] = (struct density){
            .at = at + 3 * n, .width = at + 4 * n, .peak = at + 5 * n};
        fill(&m->good[k], s, k, tried, 0, better);
        fill(&m->bad[k], s, k, tried, better, n);
    }
    return 0;
}

/* Draws a point; the logarithm of the ratio of its densities. */
static double draw_point(const struct model *m, int settings, struct ae_rng *r,
                         double *u)
{
    double gain = 0;

    for (int k = 0; k < settings; k++) {
        u[k] = draw(&m->good[k], r);
        gain += log(density_at(&m->good[k], u[k])) -
                log(density_at(&m->bad[k], u[k]));
    }
    return gain;
}

int ae_tpe_sample(const struct ae_space *s, uint64_t seed, uint32_t index,
                  const struct ae_tried *tried, double *u, struct ae_err *e)
{
    struct model m = {0};
    double best = -INFINITY, now[AE_SPACE_SETTINGS];
    struct ae_rng r;
    const int rc = init(&m, s, tried, e);

    ae_rng_init(&r, ae_mix(seed, STREAM), index);
    for (int i = 0; !rc && i < CANDIDATES; i++) {
        const double gain = draw_point(&m, s->count, &r, now);
        if (!(gain > best))
            continue;
        best = gain;
        for (int k = 0; k < s->count; k++)
            u[k] = now[k];
    }
    free(m.numbers);
    return rc;
}
