/* scores_item.c - what is kept of an odd item: small pictures of it, of what
 * the model makes of it and of the errors; or a trace of both; or words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "base/str.h"
#include "base/text.h"
#include "image/resize.h"
#include "page/scores.h"

enum { NAME = 1000 /* bytes of a name or line that are kept */, FIELDS = 3 };

void ae_odd_release(struct ae_odd *o)
{
    free(o->name);
    free(o->label);
    free(o->text);
    ae_image_release(&o->x);
    ae_image_release(&o->y);
    ae_image_release(&o->error);
}

static int copy_text(char **out, const char *text, struct ae_err *e)
{
    *out = text ? strndup(text, NAME) : NULL;
    return *out || !text ? 0 : ae_fail(e, AE_EMEM, "no memory for a name");
}

/* --------------------------------------------------------------- pictures */

struct range {
    double lo, hi;
};

/* What black and white stand for. */
static struct range range_of(const struct ae_score_page *p,
                             const struct ae_score *s)
{
    const size_t n = (size_t)s->h * (size_t)s->w * (size_t)s->c;
    struct range r = {INFINITY, -INFINITY};

    if (p->o.kind == AE_ITEM_IMAGE)
        return (struct range){0, 1};
    for (size_t i = 0; i < n; i++) {
        r.lo = fmin(r.lo, s->x[i]);
        r.hi = fmax(r.hi, s->x[i]);
    }
    return r.hi > r.lo ? r : (struct range){r.lo, r.lo + 1};
}

/* Three channels are colours; of other numbers the first one is shown. */
static void fill_values(const struct ae_score *s, const float *from,
                        struct range r, struct ae_image *out)
{
    const size_t pixels = (size_t)s->h * (size_t)s->w, c = (size_t)s->c;
    const int n = out->info.channels;

    for (size_t i = 0; i < pixels; i++)
        for (int k = 0; k < n; k++)
            out->data[i * (size_t)n + (size_t)k] = (float)fmin(
                fmax(((double)from[i * c + (size_t)k] - r.lo) / (r.hi - r.lo),
                     0),
                1);
}

static void fill_errors(const struct ae_score *s, const float *made,
                        struct range r, struct ae_image *out)
{
    const size_t pixels = (size_t)s->h * (size_t)s->w, c = (size_t)s->c;

    for (size_t i = 0; i < pixels; i++) {
        double sum = 0;
        for (size_t k = 0; k < c; k++)
            sum += fabs((double)s->x[i * c + k] - (double)made[i * c + k]);
        out->data[i] = (float)fmin(sum / (double)c / (r.hi - r.lo), 1);
    }
}

/* Makes a picture AE_ODD_SIDE pixels wide or high where it is larger. */
static int reduce(struct ae_ctx *ctx, struct ae_image *im, struct ae_err *e)
{
    const int longest = ae_max(im->info.w, im->info.h);
    const double by = (double)AE_ODD_SIDE / longest;
    struct ae_image_info info = im->info;
    struct ae_image small = {0};

    if (longest <= AE_ODD_SIDE)
        return 0;
    info.w = ae_max(1, (int)lround(by * info.w));
    info.h = ae_max(1, (int)lround(by * info.h));
    AE_TRY(ae_image_alloc(ctx, &small, &info, e));
    const int rc = ae_resize(im->data, im->info.h, im->info.w, info.channels,
                             small.data, info.h, info.w, e);
    ae_image_release(im);
    *im = small;
    return rc;
}

static int take_picture(struct ae_score_page *p, const struct ae_score *s,
                        struct ae_odd *o, struct ae_err *e)
{
    const struct range r = range_of(p, s);
    const int c = s->c == 3 ? 3 : 1;
    const struct ae_image_info one = {
        .w = s->w, .h = s->h, .channels = 1, .maxval = 255};
    struct ae_image_info info = one;

    info.channels = c;
    o->is_large = ae_max(s->w, s->h) > AE_ODD_SIDE;
    AE_TRY(ae_image_alloc(p->ctx, &o->x, &info, e));
    AE_TRY(ae_image_alloc(p->ctx, &o->y, &info, e));
    AE_TRY(ae_image_alloc(p->ctx, &o->error, &one, e));
    fill_values(s, s->x, r, &o->x);
    fill_values(s, s->y, r, &o->y);
    fill_errors(s, s->y, r, &o->error);
    AE_TRY(reduce(p->ctx, &o->x, e));
    AE_TRY(reduce(p->ctx, &o->y, e));
    return reduce(p->ctx, &o->error, e);
}

