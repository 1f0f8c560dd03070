/* map_draw.c - a map of latents as a picture: points coloured by class, a
 * frame with ticks at round numbers, the classes' names beside it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "run/draw/canvas.h"
#include "run/draw/map.h"

enum {
    LEFT = 84,
    TOP = 36,
    BOTTOM = 50,
    RIGHT = 20, /* around the frame */
    LEGEND = 150,
    LINE = 22,    /* wide; from name to name */
    LETTERS = 10, /* of a class's name */
    TEXT = 64
};

/* Twenty colours that differ clearly: ten strong ones, then ten pale ones. */
static const unsigned char colours[AE_MAP_CLASSES][3] = {
    {31, 100, 190},  {240, 120, 10},  {40, 150, 50},   {210, 35, 45},
    {130, 80, 180},  {130, 80, 60},   {225, 90, 180},  {30, 30, 30},
    {170, 165, 20},  {20, 175, 195},  {150, 185, 235}, {250, 190, 120},
    {150, 215, 140}, {250, 150, 150}, {195, 175, 220}, {200, 160, 140},
    {245, 180, 215}, {120, 120, 120}, {220, 218, 130}, {150, 220, 230}};
static const float white[3] = {1, 1, 1}, ink[3] = {0.15F, 0.15F, 0.15F},
                   rule[3] = {0.88F, 0.88F, 0.88F},
                   gray[3] = {0.7F, 0.7F, 0.7F};

struct drawing {
    const struct ae_map *map;
    struct ae_canvas c;
    int x, y, w, h;            /* the frame */
    double low[2], high[2];    /* what it shows */
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

static void colour_of(const struct drawing *d, int class, float out[3])
{
    const unsigned char *c = colours[class < 0 ? 0 : d->place[class]];

    for (int k = 0; k < 3; k++)
        out[k] = class < 0 && d->map->classes ? gray[k] : (float)c[k] / 255;
}

static void draw_legend(struct drawing *d)
{
    const int x = d->x + d->w + 20;
    int y = d->y + 8;
    float colour[3];
    char name[LETTERS + 1];

    for (int i = 0; i < d->map->classes; i++, y += LINE) {
        colour_of(d, d->order[i], colour);
        ae_canvas_disc(&d->c, x, y, 6, colour);
        snprintf(name, sizeof(name), "%s", d->map->name[d->order[i]]);
        ae_canvas_text(&d->c, x + 14, y - AE_FONT_H, name, ink);
    }
    if (d->map->others) {
        ae_canvas_disc(&d->c, x, y, 6, gray);
        ae_canvas_text(&d->c, x + 14, y - AE_FONT_H, "other", ink);
    }
}

/* --------------------------------------------------------------- the axes */

/* The frame shows all points and a little more. */
static void find_range(struct drawing *d)
{
    for (int a = 0; a < 2; a++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < d->map->n; i++) {
            low = fmin(low, d->at[2 * i + (size_t)a]);
            high = fmax(high, d->at[2 * i + (size_t)a]);
        }
        const double room = high > low ? 0.04 * (high - low)
                                       : fmax(fabs(low), 1);
        d->low[a] = low - room;
        d->high[a] = high + room;
    }
}

/* A round number, 1, 2 or 5 times a power of ten, of which the range holds
 * about `parts`. */
static double step_of(double range, int parts)
{
    const double raw = range / parts, ten = pow(10, floor(log10(raw)));

    return raw <= ten       ? ten
           : raw <= 2 * ten ? 2 * ten
           : raw <= 5 * ten ? 5 * ten
                            : 10 * ten;
}

static double pixel_of(const struct drawing *d, int axis, double v)
{
    const double t = (v - d->low[axis]) / (d->high[axis] - d->low[axis]);

    return axis ? d->y + (1 - t) * (d->h - 1) : d->x + t * (d->w - 1);
}

