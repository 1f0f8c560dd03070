/* float_range.c - see float_range.h.
 *
 * Samples are counted by their upper 16 bits, sign, exponent and 7 bits of the
 * fraction, in the order of their values, and the ends of each class are kept:
 * quantiles come out to a 128th of their size, or better. */
#include "run/denoise/float_range.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { CLASSES = 1 << 16 };

/* What lies outside 0..1 by no more than this is noise about black or white,
 * which nets can bear; by no more than that, it is a picture of 0..1 still, in
 * which a level of noise of 255 stands for 1. */
static const double TOLERANCE = 0.1, UNIT = 1;
/* An end is far from the others if it makes the range so many times as wide. */
static const double FAR = 3;
/* Dark pictures are shown to the net as ones whose brightest sample is this. */
static const double BRIGHT = 0.5;
/* Samples this share of the range beyond the quantiles still belong to it. */
static const double MARGIN = 0.25;

struct ae_float_range {
    uint64_t n;
    struct {
        uint64_t count;
        float least, most;
    } class[CLASSES];
};

struct ae_float_range *ae_float_range_new(struct ae_err *e)
{
    return ae_alloc(1, sizeof(struct ae_float_range), e);
}

void ae_float_range_free(struct ae_float_range *r)
{
    free(r);
}

/* The class of v; those of greater values are greater. */
static unsigned class_of(float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof(bits));
    return (bits >> 31 ? ~bits : bits | 1u << 31) >> 16;
}

void ae_float_range_add(struct ae_float_range *r, float v)
{
    const unsigned k = class_of(v);

    if (!r->class[k].count || v < r->class[k].least)
        r->class[k].least = v;
    if (!r->class[k].count || v > r->class[k].most)
        r->class[k].most = v;
    r->class[k].count++;
    r->n++;
}

/* Classes in order, from the least (step 1) or from the most (-1): the one that
 * holds sample number `rank` from that end, counted from 0. */
static int find_class(const struct ae_float_range *r, int step, uint64_t rank)
{
    int k = step > 0 ? 0 : CLASSES - 1;

    for (uint64_t before = 0;; k += step) {
        before += r->class[k].count;
        if (before > rank)
            return k;
    }
}

/* The ends of the samples, least and most of all, and of those that count. */
struct ends {
    double min, max, low, high;
};

/* The ends if `few` samples on either side count for nothing. */
static struct ends ends_but(const struct ae_float_range *r, uint64_t few)
{
    return (struct ends){.min = (double)r->class[find_class(r, 1, 0)].least,
                         .max = (double)r->class[find_class(r, -1, 0)].most,
                         .low = (double)r->class[find_class(r, 1, few)].least,
                         .high = (double)r->class[find_class(r, -1, few)].most};
}

/* A hot pixel may be hot in three colours. */
static struct ends find_ends(const struct ae_float_range *r)
{
    struct ends s = ends_but(r, r->n >= 64 ? r->n / 1000 + 3 : 0);
    const struct ends t = ends_but(r, r->n / 100);
    const double far = FAR * (t.high - t.low);

    if (s.high > t.low + far)
        s.high = t.high;
    if (s.low < t.high - far)
        s.low = t.low;
    return s;
}

/* Takes lo..hi to 0..1; if that is one value, it becomes black. */
static int map_own(struct ae_transfer *t, double lo, double hi,
                   struct ae_err *e)
{
    const double gain = 1 / (hi - lo);

    if (!(gain > FLT_MIN))
        return ae_fail(e, AE_EFORMAT,
                       "samples of %g to %g are no picture's: is the order of "
                       "its bytes right?",
                       lo, hi);
    t->mapped = 1;
    t->own = lo < -UNIT || hi > 1 + UNIT;
    t->gain = gain < FLT_MAX ? (float)gain : 1;
    t->least = t->from = (float)lo;
    t->most = (float)hi;
    return 0;
}

/* Makes the picture brighter; what would be white is too bright to change.
 * What lies far below black is lifted there. */
static void map_dark(struct ae_transfer *t, double lo, double high)
{
    t->mapped = 1;
    t->gain = (float)(BRIGHT / high);
    t->most = (float)(high / BRIGHT);
    if (lo < -TOLERANCE * high)
        t->from = (float)lo;
}

int ae_float_range_map(const struct ae_float_range *r, int brightens,
                       struct ae_transfer *t, struct ae_err *e)
{
    if (!r->n)
        return 0;
    const struct ends s = find_ends(r);
    const double margin = MARGIN * (s.high - s.low);
    const double lo = fmax(s.min, s.low - margin);
    const double hi = fmin(s.max, s.high + margin);

    if (hi > 1 + TOLERANCE || lo < -TOLERANCE || hi <= 0)
        return map_own(t, t->gamma > 0 && lo > 0 ? 0 : lo, hi, e);
    t->least = (float)fmin(lo, 0);
    t->most = (float)fmax(hi, 1);
    t->mapped = s.min < (double)t->least || s.max > (double)t->most;
    if (brightens && s.high > FLT_MIN && s.high < BRIGHT)
        map_dark(t, lo, s.high);
    return 0;
}
