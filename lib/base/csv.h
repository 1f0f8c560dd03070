/* csv.h - lines of text, and tables: rows of fields, read and written.
 *
 * The separator is found on the first line: the first of tab ; | , that stands
 * outside of quotes, else runs of blanks; a line "sep=;" says it.  Quotes (RFC
 * 4180), CRLF and byte order marks are understood.  Blank lines, rows of empty
 * fields and lines that begin with # are passed over.  Spoilt rows are refused
 * by their number, and the rows behind them can be read on:
 *
 *     struct ae_csv c = {.lines.io = io};
 *     while ((rc = ae_csv_next(&c, e)) == 0 || c.spoilt)
 *         for (int i = 0; !rc && i < c.fields; i++)
 *             puts(c.field[i]);
 *     ae_csv_release(&c); */
#ifndef AE_BASE_CSV_H
#define AE_BASE_CSV_H

#include "base/str.h"

struct ae_lines {
    struct ae_io *io;
    struct ae_str text; /* the line without its end; may hold NULs */
    uint64_t number;    /* from 1 */
    size_t most;        /* bytes of a line; 0: 1 MiB */
    int cut;            /* 1: the line is longer than that, and so its text */
    /* what comes before the rest of the stream, from byte `at` on */
    struct ae_str ahead;
    size_t at;
};
/* The next line; AE_END after the last. */
int ae_lines_next(struct ae_lines *l, struct ae_err *e);
/* AE_EFORMAT, with the line's number, where it is cut or holds a NUL. */
int ae_lines_check(const struct ae_lines *l, struct ae_err *e);
/* Reads on until `size` bytes are ahead, or all that there are. */
int ae_lines_ahead(struct ae_lines *l, size_t size, struct ae_err *e);
/* Gives back the last lines: n bytes of text with an end of line between
 * them. */
int ae_lines_back(struct ae_lines *l, const char *text, size_t n,
                  struct ae_err *e);

struct ae_csv {
    struct ae_lines lines;
    struct ae_str row;    /* what the fields point into */
    struct ae_str joined; /* the lines of a row that has several */
    char **field;
    int fields, cap;
    int width;      /* fields of the first row; 0: none yet */
    int least;      /* fewer are enough, as the others are empty; 0: width */
    uint64_t line;  /* where the row begins; 0: the caller says that */
    char separator; /* 0: not known yet */
    char decimal;   /* of numbers: a comma, else a point */
    int plain;      /* 1: quotes and blanks are bytes like others */
    /* after an error 1: it is a fault of the row on c->line alone, and the
     * next call reads what is behind it */
    int spoilt;
    /* of the columns, for messages; NULL: they have none */
    char *const *name;
    struct ae_str comment; /* the last line with # before the first row */
};
/* The next row that holds anything.  It has as many fields as the first, or is
 * refused; but for empty ones at its end, which may be missing down to
 * c->least, and are cut off beyond the width. */
int ae_csv_next(struct ae_csv *c, struct ae_err *e);
void ae_csv_release(struct ae_csv *c);
/* Cuts the first row, which was read last and is one line, by another mark. */
int ae_csv_recut(struct ae_csv *c, char separator, struct ae_err *e);
/* Cuts a row that the caller has, in place, at c->separator; *closed becomes 0
 * where a quote isn't closed on it. */
int ae_csv_cut(struct ae_csv *c, char *row, int *closed, struct ae_err *e);
/* The first of tab ; | , in a line that is outside of quotes, else a blank. */
char ae_csv_separator(const char *line);
/* 1 where the text is a finite number with c's decimal mark; out may be
 * NULL. */
int ae_csv_is_number(const struct ae_csv *c, const char *text, double *out);
/* AE_ENUMERIC with line and column (`at` from 0) unless the field is such a
 * number. */
int ae_csv_number(const struct ae_csv *c, int at, double *out,
                  struct ae_err *e);
/* 1 where the field is empty, NA, N/A, #N/A, NaN, null, None, ?, - or --. */
int ae_csv_is_missing(const char *field);
/* Adds a field to a row that is written, in quotes where it needs them to be
 * read back as it is. */
int ae_csv_add(struct ae_str *row, const char *field, char separator,
               struct ae_err *e);

#endif
