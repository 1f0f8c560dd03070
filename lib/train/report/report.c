/* report.c - the page of --report. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "page/page.h"
#include "page/plot.h"
#include "train/loop/settings.h"
#include "page/pen.h"
#include "train/report/command.h"
#include "train/report/history.h"
#include "train/report/plot_examples.h"
#include "train/report/report.h"

enum {
    REFRESH = 5, /* seconds, asked of the browser */
    PAUSE = 10,  /* seconds between pages without a score */
    MOST_BARS = 256,
    MOST_DATA = 8 /* operands that are listed */
};

/* ------------------------------------------------------------------ head */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

static void put_time(struct ae_html *h, double seconds)
{
    const int s = (int)fmin(seconds + 0.5, 1e9);

    if (s >= 3600)
        ae_html_put(h, "%d h %02d min", s / 3600, s / 60 % 60);
    else if (s >= 60)
        ae_html_put(h, "%d min %02d s", s / 60, s % 60);
    else
        ae_html_put(h, "%.*f s", seconds < 10, seconds);
}

static void put_state(const struct ae_report *r, const struct ae_train_view *v,
                      const char *state, struct ae_html *h)
{
    ae_html_put(h, "<p class=\"state\">");
    ae_html_text(h, state);
    ae_html_put(h, " &#183; step %" PRIu64, v->step);
    if (v->steps)
        ae_html_put(h, " of %" PRIu64, v->steps);
    if (!isnan(v->score))
        ae_html_put(h, " &#183; %.5g %s on held-out data", v->score,
                    v->score_kind == AE_SCORE_PSNR ? "dB" : v->score_name);
    if (!isnan(v->best))
        ae_html_put(h, ", %.5g at best", v->best);
    ae_html_put(h, " &#183; ");
    put_time(h, r->before + r->written);
    ae_html_put(h, "</p>\n");
    if (v->advice)
        ae_html_put(h, "<p class=\"note\">%s</p>\n", v->advice);
}

/* ---------------------------------------------------------------- curves */

static struct ae_series series_of(const struct ae_history *y, const char *name,
                                  int tone, const double *field)
{
    return (struct ae_series){.name = name,
                              .tone = tone,
                              .x = &y->point[0].step,
                              .y = field,
                              .n = y->n,
                              .stride = sizeof(y->point[0]) / sizeof(double)};
}

/* Room for what may be a change, so that small ones look small. */
static const struct ae_axis decibels = {.name = "dB", .least = 3},
                            nats = {.name = "nats an example",
                                    .kind = AE_AXIS_LINEAR,
                                    .from_zero = 1};

static void section(struct ae_html *h, const char *title,
                    const struct ae_axis *y, const struct ae_series *s, int n)
{
    const struct ae_chart c = {.x = {.name = "step",
                                     .kind = AE_AXIS_LINEAR,
                                     .from_zero = 1,
                                     .margin = 1e-9},
                               .y = *y,
                               .series = s,
                               .count = (size_t)n};

    ae_html_put(h, "<section><h2>%s</h2>\n", title);
    ae_html_chart(h, &c);
    ae_html_put(h, "</section>\n");
}

/* The score, and under it what the noisy examples would have. */
static void put_decibels(const struct ae_history *y,
                         const struct ae_train_view *v,
                         const struct ae_series *score, struct ae_html *h)
{
    const double ends[] = {0, y->point[y->n - 1].step};
    const double level[] = {v->untouched, v->untouched};
    const struct ae_series both[] = {*score,
                                     {.name = "noisy input",
                                      .tone = AE_TONE_DIM,
                                      .mark = AE_MARK_DASHED,
                                      .x = ends,
                                      .y = level,
                                      .n = 2}};

    section(h, "PSNR of held-out crops", &decibels, both,
            isnan(v->untouched) ? 1 : 2);
}

/* Loss and score share their axes where they have one unit. */
static void put_curves(const struct ae_history *y,
                       const struct ae_train_view *v, struct ae_html *h)
{
    const struct ae_point *p = y->point;
    const struct ae_axis loss = {.name = v->options->loss, .from_zero = 1};
    const struct ae_series both[] = {
        series_of(y, "training", AE_TONE_MADE, &p->loss),
        series_of(y, "held out", AE_TONE_OTHER, &p->val)};
    const struct ae_series parts[] = {
        series_of(y, "reconstruction", AE_TONE_MADE, &p->reconstruction),
        series_of(y, "divergence", AE_TONE_OTHER, &p->divergence)};

    if (!y->n)
        return;
    section(h,
            v->score_kind == AE_SCORE_BOUND ? "Minus the evidence bound"
                                            : "Loss",
            v->score_kind == AE_SCORE_BOUND ? &nats : &loss, both,
            v->score_kind == AE_SCORE_PSNR ? 1 : 2);
    if (v->score_kind == AE_SCORE_PSNR)
        put_decibels(y, v, both + 1, h);
    if (v->score_kind == AE_SCORE_BOUND && !isnan(v->posterior->reconstruction))
        section(h, "Its parts on held-out data", &nats, parts, 2);
}

