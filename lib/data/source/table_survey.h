/* table_survey.h - the first MiB of a table that is learned from, looked at
 * before any of it is read: what parts its fields, how its numbers are
 * written, and what each column holds. */
#ifndef AE_DATA_TABLE_SURVEY_H
#define AE_DATA_TABLE_SURVEY_H

#include "base/csv.h"

/* What the rows below the header hold in one column. */
struct ae_survey_column {
    uint64_t cells; /* that aren't missing; numbers but for... */
    uint64_t words, times;
    uint64_t word_line;
    char word[48], time[48]; /* the first of each, for a message */
    /* of the numbers: 1 where one has a fraction, is below the one above, as
     * high as that, not one more than that */
    int broken, falls, stays, jumps;
    double low, high, last;
    uint64_t row; /* of the last */
};

enum { AE_TITLES = 10 }; /* at most */

struct ae_survey {
    char *text; /* whole lines, but for the last of the table */
    size_t size;
    int titles;    /* rows above the header */
    uint64_t rows; /* below the header */
    struct ae_survey_column *column;
    int columns; /* 0: they weren't looked at */
};

/* Reads ahead; nothing is taken from l. */
int ae_survey_read(struct ae_survey *s, struct ae_lines *l, struct ae_err *e);
void ae_survey_release(struct ae_survey *s);
/* Finds lines above the header that are titles, and blanks them in the text:
 * each is one phrase, and a header of words with a row of as many fields, some
 * number among them, comes behind them.  separator 0: not known. */
int ae_survey_titles(struct ae_survey *s, char separator, struct ae_err *e);
/* The first of tab ; | , that cuts the first row into several fields and half
 * of the others into as many; else as ae_csv_separator() has it. */
int ae_survey_separator(const struct ae_survey *s, char *separator,
                        struct ae_err *e);
/* The mark of decimals in rows cut as `like` says: a comma where some number
 * has a single one that can't be a mark of thousands, as three digits don't
 * follow, and none has a point; 0 where no number has a comma.  AE_EARG,
 * naming `decimal`, where there is doubt. */
int ae_survey_decimal(const struct ae_survey *s, const struct ae_csv *like,
                      char *decimal, struct ae_err *e);
/* Looks at the columns of the rows from line `from` on. */
int ae_survey_columns(struct ae_survey *s, const struct ae_csv *like,
                      uint64_t from, struct ae_err *e);

/* More than half of the cells are words; times. */
int ae_survey_is_text(const struct ae_survey *s, int column);
int ae_survey_is_time(const struct ae_survey *s, int column);
/* Of 20 rows or more, all numbers: whole, each one more than that above; whole
 * seconds since 1970, or thousandths of them and so on, of the years 1990 to
 * 2100, that don't fall, but where the name speaks of time; each higher than
 * that above. */
int ae_survey_is_index(const struct ae_survey *s, int column);
int ae_survey_is_epoch(const struct ae_survey *s, int column, const char *name);
int ae_survey_is_rising(const struct ae_survey *s, int column);

#endif
