/* metrics.h - the table of a run: a row every so many steps, as csv, or as
 * JSON, an object a line, where the name ends so. */
#ifndef AE_TRAIN_REPORT_METRICS_H
#define AE_TRAIN_REPORT_METRICS_H

#include "train/loop/validation.h"

/* What a run tells of itself at one step. */
struct ae_row {
    uint64_t step;
    double loss; /* mean since the row before */
    double lr;
    double val;                           /* score; NaN: none at this step */
    const struct ae_posterior *posterior; /* with a score; NULL: none */
    double seconds;                       /* since the run began or went on */
};

struct ae_metrics {
    struct ae_io *io;
    const char *val_name;
    int json;
    /* numbers of a code whose divergences have columns, too; 0: none */
    int code;
};

/* Keeps the rows of an earlier part of the run up to `step` (0: begins the
 * file anew).  path NULL: rows go nowhere. */
int ae_metrics_open(struct ae_metrics *m, const char *path,
                    const char *val_name, int code, uint64_t step,
                    struct ae_err *e);
/* What isn't known is an empty field of csv, and no key of JSON. */
int ae_metrics_row(struct ae_metrics *m, const struct ae_row *row,
                   struct ae_err *e);
void ae_metrics_close(struct ae_metrics *m);

#endif
