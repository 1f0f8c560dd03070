/* plot.c - SVG by hand.  Lengths are in the units of a drawing's own box,
 * which the page scales. */
#include <math.h>

#include "base/base.h"
#include "base/str.h"
#include "page/plot.h"

enum {
    WIDTH = 560,
    HEIGHT = 240,
    LEFT = 56,
    RIGHT = 10,
    TOP = 22,
    BOTTOM = 24,
    TRACE_WIDTH = 280,
    TRACE_HEIGHT = 90
};
#define LOG_ABOVE 10.0 /* ratio from which an axis is logarithmic */

struct axis {
    double lo, hi;
    int log;
};

/* ------------------------------------------------------------------ axes */

static double place(const struct axis *a, double v)
{
    return a->log ? log(v / a->lo) / log(a->hi / a->lo)
                  : (v - a->lo) / (a->hi - a->lo);
}

static double at_x(const struct axis *a, double v)
{
    return LEFT + place(a, v) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const struct axis *a, double v)
{
    return HEIGHT - BOTTOM - place(a, v) * (HEIGHT - TOP - BOTTOM);
}

/* Never empty: equal values get room on both sides. */
static struct axis span(double lo, double hi)
{
    struct axis a = {lo, hi, lo > 0 && hi > LOG_ABOVE * lo};

    if (!(lo <= hi))
        a = (struct axis){0, 1, 0};
    else if (hi - lo <= 1e-9 * fabs(hi))
        a = (struct axis){lo - fabs(lo) * 0.1 - 1e-9,
                          hi + fabs(hi) * 0.1 + 1e-9, 0};
    return a;
}

static struct axis span_of(const struct ae_curve *c, int n, int y)
{
    double lo = INFINITY, hi = -INFINITY;

    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < c[i].n; k++) {
            const double v = (y ? c[i].y : c[i].x)[k * c[i].stride];
            lo = fmin(lo, v); /* a NaN is passed over */
            hi = fmax(hi, v);
        }
    return y ? span(lo, hi) : (struct axis){0, fmax(hi, 1), 0};
}

/* 1, 2 or 5 times a power of ten, of which some five fit the axis. */
static double step_of(const struct axis *a)
{
    const double raw = (a->hi - a->lo) / 5;
    const double ten = pow(10, floor(log10(raw)));

    return ten * (raw > 7 * ten     ? 10
                  : raw > 3.5 * ten ? 5
                  : raw > 1.5 * ten ? 2
                                    : 1);
}

static void label(struct ae_html *h, double v)
{
    if (v >= 1e6 && v < 1e9)
        ae_html_put(h, "%.6gM", v / 1e6);
    else if (v >= 1e4 && v < 1e6)
        ae_html_put(h, "%.6gk", v / 1e3);
    else
        ae_html_put(h, "%.6g", v);
}

static void tick_y(struct ae_html *h, const struct axis *a, double v)
{
    const double y = at_y(a, v);

    ae_html_put(h,
                "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" "
                "y=\"%.1f\" text-anchor=\"end\">",
                LEFT, y, WIDTH - RIGHT, LEFT - 6, y + 4);
    label(h, v);
    ae_html_put(h, "</text>\n");
}

static void ticks_y(struct ae_html *h, const struct axis *a)
{
    static const double digit[] = {1, 2, 5};
    const int decades = (int)ceil(log10(a->hi / a->lo));

    if (!a->log) {
        const double by = step_of(a);
        for (double k = ceil(a->lo / by); k * by <= a->hi; k++)
            tick_y(h, a, k * by);
        return;
    }
    const int every = decades / 8 + 1;
    for (int k = (int)floor(log10(a->lo)); pow(10, k) <= a->hi; k += every)
        for (size_t i = 0; i < (decades > 3 ? 1 : AE_LEN(digit)); i++) {
            const double v = pow(10, k) * digit[i];
            if (v >= a->lo && v <= a->hi)
                tick_y(h, a, v);
        }
}

