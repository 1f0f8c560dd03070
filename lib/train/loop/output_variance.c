/* output_variance.c - sums and squares of each value, in double. */
#include "train/loop/output_variance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static void add(struct ae_output_variance *v, const float *x, int n)
{
    for (int i = 0; i < n; i++, x += v->values)
        for (size_t j = 0; j < v->values; j++) {
            const double value = (double)x[j];
            v->sum[j] += value;
            v->square += value * value;
        }
    v->n += n;
}

/* The sum over an item's values of their variances. */
static double variance(const struct ae_output_variance *v)
{
    double sum = v->square;

    for (size_t j = 0; j < v->values; j++)
        sum -= v->sum[j] * v->sum[j] / v->n;
    return sum / v->n > 1e-9 * v->square / v->n ? sum / v->n : 0;
}

int ae_output_variance_init(struct ae_output_variance *v, const float *items,
                            int n, size_t values, int most, struct ae_err *e)
{
    *v = (struct ae_output_variance){.values = values};
    v->out = ae_alloc((size_t)most, values * sizeof(*v->out), e);
    v->sum = ae_alloc(values, sizeof(*v->sum), e);
    if (!v->out || !v->sum)
        return AE_EMEM;
    add(v, items, n);
    v->items = n > 1 ? variance(v) : 0;
    return 0;
}

void ae_output_variance_release(struct ae_output_variance *v)
{
    free(v->out);
    free(v->sum);
    memset(v, 0, sizeof(*v));
}

void ae_output_variance_clear(struct ae_output_variance *v)
{
    memset(v->sum, 0, v->values * sizeof(*v->sum));
    v->square = v->n = 0;
}

void ae_output_variance_add(struct ae_output_variance *v,
                            const struct ae_view *out)
{
    ae_view_get(out, 0, out->n, v->out);
    add(v, v->out, out->n);
}

double ae_output_variance_share(const struct ae_output_variance *v)
{
    return v->items > 0 ? variance(v) / v->items : NAN;
}
