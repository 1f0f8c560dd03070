/* chart.c - series of points over two axes, with ticks, their names and a
 * legend, by any pen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/text.h"
#include "page/axis.h"
#include "page/pen.h"

enum {
    WIDTH = 560,
    HEIGHT = 260,
    PARTS = 5, /* steps between ticks */
    LINE = 20, /* from line to line of text */
    GAP = 8,
    DOT = 3,
    NAME = 256 /* bytes of an axis' name */
};

struct drawing {
    const struct ae_chart *c;
    struct ae_pen *pen;
    struct ae_ruler x, y;
    int w, h;
    double left, right, top, bottom; /* the frame */
};

/* ----------------------------------------------------------------- ranges */

static double value_of(const struct ae_series *s, size_t k, int y)
{
    return (y ? s->y : s->x)[k * (s->stride ? s->stride : 1)];
}

static struct ae_ruler scale_of(const struct ae_chart *c, int y)
{
    const struct ae_axis *axis = y ? &c->y : &c->x;
    double lo = INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < c->count; i++)
        for (size_t k = 0; k < c->series[i].n; k++) {
            const double v = value_of(&c->series[i], k, y);
            if (!isfinite(v))
                continue;
            const int bars = c->series[i].mark == AE_MARK_BARS &&
                             axis->kind != AE_AXIS_LOG;
            lo = fmin(lo, y && bars ? fmin(v, 0) : v);
            hi = fmax(hi, v);
        }
    return ae_ruler_for(axis, lo, hi);
}

/* Half of a bar's width, by the distance of the first two. */
static double half_bar(const struct drawing *d, const struct ae_series *s)
{
    const double a = s->n ? value_of(s, 0, 0) : 0;
    const double b = s->n > 1 ? value_of(s, 1, 0) : a + 1;

    return 0.45 * fabs(ae_ruler_at(&d->x, b) - ae_ruler_at(&d->x, a));
}

/* ------------------------------------------------------------------- axes */

static const char *tick_text(const struct ae_axis *axis, char own[AE_TICK_TEXT],
                             double v)
{
    if (axis->tick)
        return axis->tick(axis->arg, v);
    ae_tick_text(own, v);
    return own;
}

static void draw_ticks_y(struct drawing *d)
{
    double tick[AE_TICKS];
    const size_t n = ae_ruler_ticks(&d->y, PARTS, tick);
    char text[AE_TICK_TEXT];

    for (size_t i = 0; i < n; i++) {
        const double y = ae_ruler_at(&d->y, tick[i]);
        ae_pen_box(d->pen, d->left, y, d->right - d->left, 1, AE_TONE_RULE,
                   NULL);
        ae_pen_text(d->pen, d->left - GAP, y, AE_ANCHOR_END, AE_TONE_INK,
                    tick_text(&d->c->y, text, tick[i]));
    }
}

static void draw_ticks_x(struct drawing *d)
{
    double tick[AE_TICKS];
    const size_t n = ae_ruler_ticks(&d->x, PARTS, tick);
    char text[AE_TICK_TEXT];

    for (size_t i = 0; i < n; i++) {
        const double x = ae_ruler_at(&d->x, tick[i]);
        const char *name = tick_text(&d->c->x, text, tick[i]);
        const double half = ae_pen_width(d->pen, name) / 2;
        ae_pen_box(d->pen, x, d->bottom, 1, 4, AE_TONE_INK, NULL);
        ae_pen_text(d->pen, fmin(fmax(x, half), d->w - half), d->bottom + 14,
                    AE_ANCHOR_MIDDLE, AE_TONE_INK, name);
    }
    ae_pen_box(d->pen, d->left, d->bottom, d->right - d->left, 1, AE_TONE_INK,
               NULL);
}

/* ----------------------------------------------------------------- series */