static void ticks_x(struct ae_html *h, const struct axis *a)
{
    const double by = step_of(a);

    ae_html_put(h,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">step"
                "</text>\n",
                LEFT - 6, HEIGHT - 6);
    for (double k = 0; k * by <= a->hi; k++) {
        ae_html_put(h, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">",
                    at_x(a, k * by), HEIGHT - 6);
        label(h, k * by);
        ae_html_put(h, "</text>\n");
    }
}

/* ---------------------------------------------------------------- curves */

static void curve(struct ae_html *h, const struct ae_curve *c,
                  const struct axis *x, const struct axis *y)
{
    const char *move = "M";
    size_t points = 0;
    double px = 0, py = 0;

    ae_html_put(h, "<path class=\"line %s\" d=\"", c->tone);
    for (size_t k = 0; k < c->n; k++) {
        const double v = c->y[k * c->stride];
        if (isnan(v))
            continue;
        px = at_x(x, c->x[k * c->stride]);
        py = at_y(y, v);
        ae_html_put(h, "%s%.1f %.1f", move, px, py);
        move = "L";
        points++;
    }
    ae_html_put(h, "%s\"/>\n", points ? "" : "M0 0");
    if (points)
        ae_html_put(h,
                    "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" "
                    "r=\"2.5\"/>\n",
                    c->tone, px, py);
}

void ae_plot_curves(struct ae_html *h, const struct ae_curve *c, int n)
{
    const struct axis x = span_of(c, n, 0), y = span_of(c, n, 1);
    int at = LEFT;

    ae_html_put(h, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, HEIGHT);
    ticks_y(h, &y);
    ticks_x(h, &x);
    for (int i = 0; i < n; i++, at += 150) {
        curve(h, &c[i], &x, &y);
        ae_html_put(h,
                    "<rect class=\"%s\" x=\"%d\" y=\"5\" width=\"14\" "
                    "height=\"4\"/><text x=\"%d\" y=\"11\">",
                    c[i].tone, at, at + 20);
        ae_html_text(h, c[i].name);
        ae_html_put(h, "</text>\n");
    }
    ae_html_put(h, "</svg>\n");
}

/* ---------------------------------------------------------- bars, traces */

void ae_plot_bars(struct ae_html *h, const char *what, const double *v,
                  const unsigned char *lit, int n)
{
    struct axis y = {0, 1e-9, 0};
    const double wide = (double)(WIDTH - LEFT - RIGHT) / n;

    for (int i = 0; i < n; i++)
        y.hi = fmax(y.hi, v[i]);
    ae_html_put(h, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, HEIGHT);
    ticks_y(h, &y);
    for (int i = 0; i < n; i++) {
        const double top = at_y(&y, fmax(v[i], 0));
        ae_html_put(h,
                    "<rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" "
                    "height=\"%.1f\"><title>%s %d: %.3g"
                    "</title></rect>\n",
                    lit[i] ? "a" : "dim", LEFT + (i + 0.1) * wide, top,
                    0.8 * wide, HEIGHT - BOTTOM - top + 1, what, i + 1, v[i]);
    }
    ae_html_put(h, "</svg>\n");
}

void ae_plot_traces(struct ae_html *h, const struct ae_trace *t, int traces,
                    int n)
{
    double lo = INFINITY, hi = -INFINITY;

    for (int i = 0; i < traces; i++)
        for (int k = 0; k < n; k++) {
            lo = fmin(lo, t[i].v[(size_t)k * t[i].stride]);
            hi = fmax(hi, t[i].v[(size_t)k * t[i].stride]);
        }
    struct axis y = span(lo, hi);
    y.log = 0;
    ae_html_put(h, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", TRACE_WIDTH,
                TRACE_HEIGHT);
    for (int i = 0; i < traces; i++) {
        ae_html_put(h, "<path class=\"line %s\" d=\"", t[i].tone);
        for (int k = 0; k < n; k++)
            ae_html_put(h, "%c%.1f %.1f", k ? 'L' : 'M',
                        2 + (TRACE_WIDTH - 4) * (double)k / (n > 1 ? n - 1 : 1),
                        TRACE_HEIGHT - 3 -
                            (TRACE_HEIGHT - 6) *
                                place(&y, t[i].v[(size_t)k * t[i].stride]));
        ae_html_put(h, "\"/>\n");
    }
    ae_html_put(h, "</svg>\n");
}
