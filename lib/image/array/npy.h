/* npy.h - the header of a NumPy array that may hold pictures. */
#ifndef AE_IMAGE_NPY_H
#define AE_IMAGE_NPY_H

#include "base/base.h"
#include "kernel/ctx.h"

struct ae_npy {
    char kind; /* 'f', 'i', 'u', or 'b' for truth values */
    int size;  /* bytes of a value: f 2, 4, 8; i, u 1, 2, 4, 8; b 1 */
    int big;   /* big endian */
    int fortran;
    int axes;          /* 1 to 4 */
    uint64_t shape[4]; /* 0: the array is empty */
};

/* Offset and size of the dictionary's text, from the first 12 bytes of a file;
 * 10 are enough for version 1. */
int ae_npy_locate_header(const unsigned char *b, size_t *at, size_t *size,
                         struct ae_err *e);
/* Parses the dictionary's text, which isn't NUL-terminated. */
int ae_npy_parse(const char *text, size_t size, struct ae_npy *out,
                 struct ae_err *e);
/* The value that is 1 as a sample of a picture; 0: values are as they are. */
unsigned ae_npy_maxval(const struct ae_npy *h);
/* n values as in the file, whose bytes may be swapped in place, as floats: u1
 * and u2 of 0..1, truth values 0 or 1, all others as they are. */
void ae_npy_to_float(const struct ae_ctx *ctx, const struct ae_npy *h,
                     void *bytes, size_t n, float *out);
/* The same with all values as they are, also those that pictures are made
 * of. */
void ae_npy_numbers(const struct ae_npy *h, void *bytes, size_t n, float *out);
/* Prints a whole header of version 1, at most 256 bytes; returns its size. */
size_t ae_npy_print(const struct ae_npy *h, unsigned char *out);
/* Makes a printed header of `size` bytes one of `room`, by blanks. */
void ae_npy_widen(unsigned char *out, size_t size, size_t room);

#endif
