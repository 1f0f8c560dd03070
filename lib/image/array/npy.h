/* npy.h - the header of a NumPy array, as far as arrays are pictures. */
#ifndef AE_IMAGE_NPY_H
#define AE_IMAGE_NPY_H

#include "base/base.h"

struct ae_npy {
    char kind; /* 'f' or 'u' */
    int size;  /* bytes of a value: f 4, 8; u 1, 2 */
    int big;   /* big endian */
    int fortran;
    int axes; /* 2, 3 or 4 */
    uint64_t shape[4];
};

/* From the first 12 bytes of a file (10 of one of version 1): where the
 * dictionary's text begins, and its size. */
int ae_npy_locate_header(const unsigned char *b, size_t *at, size_t *size,
                         struct ae_err *e);
/* The dictionary's text, not NUL-terminated. */
int ae_npy_parse(const char *text, size_t size, struct ae_npy *out,
                 struct ae_err *e);
/* A whole version 1 header of at most 256 bytes; gives its size. */
size_t ae_npy_print(const struct ae_npy *h, unsigned char *out);

#endif
