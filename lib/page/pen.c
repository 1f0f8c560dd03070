/* pen.c - see pen.h. */
#include "page/pen.h"

#include <math.h>
#include <string.h>

enum {
    SIZE = 13,  /* of letters of SVG, whose ... */
    LETTER = 7, /* ... mean width is this, but on a page, whose ... */
    WIDE = 9    /* ... style enlarges them on narrow screens, this */
};

/* --------------------------------------------------------------- colours */

/* Twenty that differ clearly: ten strong ones, then ten pale ones. */
static const unsigned char tones[AE_TONES][3] = {
    {31, 100, 190},  {240, 120, 10},  {40, 150, 50},   {210, 35, 45},
    {130, 80, 180},  {130, 80, 60},   {225, 90, 180},  {30, 30, 30},
    {170, 165, 20},  {20, 175, 195},  {150, 185, 235}, {250, 190, 120},
    {150, 215, 140}, {250, 150, 150}, {195, 175, 220}, {200, 160, 140},
    {245, 180, 215}, {120, 120, 120}, {220, 218, 130}, {150, 220, 230}};
static const unsigned char others[4][3] = {
    {38, 38, 38}, {178, 178, 178}, {224, 224, 224}, {252, 222, 196}};
static const char *const other_names[] = {"ink", "dim", "rule", "band"};

const unsigned char *ae_tone(int tone)
{
    return tone < 0 ? others[-1 - tone] : tones[tone % AE_TONES];
}

/* Puts how a shape is painted, `fill' or `stroke', into its tag. */
static void put_paint(struct ae_pen *p, const char *paint, int tone)
{
    const unsigned char *c = ae_tone(tone);

    if (p->alone)
        ae_html_put(p->html, " %s=\"#%02x%02x%02x\"", paint, c[0], c[1], c[2]);
    else if (tone < 0)
        ae_html_put(p->html, " class=\"%s %s\"", paint, other_names[-1 - tone]);
    else
        ae_html_put(p->html, " class=\"%s t%d\"", paint, tone % AE_TONES);
}

/* Ends a tag, of a shape that has a note if it isn't NULL. */
static void put_end(struct ae_pen *p, const char *tag, const char *note)
{
    if (!note) {
        ae_html_put(p->html, "/>\n");
        return;
    }
    ae_html_put(p->html, "><title>");
    ae_html_text(p->html, note);
    ae_html_put(p->html, "</title></%s>\n", tag);
}

static void colour_of(int tone, float out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = (float)ae_tone(tone)[k] / 255;
}

/* ----------------------------------------------------------------- shapes */

void ae_pen_begin(struct ae_pen *p, int w, int h, const char *title,
                  const double ends[2])
{
    static const float white[3] = {1, 1, 1};

    if (!p->html) {
        ae_canvas_clear(p->canvas, white);
        return;
    }
    ae_html_put(p->html, "<svg");
    if (p->alone)
        ae_html_put(p->html,
                    " xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                    "height=\"%d\" font-family=\"sans-serif\" font-size=\"%d\"",
                    w, h, SIZE);
    if (ends && !p->alone)
        ae_html_put(p->html, " data-from=\"%.1f\" data-to=\"%.1f\"", ends[0],
                    ends[1]);
    ae_html_put(p->html, " viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", w,
                h);
    ae_html_text(p->html, title ? title : "");
    ae_html_put(p->html, "\">\n");
    if (p->alone)
        ae_html_put(p->html,
                    "<rect width=\"%d\" height=\"%d\" fill=\"#fff\""
                    "/>\n",
                    w, h);
}

void ae_pen_end(struct ae_pen *p)
{
    if (p->html)
        ae_html_put(p->html, "</svg>\n");
}

void ae_pen_line(struct ae_pen *p, const double *xy, size_t n, int tone,
                 int dashed, const char *note)
{
    float colour[3];

    if (n < 1)
        return;
    colour_of(tone, colour);
    if (!p->html) {
        ae_canvas_line(p->canvas, xy, n, dashed, colour);
        return;
    }
    ae_html_put(p->html, "<path");
    put_paint(p, "stroke", tone);
    if (p->alone)
        ae_html_put(p->html, " fill=\"none\" stroke-width=\"1.6\"");
    if (dashed)
        ae_html_put(p->html, " stroke-dasharray=\"6 4\"");
    ae_html_put(p->html, " d=\"");
    for (size_t i = 0; i < n; i++)
        ae_html_put(p->html, "%c%.1f %.1f", i ? 'L' : 'M', xy[2 * i],
                    xy[2 * i + 1]);
    ae_html_put(p->html, "\"");
    put_end(p, "path", note);
}

void ae_pen_disc(struct ae_pen *p, double x, double y, double radius, int tone,
                 const char *note)
{
    float colour[3];

    colour_of(tone, colour);
    if (!p->html) {
        ae_canvas_disc(p->canvas, x, y, radius, colour);
        return;
    }
    ae_html_put(p->html, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.4g\"", x, y,
                radius);
    put_paint(p, "fill", tone);
    put_end(p, "circle", note);
}

void ae_pen_box(struct ae_pen *p, double x, double y, double w, double h,
                int tone, const char *note)
{
    float colour[3];

    colour_of(tone, colour);
    if (!p->html) {
        const int left = (int)lround(x), top = (int)lround(y);
        ae_canvas_box(p->canvas, left, top,
                      ae_max(1, (int)lround(x + w) - left),
                      ae_max(1, (int)lround(y + h) - top), colour);
        return;
    }
    ae_html_put(p->html,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"", x,
                y, w, h);
    put_paint(p, "fill", tone);
    put_end(p, "rect", note);
}

/* ------------------------------------------------------------------- text */

double ae_pen_width(const struct ae_pen *p, const char *text)
{
    const int letter = p->alone ? LETTER : WIDE;

    return p->html ? letter * (double)strlen(text) : ae_canvas_width(text);
}

void ae_pen_text(struct ae_pen *p, double x, double y, enum ae_anchor anchor,
                 int tone, const char *text)
{
    static const char *const name[] = {"start", "middle", "end"};
    float colour[3];

    colour_of(tone, colour);
    if (!p->html) {
        const int w = ae_canvas_width(text);
        ae_canvas_text(p->canvas,
                       (int)lround(x) - (anchor == AE_ANCHOR_END      ? w
                                         : anchor == AE_ANCHOR_MIDDLE ? w / 2
                                                                      : 0),
                       (int)lround(y) - AE_FONT_H, text, colour);
        return;
    }
    ae_html_put(p->html, "<text x=\"%.1f\" y=\"%.1f\"", x, y + 0.35 * SIZE);
    if (anchor != AE_ANCHOR_START)
        ae_html_put(p->html, " text-anchor=\"%s\"", name[anchor]);
    put_paint(p, "fill", tone);
    ae_html_put(p->html, ">");
    ae_html_text(p->html, text);
    ae_html_put(p->html, "</text>\n");
}