static void draw_bands(struct drawing *d)
{
    for (size_t i = 0; i < d->c->bands; i++) {
        const struct ae_band *b = &d->c->band[i];
        const double from = ae_ruler_at(&d->x, b->from);
        ae_pen_box(d->pen, from, d->top,
                   fmax(ae_ruler_at(&d->x, b->to) - from, 1),
                   d->bottom - d->top, AE_TONE_BAND, b->note);
    }
}

static void draw_line(struct drawing *d, const struct ae_series *s, double *xy)
{
    size_t n = 0;

    for (size_t k = 0; k < s->n; k++) {
        const double v = value_of(s, k, 1);
        if (!isfinite(v))
            continue;
        xy[2 * n] = ae_ruler_at(&d->x, value_of(s, k, 0));
        xy[2 * n++ + 1] = ae_ruler_at(&d->y, v);
    }
    ae_pen_line(d->pen, xy, n, s->tone, s->mark == AE_MARK_DASHED, s->name);
    if (n == 1) /* no line shows it */
        ae_pen_disc(d->pen, xy[2 * n - 2], xy[2 * n - 1], DOT, s->tone, NULL);
}

static void draw_points(struct drawing *d, const struct ae_series *s)
{
    const double half = half_bar(d, s);
    const double zero = ae_ruler_at(&d->y, d->y.log ? d->y.lo : 0);

    for (size_t k = 0; k < s->n; k++) {
        const double v = value_of(s, k, 1);
        const char *note = s->note ? s->note[k] : NULL;
        if (!isfinite(v))
            continue;
        const double x = ae_ruler_at(&d->x, value_of(s, k, 0));
        const double y = ae_ruler_at(&d->y, v);
        if (s->mark == AE_MARK_DOTS)
            ae_pen_disc(d->pen, x, y, DOT, s->tone, note);
        else
            ae_pen_box(d->pen, x - half, fmin(y, zero), 2 * half,
                       fmax(fabs(y - zero), 1), s->tone, note);
    }
}

static int draw_series(struct drawing *d, struct ae_err *e)
{
    for (size_t i = 0; i < d->c->count; i++) {
        const struct ae_series *s = &d->c->series[i];
        if (s->mark == AE_MARK_DOTS || s->mark == AE_MARK_BARS) {
            draw_points(d, s);
            continue;
        }
        double *xy = ae_alloc(s->n + 1, 2 * sizeof(*xy), e);
        if (!xy)
            return AE_EMEM;
        draw_line(d, s, xy);
        free(xy);
    }
    return 0;
}

/* ------------------------------------------------------------------ legend */

static void draw_key(struct drawing *d, const struct ae_series *s, double x,
                     double y)
{
    const double xy[] = {x, y, x + 18, y};

    if (s->mark == AE_MARK_BARS)
        ae_pen_box(d->pen, x, y - 5, 18, 10, s->tone, NULL);
    else if (s->mark == AE_MARK_DOTS)
        ae_pen_disc(d->pen, x + 9, y, DOT, s->tone, NULL);
    else
        ae_pen_line(d->pen, xy, 2, s->tone, s->mark == AE_MARK_DASHED, NULL);
    ae_pen_text(d->pen, x + 24, y, AE_ANCHOR_START, AE_TONE_INK, s->name);
}

/* Draws the names in lines as wide as the frame; returns how many lines. */
static int draw_legend(struct drawing *d, double top)
{
    double x = d->left, y = top;
    int lines = 0;

    for (size_t i = 0; i < d->c->count; i++) {
        const struct ae_series *s = &d->c->series[i];
        const double wide = s->name ? 24 + ae_pen_width(d->pen, s->name) + 16
                                    : 0;
        if (!s->name)
            continue;
        if (lines && x + wide > d->right) {
            x = d->left;
            y += LINE;
        }
        lines += x <= d->left;
        draw_key(d, s, x, y);
        x += wide;
    }
    return lines;
}

