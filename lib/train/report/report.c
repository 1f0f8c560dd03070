/* report.c - the page of --report. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "train/report/plot.h"
#include "train/report/report.h"
#include "train/loop/settings.h"
#include "train/report/show.h"

enum {
    REFRESH = 5, /* seconds, asked of the browser */
    PAUSE = 10,  /* seconds between pages without a score */
    MOST_BARS = 256
};

static const char style[] =
    ":root{--bg:#fff;--fg:#1c2733;--dim:#6b7785;--line:#e3e7ec;--a:#2463c9;"
    "--b:#d2601a;--c:#8a94a0}"
    "@media(prefers-color-scheme:dark){:root{--bg:#14181d;--fg:#e4e8ec;"
    "--dim:#93a0ad;--line:#2b333c;--a:#6ea3f5;--b:#f0935a;--c:#77828e}}"
    "body{background:var(--bg);color:var(--fg);margin:2rem auto;padding:0 1rem;"
    "max-width:75rem;font:15px/1.5 system-ui,sans-serif}"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1rem;margin:0 0 .5rem}"
    ".state{color:var(--dim);margin:.2rem 0 1.5rem}"
    ".note{border-left:4px solid var(--b);padding-left:.8rem}"
    "main{display:grid;gap:2rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(30rem,100%),1fr))}"
    "svg{width:100%;height:auto;overflow:visible}"
    "svg text{font-size:11px;fill:var(--dim)}.grid{stroke:var(--line)}"
    ".line{fill:none;stroke-width:1.6;stroke-linejoin:round}"
    ".line.a{stroke:var(--a)}.line.b{stroke:var(--b)}.line.c{stroke:var(--c)}"
    "circle.a,rect.a{fill:var(--a)}circle.b,rect.b{fill:var(--b)}"
    "circle.c,rect.c,rect.dim{fill:var(--c)}"
    ".key .a{color:var(--a)}.key .c{color:var(--c)}.key{margin:0}"
    "figure{margin:0 0 .6rem}img{max-width:100%;image-rendering:pixelated}"
    "figcaption{font-size:12px;color:var(--dim)}"
    ".traces{display:grid;grid-template-columns:1fr 1fr;gap:.5rem 1.5rem}"
    ".wide{grid-column:1/-1}.rows{font-size:13px}.wide .rows{columns:16rem}"
    ".rows div{display:flex;break-inside:avoid;overflow-wrap:anywhere}"
    ".rows span{flex:0 0 8rem;color:var(--dim)}";

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
        ae_html_put(h, "%d s", s);
}

static void put_state(const struct ae_trainer *t, const char *state,
                      struct ae_html *h)
{
    const struct ae_checkpoint *c = &t->state;
    const double gone = t->report.before + t->report.written;

    ae_html_put(h, "<p class=\"state\">");
    ae_html_text(h, state);
    ae_html_put(h, " &#183; step %" PRIu64, c->step);
    if (c->steps)
        ae_html_put(h, " of %" PRIu64, c->steps);
    if (!isnan(t->val))
        ae_html_put(h, " &#183; %.5g %s on held-out data", t->val,
                    ae_validation_name(&t->valid));
    if (!isnan(c->best))
        ae_html_put(h, ", %.5g at best", c->best);
    ae_html_put(h, " &#183; ");
    put_time(h, gone);
    ae_html_put(h, "</p>\n");
    if (t->warned)
        ae_html_put(h, "<p class=\"note\">%s</p>\n", ae_collapsed);
}

