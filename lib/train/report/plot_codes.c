/* plot_codes.c - the code on the page: where held-out examples lie along its
 * two principal axes, what lies on the way from one of them to another, and
 * what draws of the prior decode to. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/linalg.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/coder.h"
#include "nn/graph/graph.h"
#include "page/pen.h"
#include "page/plot.h"
#include "train/report/plot_examples.h"

enum {
    POINTS = 1000,    /* of the map, at most */
    MOST_DIMS = 1024, /* of a code that has a map */
    WALKS = 3,
    SAMPLE_ROWS = 3,
    NOTE = 96
};
#define SEED_SHOW UINT64_C(0x73686f77) /* samples of all runs compare */

struct codes {
    struct ae_coder *coder;
    const struct ae_coder_info *info;
    struct ae_shape item;
    int n;    /* held-out examples that have a code here */
    float *z; /* [n][code] */
};

static int encode(const struct ae_train_view *v, struct codes *s,
                  struct ae_err *e)
{
    s->item = ae_strip_shape(&v->clean);
    s->n = ae_min(v->clean.n, POINTS);
    AE_TRY(
        ae_coder_new(v->ctx, &v->model, s->item.h, s->item.w, 0, &s->coder, e));
    s->info = ae_coder_info(s->coder);
    s->z = ae_alloc((size_t)s->n, (size_t)s->info->code * sizeof(float), e);
    if (!s->z)
        return AE_EMEM;
    return ae_coder_encode(s->coder, v->noisy.data,
                           s->info->labels ? v->class : NULL, s->n, s->z, NULL,
                           e);
}

static void codes_release(struct codes *s)
{
    ae_coder_free(s->coder);
    free(s->z);
}

/* Decodes n codes and shows them, `columns` in a row. */
static void show_decoded(const struct ae_train_view *v, const struct codes *s,
                         const float *z, const int *class, int n, int columns,
                         const char *name, struct ae_html *h)
{
    float *x = ae_alloc((size_t)n * (size_t)s->item.h * (size_t)s->item.w,
                        (size_t)s->item.c * sizeof(float), h->e);
    struct ae_strip sheet = {.columns = 0};

    h->failed = x ? ae_coder_decode(s->coder, z, s->info->labels ? class : NULL,
                                    n, x, h->e)
                  : AE_EMEM;
    const struct ae_view all = ae_view_of(x, n, s->item);
    if (h->failed < 0 || !ae_strip_is_picture(v))
        goto traces;
    h->failed = ae_strip_init(&sheet, v, columns, n / columns, v->clean.n,
                              h->e);
    for (int i = 0; i < n && h->failed >= 0; i++)
        ae_strip_put(&sheet, &all, i, i);
    ae_strip_show(v, &sheet, name, h);
    ae_strip_release(&sheet);
    free(x);
    return;
traces:
    ae_html_put(h, "<div class=\"traces\">\n");
    for (int i = 0; i < n && h->failed >= 0; i++) {
        const struct ae_trace one = {"t0", ae_row(&all, i, 0), (size_t)all.pix};
        ae_plot_traces(h, &one, 1, s->item.w);
    }
    ae_html_put(h, "</div>\n<p class=\"key\">%s</p>\n", name);
    free(x);
}

/* -------------------------------------------------------------------- map */

/* Coordinates of the codes, [2][n], along the directions of their largest
 * variance (Pearson 1901), of which share[] is each one's. */
static int project(const struct codes *s, double *at, double share[2],
                   struct ae_err *e)
{
    const int d = s->info->code, n = s->n, axes = ae_min(2, d);
    const size_t width = (size_t)d;
    double *off = ae_alloc((size_t)n + 1, width * sizeof(double), e);
    double *gram = ae_alloc(width, width * sizeof(double), e);
    double *axis = ae_alloc(2, width * sizeof(double), e);
    double value[2] = {0, 0}, all = 0;
    int rc = off && gram && axis ? ae_linalg_load(1, e) : AE_EMEM;

