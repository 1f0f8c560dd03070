/* runs.h - what the files of runs say: tables of metrics, as ae-train --metrics
 * writes them, and pages of --report. */
#ifndef AE_TRAIN_REPORT_RUNS_H
#define AE_TRAIN_REPORT_RUNS_H

#include "base/json.h"

enum {
    AE_RUN_COLUMNS = 16
}; /* more are left out, and those of each number
                               * of a code */

struct ae_run {
    const char *name; /* of its file; lent */
    char *column[AE_RUN_COLUMNS];
    int columns;
    double *v; /* [rows][AE_RUN_COLUMNS]; NaN: not known */
    size_t rows, cap;
    json_t *settings; /* texts by name; NULL: the file has none */
};

/* AE_EFORMAT where it isn't one of a run. */
int ae_run_read(struct ae_run *r, const char *path, struct ae_err *e);
void ae_run_release(struct ae_run *r);
/* The place of a column; -1: there is none. */
int ae_run_find(const struct ae_run *r, const char *column);
/* The column of the score of held-out data, which is none of those that all
 * runs have; -1: there is none.  *high becomes 1 where higher is better. */
int ae_run_score(const struct ae_run *r, int *high);
/* The best value of a column and the row that has it; NaN: there is none. */
double ae_run_best(const struct ae_run *r, int column, int high, size_t *row);

#endif
