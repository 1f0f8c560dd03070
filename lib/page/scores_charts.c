/* scores_charts.c - scores as drawings: how many items have which, and a series
 * from its beginning to its end.  scores.js tells what lies at each place. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "page/axis.h"
#include "page/scores.h"

enum {
    BARS = 80,  /* of a histogram, at most, ... */
    FEW = 10,   /* ... and at least */
    NAMES = 3,  /* items of a bar that are named */
    MANY = 100, /* items in a bar from which the axis is logarithmic, ... */
    RATIO = 10, /* ... and of the highest score to the least */
    WIDE = 1120,
    LEFT = 80, /* room for any number of an axis */
    HIGH = 200,
    TICK = 26, /* letters of a name on an axis */
    MOST_BANDS = 1000
};

#define NO_MARGIN 1e-9

/* -------------------------------------------------------------- histogram */

struct histogram {
    struct ae_ruler ruler; /* from 0 to the number of bars */
    int n;
    double x[BARS], all[BARS], out[BARS]; /* of labelled outliers */
    double most;
};

/* As many bars as Rice's rule has. */
static int bars_of(size_t items)
{
    return ae_clamp((int)ceil(2 * cbrt((double)items)), FEW, BARS);
}

static double edge(const struct histogram *g, double bar)
{
    const struct ae_ruler *r = &g->ruler;
    const double t = bar / g->n;

    return r->log ? r->lo * pow(r->hi / r->lo, t) : r->lo + t * (r->hi - r->lo);
}

static int bar_at(const struct histogram *g, double v)
{
    return ae_clamp((int)floor(ae_ruler_at(&g->ruler, v)), 0, g->n - 1);
}

static void count_items(const struct ae_score_page *p, double threshold,
                        struct histogram *g)
{
    const struct ae_axis axis = {.margin = NO_MARGIN};
    double lo = INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < p->finite; i++) {
        lo = fmin(lo, p->score[i]);
        hi = fmax(hi, p->score[i]);
    }
    if (isfinite(threshold)) {
        lo = fmin(lo, threshold);
        hi = fmax(hi, threshold);
    }
    *g = (struct histogram){.ruler = ae_ruler_for(&axis, lo, hi),
                            .n = bars_of(p->finite)};
    g->ruler.to = g->n;
    for (size_t i = 0; i < p->finite; i++) {
        const int k = bar_at(g, p->score[i]);
        g->all[k]++;
        g->out[k] += p->outlier[i];
        g->most = fmax(g->most, g->all[k]);
    }
    for (int k = 0; k < g->n; k++) {
        g->x[k] = edge(g, k + 0.5);
        g->all[k] = g->all[k] > 0 ? g->all[k] : NAN;
        g->out[k] = g->out[k] > 0 ? g->out[k] : NAN;
    }
}

/* What a reader who points at a bar is told. */
static void put_bar(const struct ae_score_page *p, const struct histogram *g,
                    int k, struct ae_html *h)
{
    struct ae_str s = {0};
    int named = 0;
    int rc = ae_str_printf(&s, h->e, "%.4g to %.4g: %.0f", edge(g, k),
                           edge(g, k + 1), isnan(g->all[k]) ? 0 : g->all[k]);

    for (size_t i = 0; !rc && i < p->odds && named <= NAMES; i++) {
        const struct ae_odd *o = &p->odd[i];
        if (!isfinite(o->value) || bar_at(g, o->value) != k)
            continue;
        rc = ae_str_printf(&s, h->e, "%s%s", named ? ", " : " - ",
                           named < NAMES ? o->name : "...");
        named++;
    }
    if (rc)
        h->failed = rc;
    else
        ae_html_json(h, s.p);
    ae_str_release(&s);
}

static void put_bars(const struct ae_score_page *p, const struct histogram *g,
                     struct ae_html *h)
{
    ae_html_put(h, "<script type=\"application/json\" class=\"told\">\n"
                   "{\"at\":");
    for (int k = 0; k < g->n && !h->failed; k++) {
        ae_html_put(h, k ? ",\n" : "[");
        put_bar(p, g, k, h);
    }
    ae_html_put(h, "],\"odd\":[]}\n</script>\n");
}

/* Drawings that share what is told of their places; a long one is scrolled
 * where the page is narrow. */