/* A line across the frame and its number. */
static void draw_tick(struct drawing *d, int axis, double v)
{
    const int p = (int)lround(pixel_of(d, axis, v));
    char text[TEXT];

    ae_format(text, sizeof(text), "%.4g", v);
    const int w = ae_canvas_width(text);
    if (axis) {
        ae_canvas_box(&d->c, d->x, p, d->w, 1, rule);
        ae_canvas_text(&d->c, d->x - 8 - w, p - AE_FONT_H, text, ink);
    } else {
        ae_canvas_box(&d->c, p, d->y, 1, d->h, rule);
        ae_canvas_text(&d->c, p - w / 2, d->y + d->h + 8, text, ink);
    }
}

static void draw_axis(struct drawing *d, int axis)
{
    const double range = d->high[axis] - d->low[axis];
    const double step = step_of(range, ae_max(4, (axis ? d->h : d->w) / 90));
    const double first = ceil(d->low[axis] / step);

    for (int k = 0; (first + k) * step <= d->high[axis]; k++)
        /* no minus before 0 */
        draw_tick(d, axis, (first + k) * step + 0.0);
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
    ae_canvas_box(&d->c, d->x, d->y, d->w, 1, ink);
    ae_canvas_box(&d->c, d->x, d->y + d->h - 1, d->w, 1, ink);
    ae_canvas_box(&d->c, d->x, d->y, 1, d->h, ink);
    ae_canvas_box(&d->c, d->x + d->w - 1, d->y, 1, d->h, ink);
}

static void draw_titles(struct drawing *d, const double share[2])
{
    const struct ae_map *m = d->map;
    char text[TEXT];

    name_axis(text, 0, share);
    ae_canvas_text(&d->c, d->x + (d->w - ae_canvas_width(text)) / 2,
                   d->y + d->h + 30, text, ink);
    name_axis(text, 1, share);
    ae_canvas_text(&d->c, d->x, 12, text, ink);
    if (m->stride > 1)
        snprintf(text, sizeof(text), "1 in %llu of %llu",
                 (unsigned long long)m->stride, (unsigned long long)m->count);
    else
        snprintf(text, sizeof(text), "n = %llu", (unsigned long long)m->count);
    ae_canvas_text(&d->c, d->x + d->w - ae_canvas_width(text), 12, text, ink);
}

/* -------------------------------------------------------------- the whole */

static void draw_map(struct drawing *d, const double share[2])
{
    const size_t n = d->map->n;
    const double radius = n <= 500 ? 4 : n <= 5000 ? 2.5 : n <= 20000 ? 1.5 : 1;
    float colour[3];

    ae_canvas_clear(&d->c, white);
    sort_classes(d);
    find_range(d);
    for (int axis = 0; axis < 2; axis++)
        draw_axis(d, axis);
    for (size_t i = 0; i < n; i++) {
        colour_of(d, d->map->class[i], colour);
        ae_canvas_disc(&d->c, pixel_of(d, 0, d->at[2 * i]),
                       pixel_of(d, 1, d->at[2 * i + 1]), radius, colour);
    }
    draw_frame(d);
    draw_titles(d, share);
    draw_legend(d);
}

int ae_map_draw(struct ae_ctx *ctx, struct ae_map *m, uint64_t rows, int w,
                int h, struct ae_image *out, struct ae_err *e)
{
    const struct ae_image_info info = {
        .w = w, .h = h, .channels = 3, .maxval = 255};
    double *at = NULL, share[2];
    int rc;

    if (m->n == 0)
        return ae_fail(e, AE_EARG, "no latents: nothing to draw");
    if (m->labels.count)
        AE_TRY(ae_labels_check(&m->labels, rows + (uint64_t)m->head, e));
    if ((rc = ae_map_project(m, &at, share, e)) < 0 ||
        (rc = ae_image_alloc(ctx, out, &info, e)) < 0)
        goto out;
    struct drawing d = {.map = m,
                        .c = {out->data, w, h},
                        .x = LEFT,
                        .y = TOP,
                        .at = at,
                        .w = w - LEFT - (m->classes ? LEGEND : RIGHT),
                        .h = h - TOP - BOTTOM};
    draw_map(&d, share);
out:
    free(at);
    return rc;
}
