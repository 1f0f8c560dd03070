/* canvas.h - what a plot is drawn on: a picture of three channels, 0..1,
 * with discs, lines and text.  What lies outside is left out.  Pixels are
 * counted from the top left. */
#ifndef AE_PAGE_CANVAS_H
#define AE_PAGE_CANVAS_H

#include "ae.h"

enum { AE_FONT_W = 5, AE_FONT_H = 7, AE_FONT_STEP = 6, AE_FONT_ZOOM = 2 };

/* Seven rows of five bits; '?' for a letter that the font doesn't have. */
const unsigned char *ae_font_rows(char c);

struct ae_canvas {
    float *px;
    int w, h;
};

void ae_canvas_clear(struct ae_canvas *c, const float colour[3]);
/* Filled; edges are smooth. */
void ae_canvas_disc(struct ae_canvas *c, double x, double y, double radius,
                    const float colour[3]);
/* From the corner x, y. */
void ae_canvas_box(struct ae_canvas *c, int x, int y, int w, int h,
                   const float colour[3]);
/* Through n points of x and y in turns; dashed: 1 or 0. */
void ae_canvas_line(struct ae_canvas *c, const double *xy, size_t n, int dashed,
                    const float colour[3]);
void ae_canvas_text(struct ae_canvas *c, int x, int y, const char *text,
                    const float colour[3]);
/* Pixels that text is wide. */
int ae_canvas_width(const char *text);

#endif