static void put_head(const struct ae_trainer *t, const char *state, int running,
                     struct ae_html *h)
{
    ae_html_put(h, "<!DOCTYPE html>\n"
                   "<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n");
    if (running)
        ae_html_put(h, "<meta http-equiv=\"refresh\" content=\"%d\"/>\n",
                    REFRESH);
    ae_html_put(h, "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                   "<title>");
    ae_html_text(h, base_name(t->o.output));
    ae_html_put(h, "</title>\n<style>%s</style></head>\n<body>\n<h1>", style);
    ae_html_text(h, base_name(t->o.output));
    ae_html_put(h, "</h1>\n");
    put_state(t, state, h);
}

/* ---------------------------------------------------------------- curves */

static void section(struct ae_html *h, const char *title,
                    const struct ae_curve *c, int n)
{
    ae_html_put(h, "<section><h2>%s</h2>\n", title);
    ae_plot_curves(h, c, n);
    ae_html_put(h, "</section>\n");
}

static struct ae_curve curve_of(const struct ae_history *y, const char *name,
                                const char *tone, const double *field)
{
    return (struct ae_curve){.name = name,
                             .tone = tone,
                             .x = &y->point[0].step,
                             .y = field,
                             .n = y->n,
                             .stride = sizeof(y->point[0]) / sizeof(double)};
}

/* Loss and score share their axes where they are in one unit. */
static void put_curves(const struct ae_trainer *t, struct ae_html *h)
{
    const struct ae_history *y = t->report.history;
    const struct ae_point *p = y->point;
    const struct ae_curve both[] = {curve_of(y, "training", "a", &p->loss),
                                    curve_of(y, "held out", "b", &p->val)};
    const struct ae_curve parts[] = {
        curve_of(y, "reconstruction", "a", &p->reconstruction),
        curve_of(y, "divergence", "b", &p->divergence)};
    const struct ae_posterior *q = &t->valid.posterior;

    if (!y->n)
        return;
    if (t->valid.psnr) {
        section(h, "Loss", both, 1);
        section(h, "PSNR of held-out crops, dB", both + 1, 1);
    } else {
        section(h,
                ae_validation_is_bound(&t->valid)
                    ? "Minus the evidence bound, nats an example"
                    : "Loss",
                both, 2);
    }
    if (q->count && ae_validation_is_bound(&t->valid) &&
        !isnan(q->reconstruction))
        section(h, "Its parts on held-out data, nats an example", parts, 2);
}

static void put_bars(const struct ae_trainer *t, struct ae_html *h)
{
    const struct ae_posterior *q = &t->valid.posterior;
    const int n = ae_min(q->count, MOST_BARS);
    unsigned char lit[MOST_BARS];

    if (!n || isnan(t->val))
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
                    int told)
{
    put_name(h, name);
    ae_html_put(h, told ? "<b>" : "");
    ae_html_text(h, value);
    ae_html_put(h, told ? "</b></div>\n" : "</div>\n");
}

static void put_settings(const struct ae_trainer *t, struct ae_html *h)
{
    struct ae_train_options plain = {0};
    const char *name;
    json_t *value;

    if (h->failed ||
        (h->failed = ae_fields_default(ae_train_fields, &plain, h->e)) < 0)
        return;
    json_t *def = ae_settings_json(&plain, h->e);
    h->failed = def ? 0 : AE_EMEM;
    ae_html_put(h, "<section class=\"wide\"><h2>Settings</h2>\n"
                   "<div class=\"rows\">\n");
    json_object_foreach(t->state.settings, name, value)
    {
        const char *now = json_string_value(value);
        const char *then = json_string_value(json_object_get(def, name));
        put_row(h, name, now ? now : "",
                !now || !then || strcmp(now, then) != 0);
    }
    ae_html_put(h, "</div>\n</section>\n");
    json_decref(def);
}

static void put_run(const struct ae_trainer *t, struct ae_html *h)
{
    const struct ae_graph *g = t->model->graph;
    const double speed = t->report.written > 0
                             ? (double)(t->state.step - t->start_step) /
                                   t->report.written
                             : 0;
    struct tm tm;
    char when[40] = "";

    if (gmtime_r(&t->report.begun, &tm))
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M UTC", &tm);
    ae_html_put(h, "<section><h2>Run</h2>\n<div class=\"rows\">\n");
    put_row(h, "model", t->o.model, 0);
    for (size_t i = 0; t->o.data[i] && i < 8; i++)
        put_row(h, i ? "" : "data", t->o.data[i], 0);
    put_name(h, "examples");
    ae_html_put(h, "%u to learn from, %u held out</div>\n", t->train.slots,
                t->held.slots);
    put_name(h, "an example");
    ae_html_put(h, "%d &#215; %d &#215; %d</div>\n", t->shape.h, t->shape.w,
                t->shape.c);
    put_name(h, "weights");
    ae_html_put(h, "%zu in %d nodes</div>\n", g->weights, g->count);
    put_row(h, t->report.before > 0 ? "went on" : "began", when, 0);
    put_name(h, "time");
    put_time(h, t->report.before + t->report.written);
    if (speed > 0)
        ae_html_put(h, ", %.*f steps a second on %d threads",
                    speed < 10 ? 2 : 0, speed, ae_ctx_threads(t->ctx));
    ae_html_put(h, "</div>\n</div>\n</section>\n");
}

/* -------------------------------------------------------------- the page */

static int save(const struct ae_trainer *t, const struct ae_html *h,
                struct ae_err *e)
{
    struct ae_io *io = NULL;

