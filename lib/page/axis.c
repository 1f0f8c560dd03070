/* axis.c - see axis.h.  Steps are 1, 2 or 5 times a power of ten (Heckbert
 * 1990).  An axis of small numbers of one sign begins at 0, unless it is asked
 * to show a part, so that a fall looks as deep as it is. */
#include "page/axis.h"

#include <math.h>

#include "base/text.h"

#define LOG_ABOVE 10.0 /* ratio from which an axis may be logarithmic */
#define PARTS 5        /* steps that a linear axis is divided by */

/* 1, 2 or 5 times a power of ten, of which the range holds about `parts`. */
static double step_of(double range, int parts)
{
    const double raw = range / parts, ten = pow(10, floor(log10(raw)));

    return ten * (raw > 7 * ten     ? 10
                  : raw > 3.5 * ten ? 5
                  : raw > 1.5 * ten ? 2
                                    : 1);
}

/* Lets the range be `least` long, and never empty. */
static void widen(double *lo, double *hi, double least)
{
    const double small = 1e-9 * fmax(fabs(*lo), fabs(*hi));
    const double want = fmax(least, *hi - *lo > small ? 0 : 0.2 * fabs(*hi));
    const double add = (fmax(want, 1e-9) - (*hi - *lo)) / 2;

    if (add > 0) {
        *lo -= add;
        *hi += add;
    }
}

static struct ae_ruler linear(const struct ae_axis *axis, double lo, double hi)
{
    if (axis->from_zero && lo > 0)
        lo = 0;
    widen(&lo, &hi, axis->least);
    if (axis->margin > 0) {
        const double room = axis->margin * (hi - lo);
        return (struct ae_ruler){.lo = lo - room, .hi = hi + room};
    }
    const double step = step_of(hi - lo, PARTS);
    struct ae_ruler s = {.lo = step * floor(lo / step + 1e-9),
                         .hi = step * ceil(hi / step - 1e-9)};
    return s;
}

struct ae_ruler ae_ruler_for(const struct ae_axis *axis, double lo, double hi)
{
    if (axis->lo < axis->hi) {
        lo = fmin(lo, axis->lo);
        hi = fmax(hi, axis->hi);
    }
    if (!(lo <= hi) || !isfinite(hi - lo))
        return (struct ae_ruler){.lo = 0, .hi = 1};
    if (lo > 0 && (axis->kind == AE_AXIS_LOG ||
                   (axis->kind == AE_AXIS_AUTO && hi > LOG_ABOVE * lo)))
        return (struct ae_ruler){.lo = lo, .hi = fmax(hi, 2 * lo), .log = 1};
    return linear(axis, lo, hi);
}

/* Where v lies between lo, which is 0, and hi, 1. */
static double between(double lo, double v, double hi)
{
    return (v - lo) / (hi - lo);
}

double ae_ruler_at(const struct ae_ruler *s, double v)
{
    /* not the logarithm of a quotient, which may be out of range */
    const double t = s->log ? between(log(s->lo), log(v), log(s->hi))
                            : between(s->lo, v, s->hi);

    return s->from + t * (s->to - s->from);
}

/* Of up to three decades 1, 2 and 5 of each, else powers of ten. */
static size_t log_ticks(const struct ae_ruler *s, double tick[AE_TICKS])
{
    static const double digit[] = {1, 2, 5};
    const int first = (int)floor(log10(s->lo));
    const int decades = (int)ceil(log10(s->hi) - log10(s->lo));
    const size_t digits = decades > 3 ? 1 : AE_LEN(digit);
    size_t n = 0;

    for (int k = first; pow(10, k) <= s->hi; k += decades / 8 + 1)
        for (size_t i = 0; i < digits && n < AE_TICKS; i++) {
            tick[n] = pow(10, k) * digit[i];
            n += tick[n] >= s->lo && tick[n] <= s->hi;
        }
    return n;
}

size_t ae_ruler_ticks(const struct ae_ruler *s, int parts,
                      double tick[AE_TICKS])
{
    const double step = step_of(s->hi - s->lo, parts);
    double k = ceil(s->lo / step - 1e-9);
    size_t n = 0;

    if (s->log)
        return log_ticks(s, tick);
    while (n < AE_TICKS && k * step <= s->hi + 1e-9 * step)
        tick[n++] = k++ * step + 0.0; /* no minus before 0 */
    return n;
}

void ae_tick_text(char text[AE_TICK_TEXT], double v)
{
    if (fabs(v) >= 1e6 && fabs(v) < 1e9)
        ae_format(text, AE_TICK_TEXT, "%.6gM", v / 1e6);
    else if (fabs(v) >= 1e4 && fabs(v) < 1e6)
        ae_format(text, AE_TICK_TEXT, "%.6gk", v / 1e3);
    else
        ae_format(text, AE_TICK_TEXT, "%.6g", v);
}
