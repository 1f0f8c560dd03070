/* parallel.c - parallel coordinates (Inselberg 1985): an axis upright for each
 * setting and one for the value, and a line for each trial.  The best tenth of
 * the trials stand out, the best one most. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "page/axis.h"
#include "page/pen.h"
#include "tune/study.h"

enum {
    WIDTH = 1120,
    HEIGHT = 330,
    TOP = 44,
    BOTTOM = 300,
    LEFT = 70,
    RIGHT = 1030,
    GAP = 8,
    NOTE = 1024,
    CHOICES = 12, /* that are named on an axis */
    TONE_BEST = 1,
    TONE_GOOD = 0,
    TONE_REST = 17 /* a gray */
};

struct drawing {
    const struct ae_study *s;
    struct ae_pen pen;
    struct ae_ruler value;
    uint64_t best;
    double good; /* the cost up to which a trial is in the best tenth */
};

static double value_of(const struct ae_study *s, size_t i)
{
    return s->trials.at[i].state == AE_TRIAL_FAILED
               ? NAN
               : ae_trial_value(&s->trials.at[i], UINT64_MAX);
}

static double axis_x(const struct ae_study *s, int k)
{
    return LEFT + (double)(RIGHT - LEFT) * k / s->space.count;
}

static double place_y(double u)
{
    return BOTTOM - u * (BOTTOM - TOP);
}

/* The scale of values, good ones on top, and which trials are good. */
static int survey(struct drawing *d, struct ae_err *e)
{
    const struct ae_study *s = d->s;
    const struct ae_axis axis = {.margin = 1e-9};
    double *cost = ae_alloc(s->trials.count + 1, sizeof(*cost), e);
    size_t n = 0;

    if (!cost)
        return AE_EMEM;
    for (size_t i = 0; i < s->trials.count; i++)
        if (!isnan(value_of(s, i)))
            cost[n++] = s->trials.high ? -value_of(s, i) : value_of(s, i);
    qsort(cost, n, sizeof(*cost), ae_by_double);
    const double a = n ? cost[0] : 0, b = n ? cost[n - 1] : 1;
    d->good = n ? cost[(n - 1) / 10] : 0;
    d->value = ae_ruler_for(
        &axis, fmin(s->trials.high ? -a : a, s->trials.high ? -b : b),
        fmax(s->trials.high ? -a : a, s->trials.high ? -b : b));
    d->value.from = s->trials.high ? BOTTOM : TOP;
    d->value.to = s->trials.high ? TOP : BOTTOM;
    free(cost);
    return 0;
}

static void draw_axis(struct drawing *d, double x, const char *name)
{
    ae_pen_box(&d->pen, x, TOP, 1, BOTTOM - TOP, AE_TONE_DIM, NULL);
    ae_pen_text(&d->pen, x, TOP - 24, AE_ANCHOR_MIDDLE, AE_TONE_INK, name);
}

static void draw_setting(struct drawing *d, int k)
{
    const struct ae_setting *p = &d->s->space.at[k];
    const double x = axis_x(d->s, k);

    draw_axis(d, x, p->name);
    for (int i = 0; i < p->choices && p->choices <= CHOICES; i++)
        ae_pen_text(&d->pen, x - GAP, place_y((i + 0.5) / p->choices),
                    AE_ANCHOR_END, AE_TONE_INK, p->choice[i]);
    for (int i = 0; i < 2 && p->domain != AE_DOMAIN_CHOICE; i++)
        ae_pen_text(&d->pen, x - GAP, place_y(ae_setting_place(p, p->ends[i])),
                    AE_ANCHOR_END, AE_TONE_INK, p->ends[i]);
}

static void draw_values(struct drawing *d)
{
    double tick[AE_TICKS];
    const size_t n = ae_ruler_ticks(&d->value, 5, tick);
    char text[AE_TICK_TEXT];

    draw_axis(d, RIGHT, d->s->trials.score[0] ? d->s->trials.score : "value");
    for (size_t i = 0; i < n; i++) {
        ae_tick_text(text, tick[i]);
        ae_pen_text(&d->pen, RIGHT + GAP, ae_ruler_at(&d->value, tick[i]),
                    AE_ANCHOR_START, AE_TONE_INK, text);
    }
}

static void describe(const struct ae_study *s, size_t i, char note[NOTE])
{
    int n = ae_format(note, NOTE, "trial %zu: %.6g", i + 1, value_of(s, i));

    for (int k = 0; k < s->space.count && n < NOTE; k++)
        n += ae_format(note + n, (size_t)(NOTE - n), ", %s %s",
                       s->space.at[k].name,
                       s->trials.at[i].setting[k] ? s->trials.at[i].setting[k]
                                                  : "as usual");
}

/* A setting whose value isn't known, or isn't in the space, has no point. */
static void draw_trial(struct drawing *d, size_t i, int tone)
{
    const struct ae_study *s = d->s;
    double xy[2 * (AE_SPACE_SETTINGS + 1)];
    char note[NOTE];
    size_t n = 0;

    for (int k = 0; k < s->space.count; k++) {
        if (isnan(s->trials.at[i].u[k]))
            continue;
        xy[n++] = axis_x(s, k);
        xy[n++] = place_y(s->trials.at[i].u[k]);
    }
    xy[n++] = RIGHT;
    xy[n++] = ae_ruler_at(&d->value, value_of(s, i));
    describe(s, i, note);
    ae_pen_line(&d->pen, xy, n / 2, tone, 0, note);
}

/* The best ones last, on top of all others. */
static void draw_trials(struct drawing *d)
{
    static const int tones[] = {TONE_REST, TONE_GOOD, TONE_BEST};
    const struct ae_study *s = d->s;

    for (int layer = 0; layer < 3; layer++)
        for (size_t i = 0; i < s->trials.count; i++) {
            const double v = value_of(s, i);
            const int of = i + 1 == d->best                       ? 2
                           : (s->trials.high ? -v : v) <= d->good ? 1
                                                                  : 0;
            if (!isnan(v) && of == layer)
                draw_trial(d, i, tones[layer]);
        }
}

void ae_study_put_parallel(struct ae_html *h, const struct ae_study *s)
{
    struct drawing d = {.s = s, .pen = {.html = h}, .best = ae_study_best(s)};

    if (h->failed || (h->failed = survey(&d, h->e)) < 0)
        return;
    ae_pen_begin(&d.pen, WIDTH, HEIGHT, "Settings and values of all trials",
                 NULL);
    draw_trials(&d);
    for (int k = 0; k < s->space.count; k++)
        draw_setting(&d, k);
    draw_values(&d);
    ae_pen_end(&d.pen);
}