    if (rc < 0)
        goto out;
    double *mean = off + (size_t)n * width;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < d; k++)
            mean[k] += s->z[i * d + k] / (double)n;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < d; k++)
            off[i * d + k] = s->z[i * d + k] - mean[k];
    ae_gram_double(off, n, d, gram);
    for (int k = 0; k < d; k++)
        all += gram[k * d + k];
    if ((rc = ae_eigen_top(gram, d, axes, value, axis, e)) < 0)
        goto out;
    for (int a = 0; a < 2; a++) {
        share[a] = all > 0 ? fmax(value[a], 0) / all : 0;
        for (int i = 0; i < n; i++)
            for (int k = 0; k < d; k++)
                at[a * n + i] += off[i * d + k] * axis[a * d + k];
    }
out:
    free(off);
    free(gram);
    free(axis);
    return rc;
}

/* The points by class, one series each. */
struct groups {
    struct ae_series series[AE_TONES + 1];
    const char *label[AE_TONES]; /* classes, as they come */
    size_t count;
    double *y; /* [AE_TONES + 1][n]; NaN: of another class */
};

/* The number of a label; AE_TONES: there are too many. */
static size_t group_of(struct groups *g, const char *label)
{
    size_t i = 0;

    while (i < g->count && strcmp(g->label[i], label) != 0)
        i++;
    if (i == g->count && i < AE_TONES)
        g->label[g->count++] = label;
    return i;
}

static int by_label(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    const size_t n = strlen(x), m = strlen(y);

    return n == m ? strcmp(x, y) : n < m ? -1 : 1; /* 9 before 10 */
}

/* Series of the held-out examples' places; without labels one of them all. */
static int make_groups(const struct ae_train_view *v, int n, const double *at,
                       struct groups *g, struct ae_err *e)
{
    const size_t points = (size_t)n;
    int others = 0;

    g->y = ae_alloc((AE_TONES + 1) * points, sizeof(*g->y), e);
    if (!g->y)
        return AE_EMEM;
    for (size_t i = 0; i < (AE_TONES + 1) * points; i++)
        g->y[i] = NAN;
    for (int i = 0; i < n; i++)
        if (v->label(v->arg, i))
            group_of(g, v->label(v->arg, i));
    qsort(g->label, g->count, sizeof(g->label[0]), by_label);
    for (size_t i = 0; i < points; i++) {
        const char *label = v->label(v->arg, (int)i);
        const size_t of = label ? group_of(g, label) : AE_TONES;
        others |= of == AE_TONES;
        g->y[of * points + i] = at[points + i];
    }
    for (size_t i = 0; i < g->count + (size_t)others; i++) {
        const size_t of = i < g->count ? i : AE_TONES;
        g->series[i] = (struct ae_series){
            .name = i < g->count ? g->label[i]
                    : g->count   ? "other"
                                 : NULL,
            .tone = i < g->count || !g->count ? (int)i : AE_TONE_DIM,
            .mark = AE_MARK_DOTS,
            .x = at,
            .y = g->y + of * points,
            .n = points};
    }
    g->count += (size_t)others;
    return 0;
}

static int draw_map(const struct ae_train_view *v, const struct codes *s,
                    struct ae_html *h)
{
    double *at = ae_alloc(2 * (size_t)s->n, sizeof(*at), h->e), share[2];
    struct groups g = {.count = 0};
    char name[2][NOTE];
    int rc = at ? project(s, at, share, h->e) : AE_EMEM;

    if (rc < 0 || (rc = make_groups(v, s->n, at, &g, h->e)) < 0)
        goto out;
    for (int a = 0; a < 2; a++)
        ae_format(name[a], NOTE, "axis %d, %.0f %% of the variance", a + 1,
                  100 * share[a]);
    const struct ae_axis axis = {.kind = AE_AXIS_LINEAR, .margin = 0.04};
    struct ae_chart c = {
        .x = axis, .y = axis, .series = g.series, .count = g.count, .h = 420};
    c.x.name = name[0];
    c.y.name = name[1];
    ae_html_put(h, "<section><h2>The code of %d held-out examples</h2>\n",
                s->n);
    ae_html_chart(h, &c);
    ae_html_put(h, "</section>\n");
out:
    free(at);
    free(g.y);
    return rc;
}

/* ------------------------------------------------------------------- walk */

