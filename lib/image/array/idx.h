/* idx.h - the header of an idx file, the format of MNIST.
 *
 * The bytes 00 00 TYPE D, then D big-endian 32-bit sizes (of pictures: count,
 * height, width and, with D = 4, channels; of vectors: count, numbers), then
 * the samples, in big-endian order, too (LeCun, Cortes, Burges: "The MNIST
 * database", 1998). */
#ifndef AE_IMAGE_IDX_H
#define AE_IMAGE_IDX_H

#include "image/array/npy.h"

struct ae_idx_header {
    int type;         /* of the samples; 8: bytes, 9: signed ones, 11 and 12:
                       * integers of 2 and 4 bytes, 13 and 14: floats of 4 and
                       * 8 */
    int axes;         /* 1 to 4 */
    uint32_t size[4]; /* of each axis; 1 past the last */
};

/* A file of pictures, or of vectors (h and c 1). */
struct ae_idx {
    uint32_t count, h, w, c;
    struct ae_npy type; /* of a sample */
};

/* Whether the bytes begin an idx file, of any type of samples. */
int ae_is_idx(const unsigned char *p, size_t n);
int ae_idx_read_header(struct ae_io *io, struct ae_idx_header *out,
                       struct ae_err *e);
/* Reads the header of pictures of bytes and checks it against the context's
 * limits and the bytes that are left.  AE_EUNSUPPORTED for other samples,
 * vectors and labels. */
int ae_idx_read(const struct ae_ctx *ctx, struct ae_io *io, struct ae_idx *out,
                struct ae_err *e);
/* The same of items: pictures or vectors of any samples, which nothing may
 * follow. */
int ae_idx_read_items(const struct ae_ctx *ctx, struct ae_io *io,
                      struct ae_idx *out, struct ae_err *e);
/* Prints the header to `out`, which has room for 20 bytes; returns its size. */
size_t ae_idx_print(const struct ae_idx *x, unsigned char *out);

#endif
