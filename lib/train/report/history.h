/* history.h - what a run has told of itself so far, in bounded room: when
 * that is full, points are merged by twos. */
#ifndef AE_TRAIN_REPORT_HISTORY_H
#define AE_TRAIN_REPORT_HISTORY_H

#include "train/report/html.h"

enum { AE_HISTORY = 1024 };

/* NaN: not known */
struct ae_point {
    double step, seconds, loss, val, reconstruction, divergence;
};

struct ae_history {
    struct ae_point point[AE_HISTORY];
    size_t n;
};

void ae_history_add(struct ae_history *h, const struct ae_point *p);
/* Points as JSON for a page to carry: arrays of the numbers above. */
void ae_history_put(const struct ae_history *h, struct ae_html *html);
/* Takes from the page at `path` the points up to `step`.  A page that isn't
 * there, or carries none, gives none. */
int ae_history_load(struct ae_history *h, const char *path, uint64_t step,
                    struct ae_err *e);

#endif
