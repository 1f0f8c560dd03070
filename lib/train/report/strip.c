/* strip.c - see strip.h. */
#include "train/report/strip.h"

#include <math.h>

#include "base/err.h"
#include "image/format.h"

enum {
    STRIP = 1140, /* a sheet's width in pixels of the page, at most */
    SIDE = 100,   /* small pictures are enlarged to this, about */
    MOST = 10,    /* pictures in a row */
    GAP = 2
};

int ae_strip_is_picture(const struct ae_train_view *v)
{
    return v->clean.h > 1;
}

struct ae_shape ae_strip_shape(const struct ae_view *v)
{
    return (struct ae_shape){v->h, v->w, v->c};
}

static int enlargement(const struct ae_shape *s)
{
    return ae_max(1, SIDE / ae_max(s->w, s->h));
}

int ae_strip_columns(const struct ae_train_view *v)
{
    const struct ae_shape s = ae_strip_shape(&v->clean);

    return ae_clamp(STRIP / ((s.w + GAP) * enlargement(&s)), 1, MOST);
}

static void set_range(struct ae_strip *s, const struct ae_train_view *v, int n)
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

int ae_strip_init(struct ae_strip *s, const struct ae_train_view *v,
                  int columns, int rows, int examples, struct ae_err *e)
{
    const struct ae_shape item = ae_strip_shape(&v->clean);
    const struct ae_image_info info = {.w = columns * (item.w + GAP) - GAP,
                                       .h = rows * (item.h + GAP) - GAP,
                                       .channels = item.c == 3 ? 4 : 2,
                                       .alpha = 1, /* clear between items */
                                       .maxval = 255};
    const size_t n = (size_t)info.w * (size_t)info.h * (size_t)info.channels;

    *s = (struct ae_strip){.item = item, .columns = columns};
    set_range(s, v, examples);
    AE_TRY(ae_image_alloc(v->ctx, &s->im, &info, e));
    for (size_t i = 0; i < n; i++)
        s->im.data[i] = 0;
    return 0;
}

void ae_strip_release(struct ae_strip *s)
{
    ae_image_release(&s->im);
}

/* Row y of the place `at`. */
static float *row_of(const struct ae_strip *s, int at, int y)
{
    const struct ae_image_info *info = &s->im.info;
    const int x0 = at % s->columns * (s->item.w + GAP);
    const int y0 = at / s->columns * (s->item.h + GAP);

    return s->im.data + ((size_t)(y0 + y) * (size_t)info->w + (size_t)x0) *
                            (size_t)info->channels;
}

void ae_strip_put(struct ae_strip *s, const struct ae_view *v, int k, int at)
{
    for (int y = 0; y < v->h; y++) {
        const float *row = ae_row(v, k, y);
        float *to = row_of(s, at, y);
        for (int x = 0; x < v->w; x++) {
            for (int c = 0; c < s->im.info.channels - 1; c++)
                *to++ = (float)((row[x * v->pix + c] - s->lo) /
                                (s->hi - s->lo));
            *to++ = 1;
        }
    }
}

void ae_strip_put_error(struct ae_strip *s, const struct ae_view *a, int k,
                        const struct ae_view *b, int l, double gain, int at)
{
    for (int y = 0; y < a->h; y++) {
        const float *p = ae_row(a, k, y), *q = ae_row(b, l, y);
        float *to = row_of(s, at, y);
        for (int x = 0; x < a->w; x++) {
            for (int c = 0; c < s->im.info.channels - 1; c++)
                *to++ = (float)(gain *
                                fabs((double)p[x * a->pix + c] -
                                     (double)q[x * b->pix + c]) /
                                (s->hi - s->lo));
            *to++ = 1;
        }
    }
}

void ae_strip_show(const struct ae_train_view *v, struct ae_strip *s,
                   const char *name, struct ae_html *h)
{
    ae_html_put(h,
                "<figure class=\"sheet\"><img width=\"%d\" alt=\"%s\" src=\"",
                s->im.info.w * enlargement(&s->item), name);
    ae_html_image(h, v->ctx, &s->im);
    ae_html_put(h, "\"/><figcaption>%s</figcaption></figure>\n", name);
}
