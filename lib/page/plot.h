/* plot.h - small drawings for a page: curves over steps, bars, and rows of
 * values over one another.  Colours are the page's, by class. */
#ifndef AE_PAGE_PLOT_H
#define AE_PAGE_PLOT_H

#include "page/html.h"

struct ae_curve {
    const char *name;
    const char *tone;    /* class: a, b or c */
    const double *x, *y; /* y NaN: no point there; x rises */
    size_t n, stride;    /* points; doubles from one to the next */
};

/* With axes and names.  The y axis is logarithmic where all values are above
 * 0 and the largest is ten times the least. */
void ae_plot_curves(struct ae_html *h, const struct ae_curve *c, int n);
/* One bar for each of n values of 0 or more; those that are lit stand out.
 * `what` names one of them to a pointing reader, from 1. */
void ae_plot_bars(struct ae_html *h, const char *what, const double *v,
                  const unsigned char *lit, int n);
/* Rows of n values, the last one drawn on top. */
struct ae_trace {
    const char *tone;
    const float *v;
    size_t stride; /* floats from one value to the next */
};
void ae_plot_traces(struct ae_html *h, const struct ae_trace *t, int traces,
                    int n);

#endif
