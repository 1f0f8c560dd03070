/* study_page.c - a study as a page: its curves, its settings as parallel
 * coordinates, what each has to do with the outcome, all trials. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "page/page.h"
#include "page/pen.h"
#include "tune/study.h"

enum { TONE_BEST = 1, TONE_USUAL = 0, TONE_REST = 17 };

static const char *const states[] = {"open", "pruned", "done", "failed"};

/* ------------------------------------------------------------------ curves */

struct curves {
    struct ae_series *series; /* [trials] */
    double **xy;              /* [trials], what they lie in */
};

/* Steps and values of a trial in turns, to be freed. */
static double *points_of(const struct ae_trial *t, struct ae_err *e)
{
    double *xy = ae_alloc(2 * t->reports + 1, sizeof(*xy), e);

    for (size_t i = 0; xy && i < t->reports; i++) {
        xy[2 * i] = (double)t->report[i].step;
        xy[2 * i + 1] = t->report[i].value;
    }
    return xy;
}

/* The defaults and the best are drawn last, over the others. */
static int layer_of(size_t i, uint64_t best)
{
    return i + 1 == best ? 2 : i == 0 ? 1 : 0;
}

static int make_curves(struct curves *c, const struct ae_study *s,
                       struct ae_err *e)
{
    static const char *const names[] = {NULL, "the defaults", "the best"};
    static const int tones[] = {TONE_REST, TONE_USUAL, TONE_BEST};
    const uint64_t best = ae_study_best(s);
    size_t at = 0;

    c->series = ae_alloc(s->trials.count + 1, sizeof(*c->series), e);
    c->xy = ae_alloc(s->trials.count + 1, sizeof(*c->xy), e);
    if (!c->series || !c->xy)
        return AE_EMEM;
    for (int layer = 0; layer < 3; layer++)
        for (size_t i = 0; i < s->trials.count; i++) {
            if (layer_of(i, best) != layer)
                continue;
            if (!(c->xy[at] = points_of(&s->trials.at[i], e)))
                return AE_EMEM;
            c->series[at] = (struct ae_series){.name = names[layer],
                                               .tone = tones[layer],
                                               .x = c->xy[at],
                                               .y = c->xy[at] + 1,
                                               .n = s->trials.at[i].reports,
                                               .stride = 2};
            at++;
        }
    return 0;
}

static void release_curves(struct curves *c, size_t n)
{
    for (size_t i = 0; c->xy && i < n; i++)
        free(c->xy[i]);
    free(c->xy);
    free(c->series);
}

static void put_curves(struct ae_html *h, const struct ae_study *s)
{
    struct curves c = {0};

    if (h->failed || (h->failed = make_curves(&c, s, h->e)) < 0)
        goto out;
    const struct ae_chart chart = {
        .x = {.name = "step",
              .kind = AE_AXIS_LINEAR,
              .from_zero = 1,
              .margin = 1e-9},
        .y = {.name = s->trials.score[0] ? s->trials.score : NULL},
        .series = c.series,
        .count = s->trials.count};
    ae_html_put(h, "<section><h2>Curves</h2>\n");
    ae_html_chart(h, &chart);
    ae_html_put(h, "<p class=\"state\">Each line is a trial: the value of its "
                   "model as it was at that step.</p></section>\n");
out:
    release_curves(&c, s->trials.count);
}

/* -------------------------------------------------------------- importance */

static void put_share(struct ae_html *h, const char *name, double share)
{
    ae_html_put(h, "<tr><td>");
    ae_html_text(h, name);
    if (isnan(share))
        ae_html_put(h, "</td><td>not known</td></tr>\n");
    else
        ae_html_put(h,
                    "</td><td>%.0f %%</td><td><svg viewBox=\"0 0 200 10\" "
                    "style=\"width:200px\"><rect class=\"fill t0\" width=\""
                    "%.1f\" height=\"10\"/></svg></td></tr>\n",
                    100 * share, 200 * share);
}

