/* page.h - what all pages have: one file that needs no other, its head, its
 * style in light and dark. */
#ifndef AE_PAGE_PAGE_H
#define AE_PAGE_PAGE_H

#include "page/html.h"

/* The texts of lib/page/NAME.css and NAME.js, which the Makefile embeds. */
extern const char ae_page_css[], ae_gallery_css[], ae_gallery_js[];
extern const char ae_scores_css[], ae_scores_js[];

/* Everything up to the opened body, the title as its heading.  refresh:
 * seconds after which the browser is to read the page again; 0: never.  more:
 * style of this page alone; NULL: none. */
void ae_page_begin(struct ae_html *h, const char *title, int refresh,
                   const char *more);
void ae_page_end(struct ae_html *h);
/* Writes the page to `path`, complete or not at all, and releases nothing. */
int ae_page_save(const struct ae_html *h, const char *path, struct ae_err *e);

#endif
