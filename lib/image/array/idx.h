/* idx.h - the header of an idx file of pictures, the format of MNIST.
 *
 * 00 00 08 D, then D big-endian 32-bit sizes (count, height, width and, with
 * D = 4, channels), then one byte a sample (LeCun, Cortes, Burges: "The MNIST
 * database", 1998). */
#ifndef AE_IMAGE_IDX_H
#define AE_IMAGE_IDX_H

#include "base/base.h"
#include "kernel/ctx.h"

struct ae_idx {
    uint32_t count, h, w, c;
};

/* Whether bytes begin so, whatever the type of the samples. */
int ae_is_idx(const unsigned char *p, size_t n);
/* The header, held against the context's limits and what is left of the
 * stream; alone: nothing may follow the pictures.  AE_EUNSUPPORTED for
 * labels, and samples that aren't bytes. */
int ae_idx_read(const struct ae_ctx *ctx, struct ae_io *io, int alone,
                struct ae_idx *out, struct ae_err *e);
/* Writes the header to `out`, of 20 bytes; gives its size. */
size_t ae_idx_print(const struct ae_idx *x, unsigned char *out);

#endif
