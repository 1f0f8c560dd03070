/* show.c - pictures become strips of PNG within the page, one row an image;
 * items of one row, which tables and arrays give, small drawings. */
#include <math.h>
#include <stdlib.h>

#include "image/format.h"
#include "nn/graph/graph.h"
#include "train/report/plot.h"
#include "train/report/show.h"

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

static int is_picture(const struct ae_trainer *t)
{
    return t->valid.shape.h > 1;
}

/* --------------------------------------------------------------- strips */

struct strip {
    struct ae_image im;
    struct ae_shape item;
    int columns;
    double lo, hi; /* what black and white stand for */
};

static int enlarge(const struct ae_shape *s)
{
    return ae_max(1, SIDE / ae_max(s->w, s->h));
}

static int columns_for(const struct ae_shape *s)
{
    return ae_clamp(STRIP / (s->w * enlarge(s) + GAP), 1, MOST);
}

static int strip_init(struct ae_trainer *t, struct strip *s, int columns,
                      int rows, struct ae_err *e)
{
    const struct ae_image_info info = {.w = columns * (s->item.w + GAP) - GAP,
                                       .h = rows * (s->item.h + GAP) - GAP,
                                       .channels = s->item.c == 3 ? 3 : 1,
                                       .maxval = 255};

    s->columns = columns;
    s->lo = 0;
    s->hi = 1;
    const int r = ae_image_alloc(t->ctx, &s->im, &info, e);
    const size_t n = (size_t)info.w * (size_t)info.h * (size_t)info.channels;
    for (size_t i = 0; r >= 0 && i < n; i++)
        s->im.data[i] = 1;
    return r;
}

/* Item k of the view to place `at`. */
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

static void strip_show(struct ae_trainer *t, struct strip *s, const char *name,
                       struct ae_html *h)
{
    struct ae_io *io = NULL;
    size_t size;

    if (h->failed)
        return;
    h->failed = ae_io_create_memory(&io, h->e);
    if (!h->failed)
        h->failed = ae_image_write(t->ctx, io, ae_format_by_name("png"), &s->im,
                                   NULL, NULL, h->e);
    if (!h->failed) {
        const void *png = ae_io_memory(io, &size);
        ae_html_put(h, "<figure><img width=\"%d\" alt=\"%s\" src=\"",
                    s->im.info.w * enlarge(&s->item), name);
        ae_html_data(h, "image/png", png, size);
        ae_html_put(h, "\"/><figcaption>%s</figcaption></figure>\n", name);
    }
    ae_io_close(io);
}

/* Data that don't lie within 0..1 are shown within their own range. */
static void set_range(struct strip *s, const struct ae_trainer *t,
                      const float *v, size_t n)
{
    if (!t->items.stats.outside && !t->val_items.stats.outside)
        return;
    s->lo = INFINITY;
    s->hi = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        s->lo = fmin(s->lo, v[i]);
        s->hi = fmax(s->hi, v[i]);
    }
    s->hi = fmax(s->hi, s->lo + 1e-6);
}

/* ---------------------------------------------------------------- pairs */

/* The examples as the net is given them. */
static struct ae_view noisy_view(const struct ae_validation *v, int first)
{
    struct ae_view x = ae_batch_view(&v->all, v->shape, first, v->step);

    x.data = v->all.noisy + (size_t)first * v->all.item;
    return x;
}

enum { INPUT, OUTPUT, TARGET, STRIPS };

static void show_strips(struct ae_trainer *t, struct ae_html *h)
{
    static const char *const name[] = {"input", "reconstruction",
                                       "without noise"};
    struct ae_validation *v = &t->valid;
    const int n = ae_min(columns_for(&v->shape), v->all.n);
    const int strips = t->noise || t->o.noisy ? STRIPS : TARGET;
    struct strip s[STRIPS] = {
        {.item = v->shape}, {.item = v->shape}, {.item = v->shape}};

    for (int i = 0; i < strips && !h->failed; i++) {
        h->failed = strip_init(t, &s[i], n, 1, h->e);
        set_range(&s[i], t, v->all.clean, (size_t)n * v->all.item);
    }
    for (int first = 0; first < n && !h->failed; first += v->step) {
        const struct ae_view out = ae_validation_run(v, first);
        const struct ae_view in = noisy_view(v, first);
        const struct ae_view clean = ae_batch_view(&v->all, v->shape, first,
                                                   v->step);
        for (int i = 0; i < v->step && first + i < n; i++) {
            strip_put(&s[INPUT], &in, i, first + i);
            strip_put(&s[OUTPUT], &out, i * v->samples, first + i);
            if (strips == STRIPS)
                strip_put(&s[TARGET], &clean, i, first + i);
        }
    }
    for (int i = 0; i < strips; i++) {
        strip_show(t, &s[i], name[i], h);
        ae_image_release(&s[i].im);
    }
}

