/* canvas.c - see canvas.h. */
#include "run/draw/canvas.h"

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
