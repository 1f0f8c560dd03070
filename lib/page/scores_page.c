/* scores_page.c - the page of anomaly scores: their histogram, the series with
 * its odd stretches, the oddest items, what has no score. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "page/gallery.h"
#include "page/page.h"
#include "page/plot.h"
#include "page/scores.h"

enum { SHOWN = 112 /* pixels that a small picture is enlarged to, about */ };

/* ------------------------------------------------------------------- head */

static void put_figures(const struct ae_score_page *p, struct ae_html *h)
{
    double *sorted = ae_alloc(p->finite, sizeof(*sorted), h->e);

    if (!sorted) {
        h->failed = AE_EMEM;
        return;
    }
    memcpy(sorted, p->score, p->finite * sizeof(*sorted));
    qsort(sorted, p->finite, sizeof(*sorted), ae_by_double);
    ae_html_put(h, " &#183; %.4g in the median, %.4g at most",
                sorted[p->finite / 2], sorted[p->finite - 1]);
    free(sorted);
}

static uint64_t count_above(const struct ae_score_page *p, double threshold)
{
    uint64_t n = 0;

    for (size_t i = 0; i < p->finite; i++)
        n += p->score[i] > threshold;
    return n;
}

static void put_state(const struct ae_score_page *p,
                      const struct ae_score_threshold *t, struct ae_html *h)
{
    ae_html_put(h, "<p class=\"state\">%.0f %s &#183; ", (double)p->count,
                ae_scores_noun(p));
    ae_html_text(h, p->o.method);
    if (p->finite)
        put_figures(p, h);
    if (t) {
        ae_html_put(h, " &#183; %.0f above the threshold %.4g%s",
                    (double)count_above(p, t->value), t->value,
                    *t->origin ? ", " : "");
        ae_html_text(h, t->origin);
    }
    if (p->finite < p->count)
        ae_html_put(h, " &#183; %.0f scores are no numbers",
                    (double)(p->count - p->finite));
    if (p->all_faults)
        ae_html_put(h, " &#183; <a href=\"#faults\">%.0f without a score</a>",
                    (double)p->all_faults);
    ae_html_put(h, "</p>\n");
}

/* -------------------------------------------------------------- the oddest */

static void put_image(const struct ae_score_page *p, const struct ae_image *im,
                      int is_large, const char *what, struct ae_html *h)
{
    const int longest = ae_max(im->info.w, im->info.h);
    const int by = is_large ? 1 : ae_max(1, SHOWN / longest);
    struct ae_coded c = {0};

    if (h->failed)
        return;
    h->failed = ae_coded_make(p->ctx, im, is_large ? "jpeg" : "png", &c, h->e);
    if (!h->failed) {
        ae_html_put(h, "<img width=\"%d\" height=\"%d\" alt=\"%s\" src=\"",
                    by * im->info.w, by * im->info.h, what);
        ae_html_data(h, c.type, c.bytes, c.size);
        ae_html_put(h, "\"/>\n");
    }
    ae_coded_release(&c);
}

static void put_errors(const struct ae_score_page *p, const struct ae_odd *o,
                       double gain, struct ae_html *h)
{
    struct ae_image_info info = o->error.info;
    struct ae_image im = {0};

    info.channels = 3;
    if (h->failed || (h->failed = ae_image_alloc(p->ctx, &im, &info, h->e)))
        return;
    for (size_t i = 0; i < (size_t)info.w * (size_t)info.h; i++)
        ae_odd_colour(gain * o->error.data[i], im.data + 3 * i);
    put_image(p, &im, o->is_large, "errors", h);
    ae_image_release(&im);
}

static void put_trace(const struct ae_odd *o, struct ae_html *h)
{
    const struct ae_trace both[] = {{"dim", o->x.data, 1},
                                    {"t0", o->y.data, 1}};

    ae_plot_traces(h, both, 2, o->x.info.w);
}

static void put_cell(const struct ae_score_page *p, size_t i, double gain,
                     struct ae_html *h)
{
    const struct ae_odd *o = &p->odd[i];

    ae_html_put(h, "<li><div class=\"looks\">\n");
    if (o->error.data) {
        put_image(p, &o->x, o->is_large, "item", h);
        put_image(p, &o->y, o->is_large, "reconstruction", h);
        put_errors(p, o, gain, h);
    } else {
        put_trace(o, h);
    }
    ae_html_put(h, "</div>%zu. <b>%.4g</b> ", i + 1, o->value);
    ae_html_text(h, o->name);
    if (o->label) {
        ae_html_put(h, ", class ");
        ae_html_text(h, o->label);
    }
    if (o->text) {
        ae_html_put(h, ", ");
        ae_html_text(h, o->text);
    }
    ae_html_put(h, "</li>\n");
}

static void put_drawn(const struct ae_score_page *p, struct ae_html *h)
{
    const double gain = ae_odd_gain(p);
    const int pictures = p->odd[0].error.data != NULL;

    if (pictures && gain > 1)
        ae_html_put(h,
                    "<p class=\"state\">Each as it is, as the model makes "
                    "it, and the errors, %.0f times, from black through "
                    "red and yellow to white.</p>\n",
                    gain);
    else if (pictures)
        ae_html_put(h, "<p class=\"state\">Each as it is, as the model makes "
                       "it, and the errors, from black through red and yellow "
                       "to white.</p>\n");
    else
        ae_html_put(h,
                    "<p class=\"key\"><span class=\"dim\">input</span> "
                    "<span class=\"t0\">reconstruction</span>%s</p>\n",
                    p->o.window ? "; of windows that overlap, the oddest" : "");
    ae_html_put(h, "<ol class=\"odd%s\">\n", pictures ? "" : " traces");
    for (size_t i = 0; i < p->odds; i++)
        put_cell(p, i, gain, h);
    ae_html_put(h, "</ol>\n");
}

