/* pen.h - what charts and maps are drawn with: the same calls give SVG in a
 * page, whose style has the colours, an SVG file, which has them itself, or
 * pixels.  Lengths are pixels from the top left. */
#ifndef AE_PAGE_PEN_H
#define AE_PAGE_PEN_H

#include "page/canvas.h"
#include "page/html.h"

/* Colours besides the series' 0 to AE_TONES - 1. */
enum {
    AE_TONE_INK = -1,
    AE_TONE_DIM = -2,
    AE_TONE_RULE = -3,
    AE_TONE_BAND = -4
};

enum ae_anchor { AE_ANCHOR_START, AE_ANCHOR_MIDDLE, AE_ANCHOR_END };

struct ae_pen {
    struct ae_html *html;     /* NULL: pixels */
    int alone;                /* 1: the SVG is a file of its own */
    struct ae_canvas *canvas; /* NULL: SVG */
};

/* title: said to who can't see the drawing; NULL: nothing.  ends: where the
 * data begin and end from left to right, for a page's script; NULL: no matter.
 */
void ae_pen_begin(struct ae_pen *p, int w, int h, const char *title,
                  const double ends[2]);
void ae_pen_end(struct ae_pen *p);
/* Through n points of x and y in turns; dashed: 1 or 0. */
void ae_pen_line(struct ae_pen *p, const double *xy, size_t n, int tone,
                 int dashed, const char *note);
/* note: shown to a pointing reader; NULL: none. */
void ae_pen_disc(struct ae_pen *p, double x, double y, double radius, int tone,
                 const char *note);
void ae_pen_box(struct ae_pen *p, double x, double y, double w, double h,
                int tone, const char *note);
/* y: the middle of the letters. */
void ae_pen_text(struct ae_pen *p, double x, double y, enum ae_anchor anchor,
                 int tone, const char *text);
/* About how wide text will be. */
double ae_pen_width(const struct ae_pen *p, const char *text);

/* Red, green and blue, 0..255. */
const unsigned char *ae_tone(int tone);

#endif
