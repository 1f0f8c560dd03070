/* recognise.h - whether a file, whose bytes begin as no format of pictures or
 * arrays, is a table, lines of text, or neither: by its name, by its bytes. */
#ifndef AE_DATA_RECOGNISE_H
#define AE_DATA_RECOGNISE_H

#include "base/base.h"

enum { AE_RECOGNISE_BYTES = 16384 };

/* Whether a name ends so in any case of its letters, or so with .gz behind it;
 * and has more than that. */
int ae_name_ends_in(const char *name, const char *ending);
/* AE_INPUT_CSV, AE_INPUT_TEXT or AE_INPUT_AUTO by the ending of a name. */
int ae_recognise_name(const char *name);
/* What the first bytes of a file look like (whole: they are all of it, so that
 * the last line needs no newline): AE_INPUT_CSV where rows of equally
 * many cells hold numbers in half of them, AE_INPUT_TEXT where they are lines
 * of text otherwise, else AE_INPUT_AUTO. */
int ae_recognise_lines(const void *bytes, size_t n, int whole);
/* 1 where all rows after the first hold nothing but numbers. */
int ae_recognise_numbers(const void *bytes, size_t n, int whole);

#endif