static void begin_plot(struct ae_html *h, int is_long, const char *label)
{
    ae_html_put(h,
                "<div class=\"scroll%s\">\n<div class=\"plot\" tabindex=\"0\" "
                "role=\"slider\" aria-label=\"%s\" aria-valuemin=\"0\" "
                "aria-valuenow=\"0\">\n",
                is_long ? " long" : "", label);
}

static void end_plot(struct ae_html *h, const char *hint)
{
    ae_html_put(h,
                "</div>\n</div>\n<p class=\"state\"><output>%s</output></p>\n",
                hint);
}

void ae_scores_histogram(const struct ae_score_page *p, double threshold,
                         struct ae_html *h)
{
    struct histogram g;

    if (h->failed || p->finite == 0)
        return;
    count_items(p, threshold, &g);
    const double at[] = {threshold, threshold};
    const double high[] = {g.most > MANY ? 0.7 : 0, g.most};
    struct ae_series s[] = {{.name = p->labelled ? "all" : NULL,
                             .x = g.x,
                             .y = g.all,
                             .n = (size_t)g.n,
                             .tone = 0,
                             .mark = AE_MARK_BARS},
                            {.name = "outliers by their labels",
                             .x = g.x,
                             .y = g.out,
                             .n = (size_t)g.n,
                             .tone = 1,
                             .mark = AE_MARK_BARS},
                            {.name = "threshold",
                             .x = at,
                             .y = high,
                             .n = 2,
                             .tone = 3,
                             .mark = AE_MARK_DASHED}};
    const size_t first = 1 + (size_t)p->labelled;
    const int has_line = isfinite(threshold);
    s[first] = s[2];
    const struct ae_chart c = {
        .x = {.name = "score",
              .kind = g.ruler.log ? AE_AXIS_LOG : AE_AXIS_LINEAR,
              .lo = g.ruler.lo,
              .hi = g.ruler.hi,
              .margin = NO_MARGIN},
        .y = {.name = "items",
              .kind = g.most > MANY ? AE_AXIS_LOG : AE_AXIS_LINEAR,
              .lo = 0.7,
              .hi = fmax(g.most, 1)},
        .series = s,
        .count = first + (size_t)has_line};
    ae_html_put(h, "<section><h2>Scores</h2>\n");
    begin_plot(h, 0, "Histogram of the scores; arrow keys go from bar to bar");
    ae_html_chart(h, &c);
    put_bars(p, &g, h);
    end_plot(h, "Point at a bar, or use the arrow keys.");
    ae_html_put(h, "</section>\n");
}

/* ----------------------------------------------------------------- series */

struct lines {
    double *x, *y; /* [2 * places] */
    struct ae_band *band;
    size_t bands;
};

static void lines_release(struct lines *l)
{
    free(l->x);
    free(l->y);
    free(l->band);
}

static int lines_init(struct lines *l, const struct ae_score_line *c,
                      double threshold, struct ae_err *e)
{
    struct ae_stretch *s = ae_alloc(MOST_BANDS, sizeof(*s), e);

    l->x = ae_alloc(2 * c->count, sizeof(*l->x), e);
    l->y = ae_alloc(2 * c->count, sizeof(*l->y), e);
    l->band = ae_alloc(MOST_BANDS, sizeof(*l->band), e);
    if (!s || !l->x || !l->y || !l->band) {
        free(s);
        return AE_EMEM;
    }
    const size_t all = ae_score_line_stretches(c, threshold, s, MOST_BANDS);
    l->bands = all < MOST_BANDS ? all : MOST_BANDS;
    for (size_t i = 0; i < l->bands; i++)
        l->band[i] = (struct ae_band){.from = (double)s[i].first - 0.5,
                                      .to = (double)s[i].last + 0.5};
    free(s);
    return 0;
}

/* The name of the place nearest to a tick, its end where that is long. */
static const char *tick_name(const void *arg, double v)
{
    const struct ae_score_line *c = arg;
    const double last = (double)c->count - 1;

    return ae_text_end(c->place[(size_t)fmin(fmax(v, 0), last)].name, TICK);
}

static void put_chart(const struct ae_score_line *c, const struct lines *l,
                      const struct ae_axis *y, const struct ae_series *s,
                      size_t count, struct ae_html *h)
{
    const struct ae_chart chart = {.x = {.kind = AE_AXIS_LINEAR,
                                         .lo = -0.5,
                                         .hi = (double)c->count - 0.5,
                                         .margin = NO_MARGIN,
                                         .tick = tick_name,
                                         .arg = c},
                                   .y = *y,
                                   .series = s,
                                   .count = count,
                                   .band = l->band,
                                   .bands = l->bands,
                                   .w = WIDE,
                                   .h = HIGH,
                                   .left = LEFT};

    ae_html_chart(h, &chart);
}