static void show_traces(struct ae_trainer *t, struct ae_html *h)
{
    struct ae_validation *v = &t->valid;
    const int channels = ae_min(v->shape.c, CHANNELS);
    const int n = ae_min(TRACES / channels, v->all.n);

    ae_html_put(h, "<p class=\"key\"><span class=\"c\">input</span> <span "
                   "class=\"a\">reconstruction</span></p>\n"
                   "<div class=\"traces\">\n");
    for (int first = 0; first < n; first += v->step) {
        const struct ae_view out = ae_validation_run(v, first);
        const struct ae_view in = noisy_view(v, first);
        for (int i = 0; i < v->step && first + i < n; i++)
            for (int c = 0; c < channels; c++) {
                const struct ae_trace both[] = {
                    {"c", ae_row(&in, i, 0) + c, (size_t)in.pix},
                    {"a", ae_row(&out, i * v->samples, 0) + c,
                     (size_t)out.pix}};
                ae_plot_traces(h, both, 2, v->shape.w);
            }
    }
    ae_html_put(h, "</div>\n");
}

void ae_show_pairs(struct ae_trainer *t, struct ae_html *h)
{
    ae_html_put(h, "<section><h2>Held-out examples</h2>\n");
    if (t->prep.kind == AE_INPUT_TEXT)
        ae_html_put(h, "<p>Lines of text are hashed: there is nothing to "
                       "see.</p>\n");
    else if (is_picture(t))
        show_strips(t, h);
    else
        show_traces(t, h);
    ae_html_put(h, "</section>\n");
}

/* -------------------------------------------------------------- samples */

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

/* Draws of N(0, I): the same codes at every time, so that one sees what
 * becomes of them.  Classes, where there are any, change from column to
 * column. */
static int draw(struct ae_trainer *t, struct samples *s, struct ae_err *e)
{
    struct ae_model m = *t->model;

    m.weights = t->mean ? t->mean : m.weights;
    int r = ae_coder_new(t->ctx, &m, s->item.h, s->item.w, s->n, &s->coder, e);
    if (r < 0)
        return r;
    const struct ae_coder_info *info = ae_coder_info(s->coder);
    const size_t n = (size_t)s->n, d = (size_t)info->code;
    s->z = ae_alloc(n * d, sizeof(float), e);
    s->x = ae_alloc(n * (size_t)s->item.h * (size_t)s->item.w,
                    (size_t)s->item.c * sizeof(float), e);
    s->label = ae_alloc(n, sizeof(int), e);
    float *zero = ae_alloc(d, sizeof(float), e);
    r = s->z && s->x && s->label && zero ? 0 : AE_EMEM;
    for (size_t i = 0; r >= 0 && i < n; i++) {
        ae_latent_draw(s->z + i * d, zero, (int)d, SEED_SHOW, i);
        s->label[i] = info->labels ? (int)i % info->labels : 0;
    }
    if (r >= 0)
        r = ae_coder_decode(s->coder, s->z, info->labels ? s->label : NULL,
                            s->n, s->x, e);
    free(zero);
    return r;
}

static void show_grid(struct ae_trainer *t, const struct samples *s,
                      int columns, struct ae_html *h)
{
    const struct ae_view all = ae_view_of(s->x, s->n, s->item);
    struct strip grid = {.item = s->item};

    h->failed = strip_init(t, &grid, columns, s->n / columns, h->e);
    set_range(&grid, t, t->valid.all.clean,
              (size_t)t->valid.all.n * t->valid.all.item);
    for (int i = 0; i < s->n && !h->failed; i++)
        strip_put(&grid, &all, i, i);
    strip_show(t, &grid, "draws of N(0, I), decoded", h);
    ae_image_release(&grid.im);
}

static void show_drawings(const struct samples *s, struct ae_html *h)
{
    const struct ae_view all = ae_view_of(s->x, s->n, s->item);

    ae_html_put(h, "<div class=\"traces\">\n");
    for (int i = 0; i < s->n; i++) {
        const struct ae_trace one = {"a", ae_row(&all, i, 0), (size_t)all.pix};
        ae_plot_traces(h, &one, 1, s->item.w);
    }
    ae_html_put(h, "</div>\n");
}

void ae_show_samples(struct ae_trainer *t, struct ae_html *h)
{
    const int columns = columns_for(&t->valid.shape);
    struct samples s = {.item = t->valid.shape,
                        .n = is_picture(t) ? columns * SAMPLE_ROWS : TRACES};

    if (h->failed || !ae_graph_is_variational(t->model->graph) ||
        t->prep.kind == AE_INPUT_TEXT)
        return;
    const int r = draw(t, &s, h->e);
    if (r < 0) {
        h->failed = r == AE_EUNSUPPORTED ? 0 : r;
    } else {
        ae_html_put(h, "<section><h2>Samples</h2>\n");
        if (is_picture(t))
            show_grid(t, &s, columns, h);
        else
            show_drawings(&s, h);
        ae_html_put(h, "</section>\n");
    }
    samples_release(&s);
}
