/* means.c - see means.h.  The values of an item are its steps, one after the
 * other, each with a value of every column. */
#include "data/means.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

int ae_means_learn(struct ae_preprocessing *r, struct ae_dataset *items,
                   struct ae_err *e)
{
    const size_t n = (size_t)r->columns;
    double *count = ae_alloc(n, sizeof(*count), e);

    r->mean = ae_arena_alloc(&r->arena, n, sizeof(*r->mean), e);
    if (!count || !r->mean) {
        free(count);
        return AE_EMEM;
    }
    r->means = r->columns;
    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        const float *x = it->px;
        for (size_t k = 0; !it->held_out && k < ae_item_values(it); k++) {
            const size_t column = k % n;
            if (isnan(x[k]))
                continue;
            count[column]++;
            r->mean[column] += (x[k] - r->mean[column]) / count[column];
        }
    }
    free(count);
    return 0;
}

void ae_means_fill(const struct ae_preprocessing *r, struct ae_dataset *items)
{
    for (size_t i = 0; i < items->count; i++) {
        float *x = items->item[i].px;
        for (size_t k = 0; k < ae_item_values(&items->item[i]); k++)
            if (isnan(x[k]))
                x[k] = (float)r->mean[k % (size_t)r->columns];
    }
}

/* -------------------------------------------------------------- sentinels */

/* The two lowest and the two highest values, without those equal to them. */
struct ends {
    int any;
    float low, next_low, next_high, high;
};

static void add(struct ends *v, float x)
{
    if (!v->any) {
        *v = (struct ends){1, x, INFINITY, -INFINITY, x};
        return;
    }
    if (x < v->low) {
        v->next_low = v->low;
        v->low = x;
    } else if (x > v->low && x < v->next_low) {
        v->next_low = x;
    }
    if (x > v->high) {
        v->next_high = v->high;
        v->high = x;
    } else if (x < v->high && x > v->next_high) {
        v->next_high = x;
    }
}

/* Nines (-99, 9999.99), ends of whole numbers of 16 and 32 bits, -200, and
 * what no instrument shows. */
static int is_code(double v)
{
    static const double known[] = {
        -200, 32767, -32768, 65535, -2147483648.0, 2147483647, 4294967295.0};
    const double a = fabs(v);

    for (size_t i = 0; i < AE_LEN(known); i++)
        if (fabs(v - known[i]) < 1e-6 * a)
            return 1;
    for (int64_t nines = 99; nines < 10000000000; nines = 10 * nines + 9)
        for (int unit = 1; unit < 1000; unit *= 10) {
            const double code = (double)nines / unit;
            if (code >= 99 && fabs(a - code) < 1e-6 * a)
                return 1;
        }
    return a >= 1e20;
}

/* Beyond the others by more than twice their span, and twice their size. */
static int is_far(double v, double nearest, double farthest)
{
    const double gap = fabs(v - nearest), span = fabs(nearest - farthest);

    return isfinite(nearest) && isfinite(farthest) &&
           gap > 2 * fmax(span, fabs(nearest));
}

static void note(const struct ae_ctx *ctx, const struct ae_column *c, double v,
                 double from, double to)
{
    char name[64];

    if (c->name)
        ae_format(name, sizeof(name), "'%.50s'", c->name);
    else
        ae_format(name, sizeof(name), "%d", c->at);
    ae_log(
        ctx, AE_LOG_NOTE,
        "column %s holds %g, far from its other values, %g to %g: where that "
        "stands for a missing value, write NA in its place",
        name, v, from, to);
}

static void judge(const struct ae_ctx *ctx, const struct ae_column *c,
                  struct ends *v)
{
    if (is_code(v->high) && is_far(v->high, v->next_high, v->low)) {
        note(ctx, c, v->high, v->low, v->next_high);
        v->high = v->next_high;
    }
    if (is_code(v->low) && is_far(v->low, v->next_low, v->high))
        note(ctx, c, v->low, v->next_low, v->high);
}

int ae_sentinels_note(const struct ae_ctx *ctx,
                      const struct ae_preprocessing *r,
                      const struct ae_dataset *items, struct ae_err *e)
{
    const size_t n = (size_t)r->columns;
    struct ends *v = ae_alloc(n, sizeof(*v), e);

    if (!v)
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++) {
        const float *x = items->item[i].px;
        for (size_t k = 0; k < ae_item_values(&items->item[i]); k++)
            if (!isnan(x[k]))
                add(&v[k % n], x[k]);
    }
    for (size_t k = 0; k < n; k++)
        if (v[k].any)
            judge(ctx, &r->column[k], &v[k]);
    free(v);
    return 0;
}
