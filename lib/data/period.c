/* period.c - see period.h.
 *
 * Runs of any length share one grid of frequencies, k / n with n at least
 * four times the longest run (zeros are appended), so that a peak's place is
 * known to a fraction of what the run itself resolves. */
#include "data/period.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fft.h"
#include "base/mem.h"

enum { SHORTEST = 8, FINER = 4, LONGEST = 1 << 22 }; /* steps, times */
#define CHANCE 0.001
#define TURN 6.28318530717958647692

void ae_time_series_release(struct ae_time_series *s)
{
    free(s->x);
    free(s->begin);
    *s = (struct ae_time_series){0};
}

static int begin_run(struct ae_time_series *s, struct ae_err *e)
{
    if (s->runs == s->room) {
        s->room = 2 * s->room + 16;
        if (ae_realloc(&s->begin, s->room, sizeof(*s->begin), e) < 0)
            return AE_EMEM;
    }
    s->begin[s->runs++] = s->count;
    return 0;
}

int ae_time_series_add(struct ae_time_series *s, const float *step,
                       int channels, int begins, struct ae_err *e)
{
    const size_t n = (size_t)channels;

    assert(s->count == 0 || channels == s->channels);
    s->channels = channels;
    if ((begins || !s->runs) && begin_run(s, e) < 0)
        return AE_EMEM;
    if (s->count == s->cap) {
        s->cap = 2 * s->cap + 1024;
        if (ae_realloc(&s->x, s->cap, n * sizeof(float), e) < 0)
            return AE_EMEM;
    }
    memcpy(s->x + s->count++ * n, step, n * sizeof(float));
    return 0;
}

void ae_time_series_drop(struct ae_time_series *s, uint64_t count)
{
    s->count -= (size_t)count;
    while (s->runs && s->begin[s->runs - 1] >= s->count)
        s->runs--;
}

static size_t length(const struct ae_time_series *s, size_t run)
{
    return (run + 1 < s->runs ? s->begin[run + 1] : s->count) - s->begin[run];
}

/* ------------------------------------------------------------ periodogram */

/* The spectrum of all, and of red noise like it, at k / n for k of `bins`. */
struct spectrum {
    struct ae_fft2 *fft;
    size_t n, bins;
    double *power, *noise;
    /* of the lengths of the runs in it, as channels aren't independent */
    double sum, squares;
};

/* Mean and linear trend out, to variance 1; 0 where nothing is left. */
static int straighten(float *x, size_t n)
{
    const double middle = ((double)n - 1) / 2;
    double mean = 0, slope = 0, var = 0, size = 0;

    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        slope += ((double)i - middle) * ((double)x[i] - mean);
    slope /= (double)n * ((double)n * (double)n - 1) / 12;
    for (size_t i = 0; i < n; i++) {
        const double v = x[i] - mean - slope * ((double)i - middle);
        var += v * v / (double)n;
        size += (double)x[i] * x[i] / (double)n;
    }
    if (!(var > 1e-10 * size)) /* what rounding leaves of a line */
        return 0;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((x[i] - mean - slope * ((double)i - middle)) /
                       sqrt(var));
    return 1;
}

static double correlation(const float *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i + 1 < n; i++)
        sum += (double)x[i] * x[i + 1] / (double)n;
    return sum;
}

/* 1 unless it is flat.  White noise of variance 1 has the mean power 1 at all
 * frequencies. */
static int add_channel(struct spectrum *p, const struct ae_time_series *s,
                       size_t run, int channel)
{
    const size_t n = length(s, run), c = (size_t)s->channels;
    float *x = ae_fft2_real(p->fft);
    const float *z = ae_fft2_complex(p->fft);

    memset(x, 0, p->n * sizeof(*x));
    for (size_t i = 0; i < n; i++)
        x[i] = s->x[(s->begin[run] + i) * c + (size_t)channel];
    if (!straighten(x, n))
        return 0;
    const double a = correlation(x, n);
    ae_fft2_forward(p->fft);
    for (size_t k = 0; k < p->bins; k++) {
        const double turn = TURN * (double)k / (double)p->n;
        /* times n, the run's weight */
        p->power[k] += (double)z[2 * k] * z[2 * k] +
                       (double)z[2 * k + 1] * z[2 * k + 1];
        p->noise[k] += (double)n * (1 - a * a) /
                       (1 + a * a - 2 * a * cos(turn));
    }
    return 1;
}

