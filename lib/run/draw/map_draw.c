/* map_draw.c - a map of latents as a picture: points coloured by class, a
 * frame with ticks at round numbers, the classes' names beside it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "page/axis.h"
#include "page/pen.h"
#include "run/draw/map.h"

enum {
    LEFT = 84,
    TOP = 36,
    BOTTOM = 50,
    RIGHT = 20, /* around the frame */
    LEGEND = 150,
    LINE = 22,    /* wide; from name to name */
    LETTERS = 10, /* of a class's name */
    TEXT = 64,
    NOTE = 512 /* bytes of a point's note */
};

struct drawing {
    const struct ae_map *map;
    struct ae_pen *pen;
    int x, y, w, h;            /* the frame */
    struct ae_ruler scale[2];  /* what it shows */
    const double *at;          /* points */
    int order[AE_MAP_CLASSES]; /* of the legend: classes by name */
    int place[AE_MAP_CLASSES]; /* the other way: a class's colour */
};

/* ------------------------------------------------------------ the classes */

static int sorts_before(const char *a, const char *b)
{
    double x, y;

    if (ae_parse_real(a, -1e300, 1e300, &x, NULL) == 0 &&
        ae_parse_real(b, -1e300, 1e300, &y, NULL) == 0)
        return x < y;
    return strcmp(a, b) < 0;
}

static void sort_classes(struct drawing *d)
{
    const struct ae_map *m = d->map;

    for (int i = 0; i < m->classes; i++) {
        int k = i;
        for (; k > 0 && sorts_before(m->name[i], m->name[d->order[k - 1]]); k--)
            d->order[k] = d->order[k - 1];
        d->order[k] = i;
    }
    for (int i = 0; i < m->classes; i++)
        d->place[d->order[i]] = i;
}

static int tone_of(const struct drawing *d, int class)
{
    if (class < 0)
        return d->map->classes ? AE_TONE_DIM : 0;
    return d->place[class];
}

static void draw_class(struct drawing *d, int y, int tone, const char *name)
{
    const int x = d->x + d->w + 20;

    ae_pen_disc(d->pen, x, y, 6, tone, NULL);
    ae_pen_text(d->pen, x + 14, y, AE_ANCHOR_START, AE_TONE_INK, name);
}

static void draw_legend(struct drawing *d)
{
    int y = d->y + 8;
    char name[LETTERS + 1];

    for (int i = 0; i < d->map->classes; i++, y += LINE) {
        snprintf(name, sizeof(name), "%s", d->map->name[d->order[i]]);
        draw_class(d, y, i, name);
    }
    if (d->map->others)
        draw_class(d, y, AE_TONE_DIM, "other");
}

/* --------------------------------------------------------------- the axes */

/* The frame shows all points and a little more. */
static void find_range(struct drawing *d)
{
    const struct ae_axis axis = {.kind = AE_AXIS_LINEAR, .margin = 0.04};

    for (int a = 0; a < 2; a++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < d->map->n; i++) {
            low = fmin(low, d->at[2 * i + (size_t)a]);
            high = fmax(high, d->at[2 * i + (size_t)a]);
        }
        d->scale[a] = ae_ruler_for(&axis, low, high);
    }
    d->scale[0].from = d->x;
    d->scale[0].to = d->x + d->w - 1;
    d->scale[1].from = d->y + d->h - 1;
    d->scale[1].to = d->y;
}

/* Lines across the frame and their numbers. */
static void draw_axis(struct drawing *d, int axis)
{
    double tick[AE_TICKS];
    const size_t n = ae_ruler_ticks(&d->scale[axis],
                                    ae_max(4, (axis ? d->h : d->w) / 90), tick);
    char text[AE_TICK_TEXT];

    for (size_t i = 0; i < n; i++) {
        const double p = ae_ruler_at(&d->scale[axis], tick[i]);
        ae_tick_text(text, tick[i]);
        if (axis) {
            ae_pen_box(d->pen, d->x, p, d->w, 1, AE_TONE_RULE, NULL);
            ae_pen_text(d->pen, d->x - 8, p, AE_ANCHOR_END, AE_TONE_INK, text);
        } else {
            ae_pen_box(d->pen, p, d->y, 1, d->h, AE_TONE_RULE, NULL);
            ae_pen_text(d->pen, p, d->y + d->h + 15, AE_ANCHOR_MIDDLE,
                        AE_TONE_INK, text);
        }
    }
}

static void name_axis(char *text, int axis, const double share[2])
{
    if (share[axis] < 0)
        snprintf(text, TEXT, "z%d", axis);
    else
        ae_format(text, TEXT, "axis %d (%.0f%%)", axis + 1, 100 * share[axis]);
}

