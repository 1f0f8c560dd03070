/* idx.h - the header of an idx file of pictures, the format of MNIST.
 *
 * The bytes 00 00 08 D, then D big-endian 32-bit sizes (count, height, width
 * and, with D = 4, channels), then one byte a sample (LeCun, Cortes, Burges:
 * "The MNIST database", 1998). */
#ifndef AE_IMAGE_IDX_H
#define AE_IMAGE_IDX_H

#include "base/base.h"
#include "kernel/ctx.h"

struct ae_idx {
    uint32_t count, h, w, c;
};

/* Whether the bytes begin an idx file, of any type of samples. */
int ae_is_idx(const unsigned char *p, size_t n);
/* Reads the header and checks it against the context's limits and the bytes
 * that are left; alone: nothing may follow the pictures.  AE_EUNSUPPORTED for
 * labels, and for samples that aren't bytes. */
int ae_idx_read(const struct ae_ctx *ctx, struct ae_io *io, int alone,
                struct ae_idx *out, struct ae_err *e);
/* Prints the header to `out`, which has room for 20 bytes; returns its size. */
size_t ae_idx_print(const struct ae_idx *x, unsigned char *out);

#endif
