/* canvas.c - see canvas.h. */
#include "page/canvas.h"

#include <math.h>
#include <string.h>

static void blend(struct ae_canvas *c, int x, int y, double share,
                  const float colour[3])
{
    if (x < 0 || y < 0 || x >= c->w || y >= c->h || share <= 0)
        return;
    float *p = c->px + 3 * ((size_t)y * (size_t)c->w + (size_t)x);
    for (int k = 0; k < 3; k++)
        p[k] += (float)fmin(share, 1) * (colour[k] - p[k]);
}

void ae_canvas_clear(struct ae_canvas *c, const float colour[3])
{
    ae_canvas_box(c, 0, 0, c->w, c->h, colour);
}

void ae_canvas_disc(struct ae_canvas *c, double x, double y, double radius,
                    const float colour[3])
{
    const int left = (int)floor(x - radius), top = (int)floor(y - radius);
    const int side = (int)ceil(2 * radius) + 1;

    for (int i = top; i <= top + side; i++)
        for (int k = left; k <= left + side; k++)
            blend(c, k, i, radius + 0.5 - hypot(k - x, i - y), colour);
}

void ae_canvas_box(struct ae_canvas *c, int x, int y, int w, int h,
                   const float colour[3])
{
    for (int i = y; i < y + h; i++)
        for (int k = x; k < x + w; k++)
            blend(c, k, i, 1, colour);
}

/* A dash and the gap behind it, in pixels along the line. */
enum { DASH = 7, PERIOD = 12 };
#define HALF_WIDTH 1.0

/* The line from a to b, which begins `along` pixels after the first point. */
static void draw_segment(struct ae_canvas *c, const double *a, const double *b,
                         double along, int dashed, const float colour[3])
{
    const double dx = b[0] - a[0], dy = b[1] - a[1];
    const double length = fmax(hypot(dx, dy), 1e-9);
    const int left = (int)floor(fmin(a[0], b[0])) - 2,
              right = (int)ceil(fmax(a[0], b[0])) + 2,
              top = (int)floor(fmin(a[1], b[1])) - 2,
              bottom = (int)ceil(fmax(a[1], b[1])) + 2;

    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            const double t = ((x - a[0]) * dx + (y - a[1]) * dy) / length;
            const double on = fmin(fmax(t, 0), length);
            const double off = hypot(x - a[0] - on * dx / length,
                                     y - a[1] - on * dy / length);
            if (!dashed || fmod(along + on, PERIOD) < DASH)
                blend(c, x, y, HALF_WIDTH + 0.5 - off, colour);
        }
}

void ae_canvas_line(struct ae_canvas *c, const double *xy, size_t n, int dashed,
                    const float colour[3])
{
    double along = 0;

    for (size_t i = 0; i + 1 < n; i++, xy += 2) {
        draw_segment(c, xy, xy + 2, along, dashed, colour);
        along += hypot(xy[2] - xy[0], xy[3] - xy[1]);
    }
}

void ae_canvas_text(struct ae_canvas *c, int x, int y, const char *text,
                    const float colour[3])
{
    for (; *text; text++, x += AE_FONT_STEP * AE_FONT_ZOOM) {
        const unsigned char *rows = ae_font_rows(*text);
        for (int i = 0; *text != ' ' && i < AE_FONT_H * AE_FONT_W; i++) {
            const int row = i / AE_FONT_W, column = i % AE_FONT_W;
            if (rows[row] >> (AE_FONT_W - 1 - column) & 1)
                ae_canvas_box(c, x + column * AE_FONT_ZOOM,
                              y + row * AE_FONT_ZOOM, AE_FONT_ZOOM,
                              AE_FONT_ZOOM, colour);
        }
    }
}

int ae_canvas_width(const char *text)
{
    const int n = (int)strlen(text);

    return n ? (n * AE_FONT_STEP - 1) * AE_FONT_ZOOM : 0;
}