static void put_importance(struct ae_html *h, const struct ae_study *s)
{
    double share[AE_SPACE_SETTINGS];
    size_t n;

    if (h->failed || (h->failed = ae_study_importance(s, share, &n, h->e)) < 0)
        return;
    ae_html_put(h,
                "<section><h2>How much each setting matters</h2>\n<table>\n");
    for (int k = 0; k < s->space.count; k++)
        put_share(h, s->space.at[k].name, share[k]);
    ae_html_put(
        h,
        "</table>\n<p class=\"state\">The share of the variance of %zu trials' "
        "ranks at step %" PRIu64 " that lies between the groups of a setting's "
        "values (its choices, or quarters of the trials by its value), less "
        "what chance would put there (epsilon squared). Each setting is taken "
        "by itself, so what two do together isn't seen.</p></section>\n",
        n, s->rungs.step[0]);
}

/* ------------------------------------------------------------------ trials */

static void put_text_cell(struct ae_html *h, const char *text)
{
    ae_html_put(h, "<td>");
    ae_html_text(h, text);
    ae_html_put(h, "</td>");
}

static void put_trial(struct ae_html *h, const struct ae_study *s, size_t i,
                      int is_best)
{
    const struct ae_trial *t = &s->trials.at[i];
    const double value = ae_trial_value(t, UINT64_MAX);

    ae_html_put(h, "<tr><td>%zu%s</td><td>%s</td><td>%" PRIu64 "</td>", i + 1,
                is_best ? " (best)"
                : i     ? ""
                        : " (defaults)",
                states[t->state], t->step);
    if (isnan(value))
        put_text_cell(h, "");
    else
        ae_html_put(h, "<td>%.6g</td>", value);
    for (int k = 0; k < s->space.count; k++)
        put_text_cell(h, t->setting[k] ? t->setting[k] : "");
    put_text_cell(h, t->state == AE_TRIAL_FAILED && t->reason ? t->reason : "");
    ae_html_put(h, "</tr>\n");
}

static void put_trials(struct ae_html *h, const struct ae_study *s)
{
    const uint64_t best = ae_study_best(s);

    ae_html_put(h, "<section class=\"wide\"><h2>All trials</h2>\n<div "
                   "class=\"sheet\"><table>\n<tr><th>trial</th><th>state</th>"
                   "<th>step</th><th>");
    ae_html_text(h, s->trials.score[0] ? s->trials.score : "value");
    ae_html_put(h, "</th>");
    for (int k = 0; k < s->space.count; k++) {
        ae_html_put(h, "<th>");
        ae_html_text(h, s->space.at[k].name);
        ae_html_put(h, "</th>");
    }
    ae_html_put(h, "<th></th></tr>\n");
    for (size_t i = 0; i < s->trials.count; i++)
        put_trial(h, s, i, i + 1 == best);
    ae_html_put(h, "</table></div></section>\n");
}

static void put_state(struct ae_html *h, const struct ae_study *s)
{
    ae_html_put(h,
                "<p class=\"state\">%zu trial%s of %" PRIu64 " steps or less, "
                "%" PRIu64 " steps in all; model ",
                s->trials.count, s->trials.count == 1 ? "" : "s", s->o.steps,
                ae_study_steps(s));
    ae_html_text(h, s->model ? s->model : "");
    ae_html_put(h, "; space ");
    ae_html_text(h, s->space_text);
    if (s->objective) {
        ae_html_put(h, "; %s ", s->o.maximise ? "maximises" : "minimises");
        ae_html_text(h, s->objective);
    }
    ae_html_put(h, "</p>\n<main>\n");
}

int ae_study_page(const struct ae_study *s, const char *title, int refresh,
                  struct ae_io *io, struct ae_err *e)
{
    struct ae_html h = {.e = e};

    ae_page_begin(&h, title, refresh, NULL);
    put_state(&h, s);
    put_curves(&h, s);
    put_importance(&h, s);
    ae_html_put(&h, "<section class=\"wide\"><h2>Settings</h2>\n"
                    "<div class=\"scroll long\">\n");
    ae_study_put_parallel(&h, s);
    ae_html_put(&h, "</div>\n<p class=\"state\">A line is a trial, with its "
                    "value as far as it came on the right, good ones on top; "
                    "orange: the best, blue: the best tenth.</p></section>\n");
    put_trials(&h, s);
    ae_html_put(&h, "</main>\n");
    ae_page_end(&h);
    const int rc = h.failed ? h.failed : ae_io_write(io, h.s.p, h.s.len, e);
    ae_html_release(&h);
    return rc;
}
