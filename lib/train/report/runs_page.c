/* runs_page.c - runs beside each other on one page: the best of each, the
 * settings in which they differ, and their curves over one another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "page/page.h"
#include "train/report/runs.h"

enum { MOST_POINTS = 1500 /* of a curve */ };

struct ae_runs {
    struct ae_run *run;
    size_t count, cap;
};

int ae_runs_new(struct ae_runs **out, struct ae_err *e)
{
    *out = ae_alloc(1, sizeof(**out), e);
    return *out ? 0 : AE_EMEM;
}

int ae_runs_add(struct ae_runs *r, const char *path, struct ae_err *e)
{
    if (r->count == r->cap) {
        const size_t cap = r->cap ? 2 * r->cap : 8;
        AE_TRY(ae_realloc(&r->run, cap, sizeof(*r->run), e));
        r->cap = cap;
    }
    AE_TRY(ae_run_read(&r->run[r->count], path, e));
    r->count++;
    return 0;
}

void ae_runs_free(struct ae_runs *r)
{
    for (size_t i = 0; r && i < r->count; i++)
        ae_run_release(&r->run[i]);
    if (r)
        free(r->run);
    free(r);
}

static double last_of(const struct ae_run *r, const char *column)
{
    const int at = ae_run_find(r, column);
    double v = NAN;

    for (size_t i = 0; at >= 0 && i < r->rows; i++)
        if (!isnan(r->v[i * AE_RUN_COLUMNS + (size_t)at]))
            v = r->v[i * AE_RUN_COLUMNS + (size_t)at];
    return v;
}

void ae_runs_facts(const struct ae_runs *r, size_t i, struct ae_run_facts *out)
{
    const struct ae_run *run = &r->run[i];
    int high = 0;
    const int score = ae_run_score(run, &high);
    size_t row = 0;

    *out = (struct ae_run_facts){.name = run->name,
                                 .score = score < 0 ? "" : run->column[score],
                                 .steps = last_of(run, "step"),
                                 .loss = last_of(run, "loss"),
                                 .best = ae_run_best(run, score, high, &row),
                                 .seconds = last_of(run, "seconds"),
                                 .at = NAN};
    if (!isnan(out->best))
        out->at =
            run->v[row * AE_RUN_COLUMNS + (size_t)ae_run_find(run, "step")];
}

/* ------------------------------------------------------------------ tables */

static void put_number(struct ae_html *h, double v)
{
    if (isnan(v))
        ae_html_put(h, "<td></td>");
    else
        ae_html_put(h, "<td>%.6g</td>", v);
}

static void put_name(struct ae_html *h, const struct ae_runs *r, size_t i)
{
    ae_html_put(h, "<tr><td><span class=\"chip t%zu\">&#9632;</span> ",
                i % AE_TONES);
    ae_html_text(h, r->run[i].name);
    ae_html_put(h, "</td>");
}

static void put_bests(struct ae_html *h, const struct ae_runs *r)
{
    ae_html_put(h, "<section class=\"wide\"><h2>Best values</h2>\n"
                   "<div class=\"sheet\"><table>\n<tr><th>run</th>"
                   "<th>score</th><th>best</th><th>at step</th><th>steps</th>"
                   "<th>last loss</th><th>seconds</th></tr>\n");
    for (size_t i = 0; i < r->count; i++) {
        struct ae_run_facts f;
        ae_runs_facts(r, i, &f);
        put_name(h, r, i);
        ae_html_put(h, "<td>");
        ae_html_text(h, f.score);
        ae_html_put(h, "</td>");
        put_number(h, f.best);
        put_number(h, f.at);
        put_number(h, f.steps);
        put_number(h, f.loss);
        put_number(h, f.seconds);
        ae_html_put(h, "</tr>\n");
    }
    ae_html_put(h, "</table></div></section>\n");
}

static const char *setting_of(const struct ae_run *r, const char *name)
{
    const char *text = json_string_value(json_object_get(r->settings, name));

    return text ? text : "";
}

/* 1 where two runs that tell their settings differ in this one. */
static int differs(const struct ae_runs *r, const char *name)
{
    const char *first = NULL;

    for (size_t i = 0; i < r->count; i++) {
        if (!r->run[i].settings)
            continue;
        const char *text = setting_of(&r->run[i], name);
        if (first && strcmp(first, text) != 0)
            return 1;
        first = text;
    }
    return 0;
}

/* All names of settings that differ, as keys. */
static json_t *find_differences(const struct ae_runs *r)
{
    json_t *names = json_object();
    json_t *value;
    const char *name;

    for (size_t i = 0; names && i < r->count; i++)
        json_object_foreach(r->run[i].settings, name, value)
        {
            if (differs(r, name))
                json_object_set_new(names, name, json_true());
        }
    return names;
}

