/* csv.h - lines of text, and tables: rows of fields, read and written.
 *
 * The separator is found on the first line: the first of tab ; | , that stands
 * outside of quotes, else runs of blanks.  Quotes (RFC 4180), CRLF and a byte
 * order mark are understood; lines that are not text are refused by their
 * number.
 *
 *     struct ae_csv c = {.lines.io = io};
 *     while ((rc = ae_csv_next(&c, e)) == 0)
 *         for (int i = 0; i < c.fields; i++)
 *             puts(c.field[i]);
 *     ae_csv_release(&c); */
#ifndef AE_BASE_CSV_H
#define AE_BASE_CSV_H

#include "base/str.h"

struct ae_lines {
    struct ae_io *io;
    struct ae_str text; /* the line without its end; may hold NULs */
    uint64_t number;    /* from 1 */
    int cut;            /* 1: the line is longer than its text, 1 MiB */
};
/* The next line; AE_END after the last. */
int ae_lines_next(struct ae_lines *l, struct ae_err *e);
/* AE_EFORMAT, with the line's number, where it is cut or holds a NUL. */
int ae_lines_check(const struct ae_lines *l, struct ae_err *e);

struct ae_csv {
    struct ae_lines lines;
    struct ae_str row; /* what the fields point into */
    char **field;
    int fields, cap;
    int width;      /* fields of the first row; 0: none yet */
    uint64_t line;  /* where the row begins; 0: the caller says that */
    char separator; /* 0: not known yet */
    int plain;      /* 1: quotes and blanks are bytes like others */
    int spoilt;     /* 1: the last error is of that row only */
};
/* The next row that isn't blank; AE_EFORMAT unless it is text and has as many
 * fields as the first.  Where c->spoilt is set the next call goes on behind
 * it. */
int ae_csv_next(struct ae_csv *c, struct ae_err *e);
void ae_csv_release(struct ae_csv *c);
/* Cuts a row that the caller has, in place, at c->separator; *closed becomes 0
 * where a quote isn't closed on it. */
int ae_csv_cut(struct ae_csv *c, char *row, int *closed, struct ae_err *e);
/* AE_ENUMERIC with line and column (`at` from 0) unless the field is a
 * finite decimal number. */
int ae_csv_number(const struct ae_csv *c, int at, double *out,
                  struct ae_err *e);
/* 1 where the field is empty, NA, N/A, NaN, null or ?. */
int ae_csv_is_missing(const char *field);
/* Adds a field to a row that is written, in quotes where it needs them to be
 * read back as it is. */
int ae_csv_add(struct ae_str *row, const char *field, char separator,
               struct ae_err *e);

#endif
