/* report.h - a run as one page that needs nothing else: curves, the code,
 * examples, samples, settings.  It asks a browser to reload it while the run
 * goes on, and no longer once the run has ended. */
#ifndef AE_TRAIN_REPORT_REPORT_H
#define AE_TRAIN_REPORT_REPORT_H

#include <time.h>

#include "train/report/view.h"

struct ae_history;

struct ae_report {
    struct ae_history *history; /* NULL: no report is wanted */
    double before;              /* seconds of earlier parts of the run */
    double written;             /* seconds into this part */
    time_t begun;               /* this part, for readers */
};

/* Reads the points of an earlier part of the run, and writes a first page. */
int ae_report_open(struct ae_report *r, const struct ae_train_view *v,
                   struct ae_err *e);
/* Writes a page at every score, and now and then between. */
int ae_report_row(struct ae_report *r, const struct ae_train_view *v,
                  struct ae_err *e);
/* Writes the last page; `state` says how the run ended. */
int ae_report_close(struct ae_report *r, const struct ae_train_view *v,
                    const char *state, struct ae_err *e);
void ae_report_release(struct ae_report *r);

#endif
