/* spread.c - sums and squares of each value, in double. */
#include "train/loop/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

int ae_spread_init(struct ae_spread *s, size_t values, int most,
                   struct ae_err *e)
{
    *s = (struct ae_spread){.values = values};
    s->out = ae_alloc((size_t)most, values * sizeof(*s->out), e);
    s->sum = ae_alloc(2, values * sizeof(*s->sum), e);
    return s->out && s->sum ? 0 : AE_EMEM;
}

void ae_spread_release(struct ae_spread *s)
{
    free(s->out);
    free(s->sum);
    memset(s, 0, sizeof(*s));
}

void ae_spread_clear(struct ae_spread *s)
{
    memset(s->sum, 0, 2 * s->values * sizeof(*s->sum));
    s->square[0] = s->square[1] = s->n = 0;
}

static void add(struct ae_spread *s, int which, const float *x, int n)
{
    double *sum = s->sum + (size_t)which * s->values;

    for (int i = 0; i < n; i++, x += s->values)
        for (size_t j = 0; j < s->values; j++) {
            const double v = (double)x[j];
            sum[j] += v;
            s->square[which] += v * v;
        }
}

void ae_spread_add(struct ae_spread *s, const struct ae_view *out,
                   const float *clean)
{
    ae_view_get(out, 0, out->n, s->out);
    add(s, 0, s->out, out->n);
    add(s, 1, clean, out->n);
    s->n += out->n;
}

/* The sum over an item's values of their variances. */
static double variance(const struct ae_spread *s, int which)
{
    const double *sum = s->sum + (size_t)which * s->values;
    double v = s->square[which];

    for (size_t j = 0; j < s->values; j++)
        v -= sum[j] * sum[j] / s->n;
    return v / s->n > 1e-9 * s->square[which] / s->n ? v / s->n : 0;
}

double ae_spread_share(const struct ae_spread *s)
{
    const double items = s->n > 1 ? variance(s, 1) : 0;

    return items > 0 ? variance(s, 0) / items : NAN;
}
