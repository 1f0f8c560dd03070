/* table.h - a table of text while it is read: its header, its columns, its
 * rows.
 *
 * table_open.c reads down to the first row of values, table_columns.c chooses
 * which columns are values and which name the rows; src_csv.c makes items of
 * the rows. */
#ifndef AE_DATA_TABLE_H
#define AE_DATA_TABLE_H

#include "base/csv.h"
#include "data/source/source.h"
#include "data/source/table_survey.h"

enum { AE_TABLE_NAMES = 4 }; /* columns that name a row, at most */

struct ae_table {
    struct ae_source *s;
    struct ae_csv csv;
    struct ae_arena arena; /* of the texts of the header */
    char **name;           /* NULL: no header */
    char **units;          /* of a row below it; NULL: none */
    struct ae_survey survey;
    int label; /* column of the classes, from 0; -1: none */
    int named[AE_TABLE_NAMES], names; /* columns that name a row, from 0 */
    int *at, n;                       /* of the values, in the model's order */
    uint64_t rows;                    /* so far, with those left out */
};

/* Reads to the first row of values, which is t->csv's then.  An error is one
 * of the whole table. */
int ae_table_open(struct ae_table *t, struct ae_err *e);
void ae_table_release(struct ae_table *t);
/* The next row of values: a header that comes again is passed over.  Where the
 * row is spoilt t->csv.spoilt is 1 after the error. */
int ae_table_next(struct ae_table *t, struct ae_err *e);
/* 1 where the row is a header of the model's columns, in another order than
 * this table's. */
int ae_table_is_header(const struct ae_table *t);
/* Counts a row that can't be cut into fields, and leaves it out. */
int ae_table_spoilt(struct ae_table *t, const struct ae_err *why,
                    struct ae_err *e);
/* A note to the user, unless they were told by another reading. */
void ae_table_note(const struct ae_table *t, const char *fmt, ...)
    AE_PRINTF(2, 3);

/* 1 where the columns are found here, and not known to the model. */
int ae_table_learns(const struct ae_table *t);
/* Finds label, names and values by the header, the survey and the row that was
 * read; where the table is the first that is learned from, settles them. */
int ae_table_columns(struct ae_table *t, struct ae_err *e);
/* The place of a column of the model by its name, or its number where the
 * table has no header; AE_EARG where it isn't there or can't be told from
 * others. */
int ae_table_place(const struct ae_table *t, const struct ae_column *c, int *at,
                   struct ae_err *e);

#endif
