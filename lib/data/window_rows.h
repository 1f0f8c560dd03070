/* window_rows.h - rows of a table from the windows that cover them: of what
 * each window says of a row, the least or the mean.
 *
 * A row waits until no later window can cover it, so memory holds the rows of
 * one batch of windows. */
#ifndef AE_DATA_WINDOW_ROWS_H
#define AE_DATA_WINDOW_ROWS_H

#include "data/source/source.h"

struct ae_window_row {
    uint64_t number;          /* in its file, from 1 */
    struct ae_table_row step; /* own copies, in one block at `text` */
    char *text;
    uint64_t windows; /* that cover it, so far */
};

struct ae_window_rows {
    int cols;  /* numbers that a window says of each row */
    int least; /* of so many, the first ones, the least counts, not the mean */
    struct ae_window_row *row;
    double *value; /* [cap][cols] least ones, and sums */
    size_t count, cap;
    uint64_t next; /* lowest number that isn't out yet */
};

/* value: [cols] leasts and means; NULL: no window covers the row.  last: 1 for
 * the last of the rows that one ae_window_rows_emit() gives. */
typedef int ae_window_rows_fn(void *arg, const struct ae_window_row *row,
                              const double *value, int last, struct ae_err *e);

void ae_window_rows_release(struct ae_window_rows *o);
/* Copies those of the n rows that end with number `last` which aren't known
 * yet. */
int ae_window_rows_know(struct ae_window_rows *o, uint64_t last, int n,
                        const struct ae_table_row *step, struct ae_err *e);
/* Adds what a window says of these rows, [n][cols]; rows that are out already
 * are skipped. */
void ae_window_rows_add(struct ae_window_rows *o, uint64_t last, int n,
                        const double *v);
/* Calls fn for the rows up to number `upto`, which are out then. */
int ae_window_rows_emit(struct ae_window_rows *o, uint64_t upto,
                        ae_window_rows_fn *fn, void *arg, struct ae_err *e);

#endif
