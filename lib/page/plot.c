/* plot.c - see plot.h.  Charts are the page's own (page/chart.c). */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "page/plot.h"

enum { TRACE_WIDTH = 280, TRACE_HEIGHT = 90, NOTE = 64 };

/* ------------------------------------------------------------------- bars */

struct bars {
    double *x, *dim, *lit; /* [n]: places, and the values of either kind */
    char (*text)[NOTE];
    const char **note;
};

static void bars_release(struct bars *b)
{
    free(b->x);
    free(b->dim);
    free(b->lit);
    free(b->text);
    free(b->note);
}

static int bars_init(struct bars *b, size_t n, struct ae_err *e)
{
    b->x = ae_alloc(n, sizeof(*b->x), e);
    b->dim = ae_alloc(n, sizeof(*b->dim), e);
    b->lit = ae_alloc(n, sizeof(*b->lit), e);
    b->text = ae_alloc(n, sizeof(*b->text), e);
    b->note = ae_alloc(n, sizeof(*b->note), e);
    return b->x && b->dim && b->lit && b->text && b->note ? 0 : AE_EMEM;
}

void ae_plot_bars(struct ae_html *h, const char *what, const double *v,
                  const unsigned char *lit, int n)
{
    struct bars b = {0};
    int idle = 0;

    if (h->failed || (h->failed = bars_init(&b, (size_t)n, h->e)) < 0)
        goto out;
    for (int i = 0; i < n; i++) {
        b.x[i] = i + 1;
        b.lit[i] = lit[i] ? fmax(v[i], 0) : NAN;
        b.dim[i] = lit[i] ? NAN : fmax(v[i], 0);
        ae_format(b.text[i], NOTE, "%s %d: %.3g", what, i + 1, v[i]);
        b.note[i] = b.text[i];
        idle += !lit[i];
    }
    const struct ae_series series[] = {{.name = "active",
                                        .x = b.x,
                                        .y = b.lit,
                                        .n = (size_t)n,
                                        .tone = AE_TONE_MADE,
                                        .mark = AE_MARK_BARS,
                                        .note = b.note},
                                       {.name = idle ? "idle" : NULL,
                                        .x = b.x,
                                        .y = b.dim,
                                        .n = (size_t)n,
                                        .tone = AE_TONE_OTHER,
                                        .mark = AE_MARK_BARS,
                                        .note = b.note}};
    const struct ae_chart c = {
        .x = {.name = what,
              .kind = AE_AXIS_LINEAR,
              .lo = 0.5,
              .hi = n + 0.5,
              .margin = 1e-6},
        .y = {.name = "nats", .kind = AE_AXIS_LINEAR, .from_zero = 1},
        .series = series,
        .count = AE_LEN(series)};
    ae_html_chart(h, &c);
out:
    bars_release(&b);
}

/* ----------------------------------------------------------------- traces */

/* Where v lies between lo and hi, downwards; in the middle where they are
 * equal. */
static double height_of(double v, double lo, double hi)
{
    const double t = hi > lo ? (v - lo) / (hi - lo) : 0.5;

    return TRACE_HEIGHT - 3 - (TRACE_HEIGHT - 6) * t;
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
    ae_html_put(h, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", TRACE_WIDTH,
                TRACE_HEIGHT);
    for (int i = 0; i < traces; i++) {
        ae_html_put(h, "<path class=\"stroke %s\" d=\"", t[i].tone);
        for (int k = 0; k < n; k++)
            ae_html_put(h, "%c%.1f %.1f", k ? 'L' : 'M',
                        2 + (TRACE_WIDTH - 4) * (double)k / (n > 1 ? n - 1 : 1),
                        height_of(t[i].v[(size_t)k * t[i].stride], lo, hi));
        ae_html_put(h, "\"/>\n");
    }
    ae_html_put(h, "</svg>\n");
}
