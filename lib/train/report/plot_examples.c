/* plot_examples.c - examples and samples on the page.  Pictures become strips
 * of PNG within it; items of one row, which tables and arrays give, become
 * small drawings. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "image/format.h"
#include "nn/graph/graph.h"
#include "page/plot.h"
#include "train/report/plot_examples.h"

enum {
    STRIP = 640, /* a strip's width in pixels of the page */
    SIDE = 56,   /* small pictures are enlarged to this */
    MOST = 10,   /* pictures in a row */
    SAMPLE_ROWS = 4,
    TRACES = 6,   /* drawings, and ... */
    CHANNELS = 3, /* ... channels of an item that get one */
    GAP = 2
};
#define SEED_SHOW UINT64_C(0x73686f77) /* samples of all runs compare */

static int is_picture(const struct ae_train_view *v)
{
    return v->clean.h > 1;
}

static struct ae_shape shape_of(const struct ae_view *v)
{
    return (struct ae_shape){v->h, v->w, v->c};
}

/* ----------------------------------------------------------------- strips */

struct strip {
    struct ae_image im;
    struct ae_shape item;
    int columns;
    double lo, hi; /* what black and white stand for */
};

static int enlargement(const struct ae_shape *s)
{
    return ae_max(1, SIDE / ae_max(s->w, s->h));
}

static int columns_for(struct ae_shape s)
{
    return ae_clamp(STRIP / (s.w * enlargement(&s) + GAP), 1, MOST);
}

/* Data that lie outside 0..1 are shown within the range of the first n
 * held-out examples. */
static void set_range(struct strip *s, const struct ae_train_view *v, int n)
{
    const size_t count = (size_t)n * (size_t)v->clean.item;

    s->lo = v->outside ? INFINITY : 0;
    s->hi = v->outside ? -INFINITY : 1;
    for (size_t i = 0; v->outside && i < count; i++) {
        s->lo = fmin(s->lo, v->clean.data[i]);
        s->hi = fmax(s->hi, v->clean.data[i]);
    }
    s->hi = fmax(s->hi, s->lo + 1e-6);
}

/* A white strip of columns x rows pictures. */
static int strip_init(struct strip *s, const struct ae_train_view *v,
                      int columns, int rows, int examples, struct ae_err *e)
{
    const struct ae_shape item = shape_of(&v->clean);
    const struct ae_image_info info = {.w = columns * (item.w + GAP) - GAP,
                                       .h = rows * (item.h + GAP) - GAP,
                                       .channels = item.c == 3 ? 3 : 1,
                                       .maxval = 255};
    const size_t n = (size_t)info.w * (size_t)info.h * (size_t)info.channels;

    *s = (struct strip){.item = item, .columns = columns};
    set_range(s, v, examples);
    AE_TRY(ae_image_alloc(v->ctx, &s->im, &info, e));
    for (size_t i = 0; i < n; i++)
        s->im.data[i] = 1;
    return 0;
}

/* Puts item k of the view to the place `at` of the strip. */
static void strip_put(struct strip *s, const struct ae_view *v, int k, int at)
{
    const struct ae_image_info *info = &s->im.info;
    const int x0 = at % s->columns * (s->item.w + GAP);
    const int y0 = at / s->columns * (s->item.h + GAP);

    for (int y = 0; y < v->h; y++) {
        const float *row = ae_row(v, k, y);
        float *to = s->im.data +
                    ((size_t)(y0 + y) * (size_t)info->w + (size_t)x0) *
                        (size_t)info->channels;
        for (int x = 0; x < v->w; x++)
            for (int c = 0; c < info->channels; c++)
                *to++ = (float)((row[x * v->pix + c] - s->lo) /
                                (s->hi - s->lo));
    }
}

static void strip_show(const struct ae_train_view *v, struct strip *s,
                       const char *name, struct ae_html *h)
{
    ae_html_put(h, "<figure><img width=\"%d\" alt=\"%s\" src=\"",
                s->im.info.w * enlargement(&s->item), name);
    ae_html_image(h, v->ctx, &s->im);
    ae_html_put(h, "\"/><figcaption>%s</figcaption></figure>\n", name);
}

/* --------------------------------------------------------------- examples */

enum { INPUT, OUTPUT, CLEAN, STRIPS };

/* Strips of inputs, reconstructions and, where there is noise, clean ones. */
static void show_strips(const struct ae_train_view *v, struct ae_html *h)
{
    static const char *const name[] = {"input", "reconstruction",
                                       "without noise"};
    const int n = ae_min(columns_for(shape_of(&v->clean)), v->clean.n);
    const int strips = v->options->noise || v->options->noisy ? STRIPS : CLEAN;
    struct strip s[STRIPS] = {{.columns = 0}};
    int made = 0;

    for (int i = 0; i < strips && !h->failed; i++)
        h->failed = strip_init(&s[i], v, n, 1, n, h->e);
    for (int first = 0; first < n && !h->failed; first += made) {
        const struct ae_view out = v->reconstruct(v->arg, first);
        made = out.n;
        for (int i = first; i < first + made && i < n; i++) {
            strip_put(&s[INPUT], &v->noisy, i, i);
            strip_put(&s[OUTPUT], &out, i - first, i);
            if (strips == STRIPS)
                strip_put(&s[CLEAN], &v->clean, i, i);
        }
    }
    for (int i = 0; i < strips; i++) {
        strip_show(v, &s[i], name[i], h);
        ae_image_release(&s[i].im);
    }
}

