/* history.h - the points of a run's curves so far, in bounded room: when that
 * is full, neighbours are merged by twos. */
#ifndef AE_TRAIN_REPORT_HISTORY_H
#define AE_TRAIN_REPORT_HISTORY_H

#include "page/html.h"

enum { AE_HISTORY = 1024 };

/* NaN: unknown */
struct ae_point {
    double step, seconds, loss, val, reconstruction, divergence;
};

struct ae_history {
    struct ae_point point[AE_HISTORY];
    size_t n;
};

void ae_history_add(struct ae_history *h, const struct ae_point *p);
/* Puts the points into a page, as JSON: arrays of the numbers above. */
void ae_history_put(const struct ae_history *h, struct ae_html *html);
/* Reads the points up to `step` from the page at `path`; none where there is
 * no page, or it carries none. */
int ae_history_load(struct ae_history *h, const char *path, uint64_t step,
                    struct ae_err *e);

#endif