static void put_td(struct ae_html *h, const char *text)
{
    ae_html_put(h, "<td>");
    ae_html_text(h, text);
    ae_html_put(h, "</td>");
}

static void put_listed(const struct ae_score_page *p, struct ae_html *h)
{
    const int classes = p->odd[0].label != NULL;

    ae_html_put(h,
                "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                "aria-label=\"The oddest\"><table class=\"odd\">\n"
                "<tr><th></th><th>score</th><th>name</th>%s<th>%s</th></tr>\n",
                classes ? "<th>class</th>" : "",
                p->o.kind == AE_ITEM_TEXT ? "line" : "values");
    for (size_t i = 0; i < p->odds; i++) {
        const struct ae_odd *o = &p->odd[i];
        ae_html_put(h, "<tr><td>%zu</td><td><b>%.4g</b></td>", i + 1, o->value);
        put_td(h, o->name);
        if (classes)
            put_td(h, o->label ? o->label : "");
        put_td(h, o->text ? o->text : "");
        ae_html_put(h, "</tr>\n");
    }
    ae_html_put(h, "</table></div>\n");
}

static void put_oddest(const struct ae_score_page *p, struct ae_html *h)
{
    ae_html_put(h, "<section class=\"wide\"><h2>The oddest %s</h2>\n",
                ae_scores_noun(p));
    if (ae_score_page_draws(p))
        put_drawn(p, h);
    else
        put_listed(p, h);
    ae_html_put(h, "</section>\n");
}

/* -------------------------------------------------------------- stretches */

static void put_stretch(const struct ae_score_line *c,
                        const struct ae_stretch *s, struct ae_html *h)
{
    ae_html_put(h, "<tr><td><b>%.4g</b></td><td>", c->place[s->peak].score);
    ae_html_text(h, c->place[s->first].name);
    ae_html_put(h, "</td><td>");
    ae_html_text(h, c->place[s->last].name);
    ae_html_put(h, "</td><td>%.0f</td><td>",
                (double)((s->last - s->first + 1) * c->each));
    ae_html_text(h, c->place[s->peak].name);
    ae_html_put(h, "</td></tr>\n");
}

static void put_stretches(const struct ae_score_page *p, double threshold,
                          struct ae_html *h)
{
    const size_t most = (size_t)p->o.oddest;
    struct ae_stretch *s = ae_alloc(most, sizeof(*s), h->e);

    if (!s) {
        h->failed = AE_EMEM;
        return;
    }
    const size_t all = ae_score_line_stretches(&p->line, threshold, s, most);
    ae_html_put(h, "<section><h2>Odd stretches: %zu</h2>\n", all);
    if (all)
        ae_html_put(h, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                       "aria-label=\"Odd stretches\"><table>\n"
                       "<tr><th>highest score</th><th>from</th><th>to</th>"
                       "<th>rows</th><th>highest at</th></tr>\n");
    for (size_t i = 0; i < all && i < most; i++)
        put_stretch(&p->line, &s[i], h);
    ae_html_put(h, all ? "</table></div>\n</section>\n" : "</section>\n");
    free(s);
}

/* --------------------------------------------------------------- the rest */

static void put_faults(const struct ae_score_page *p, struct ae_html *h)
{
    if (!p->all_faults)
        return;
    ae_html_put(h,
                "<section class=\"wide faults\" id=\"faults\"><h2>Without a "
                "score: %.0f</h2>\n<ul>\n",
                (double)p->all_faults);
    for (size_t i = 0; i < p->faults; i++) {
        ae_html_put(h, "<li><b>");
        ae_html_text(h, p->fault[i].name);
        ae_html_put(h, "</b>: ");
        ae_html_text(h, p->fault[i].why);
        ae_html_put(h, "</li>\n");
    }
    ae_html_put(h, "</ul>\n");
    if (p->faults < p->all_faults)
        ae_html_put(h, "<p>The first %zu are listed.</p>\n", p->faults);
    ae_html_put(h, "</section>\n");
}

int ae_score_page_write(const struct ae_score_page *p,
                        const struct ae_score_threshold *t, struct ae_io *io,
                        struct ae_err *e)
{
    const double threshold = t ? t->value : (double)INFINITY;
    struct ae_html h = {.e = e};

    ae_page_begin(&h, p->o.title, 0, ae_scores_css);
    put_state(p, t, &h);
    ae_html_put(&h, "<main>\n");
    ae_scores_series(p, threshold, &h);
    ae_scores_histogram(p, threshold, &h);
    if (t && p->o.series)
        put_stretches(p, threshold, &h);
    if (p->odds && !(t && p->o.points)) /* stretches say it */
        put_oddest(p, &h);
    put_faults(p, &h);
    ae_html_put(&h, "</main>\n<script>\n%s</script>\n", ae_scores_js);
    ae_page_end(&h);
    const int rc = ae_html_flush(&h, io, e);
    ae_html_release(&h);
    return rc;
}