/* The error that few of an item's pixels exceed. */
static double large_error(const struct ae_image *im)
{
    const size_t n = (size_t)im->info.w * (size_t)im->info.h;
    float *sorted = ae_alloc(n, sizeof(*sorted), NULL);

    if (!sorted) /* dark errors, then */
        return 1;
    memcpy(sorted, im->data, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), ae_by_float);
    const double large = sorted[n - 1 - n / 50];
    free(sorted);
    return large;
}

double ae_odd_gain(const struct ae_score_page *p)
{
    double large = 1e-2, gain = 1;

    for (size_t i = 0; i < p->odds; i++)
        if (p->odd[i].error.data)
            large = fmax(large, large_error(&p->odd[i].error));
    while (2 * gain * large < 1)
        gain *= 2;
    return gain;
}

void ae_odd_colour(double error, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (float)fmin(fmax(3 * error - k, 0), 1);
}

/* ------------------------------------------------------- traces and words */

/* The channel, or column, that the model fails at most. */
static int oddest_channel(const struct ae_score *s)
{
    int worst = 0;

    for (int k = 1; k < s->channels; k++)
        if (s->channel[k] > s->channel[worst])
            worst = k;
    return worst;
}

static void name_column(const struct ae_score_page *p, int k, char *buf,
                        size_t size)
{
    if (k < p->o.columns && p->o.column[k])
        ae_format(buf, size, "%s", p->o.column[k]);
    else
        ae_format(buf, size, "column %d", k + 1);
}

/* The numbers of one channel along the item, every n-th of many. */
static int take_trace(struct ae_score_page *p, const struct ae_score *s,
                      struct ae_odd *o, struct ae_err *e)
{
    const size_t c = (size_t)s->c;
    const size_t at = s->channels == s->c ? (size_t)oddest_channel(s) : 0;
    const size_t step = (size_t)(s->w - 1) / AE_ODD_TRACE + 1;
    const struct ae_image_info info = {
        .w = (s->w - 1) / (int)step + 1, .h = 1, .channels = 1, .maxval = 255};
    char name[256];

    AE_TRY(ae_image_alloc(p->ctx, &o->x, &info, e));
    AE_TRY(ae_image_alloc(p->ctx, &o->y, &info, e));
    for (size_t i = 0; i < (size_t)info.w; i++) {
        o->x.data[i] = s->x[i * step * c + at];
        o->y.data[i] = s->y[i * step * c + at];
    }
    if (c == 1)
        return 0;
    name_column(p, (int)at, name, sizeof(name));
    return copy_text(&o->text, name, e);
}

/* The next of a row's columns, the oddest first; -1: there are no more. */
static int next_column(const struct ae_score *s, const int *before, int n)
{
    int best = -1;

    for (int k = 0; k < s->channels; k++) {
        int seen = 0;
        for (int i = 0; i < n; i++)
            seen |= before[i] == k;
        if (!seen && (best < 0 || s->channel[k] > s->channel[best]))
            best = k;
    }
    return best;
}

/* "amp 812 (93.1 expected), ..." of the columns that the model fails at most.
 */
static int take_fields(struct ae_score_page *p, const struct ae_score *s,
                       struct ae_odd *o, struct ae_err *e)
{
    struct ae_str text = {0};
    int column[FIELDS], rc = 0;

    for (int i = 0; !rc && i < FIELDS; i++) {
        char name[256];
        const int k = column[i] = next_column(s, column, i);
        if (k < 0)
            break;
        name_column(p, k, name, sizeof(name));
        rc = ae_str_printf(&text, e, "%s%s %.6g", i ? ", " : "", name,
                           (double)s->x[k]);
        if (!rc && s->y)
            rc = ae_str_printf(&text, e, " (%.6g expected)", (double)s->y[k]);
    }
    if (!rc)
        rc = copy_text(&o->text, text.p, e);
    ae_str_release(&text);
    return rc;
}

int ae_odd_take(struct ae_score_page *p, const struct ae_score *s,
                struct ae_odd *out, struct ae_err *e)
{
    AE_TRY(copy_text(&out->name, s->name, e));
    AE_TRY(copy_text(&out->label, s->label, e));
    if (s->line)
        return copy_text(&out->text, s->line, e);
    if (ae_score_page_draws(p))
        return s->h > 1 ? take_picture(p, s, out, e) : take_trace(p, s, out, e);
    return s->channel ? take_fields(p, s, out, e) : 0;
}
