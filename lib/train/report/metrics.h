/* metrics.h - the table of a run: a row every so many steps, as csv, or as
 * JSON, an object a line, where the name ends in .jsonl. */
#ifndef AE_TRAIN_REPORT_METRICS_H
#define AE_TRAIN_REPORT_METRICS_H

#include "train/report/view.h"

struct ae_metrics {
    struct ae_io *io;       /* NULL: rows go nowhere */
    int fd;                 /* its own */
    int64_t end;            /* of the rows that are whole; -1: no file */
    const char *score_name; /* of its column; lent */
    int json;
    /* numbers of a code whose divergences have columns, too; 0: none */
    int code;
};

/* Keeps the rows of an earlier part of the run up to `step`; 0 begins the file
 * anew.  path NULL: rows go nowhere. */
int ae_metrics_open(struct ae_metrics *m, const char *path,
                    const char *score_name, int code, uint64_t step,
                    struct ae_err *e);
/* A number that isn't known is an empty field of csv, and left out of JSON. */
int ae_metrics_row(struct ae_metrics *m, const struct ae_train_view *view,
                   struct ae_err *e);
/* What became of the last rows shows only here, on some file systems. */
int ae_metrics_finish(struct ae_metrics *m, struct ae_err *e);
/* After a failure. */
void ae_metrics_close(struct ae_metrics *m);

#endif