/* Room for the widest number of the y axis. */
static double room_left(const struct drawing *d)
{
    double tick[AE_TICKS], wide = 0;
    const size_t n = ae_ruler_ticks(&d->y, PARTS, tick);
    char text[AE_TICK_TEXT];

    for (size_t i = 0; i < n; i++) {
        wide = fmax(wide,
                    ae_pen_width(d->pen, tick_text(&d->c->y, text, tick[i])));
    }
    return wide + GAP + 6;
}

/* The name of an axis, which says where distances are ratios. */
static void draw_name(struct drawing *d, double x, double y,
                      enum ae_anchor anchor, const char *name, int log)
{
    char text[NAME];

    ae_format(text, sizeof(text), log ? "%s (logarithmic)" : "%s", name);
    ae_pen_text(d->pen, x, y, anchor, AE_TONE_INK, text);
}

/* Above the frame lie the title, the legend and the y axis' name, each where
 * there is one. */
static int draw_chart(struct drawing *d, struct ae_err *e)
{
    const struct ae_chart *c = d->c;
    double y = 0.5 * LINE;

    d->x = scale_of(c, 0);
    d->y = scale_of(c, 1);
    d->left = fmax(room_left(d), c->left);
    d->right = d->w - 16;
    d->bottom = d->h - 6 - LINE * (c->x.name ? 2 : 1);
    d->x.from = d->left;
    d->x.to = d->right;
    ae_pen_begin(d->pen, d->w, d->h, c->title ? c->title : c->y.name,
                 (const double[]){d->left, d->right});
    if (c->title) {
        ae_pen_text(d->pen, d->left, y, AE_ANCHOR_START, AE_TONE_INK, c->title);
        y += LINE;
    }
    const int lines = draw_legend(d, y);
    y += lines * LINE;
    if (c->y.name) {
        draw_name(d, GAP, y, AE_ANCHOR_START, c->y.name, d->y.log);
        y += LINE;
    }
    if (c->x.name)
        draw_name(d, d->right, d->h - 0.5 * LINE, AE_ANCHOR_END, c->x.name,
                  d->x.log);
    d->top = y + 2;
    d->y.from = d->bottom;
    d->y.to = d->top;
    draw_bands(d);
    draw_ticks_y(d);
    const int rc = draw_series(d, e);
    draw_ticks_x(d);
    ae_pen_end(d->pen);
    return rc;
}

static int draw_with(struct ae_pen *pen, const struct ae_chart *c,
                     struct ae_err *e)
{
    struct drawing d = {.c = c,
                        .pen = pen,
                        .w = c->w ? c->w : WIDTH,
                        .h = c->h ? c->h : HEIGHT};

    return draw_chart(&d, e);
}

/* ----------------------------------------------------------------- outputs */

void ae_html_chart(struct ae_html *h, const struct ae_chart *c)
{
    struct ae_pen pen = {.html = h};

    if (!h->failed) {
        const int rc = draw_with(&pen, c, h->e);
        h->failed = h->failed ? h->failed : rc;
    }
}

int ae_chart_write_svg(const struct ae_chart *c, struct ae_io *io,
                       struct ae_err *e)
{
    struct ae_html h = {.e = e};
    struct ae_pen pen = {.html = &h, .alone = 1};
    int rc = draw_with(&pen, c, e);

    rc = h.failed ? h.failed : rc;
    if (rc >= 0)
        rc = ae_io_write(io, h.s.p, h.s.len, e);
    ae_html_release(&h);
    return rc;
}

int ae_chart_draw(struct ae_ctx *ctx, const struct ae_chart *c,
                  struct ae_image *out, struct ae_err *e)
{
    const struct ae_image_info info = {.w = c->w ? c->w : WIDTH,
                                       .h = c->h ? c->h : HEIGHT,
                                       .channels = 3,
                                       .maxval = 255};

    AE_TRY(ae_image_alloc(ctx, out, &info, e));
    struct ae_canvas canvas = {out->data, info.w, info.h};
    struct ae_pen pen = {.canvas = &canvas};
    const int rc = draw_with(&pen, c, e);
    if (rc < 0)
        ae_image_release(out);
    return rc;
}
