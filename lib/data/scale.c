/* scale.c - statistics of items, summed in double in the order of the items.
 *
 * A constant channel has no deviation: its unit is 1. */
#include "data/scale.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

/* Statistics of one channel or place. */
struct moments {
    double n, mean, m2, low, high;
};

/* Welford: Note on a method for calculating corrected sums of squares, 1962 */
static void add(struct moments *m, double v)
{
    const double d = v - m->mean;

    m->low = m->n > 0 ? fmin(m->low, v) : v;
    m->high = m->n > 0 ? fmax(m->high, v) : v;
    m->n++;
    m->mean += d / m->n;
    m->m2 += d * (v - m->mean);
}

static double deviation(const struct moments *m)
{
    const double s = m->n > 0 ? sqrt(m->m2 / m->n) : 0;

    return s > 1e-12 * fabs(m->mean) ? s : 1;
}

/* Single values in a row each have their own statistics, else channels do. */
static size_t scales_of(const struct ae_preprocessing *r,
                        const struct ae_item *it)
{
    return it->h == 1 && it->c == 1 && !r->window ? (size_t)it->w
                                                  : (size_t)it->c;
}

static void store(struct ae_preprocessing *r, const struct moments *m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double range = m[i].high - m[i].low;
        if (r->scale == AE_SCALE_UNIT) {
            r->shift[i] = m[i].low;
            r->unit[i] = range > 0 ? range : 1;
        } else {
            r->shift[i] = m[i].mean;
            r->unit[i] = deviation(&m[i]);
        }
    }
    r->scales = (int)n;
}

/* One item's samples of 8 or 16 bits to floats of 0..1. */
static int widen(struct ae_item *it, struct ae_err *e)
{
    const size_t n = ae_item_values(it);
    float *x = ae_alloc(n, sizeof(*x), e);

    if (!x)
        return AE_EMEM;
    for (size_t i = 0; i < n; i++)
        x[i] = it->bytes == 1 ? (float)((uint8_t *)it->px)[i] / 255
                              : (float)((uint16_t *)it->px)[i] / 65535;
    free(it->px);
    it->px = x;
    it->bytes = 4;
    return 0;
}

static int widen_all(struct ae_dataset *items, struct ae_err *e)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < items->count; i++) {
        struct ae_item *it = &items->item[i];
        if (it->bytes == 4)
            continue;
        items->bytes += ae_item_values(it) * (size_t)(4 - it->bytes);
        rc = widen(it, e);
    }
    return rc;
}

static void add_item(struct moments *m, size_t n, const struct ae_item *it)
{
    const float *x = it->px;

    for (size_t k = 0; k < ae_item_values(it); k++)
        add(&m[k % n], x[k]);
}

int ae_scale_deviations(const struct ae_preprocessing *r,
                        const struct ae_dataset *items, double range[2],
                        struct ae_err *e)
{
    const size_t n = scales_of(r, items->item);
    struct moments *m = ae_alloc(n, sizeof(*m), e);

    range[0] = range[1] = 0;
    if (!m)
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++)
        if (items->item[i].bytes == 4)
            add_item(m, n, &items->item[i]);
    for (size_t i = 0; i < n; i++) {
        const double v = m[i].high > m[i].low ? deviation(&m[i]) : 0;
        range[0] = v > 0 && (v < range[0] || range[0] == 0) ? v : range[0];
        range[1] = fmax(range[1], v);
    }
    free(m);
    return 0;
}

int ae_scale_learn(struct ae_preprocessing *r, struct ae_dataset *items,
                   struct ae_err *e)
{
    if (r->scale <= AE_SCALE_NONE || r->scale == AE_SCALE_WINDOW)
        return 0;
    if (widen_all(items, e) < 0)
        return AE_EMEM;
    const size_t n = scales_of(r, items->item);
    if (n > AE_MAX_COLUMNS)
        return ae_fail(e, AE_ELIMIT, "`scale`: %zu values are too many", n);
    struct moments *m = ae_arena_alloc(&r->arena, n, sizeof(*m), e);
    r->shift = ae_arena_alloc(&r->arena, n, sizeof(*r->shift), e);
    r->unit = ae_arena_alloc(&r->arena, n, sizeof(*r->unit), e);
    if (!m || !r->shift || !r->unit)
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        if (!it->held_out || r->scale != AE_SCALE_GLOBAL)
            add_item(m, n, it);
    }
    store(r, m, n);
    return 0;
}

void ae_scale_of_window(const float *x, size_t n, int k, int c, double *shift,
                        double *unit)
{
    struct moments m = {0};

    for (size_t i = (size_t)k; i < n; i += (size_t)c)
        add(&m, x[i]);
    *shift = m.mean;
    *unit = deviation(&m);
}

static void by_itself(float *x, size_t n, int c)
{
    double shift, unit;

    for (int k = 0; k < c; k++) {
        ae_scale_of_window(x, n, k, c, &shift, &unit);
        for (size_t i = (size_t)k; i < n; i += (size_t)c)
            x[i] = (float)((x[i] - shift) / unit);
    }
}

int ae_scale(const struct ae_preprocessing *r, float *x, int h, int w, int c,
             struct ae_err *e)
{
    const size_t n = (size_t)h * (size_t)w * (size_t)c;
    const size_t scales = (size_t)r->scales;

    if (r->scale <= AE_SCALE_NONE)
        return 0;
    if (r->scale == AE_SCALE_WINDOW) {
        by_itself(x, n, c);
        return 0;
    }
    if (scales != (size_t)c && scales != n)
        return ae_fail(e, AE_EARG,
                       "%d x %d x %d values; the model's scale has %d", h, w, c,
                       r->scales);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((x[i] - r->shift[i % scales]) / r->unit[i % scales]);
    return 0;
}

int ae_scale_dataset(const struct ae_preprocessing *r, struct ae_dataset *items,
                     struct ae_err *e)
{
    int rc = r->scale > AE_SCALE_NONE ? widen_all(items, e) : 0;
    int outside = 0;

    for (size_t i = 0; !rc && i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        float *x = it->px;
        if (it->bytes != 4)
            continue; /* in 0..1 */
        rc = ae_scale(r, x, it->h, it->w, it->c, e);
        for (size_t k = 0; k < ae_item_values(it); k++)
            outside |= x[k] < 0 || x[k] > 1;
    }
    items->stats.outside = outside;
    return rc;
}