/* A drawing of each channel: the input, and the reconstruction upon it. */
static void show_traces(const struct ae_train_view *v, struct ae_html *h)
{
    const int channels = ae_min(v->clean.c, CHANNELS);
    const int n = ae_min(TRACES / channels, v->clean.n);
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
    ae_html_put(h, "<section><h2>Held-out examples</h2>\n");
    if (v->text)
        ae_html_put(h, "<p>Lines of text are hashed: there is nothing to "
                       "see.</p>\n");
    else if (is_picture(v))
        show_strips(v, h);
    else
        show_traces(v, h);
    ae_html_put(h, "</section>\n");
}

/* ---------------------------------------------------------------- samples */

struct samples {
    struct ae_coder *coder;
    struct ae_shape item;
    int n;
    float *z, *x; /* [n][code], [n][h w c] */
    int *label;
};

static void samples_release(struct samples *s)
{
    ae_coder_free(s->coder);
    free(s->z);
    free(s->x);
    free(s->label);
}

/* Draws codes from N(0, I), the same ones for every page, so that users see how
 * their results change.  Classes, where there are any, change from column to
 * column. */
static int draw_codes(struct samples *s, struct ae_err *e)
{
    const struct ae_coder_info *info = ae_coder_info(s->coder);
    const size_t n = (size_t)s->n, d = (size_t)info->code;
    float *zero = ae_alloc(d, sizeof(float), e);

    s->z = ae_alloc(n * d, sizeof(float), e);
    s->label = ae_alloc(n, sizeof(int), e);
    const int rc = s->z && s->label && zero ? 0 : AE_EMEM;
    for (size_t i = 0; rc >= 0 && i < n; i++) {
        ae_latent_draw(s->z + i * d, zero, (int)d, SEED_SHOW, i);
        s->label[i] = info->labels ? (int)i % info->labels : 0;
    }
    free(zero);
    return rc;
}

static int decode_samples(const struct ae_train_view *v, struct samples *s,
                          struct ae_err *e)
{
    AE_TRY(ae_coder_new(v->ctx, &v->model, s->item.h, s->item.w, s->n,
                        &s->coder, e));
    AE_TRY(draw_codes(s, e));
    s->x = ae_alloc((size_t)s->n * (size_t)s->item.h * (size_t)s->item.w,
                    (size_t)s->item.c * sizeof(float), e);
    if (!s->x)
        return AE_EMEM;
    return ae_coder_decode(s->coder, s->z,
                           ae_coder_info(s->coder)->labels ? s->label : NULL,
                           s->n, s->x, e);
}

static void show_grid(const struct ae_train_view *v, const struct samples *s,
                      int columns, struct ae_html *h)
{
    const struct ae_view all = ae_view_of(s->x, s->n, s->item);
    struct strip grid;

    h->failed = strip_init(&grid, v, columns, s->n / columns, v->clean.n, h->e);
    for (int i = 0; i < s->n && !h->failed; i++)
        strip_put(&grid, &all, i, i);
    strip_show(v, &grid, "draws of N(0, I), decoded", h);
    ae_image_release(&grid.im);
}

static void show_drawings(const struct samples *s, struct ae_html *h)
{
    const struct ae_view all = ae_view_of(s->x, s->n, s->item);

    ae_html_put(h, "<div class=\"traces\">\n");
    for (int i = 0; i < s->n; i++) {
        const struct ae_trace one = {"t0", ae_row(&all, i, 0), (size_t)all.pix};
        ae_plot_traces(h, &one, 1, s->item.w);
    }
    ae_html_put(h, "</div>\n");
}

void ae_plot_samples(struct ae_html *h, const struct ae_train_view *v)
{
    const int columns = columns_for(shape_of(&v->clean));
    struct samples s = {.item = shape_of(&v->clean),
                        .n = is_picture(v) ? columns * SAMPLE_ROWS : TRACES};

    if (h->failed || !ae_graph_is_variational(v->model.graph) || v->text)
        return;
    const int rc = decode_samples(v, &s, h->e);
    if (rc < 0) {
        h->failed = rc == AE_EUNSUPPORTED ? 0 : rc;
    } else {
        ae_html_put(h, "<section><h2>Samples</h2>\n");
        if (is_picture(v))
            show_grid(v, &s, columns, h);
        else
            show_drawings(&s, h);
        ae_html_put(h, "</section>\n");
    }
    samples_release(&s);
}
