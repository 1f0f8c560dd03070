/* scores_sheet.c - the oddest items as one picture, the oddest first, each with
 * its score and the end of its name. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "page/canvas.h"
#include "page/pen.h"
#include "page/scores.h"

enum {
    SMALL = 112, /* pixels that items are enlarged to, about */
    LEAST = 132, /* width of a cell */
    TRACE_W = 224,
    TRACE_H = 112,
    GAP = 16,
    LINE = 20, /* from line to line of text */
    MOST_W = 1600,
    CAPTION = 64
};

struct sheet {
    struct ae_canvas canvas;
    int columns, rows;
    int zoom;       /* of pictures */
    int w, h;       /* of the largest item as it is shown */
    int cell, tall; /* of a place, without the gap */
};

static void find_sizes(const struct ae_score_page *p, struct sheet *s)
{
    const int n = (int)p->odds;
    int w = 1, h = 1;

    for (int i = 0; i < n; i++) {
        w = ae_max(w, p->odd[i].x.info.w);
        h = ae_max(h, p->odd[i].x.info.h);
    }
    s->zoom = ae_max(1, SMALL / ae_max(w, h));
    s->w = h > 1 ? w * s->zoom : TRACE_W;
    s->h = h > 1 ? h * s->zoom : TRACE_H;
    s->cell = ae_max(s->w, LEAST);
    s->tall = s->h + 2 * LINE + 4;
    const int across = (MOST_W - GAP) / (s->cell + GAP);
    s->columns = ae_clamp((int)ceil(sqrt(1.6 * n)), 1, ae_min(n, across));
    s->rows = (n - 1) / s->columns + 1;
}

static void put_picture(struct sheet *s, const struct ae_image *im, int x0,
                        int y0)
{
    const size_t c = (size_t)im->info.channels;

    for (int y = 0; y < im->info.h; y++)
        for (int x = 0; x < im->info.w; x++) {
            const float *px = im->data +
                              ((size_t)y * (size_t)im->info.w + (size_t)x) * c;
            const float colour[3] = {px[0], px[c / 2], px[c - 1]};
            ae_canvas_box(&s->canvas, x0 + x * s->zoom, y0 + y * s->zoom,
                          s->zoom, s->zoom, colour);
        }
}

static void tone_of(int tone, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (float)ae_tone(tone)[k] / 255;
}

static void put_line(struct sheet *s, const float *v, int n, double lo,
                     double hi, int tone, int x0, int y0)
{
    double xy[2 * AE_ODD_TRACE];
    float colour[3];

    tone_of(tone, colour);
    for (int i = 0; i < n; i++) {
        const double t = hi > lo ? (v[i] - lo) / (hi - lo) : 0.5;
        xy[2 * i] = x0 + (double)(s->w - 1) * i / ae_max(n - 1, 1);
        xy[2 * i + 1] = y0 + (s->h - 1) * (1 - t);
    }
    ae_canvas_line(&s->canvas, xy, (size_t)n, 0, colour);
}

/* What came, and over it what the model makes of it. */
static void put_trace(struct sheet *s, const struct ae_odd *o, int x0, int y0)
{
    const int n = o->x.info.w;
    double lo = INFINITY, hi = -INFINITY;

    for (int i = 0; i < n; i++) {
        lo = fmin(lo, fmin(o->x.data[i], o->y.data[i]));
        hi = fmax(hi, fmax(o->x.data[i], o->y.data[i]));
    }
    put_line(s, o->x.data, n, lo, hi, AE_TONE_DIM, x0, y0);
    put_line(s, o->y.data, n, lo, hi, 0, x0, y0);
}

/* In the width of a cell: of a longer text two dots and its end, which tells
 * items apart. */
static void put_text(struct sheet *s, const char *text, int tone, int x, int y)
{
    const size_t most = (size_t)s->cell / (AE_FONT_STEP * AE_FONT_ZOOM);
    float colour[3];
    char cut[MOST_W];

    if (strlen(text) > most) {
        ae_format(cut, sizeof(cut), "..%s", ae_text_end(text, most - 2));
        text = cut;
    }
    tone_of(tone, colour);
    ae_canvas_text(&s->canvas, x, y, text, colour);
}

static void put_item(struct sheet *s, const struct ae_odd *o, int i)
{
    const int x = GAP + i % s->columns * (s->cell + GAP);
    const int y = GAP + i / s->columns * (s->tall + GAP);
    char caption[CAPTION];

    if (o->x.info.h > 1)
        put_picture(s, &o->x, x, y);
    else
        put_trace(s, o, x, y);
    ae_format(caption, sizeof(caption), "%.4g", o->value);
    put_text(s, caption, AE_TONE_INK, x, y + s->h + 8);
    put_text(s, o->name, 17, x, y + s->h + 8 + LINE);
}

int ae_score_page_sheet(const struct ae_score_page *p, struct ae_image *out,
                        struct ae_err *e)
{
    static const float white[3] = {1, 1, 1};
    struct sheet s = {{0}, 0, 0, 0, 0, 0, 0, 0};

    if (!ae_score_page_draws(p))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "a picture is made of pictures, arrays and windows");
    if (p->odds == 0)
        return ae_fail(e, AE_EARG, "there is no item to show");
    find_sizes(p, &s);
    const struct ae_image_info info = {.w = s.columns * (s.cell + GAP) + GAP,
                                       .h = s.rows * (s.tall + GAP) + GAP,
                                       .channels = 3,
                                       .maxval = 255};
    AE_TRY(ae_image_alloc(p->ctx, out, &info, e));
    s.canvas = (struct ae_canvas){out->data, info.w, info.h};
    ae_canvas_clear(&s.canvas, white);
    for (size_t i = 0; i < p->odds; i++)
        put_item(&s, &p->odd[i], (int)i);
    return 0;
}
