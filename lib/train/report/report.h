/* report.h - a run as one page that needs nothing else: curves, the code,
 * examples, samples, settings.  It asks a browser to read it again while the
 * run goes on, and stays when it ended. */
#ifndef AE_TRAIN_REPORT_REPORT_H
#define AE_TRAIN_REPORT_REPORT_H

#include <time.h>

#include "train/report/history.h"

struct ae_trainer;

struct ae_report {
    struct ae_history *history; /* NULL: no report is wanted */
    double before;              /* seconds of earlier parts of the run */
    double written;             /* seconds into this part */
    time_t begun;               /* this part, for readers */
    const char *ending;         /* why it ended, NULL: complete */
};

/* Takes up the points of an earlier part; writes a first page. */
int ae_report_open(struct ae_trainer *t, struct ae_err *e);
/* A page at every score, and now and then between. */
int ae_report_row(struct ae_trainer *t, const struct ae_row *row,
                  struct ae_err *e);
/* The last page; failed: the error that ended the run, or NULL. */
int ae_report_close(struct ae_trainer *t, const struct ae_err *failed,
                    struct ae_err *e);
void ae_report_release(struct ae_report *r);

#endif
