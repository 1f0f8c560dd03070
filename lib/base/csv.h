/* csv.h - lines of text, and tables: rows of fields.
 *
 * The separator is found on the first line: the first of tab ; | , that stands
 * outside of quotes, else runs of blanks.  Quotes, CRLF and a byte order mark
 * are understood; lines that are not text are refused by their number. */
#ifndef AE_BASE_CSV_H
#define AE_BASE_CSV_H

#include "base/str.h"

struct ae_lines {
    struct ae_io *io;
    struct ae_str text; /* the line without its end; may hold NULs */
    uint64_t number;    /* from 1 */
};
/* The next line, of at most 1 MiB; AE_END after the last. */
int ae_lines_next(struct ae_lines *l, struct ae_err *e);

struct ae_csv {
    struct ae_lines lines;
    struct ae_str row; /* what the fields point into */
    char **field;
    int fields, cap;
    int width;      /* fields of the first row; 0: none yet */
    uint64_t line;  /* where the row begins */
    char separator; /* 0: not known yet */
};
/* The next row that isn't blank; AE_EFORMAT unless it has as many fields as
 * the first. */
int ae_csv_next(struct ae_csv *c, struct ae_err *e);
void ae_csv_release(struct ae_csv *c);
/* AE_ENUMERIC with line and column (`at` from 0) unless the field is a
 * finite decimal number. */
int ae_csv_number(const struct ae_csv *c, int at, double *out,
                  struct ae_err *e);
/* 1 where the field is empty, NA, N/A, NaN, null or ?. */
int ae_csv_is_missing(const char *field);

#endif
