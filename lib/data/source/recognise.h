/* recognise.h - whether bytes that begin as no format of pictures or arrays are
 * a table, lines of text, or neither. */
#ifndef AE_DATA_RECOGNISE_H
#define AE_DATA_RECOGNISE_H

#include "base/base.h"

enum { AE_RECOGNISE_BYTES = 16384 };

/* What the first bytes of a file look like: AE_INPUT_CSV where rows of equally
 * many cells hold numbers in half of them, AE_INPUT_TEXT where they are lines
 * of text otherwise, else AE_INPUT_AUTO. */
int ae_recognise_lines(const void *bytes, size_t n);
/* 1 where all rows after the first hold nothing but numbers. */
int ae_recognise_numbers(const void *bytes, size_t n);

#endif