static void add_run(struct spectrum *p, const struct ae_time_series *s,
                    size_t run)
{
    const double n = (double)length(s, run);
    int found = 0;

    for (int c = 0; c < s->channels && n >= SHORTEST; c++)
        found |= add_channel(p, s, run, c);
    p->sum += found * n;
    p->squares += found * n * n;
}

static int measure(struct spectrum *p, const struct ae_time_series *s,
                   size_t longest, struct ae_err *e)
{
    p->n = SHORTEST;
    while (p->n < FINER * longest)
        p->n *= 2;
    p->bins = p->n / 2 + 1;
    AE_TRY(ae_fft2_new(1, (int)p->n, &p->fft, e));
    p->power = ae_alloc(p->bins, sizeof(*p->power), e);
    p->noise = ae_alloc(p->bins, sizeof(*p->noise), e);
    if (!p->power || !p->noise)
        return AE_EMEM;
    for (size_t i = 0; i < s->runs; i++)
        add_run(p, s, i);
    return 0;
}

/* ------------------------------------------------------------------ peaks */

/* Where the parabola through three logarithms of power is highest. */
static double refine(const struct spectrum *p, size_t k)
{
    const double a = log(p->power[k - 1]), b = log(p->power[k]);
    const double c = log(p->power[k + 1]), bend = a - 2 * b + c;

    return bend < 0 ? (double)k + 0.5 * (a - c) / bend : (double)k;
}

/* The factor of red noise's mean power that a mean over runs as good as m
 * independent ones exceeds with the chance p: chi-squared of 2m degrees by
 * Wilson and Hilferty (1931), the normal quantile by Hastings (1955). */
static double exceeded(double m, double p)
{
    const double t = sqrt(-2 * log(p)), v = 1 / (9 * m);
    const double z = t - (2.30753 + 0.27061 * t) /
                             (1 + 0.99229 * t + 0.04481 * t * t);

    return pow(1 - v + z * sqrt(v), 3);
}

/* The strongest of the peaks that stand out; 0: none. */
static int find_peak(const struct spectrum *p, size_t longest, int most)
{
    const double least = exceeded(p->sum * p->sum / p->squares,
                                  CHANCE / ((double)longest / 2));
    const double slowest = fmin(most, (double)longest / 3);
    const double n = (double)p->n;
    double best = 0, at = 0;

    for (size_t k = 1; k + 1 < p->bins; k++) {
        const double v = p->power[k];
        if (!(v > p->power[k - 1] && v >= p->power[k + 1] && v > best &&
              v > least * p->noise[k]))
            continue;
        const double period = n / refine(p, k);
        if (period < AE_PERIOD_LEAST - 0.5 || period > slowest + 0.5)
            continue;
        best = v;
        at = period;
    }
    return (int)(at + 0.5);
}

int ae_time_series_period(const struct ae_time_series *s, int most, int *period,
                          struct ae_err *e)
{
    struct spectrum p = {0};
    size_t longest = 0;
    int rc = 0;

    *period = 0;
    for (size_t i = 0; i < s->runs; i++)
        longest = length(s, i) > longest ? length(s, i) : longest;
    if (longest > LONGEST)
        return ae_fail(e, AE_ELIMIT,
                       "a series of %zu rows is too long to find its period: "
                       "give `window` N, or `rows` A:B",
                       longest);
    if (longest >= SHORTEST && (rc = measure(&p, s, longest, e)) < 0)
        goto out;
    if (p.sum > 0)
        *period = find_peak(&p, longest, most);
    if (!*period)
        rc = ae_fail(e, AE_EARG,
                     "no period stands out of %zu rows (it must return three "
                     "times and be no noise): give `window` N, as many rows as "
                     "what repeats, or what matters, takes",
                     s->count);
out:
    ae_fft2_free(p.fft);
    free(p.power);
    free(p.noise);
    return rc;
}
