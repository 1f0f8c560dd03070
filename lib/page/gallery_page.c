/* gallery_page.c - the page of a comparison: the slider, the sheet of pairs,
 * what couldn't be compared.  gallery.js works on what stands in the element
 * `pairs`, as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "page/gallery.h"
#include "page/page.h"

/* The worst first, equal ones by name. */
static int by_key(const void *a, const void *b)
{
    const struct ae_gallery_pair *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* --------------------------------------------------------------- as JSON */

static void put_number(struct ae_html *h, double v)
{
    if (isfinite(v))
        ae_html_put(h, "%.6g", v);
    else
        ae_html_put(h, isnan(v) ? "null" : "\"inf\"");
}

static void put_pictures(struct ae_html *h, const char *what,
                         const struct ae_coded two[2])
{
    if (!two[0].bytes || !two[1].bytes)
        return;
    ae_html_put(h, ",\"%s\":[\"", what);
    ae_html_data(h, two[0].type, two[0].bytes, two[0].size);
    ae_html_put(h, "\",\"");
    ae_html_data(h, two[1].type, two[1].bytes, two[1].size);
    ae_html_put(h, "\"]");
}

static void put_pair(struct ae_html *h, const struct ae_gallery *g,
                     const struct ae_gallery_pair *p)
{
    const struct ae_rect *r = &p->window;

    ae_html_put(h, "{\"name\":");
    ae_html_json(h, p->name);
    ae_html_put(h, ",\"values\":");
    for (int i = 0; i < g->o.columns; i++) {
        ae_html_put(h, i ? "," : "[");
        put_number(h, p->value[i]);
    }
    ae_html_put(h, "],\"w\":%d,\"h\":%d", p->w, p->h);
    if (r->w && p->full[0].bytes)
        ae_html_put(h, ",\"window\":[%d,%d,%d,%d]", r->x, r->y, r->w, r->h);
    put_pictures(h, "small", p->small);
    put_pictures(h, "full", p->full);
    ae_html_put(h, "}");
}

static int put_pairs(struct ae_html *h, const struct ae_gallery *g,
                     struct ae_io *io, struct ae_err *e)
{
    ae_html_put(h,
                "<script type=\"application/json\" id=\"pairs\">\n"
                "{\"worst\":%d,\"columns\":",
                g->o.worst);
    for (int i = 0; i < g->o.columns; i++) {
        ae_html_put(h, i ? "," : "[");
        ae_html_json(h, g->o.column[i]);
    }
    ae_html_put(h, "],\"units\":");
    for (int i = 0; i < g->o.columns; i++) {
        ae_html_put(h, i ? "," : "[");
        if (g->o.unit[i])
            ae_html_json(h, g->o.unit[i]);
        else
            ae_html_put(h, "null");
    }
    ae_html_put(h, "],\"higher\":");
    for (int i = 0; i < g->o.columns; i++)
        ae_html_put(h, "%s%d", i ? "," : "[", g->o.higher[i] != 0);
    ae_html_put(h, "],\"pairs\":[");
    for (size_t i = 0; i < g->count; i++) {
        ae_html_put(h, i ? ",\n" : "\n");
        put_pair(h, g, &g->pair[i]);
        AE_TRY(ae_html_flush(h, io, e));
    }
    ae_html_put(h, "]}\n</script>\n<script>\n");
    ae_html_put(h, "%s</script>\n", ae_gallery_js);
    return 0;
}

/* ---------------------------------------------------------------- markup */

/* A value of the first column, with its unit. */
static void put_value(struct ae_html *h, const struct ae_gallery *g, double v)
{
    ae_html_put(h, isinf(v) ? " &#8734;" : " %.5g", v);
    if (g->o.unit[0]) {
        ae_html_put(h, "&#160;");
        ae_html_text(h, g->o.unit[0]);
    }
}

static void put_state(struct ae_html *h, const struct ae_gallery *g)
{
    double sum = 0;

    for (size_t i = 0; i < g->count; i++)
        sum += g->pair[i].value[0];
    ae_html_put(h, "<p class=\"state\">%zu compared", g->count);
    if (g->faults)
        ae_html_put(h, " &#183; <a href=\"#faults\">%zu not</a>", g->faults);
    if (g->count > 1) {
        ae_html_put(h, " &#183; ");
        ae_html_text(h, g->o.column[0]);
        put_value(h, g, sum / (double)g->count);
        ae_html_put(h, " in the mean,");
        put_value(h, g, g->pair[0].value[0]);
        ae_html_put(h, " at worst");
    }
    ae_html_put(h, "</p>\n");
}

static void put_viewer(struct ae_html *h)
{
    ae_html_put(
        h,
        "<section class=\"viewer\" id=\"viewer\">\n<h2 id=\"name\"></h2>\n"
        "<div class=\"stage\" id=\"stage\" tabindex=\"0\" role=\"group\" "
        "aria-label=\"Both pictures; arrow keys move them\">\n"
        "<div class=\"layers\" id=\"layers\">"
        "<img id=\"before\" alt=\"reference\" hidden=\"\"/>"
        "<div class=\"over\" id=\"over\">"
        "<img id=\"after\" alt=\"picture\" hidden=\"\"/></div></div>\n"
        "<div class=\"edge\" id=\"edge\"></div>"
        "<span class=\"side before\">reference</span>"
        "<span class=\"side after\">picture</span>\n</div>\n"
        "<div class=\"tools\"><input type=\"range\" id=\"split\" min=\"0\" "
        "max=\"1000\" value=\"500\" step=\"5\" "
        "aria-label=\"Share of the reference\"/></div>\n"
        "<div class=\"tools\">"
        "<button type=\"button\" id=\"previous\" title=\"p\">Previous</button>"
        "<button type=\"button\" id=\"next\" title=\"n\">Next</button>"
        "<button type=\"button\" id=\"out\" title=\"-\">&#8722;</button>"
        "<button type=\"button\" id=\"in\" title=\"+\">+</button>"
        "<button type=\"button\" id=\"pixels\" title=\"1\">1:1</button>"
        "<button type=\"button\" id=\"fit\" title=\"0\">Fit</button>"
        "<output id=\"zoom\"></output>\n"
        "<select id=\"view\" title=\"d\" aria-label=\"View\">"
        "<option value=\"0\">Slider</option>"
        "<option value=\"1\">Difference &#215; 1</option>"
        "<option value=\"4\">Difference &#215; 4</option>"
        "<option value=\"16\">Difference &#215; 16</option></select></div>\n"
        "<dl class=\"figures\" id=\"figures\"></dl>\n"
        "<p class=\"state\"><span id=\"note\"></span> Keys: n, p, +, "
        "&#8722;, 1, 0, d; the wheel zooms.</p>\n</section>\n");
}

/* A single pair needs no sheet, but the page's code does. */
static void put_sheet(struct ae_html *h, const struct ae_gallery *g)
{
    ae_html_put(h,
                "<section class=\"sheet\"%s>\n<h2>All pairs</h2>\n"
                "<div class=\"tools\"><input class=\"grow\" type=\"search\" "
                "id=\"filter\" placeholder=\"part of a name\" "
                "aria-label=\"Filter by name\"/>"
                "<select id=\"order\" aria-label=\"Order\"></select>"
                "<output id=\"count\"></output></div>\n"
                "<ul class=\"cells\" id=\"cells\"></ul>\n"
                "<button type=\"button\" id=\"more\">Show more</button>\n"
                "</section>\n",
                g->count > 1 ? "" : " hidden=\"\"");
}

static int put_faults(struct ae_html *h, const struct ae_gallery *g,
                      struct ae_io *io, struct ae_err *e)
{
    if (!g->faults)
        return 0;
    ae_html_put(h,
                "<section class=\"faults\" id=\"faults\"><h2>Not compared: "
                "%zu</h2>\n<ul>\n",
                g->faults);
    for (size_t i = 0; i < g->faults; i++) {
        ae_html_put(h, "<li><b>");
        ae_html_text(h, g->fault[i].name);
        ae_html_put(h, "</b>: ");
        ae_html_text(h, g->fault[i].why);
        ae_html_put(h, "</li>\n");
        AE_TRY(ae_html_flush(h, io, e));
    }
    ae_html_put(h, "</ul></section>\n");
    return 0;
}

int ae_gallery_write(struct ae_gallery *g, struct ae_io *io, struct ae_err *e)
{
    struct ae_html h = {.e = e};

    if (g->count > 1)
        qsort(g->pair, g->count, sizeof(*g->pair), by_key);
    ae_page_begin(&h, g->o.title, 0, ae_gallery_css);
    put_state(&h, g);
    ae_html_put(&h, "<main class=\"gallery\">\n");
    if (g->count)
        put_viewer(&h);
    if (g->count)
        put_sheet(&h, g);
    int rc = put_faults(&h, g, io, e);
    ae_html_put(&h, "</main>\n");
    if (!rc && g->count)
        rc = put_pairs(&h, g, io, e);
    ae_page_end(&h);
    if (!rc)
        rc = ae_html_flush(&h, io, e);
    ae_html_release(&h);
    return rc;
}
