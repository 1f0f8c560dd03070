/* html.h - a page under construction: text, escaped text, pictures within the
 * page.  After a failure the rest is dropped, so that only the end of a page
 * has to check. */
#ifndef AE_PAGE_HTML_H
#define AE_PAGE_HTML_H

#include "base/str.h"

struct ae_html {
    struct ae_str s;
    int failed; /* the first error's code, 0: none */
    struct ae_err *e;
};

/* Puts text as it is: markup, numbers. */
void ae_html_put(struct ae_html *h, const char *fmt, ...) AE_PRINTF(2, 3);
/* Puts any text, escaped, so that a reader sees it as it is. */
void ae_html_text(struct ae_html *h, const char *text);
/* Puts the bytes as a data URI. */
void ae_html_data(struct ae_html *h, const char *type, const void *bytes,
                  size_t n);
/* Puts the picture, as PNG, as a data URI; in picture.c. */
void ae_html_image(struct ae_html *h, struct ae_ctx *ctx,
                   const struct ae_image *im);
/* Puts a chart as SVG, whose colours are the page's; in chart.c. */
void ae_html_chart(struct ae_html *h, const struct ae_chart *c);
/* Puts any text as a string of JSON, in which no markup begins; bytes that
 * aren't UTF-8 are as ae_escape() has them. */
void ae_html_json(struct ae_html *h, const char *text);
/* Writes what was put so far, and forgets it. */
int ae_html_flush(struct ae_html *h, struct ae_io *io, struct ae_err *e);
void ae_html_release(struct ae_html *h);

#endif
