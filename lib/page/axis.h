/* axis.h - what an axis shows, where a value lies on it, and its ticks. */
#ifndef AE_PAGE_AXIS_H
#define AE_PAGE_AXIS_H

#include "base/base.h"

enum { AE_TICKS = 40 /* at most */, AE_TICK_TEXT = 32 };

struct ae_ruler {
    double lo, hi; /* lo < hi */
    int log;
    double from, to; /* where lo and hi lie in the drawing */
};

/* A scale for data of lo..hi by what is asked of the axis; lo > hi: there are
 * no data.  Its ends are round numbers where a margin isn't asked for. */
struct ae_ruler ae_ruler_for(const struct ae_axis *axis, double lo, double hi);
double ae_ruler_at(const struct ae_ruler *s, double v);
/* Round numbers on the scale, about `parts` + 1 of them; returns how many. */
size_t ae_ruler_ticks(const struct ae_ruler *s, int parts,
                      double tick[AE_TICKS]);
void ae_tick_text(char text[AE_TICK_TEXT], double v);

#endif