static void draw_scores(const struct ae_score_line *c, struct lines *l,
                        double threshold, struct ae_html *h)
{
    const double ends[] = {-0.5, (double)c->count - 0.5};
    const double level[] = {threshold, threshold};
    double lo = INFINITY, hi = -INFINITY;

    for (size_t i = 0; i < c->count; i++) {
        l->x[i] = (double)i;
        l->y[i] = isfinite(c->place[i].score) ? c->place[i].score : NAN;
        lo = fmin(lo, l->y[i]);
        hi = fmax(hi, l->y[i]);
    }
    const int is_log = lo > 0 && hi > RATIO * lo;
    const struct ae_axis y = {.name = "score",
                              .kind = is_log ? AE_AXIS_LOG : AE_AXIS_LINEAR};
    const struct ae_series s[] = {
        {.x = l->x, .y = l->y, .n = c->count, .tone = 0},
        {.name = "threshold",
         .x = ends,
         .y = level,
         .n = 2,
         .tone = 3,
         .mark = AE_MARK_DASHED}};
    put_chart(c, l, &y, s, isfinite(threshold) ? 2 : 1, h);
}

/* Where a place has several rows their range is drawn. */
static void draw_column(const struct ae_score_line *c, struct lines *l, int k,
                        const char *name, struct ae_html *h)
{
    const struct ae_axis y = {.name = name, .kind = AE_AXIS_LINEAR};
    size_t n = 0;

    for (size_t i = 0; i < c->count; i++) {
        const float *range = c->range +
                             (i * (size_t)c->columns + (size_t)k) * 2;
        for (int end = 0; end < (c->each > 1 ? 2 : 1); end++) {
            l->x[n] = (double)i;
            l->y[n++] = isfinite(range[end]) ? range[end] : NAN;
        }
    }
    const struct ae_series s = {.x = l->x, .y = l->y, .n = n, .tone = 7};
    put_chart(c, l, &y, &s, 1, h);
}

static void put_places(const struct ae_score_line *c, const struct lines *l,
                       struct ae_html *h)
{
    struct ae_str s = {0};

    ae_html_put(h, "<script type=\"application/json\" class=\"told\">\n"
                   "{\"at\":");
    for (size_t i = 0; i < c->count && !h->failed; i++) {
        s.len = 0;
        h->failed = ae_str_printf(&s, h->e, "%s: %.4g", c->place[i].name,
                                  c->place[i].score);
        ae_html_put(h, i ? ",\n" : "[");
        ae_html_json(h, s.p ? s.p : "");
    }
    ae_html_put(h, "],\n\"odd\":[");
    for (size_t i = 0; i < l->bands; i++)
        ae_html_put(h, "%s%.0f", i ? "," : "", l->band[i].from + 0.5);
    ae_html_put(h, "]}\n</script>\n");
    ae_str_release(&s);
}

void ae_scores_series(const struct ae_score_page *p, double threshold,
                      struct ae_html *h)
{
    const struct ae_score_line *c = &p->line;
    struct lines l = {0};

    if (h->failed || c->count == 0)
        return;
    h->failed = lines_init(&l, c, threshold, h->e);
    ae_html_put(h, "<section class=\"wide\"><h2>The series</h2>\n");
    begin_plot(h, 1,
               "The series; arrow keys go along it, n and p from one odd "
               "stretch to the next");
    if (!h->failed)
        draw_scores(c, &l, threshold, h);
    for (int k = 0; k < c->columns && !h->failed; k++)
        draw_column(c, &l, k, p->o.column[k] ? p->o.column[k] : "value", h);
    put_places(c, &l, h);
    end_plot(h, "Point at the series, or use the arrow keys; n and p go to the "
                "next and the previous odd stretch.");
    if (c->each > 1)
        ae_html_put(h,
                    "<p class=\"state\">%.0f rows lie at a place; the odder "
                    "one is named.</p>\n",
                    (double)c->each);
    if (c->columns < p->o.columns && p->o.units)
        ae_html_put(h,
                    "<p class=\"state\">The first %d of %d columns are "
                    "drawn.</p>\n",
                    c->columns, p->o.columns);
    ae_html_put(h, "</section>\n");
    lines_release(&l);
}