static void put_bars(const struct ae_train_view *v, struct ae_html *h)
{
    const struct ae_posterior *q = v->posterior;
    const int n = ae_min(q->count, MOST_BARS);
    unsigned char lit[MOST_BARS];

    if (!n || isnan(v->score))
        return;
    for (int i = 0; i < n; i++)
        lit[i] = (unsigned char)ae_posterior_active(q, i);
    ae_html_put(h,
                "<section><h2>Divergence of the code's numbers, nats: %d of %d "
                "active</h2>\n",
                q->active, q->count);
    ae_plot_bars(h, "number", q->divergence, lit, n);
    if (n < q->count)
        ae_html_put(h, "<p>The first %d are shown.</p>\n", n);
    ae_html_put(h, "</section>\n");
}

/* -------------------------------------------------------------- settings */

/* Begins a row, which the caller ends. */
static void put_name(struct ae_html *h, const char *name)
{
    ae_html_put(h, "<div><span>");
    ae_html_text(h, name);
    ae_html_put(h, "</span> ");
}

static void put_row(struct ae_html *h, const char *name, const char *value,
                    int bold)
{
    put_name(h, name);
    ae_html_put(h, bold ? "<b>" : "");
    ae_html_text(h, value);
    ae_html_put(h, bold ? "</b></div>\n" : "</div>\n");
}

/* Settings that aren't the defaults are bold. */
static void put_settings(const struct ae_train_view *v, struct ae_html *h)
{
    struct ae_train_options plain = {0};
    const char *name;
    json_t *value;

    if (h->failed ||
        (h->failed = ae_fields_default(ae_train_fields, &plain, h->e)) < 0)
        return;
    json_t *defaults = ae_settings_json(&plain, h->e);
    h->failed = defaults ? 0 : AE_EMEM;
    ae_html_put(h, "<section class=\"wide\"><h2>Settings</h2>\n"
                   "<div class=\"rows\">\n");
    json_object_foreach((json_t *)v->settings, name, value)
    {
        const char *now = json_string_value(value);
        const char *def = json_string_value(json_object_get(defaults, name));
        put_row(h, name, now ? now : "", !now || !def || strcmp(now, def) != 0);
    }
    ae_html_put(h, "</div>\n</section>\n");
    json_decref(defaults);
}

/* What repeats the run; lines are broken between words, not at a hyphen. */
static void put_command(const struct ae_train_view *v, struct ae_html *h)
{
    struct ae_str s = {0};
    char *end;

    if (h->failed)
        return;
    h->failed = ae_command_add(&s, v->options, h->e);
    ae_html_put(h, "<section class=\"wide\"><h2>To run it again</h2>\n"
                   "<pre>");
    for (char *word = s.p; word && !h->failed; word = end ? end + 1 : NULL) {
        end = strchr(word, ' ');
        if (end)
            *end = '\0';
        ae_html_put(h, "<span>");
        ae_html_text(h, word);
        ae_html_put(h, end ? "</span> " : "</span>");
    }
    ae_html_put(h, "</pre>\n</section>\n");
    ae_str_release(&s);
}

static void put_speed(const struct ae_report *r, const struct ae_train_view *v,
                      struct ae_html *h)
{
    const double speed = r->written > 0
                             ? (double)(v->step - v->first) / r->written
                             : 0;

    const int threads = ae_ctx_threads(v->ctx);

    if (speed > 0)
        ae_html_put(h, ", %.*f steps a second on %d thread%s",
                    speed < 10 ? 2 : 0, speed, threads,
                    threads == 1 ? "" : "s");
}

static void put_run(const struct ae_report *r, const struct ae_train_view *v,
                    struct ae_html *h)
{
    const struct ae_graph *g = v->model.graph;
    const char *const *data = v->options->data;
    struct tm tm;
    char when[40] = "";