/* From held-out example 2 i to 2 i + 1 in as many steps as fit a row. */
static void show_walk(const struct ae_train_view *v, const struct codes *s,
                      struct ae_html *h)
{
    const int picture = ae_strip_is_picture(v), d = s->info->code;
    const int steps = picture ? ae_max(ae_strip_columns(v), 3)
                              : AE_STRIP_TRACES;
    const int walks = ae_min(picture ? WALKS : 1, s->n / 2);
    const size_t n = (size_t)steps * (size_t)walks;
    float *z = n ? ae_alloc(n * (size_t)d, sizeof(*z), h->e) : NULL;
    int *class = n ? ae_alloc(n, sizeof(*class), h->e) : NULL;

    if (n)
        h->failed = z && class ? 0 : AE_EMEM;
    for (size_t i = 0; h->failed >= 0 && i < n; i++) {
        const int pair = (int)i / steps, step = (int)i % steps;
        const float *a = s->z + (size_t)(2 * pair) * (size_t)d;
        const double t = (double)step / (steps - 1);
        (s->info->gaussian ? ae_latent_slerp
                           : ae_latent_lerp)(a, a + d, t, d, z + i * (size_t)d);
        class[i] = v->class[2 * pair + (t > 0.5)];
    }
    if (n && h->failed >= 0) {
        ae_html_put(h, "<section%s><h2>A walk through the code</h2>\n",
                    picture ? " class=\"wide\"" : "");
        show_decoded(v, s, z, class, (int)n, steps,
                     "from one held-out example to another", h);
        ae_html_put(h, "</section>\n");
    }
    free(z);
    free(class);
}

/* ---------------------------------------------------------------- samples */

/* Draws of N(0, I), the same ones for every page, so that users see how their
 * results change.  Classes, where there are any, change from column to
 * column. */
static void show_samples(const struct ae_train_view *v, const struct codes *s,
                         struct ae_html *h)
{
    const int picture = ae_strip_is_picture(v);
    const int columns = picture ? ae_strip_columns(v) : AE_STRIP_TRACES;
    const size_t n = (size_t)columns * (picture ? SAMPLE_ROWS : 1);
    const size_t d = (size_t)s->info->code;
    float *z = ae_alloc(n * d, sizeof(*z), h->e);
    float *zero = ae_alloc(d, sizeof(*zero), h->e);
    int *class = ae_alloc(n, sizeof(*class), h->e);

    h->failed = z && zero && class ? 0 : AE_EMEM;
    for (size_t i = 0; h->failed >= 0 && i < n; i++) {
        ae_latent_draw(z + i * d, zero, (int)d, SEED_SHOW, i);
        class[i] = s->info->labels ? (int)i % s->info->labels : 0;
    }
    if (h->failed >= 0) {
        ae_html_put(h, "<section%s><h2>Samples</h2>\n",
                    picture ? " class=\"wide\"" : "");
        show_decoded(v, s, z, class, (int)n, columns,
                     "draws of N(0, I), decoded", h);
        ae_html_put(h, "</section>\n");
    }
    free(z);
    free(zero);
    free(class);
}

/* 1 where a code can be decoded without the item it came from. */
static int is_decodable(const struct codes *s, struct ae_html *h)
{
    const int rc = ae_coder_decode(s->coder, s->z, NULL, 0, NULL, h->e);

    if (rc < 0 && rc != AE_EUNSUPPORTED)
        h->failed = rc;
    return rc >= 0;
}

void ae_plot_codes(struct ae_html *h, const struct ae_train_view *v)
{
    struct codes s = {.n = 0};

    if (h->failed)
        return;
    const int rc = encode(v, &s, h->e);
    if (rc < 0) {
        h->failed = rc == AE_EUNSUPPORTED ? 0 : rc;
        goto out;
    }
    if (s.n > 2 && s.info->code > 1 && s.info->code <= MOST_DIMS)
        h->failed = draw_map(v, &s, h);
    if (h->failed || v->text || !is_decodable(&s, h))
        goto out;
    show_walk(v, &s, h);
    if (h->failed >= 0 && ae_graph_is_variational(v->model.graph))
        show_samples(v, &s, h);
out:
    codes_release(&s);
}