    int r = ae_io_create(t->o.report, &io, e);
    if (r >= 0)
        r = ae_io_write(io, h->s.p, h->s.len, e);
    if (r >= 0)
        r = ae_io_commit(io, e);
    ae_io_close(io);
    return r < 0 ? ae_err_at(e, r, "%s", t->o.report) : 0;
}

static int write_page(struct ae_trainer *t, const char *state, int running,
                      struct ae_err *e)
{
    struct ae_html h = {.e = e};

    put_head(t, state, running, &h);
    ae_html_put(&h, "<main>\n");
    put_curves(t, &h);
    put_bars(t, &h);
    ae_show_pairs(t, &h);
    ae_show_samples(t, &h);
    put_run(t, &h);
    put_settings(t, &h);
    ae_html_put(&h, "</main>\n");
    ae_history_put(t->report.history, &h);
    ae_html_put(&h, "</body></html>\n");
    const int r = h.failed ? h.failed : save(t, &h, e);
    ae_html_release(&h);
    return r;
}

int ae_report_open(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_report *r = &t->report;

    if (!t->o.report)
        return 0;
    r->history = ae_alloc(1, sizeof(*r->history), e);
    if (!r->history)
        return AE_EMEM;
    r->begun = time(NULL);
    if (t->state.step > 0) {
        const int rc = ae_history_load(r->history, t->o.report, t->state.step,
                                       e);
        if (rc < 0)
            return rc;
    }
    if (r->history->n)
        r->before = r->history->point[r->history->n - 1].seconds;
    return write_page(t, "begins", 1, e);
}

int ae_report_row(struct ae_trainer *t, const struct ae_row *row,
                  struct ae_err *e)
{
    struct ae_report *r = &t->report;
    const struct ae_posterior *q = row->posterior;
    const double unit = ae_validation_is_bound(&t->valid)
                            ? (double)t->shape.h * t->shape.w * t->shape.c
                            : 1;

    if (!r->history)
        return 0;
    ae_history_add(
        r->history,
        &(struct ae_point){.step = (double)row->step,
                           .seconds = r->before + row->seconds,
                           .loss = row->loss * unit,
                           .val = row->val,
                           .reconstruction = q ? q->reconstruction : NAN,
                           .divergence = q ? q->total : NAN});
    if (isnan(row->val) && row->seconds < r->written + PAUSE)
        return 0;
    r->written = row->seconds;
    return write_page(t, "training", 1, e);
}

int ae_report_close(struct ae_trainer *t, const struct ae_err *failed,
                    struct ae_err *e)
{
    const char *state = failed ? failed->msg : t->report.ending;

    if (!t->report.history)
        return 0;
    return write_page(t, state ? state : "complete", 0, e);
}

void ae_report_release(struct ae_report *r)
{
    free(r->history);
    r->history = NULL;
}