    if (gmtime_r(&r->begun, &tm))
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M UTC", &tm);
    ae_html_put(h, "<section><h2>Run</h2>\n<div class=\"rows\">\n");
    put_row(h, "model", v->options->model, 0);
    for (size_t i = 0; data && data[i] && i < MOST_DATA; i++)
        put_row(h, i ? "" : "data", data[i], 0);
    put_name(h, "examples");
    ae_html_put(h, "%u to learn from, %u held out</div>\n", v->learned,
                v->held_out);
    put_name(h, "an example");
    ae_html_put(h, "%d &#215; %d &#215; %d</div>\n", v->shape.h, v->shape.w,
                v->shape.c);
    put_name(h, "weights");
    ae_html_put(h, "%zu in %d nodes</div>\n", g->weights, g->count);
    put_row(h, r->before > 0 ? "went on" : "began", when, 0);
    put_name(h, "time");
    put_time(h, r->before + r->written);
    put_speed(r, v, h);
    ae_html_put(h, "</div>\n</div>\n</section>\n");
}

/* -------------------------------------------------------------- the page */

/* Values whose losses make one in the unit of the score. */
static double values_of(const struct ae_train_view *v)
{
    return v->score_kind == AE_SCORE_BOUND
               ? (double)v->shape.h * v->shape.w * v->shape.c
               : 1;
}

/* What ae_run_read() finds again; no `<' in it ends the script. */
static void put_facts(const struct ae_train_view *v, struct ae_html *h)
{
    json_t *run = json_pack("{s:s, s:f, s:O}", "score", v->score_name, "values",
                            values_of(v), "settings", (json_t *)v->settings);
    char *text = NULL;

    if (!h->failed)
        h->failed = run ? ae_json_print(run, 0, &text, h->e) : AE_EMEM;
    ae_html_put(h, "<script type=\"application/json\" id=\"run\">");
    for (const char *p = text; p && *p; p++)
        ae_html_put(h, *p == '<' || *p == '&' ? "\\u%04x" : "%c", *p);
    ae_html_put(h, "</script>\n");
    free(text);
    json_decref(run);
}

static int write_page(const struct ae_report *r, const struct ae_train_view *v,
                      const char *state, int running, struct ae_err *e)
{
    struct ae_html h = {.e = e};

    ae_page_begin(&h, base_name(v->options->output), running ? REFRESH : 0,
                  NULL);
    put_state(r, v, state, &h);
    ae_html_put(&h, "<main>\n");
    put_curves(r->history, v, &h);
    put_bars(v, &h);
    ae_plot_examples(&h, v);
    ae_plot_codes(&h, v);
    put_run(r, v, &h);
    put_command(v, &h);
    put_settings(v, &h);
    ae_html_put(&h, "</main>\n");
    ae_history_put(r->history, &h);
    put_facts(v, &h);
    ae_page_end(&h);
    const int rc = ae_page_save(&h, v->options->report, e);
    ae_html_release(&h);
    return rc;
}

int ae_report_open(struct ae_report *r, const struct ae_train_view *v,
                   struct ae_err *e)
{
    const char *path = v->options->report;

    if (!path)
        return 0;
    r->history = ae_alloc(1, sizeof(*r->history), e);
    if (!r->history)
        return AE_EMEM;
    r->begun = time(NULL);
    if (v->step > 0)
        AE_TRY(ae_history_load(r->history, path, v->step, e));
    if (r->history->n)
        r->before = r->history->point[r->history->n - 1].seconds;
    return write_page(r, v, "begins", 1, e);
}

int ae_report_row(struct ae_report *r, const struct ae_train_view *v,
                  struct ae_err *e)
{
    const struct ae_posterior *q = v->scored && v->posterior->count
                                       ? v->posterior
                                       : NULL;

    if (!r->history)
        return 0;
    const struct ae_point p = {.step = (double)v->step,
                               .seconds = r->before + v->seconds,
                               .loss = v->loss * values_of(v),
                               .val = v->scored ? v->score : NAN,
                               .reconstruction = q ? q->reconstruction : NAN,
                               .divergence = q ? q->total : NAN};
    ae_history_add(r->history, &p);
    if (!v->scored && v->seconds < r->written + PAUSE)
        return 0;
    r->written = v->seconds;
    return write_page(r, v, "training", 1, e);
}

int ae_report_close(struct ae_report *r, const struct ae_train_view *v,
                    const char *state, struct ae_err *e)
{
    return r->history ? write_page(r, v, state, 0, e) : 0;
}

void ae_report_release(struct ae_report *r)
{
    free(r->history);
    r->history = NULL;
}
