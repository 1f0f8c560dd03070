/* sort.h - the order of numbers, for qsort().  NaN has no place in it. */
#ifndef AE_BASE_SORT_H
#define AE_BASE_SORT_H

int ae_by_double(const void *a, const void *b);
int ae_by_float(const void *a, const void *b);

#endif
