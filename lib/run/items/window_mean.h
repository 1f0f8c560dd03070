/* window_mean.h - rows of a table from the windows that cover them: the mean of
 * what each window says of a row.
 *
 * A row waits until no later window can cover it, so memory holds the rows of
 * one batch of windows. */
#ifndef AE_RUN_ITEMS_WINDOW_MEAN_H
#define AE_RUN_ITEMS_WINDOW_MEAN_H

#include "data/source/source.h"

struct ae_window_mean_row {
    uint64_t number;          /* in its file, from 1 */
    struct ae_table_row step; /* own copies, in one block at `text` */
    char *text;
    uint64_t windows; /* whose values are in the sum */
};

struct ae_window_mean {
    int cols; /* numbers that a window says of each row */
    struct ae_window_mean_row *row;
    double *sum; /* [cap][cols] */
    size_t count, cap;
    uint64_t next; /* lowest number that isn't out yet */
};

/* mean NULL: no window covers the row.  last: 1 for the last of the rows that
 * one ae_window_mean_emit() gives. */
typedef int ae_window_mean_fn(void *arg, const struct ae_table_row *row,
                              const double *mean, int last, struct ae_err *e);

void ae_window_mean_release(struct ae_window_mean *o);
/* Copies those of the n rows that end with number `last` which aren't known
 * yet. */
int ae_window_mean_rows(struct ae_window_mean *o, uint64_t last, int n,
                        const struct ae_table_row *step, struct ae_err *e);
/* Adds what a window says of these rows, [n][cols]; rows that are out already
 * are skipped. */
void ae_window_mean_add(struct ae_window_mean *o, uint64_t last, int n,
                        const double *v);
/* Calls fn for the rows up to number `upto`, which are out then. */
int ae_window_mean_emit(struct ae_window_mean *o, uint64_t upto,
                        ae_window_mean_fn *fn, void *arg, struct ae_err *e);

#endif
