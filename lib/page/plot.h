/* plot.h - small drawings for a page: bars, and rows of values over one
 * another.  Charts are those of ae_pages.h. */
#ifndef AE_PAGE_PLOT_H
#define AE_PAGE_PLOT_H

#include "page/html.h"

enum { AE_TONE_MADE = 0, AE_TONE_OTHER = 1 }; /* what a net makes, the rest */

/* One bar for each of n values of 0 or more; those that are lit stand out.
 * `what` names one of them to a pointing reader, from 1. */
void ae_plot_bars(struct ae_html *h, const char *what, const double *v,
                  const unsigned char *lit, int n);
/* Rows of n values, the last one drawn on top. */
struct ae_trace {
    const char *tone; /* a class of the page's style */
    const float *v;
    size_t stride; /* floats from one value to the next */
};
void ae_plot_traces(struct ae_html *h, const struct ae_trace *t, int traces,
                    int n);

#endif