static void draw_frame(struct drawing *d)
{
    ae_pen_box(d->pen, d->x, d->y, d->w, 1, AE_TONE_INK, NULL);
    ae_pen_box(d->pen, d->x, d->y + d->h - 1, d->w, 1, AE_TONE_INK, NULL);
    ae_pen_box(d->pen, d->x, d->y, 1, d->h, AE_TONE_INK, NULL);
    ae_pen_box(d->pen, d->x + d->w - 1, d->y, 1, d->h, AE_TONE_INK, NULL);
}

static void draw_titles(struct drawing *d, const double share[2])
{
    const struct ae_map *m = d->map;
    char text[TEXT];

    name_axis(text, 0, share);
    ae_pen_text(d->pen, d->x + d->w / 2.0, d->y + d->h + 37, AE_ANCHOR_MIDDLE,
                AE_TONE_INK, text);
    name_axis(text, 1, share);
    ae_pen_text(d->pen, d->x, 19, AE_ANCHOR_START, AE_TONE_INK, text);
    if (m->stride > 1)
        snprintf(text, sizeof(text), "1 in %llu of %llu",
                 (unsigned long long)m->stride, (unsigned long long)m->count);
    else
        snprintf(text, sizeof(text), "n = %llu", (unsigned long long)m->count);
    ae_pen_text(d->pen, d->x + d->w, 19, AE_ANCHOR_END, AE_TONE_INK, text);
}

/* -------------------------------------------------------------- the whole */

/* What a pointing reader is told: the name, and the class in brackets. */
static const char *note_of(const struct ae_map *m, size_t i, char note[NOTE])
{
    const char *name = m->names ? m->names[i] : NULL;
    const int class = m->class[i];

    if (class < 0)
        return name;
    snprintf(note, NOTE, name ? "%s (%s)" : "%s%s", name ? name : "",
             m->name[class]);
    return note;
}

static void draw_points(struct drawing *d)
{
    const size_t n = d->map->n;
    const double radius = n <= 500 ? 4 : n <= 5000 ? 2.5 : n <= 20000 ? 1.5 : 1;
    char note[NOTE];

    for (size_t i = 0; i < n; i++)
        ae_pen_disc(d->pen, ae_ruler_at(&d->scale[0], d->at[2 * i]),
                    ae_ruler_at(&d->scale[1], d->at[2 * i + 1]), radius,
                    tone_of(d, d->map->class[i]), note_of(d->map, i, note));
}

static void draw_map(struct drawing *d, const double share[2])
{
    sort_classes(d);
    find_range(d);
    for (int axis = 0; axis < 2; axis++)
        draw_axis(d, axis);
    draw_points(d);
    draw_frame(d);
    draw_titles(d, share);
    draw_legend(d);
}

/* Draws in w x h pixels with a pen. */
static int draw_with(struct ae_pen *pen, struct ae_map *m, uint64_t rows, int w,
                     int h, struct ae_err *e)
{
    double *at = NULL, share[2];

    if (m->n == 0)
        return ae_fail(e, AE_EARG, "no latents: nothing to draw");
    if (m->labels.count)
        AE_TRY(ae_labels_check(&m->labels, rows + (uint64_t)m->head, e));
    AE_TRY(ae_map_project(m, &at, share, e));
    struct drawing d = {.map = m,
                        .pen = pen,
                        .x = LEFT,
                        .y = TOP,
                        .at = at,
                        .w = w - LEFT - (m->classes ? LEGEND : RIGHT),
                        .h = h - TOP - BOTTOM};
    ae_pen_begin(pen, w, h, "map of latents", NULL);
    draw_map(&d, share);
    ae_pen_end(pen);
    free(at);
    return 0;
}

int ae_map_draw(struct ae_ctx *ctx, struct ae_map *m, uint64_t rows, int w,
                int h, struct ae_image *out, struct ae_err *e)
{
    const struct ae_image_info info = {
        .w = w, .h = h, .channels = 3, .maxval = 255};

    AE_TRY(ae_image_alloc(ctx, out, &info, e));
    struct ae_canvas canvas = {out->data, w, h};
    struct ae_pen pen = {.canvas = &canvas};
    const int rc = draw_with(&pen, m, rows, w, h, e);
    if (rc < 0)
        ae_image_release(out);
    return rc;
}

int ae_map_write_svg(struct ae_map *m, uint64_t rows, int w, int h,
                     struct ae_io *io, struct ae_err *e)
{
    struct ae_html html = {.e = e};
    struct ae_pen pen = {.html = &html, .alone = 1};
    int rc = draw_with(&pen, m, rows, w, h, e);

    rc = html.failed ? html.failed : rc;
    if (rc >= 0)
        rc = ae_io_write(io, html.s.p, html.s.len, e);
    ae_html_release(&html);
    return rc;
}
