/* metrics.h - the csv of a run: a row every so many steps. */
#ifndef AE_TRAIN_METRICS_H
#define AE_TRAIN_METRICS_H

#include "train/valid.h"

struct ae_metrics {
    struct ae_io *io;
    int code;                    /* columns of what the code carries, too */
};

/* Keeps the rows of an earlier part of the run up to `step` (0: begins the
 * file anew).  path NULL: rows go nowhere. */
int ae_metrics_open(struct ae_metrics *m, const char *path,
                    const char *val_name, int code, uint64_t step,
                    struct ae_err *e);
/* val NaN, p NULL: left empty. */
int ae_metrics_row(struct ae_metrics *m, uint64_t step, double loss,
                   double lr, double val, const struct ae_posterior *p,
                   double seconds, struct ae_err *e);
void ae_metrics_close(struct ae_metrics *m);

#endif