static void put_settings(struct ae_html *h, const struct ae_runs *r)
{
    json_t *names = find_differences(r), *value;
    const char *name;

    if (json_object_size(names) == 0)
        goto out;
    ae_html_put(h, "<section class=\"wide\"><h2>Settings that differ</h2>\n"
                   "<div class=\"sheet\"><table>\n<tr><th>run</th>");
    json_object_foreach(names, name, value)
    {
        ae_html_put(h, "<th>");
        ae_html_text(h, name);
        ae_html_put(h, "</th>");
    }
    ae_html_put(h, "</tr>\n");
    for (size_t i = 0; i < r->count; i++) {
        put_name(h, r, i);
        json_object_foreach(names, name, value)
        {
            ae_html_put(h, "<td>");
            ae_html_text(h, r->run[i].settings ? setting_of(&r->run[i], name)
                                               : "?");
            ae_html_put(h, "</td>");
        }
        ae_html_put(h, "</tr>\n");
    }
    ae_html_put(h, "</table></div></section>\n");
out:
    json_decref(names);
}

/* ------------------------------------------------------------------ curves */

/* The points of a column, thinned out, [n][2]; to be freed.  NULL: there is
 * none, or after a failure of h. */
static double *points_of(struct ae_html *h, const struct ae_run *r,
                         const char *column, size_t *n)
{
    const int y = ae_run_find(r, column), x = ae_run_find(r, "step");
    size_t known = 0;

    *n = 0;
    for (size_t i = 0; y >= 0 && i < r->rows; i++)
        known += isnan(r->v[i * AE_RUN_COLUMNS + (size_t)y]) ? 0 : 1;
    if (!known)
        return NULL;
    const size_t by = known / MOST_POINTS + 1, most = known / by + 1;
    double *at = ae_alloc(2 * most, sizeof(*at), h->e);
    if (!at)
        h->failed = AE_EMEM;
    for (size_t i = 0, k = 0; at && i < r->rows; i++) {
        const double *row = r->v + i * AE_RUN_COLUMNS;
        if (isnan(row[y]) || k++ % by || isnan(row[x]))
            continue;
        at[2 * *n] = row[x];
        at[2 * (*n)++ + 1] = row[y];
    }
    return at;
}

/* The unit of a column; NULL: it has none, or its name says it. */
static const char *unit_of(const char *column)
{
    static const char *const nats[] = {"nats", "reconstruction", "divergence"};

    for (size_t i = 0; i < AE_LEN(nats); i++)
        if (strcmp(column, nats[i]) == 0)
            return "nats an example";
    return strcmp(column, "psnr") == 0 ? "dB" : NULL;
}

/* The curves of a column, whose points are `at`. */
static void fill_series(struct ae_html *h, const struct ae_runs *r,
                        const char *column, struct ae_series *s, double **at)
{
    for (size_t i = 0; !h->failed && i < r->count; i++) {
        size_t n;
        at[i] = points_of(h, &r->run[i], column, &n);
        s[i] = (struct ae_series){.name = n ? r->run[i].name : NULL,
                                  .tone = (int)(i % AE_TONES),
                                  .x = at[i],
                                  .y = at[i] ? at[i] + 1 : NULL,
                                  .n = n,
                                  .stride = 2};
    }
}

static void put_section(struct ae_html *h, const char *column,
                        const struct ae_series *s, size_t count)
{
    const int psnr = strcmp(column, "psnr") == 0;
    const struct ae_chart c = {.x = {.name = "step",
                                     .kind = AE_AXIS_LINEAR,
                                     .from_zero = 1,
                                     .margin = 1e-9},
                               .y = {.name = unit_of(column),
                                     .from_zero = !psnr,
                                     .least = psnr ? 3 : 0},
                               .series = s,
                               .count = count};

    ae_html_put(h, "<section><h2>");
    ae_html_text(h, column);
    ae_html_put(h, "</h2>\n");
    ae_html_chart(h, &c);
    ae_html_put(h, "</section>\n");
}

static void put_chart(struct ae_html *h, const struct ae_runs *r,
                      const char *column)
{
    struct ae_series *s = ae_alloc(r->count, sizeof(*s), h->e);
    double **at = ae_alloc(r->count, sizeof(*at), h->e);

    if (!s || !at)
        h->failed = AE_EMEM;
    fill_series(h, r, column, s, at);
    put_section(h, column, s, r->count);
    for (size_t i = 0; at && i < r->count; i++)
        free(at[i]);
    free(at);
    free(s);
}

/* Every column that some run has, once. */
static void put_charts(struct ae_html *h, const struct ae_runs *r)
{
    for (size_t i = 0; i < r->count; i++)
        for (int k = 0; k < r->run[i].columns; k++) {
            const char *column = r->run[i].column[k];
            int seen = strcmp(column, "step") == 0 ||
                       strcmp(column, "seconds") == 0;
            for (size_t j = 0; j < i && !seen; j++)
                seen = ae_run_find(&r->run[j], column) >= 0;
            if (!seen && !h->failed)
                put_chart(h, r, column);
        }
}

int ae_runs_page(const struct ae_runs *r, const char *title, struct ae_io *io,
                 struct ae_err *e)
{
    struct ae_html h = {.e = e};

    ae_page_begin(&h, title, 0, NULL);
    ae_html_put(&h, "<p class=\"state\">%zu run%s</p>\n<main>\n", r->count,
                r->count > 1 ? "s" : "");
    put_bests(&h, r);
    put_settings(&h, r);
    put_charts(&h, r);
    ae_html_put(&h, "</main>\n");
    ae_page_end(&h);
    const int rc = h.failed ? h.failed : ae_io_write(io, h.s.p, h.s.len, e);
    ae_html_release(&h);
    return rc;
}
