/* plot_examples.c - held-out examples on the page: what the net is given, what
 * it makes of it, what it should make, and the error that is left. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "base/text.h"
#include "page/plot.h"
#include "train/report/plot_examples.h"

enum { INPUT, OUTPUT, CLEAN, ERROR, STRIPS };
#define BRIGHT 0.98 /* share of an error image that is below white, or more */
#define MOST_GAIN 64.0

/* The outputs of the first n held-out examples, [n][item], to be freed. */
static float *collect(const struct ae_train_view *v, int n, struct ae_err *e)
{
    const struct ae_shape s = ae_strip_shape(&v->clean);
    const size_t row = (size_t)s.w * (size_t)s.c;
    float *all = ae_alloc((size_t)n * (size_t)s.h, row * sizeof(float), e);
    int made;

    for (int first = 0; all && first < n; first += made) {
        const struct ae_view out = v->reconstruct(v->arg, first);
        made = out.n;
        for (int i = first; i < first + made && i < n; i++)
            for (int y = 0; y < s.h; y++) {
                float *to = all + ((size_t)i * (size_t)s.h + (size_t)y) * row;
                const float *from = ae_row(&out, i - first, y);
                for (int x = 0; x < s.w; x++)
                    for (int c = 0; c < s.c; c++)
                        *to++ = from[x * out.pix + c];
            }
    }
    return all;
}

/* A power of two by which errors are multiplied to be seen: nearly all of them
 * stay below white. */
static int find_gain(const struct ae_train_view *v, const struct ae_view *out,
                     double range, double *gain, struct ae_err *e)
{
    const size_t n = (size_t)out->n * (size_t)out->item;
    float *error = ae_alloc(n, sizeof(*error), e);

    *gain = 1;
    if (!error)
        return AE_EMEM;
    for (size_t i = 0; i < n; i++)
        error[i] = fabsf(out->data[i] - v->clean.data[i]);
    qsort(error, n, sizeof(*error), ae_by_float);
    const double large = error[(size_t)(BRIGHT * (double)(n - 1))] / range;
    while (*gain < MOST_GAIN && 2 * *gain * large < 1)
        *gain *= 2;
    free(error);
    return 0;
}

/* ---------------------------------------------------------------- pictures */

static int fill_strips(const struct ae_train_view *v, struct ae_strip *s, int n,
                       const struct ae_view *out, double *gain,
                       struct ae_err *e)
{
    for (int i = 0; i < STRIPS; i++)
        AE_TRY(ae_strip_init(&s[i], v, n, 1, n, e));
    AE_TRY(find_gain(v, out, s[0].hi - s[0].lo, gain, e));
    for (int i = 0; i < n; i++) {
        ae_strip_put(&s[INPUT], &v->noisy, i, i);
        ae_strip_put(&s[OUTPUT], out, i, i);
        ae_strip_put(&s[CLEAN], &v->clean, i, i);
        ae_strip_put_error(&s[ERROR], out, i, &v->clean, i, *gain, i);
    }
    return 0;
}

static void show_strips(const struct ae_train_view *v, struct ae_html *h)
{
    const struct ae_train_options *o = v->options;
    const char *name[] = {"input", "reconstruction",
                          o->self ? "target, noisy as well" : "without noise",
                          NULL};
    const int n = ae_min(ae_strip_columns(v), v->clean.n);
    const int noise = o->noise || o->noisy || o->self;
    struct ae_strip s[STRIPS] = {{.columns = 0}};
    float *made = collect(v, n, h->e);
    char error[64];
    double gain = 1;

    const struct ae_view out = ae_view_of(made, n, ae_strip_shape(&v->clean));
    h->failed = made ? fill_strips(v, s, n, &out, &gain, h->e) : AE_EMEM;
    ae_format(error, sizeof(error), gain > 1 ? "error, %.0f times" : "error",
              gain);
    name[ERROR] = error;
    for (int i = 0; i < STRIPS; i++) {
        if (i != CLEAN || noise)
            ae_strip_show(v, &s[i], name[i], h);
        ae_strip_release(&s[i]);
    }
    free(made);
}

/* ------------------------------------------------------------------ traces */

/* A drawing of each channel: the input, and the reconstruction upon it. */
static void show_traces(const struct ae_train_view *v, struct ae_html *h)
{
    const int channels = ae_min(v->clean.c, AE_STRIP_CHANNELS);
    const int n = ae_min(AE_STRIP_TRACES / channels, v->clean.n);
    int made;

    ae_html_put(h, "<p class=\"key\"><span class=\"dim\">input</span> <span "
                   "class=\"t0\">reconstruction</span></p>\n"
                   "<div class=\"traces\">\n");
    for (int first = 0; first < n; first += made) {
        const struct ae_view out = v->reconstruct(v->arg, first);
        made = out.n;
        for (int i = first; i < first + made && i < n; i++)
            for (int c = 0; c < channels; c++) {
                const struct ae_trace both[] = {
                    {"dim", ae_row(&v->noisy, i, 0) + c, (size_t)v->noisy.pix},
                    {"t0", ae_row(&out, i - first, 0) + c, (size_t)out.pix}};
                ae_plot_traces(h, both, 2, v->clean.w);
            }
    }
    ae_html_put(h, "</div>\n");
}

void ae_plot_examples(struct ae_html *h, const struct ae_train_view *v)
{
    const int wide = ae_strip_is_picture(v) && !v->text;

    if (h->failed)
        return;
    ae_html_put(h, "<section%s><h2>Held-out examples</h2>\n",
                wide ? " class=\"wide\"" : "");
    if (v->text)
        ae_html_put(h, "<p>Lines of text are hashed: there is nothing to "
                       "see.</p>\n");
    else if (ae_strip_is_picture(v))
        show_strips(v, h);
    else
        show_traces(v, h);
    ae_html_put(h, "</section>\n");
}
