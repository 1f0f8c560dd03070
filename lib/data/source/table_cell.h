/* table_cell.h - what the cells of a table look like: numbers, dates, times of
 * day, names of those. */
#ifndef AE_DATA_TABLE_CELL_H
#define AE_DATA_TABLE_CELL_H

#include "base/csv.h"

/* 2020-03-09, 9/3/2020, 10:14, 18.00.00... and no number of the table. */
int ae_cell_is_time(const struct ae_csv *c, const char *s);
/* A day, without the time of day. */
int ae_cell_is_date(const char *s);
/* A time of day, without the day; 18.00.00 may be either. */
int ae_cell_is_clock(const char *s);
/* 0, 7, 2019. */
int ae_cell_is_count(const char *s);
/* Is the row all words, or at least one of them among nothing? */
int ae_cells_are_words(const struct ae_csv *c);
/* "Pump 3, north;;;": is the line one phrase, and no number, where fields are
 * parted by one of the marks? */
int ae_line_is_title(const char *line, const char *marks);
/* Is a column with that name one of times?  "time", "ts"...; not "". */
int ae_name_is_time(const char *name);
/* Does the name speak of times or their place on a scale?  "pickup_time",
 * "unix". */
int ae_name_has_time(const char *name);

/* The time that a cell says, in seconds; the day's part from 1970 on.  dmy: 1
 * where 3/4/2020 is in April, 0: in March.  A number stands for itself.
 * Returns 0 where it is none of these. */
int ae_cell_seconds(const char *s, int dmy, double *seconds);

#endif
