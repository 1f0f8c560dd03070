/* gzip.h - a whole gzip member stream unpacked into memory, within a limit.
 * The one door to zlib. */
#ifndef AE_BASE_GZIP_H
#define AE_BASE_GZIP_H

#include "base/base.h"

/* True when the bytes begin as gzip. */
int ae_is_gzip(const void *bytes, size_t n);
/* *out is to be freed with free(); AE_ELIMIT past `limit` bytes. */
int ae_gunzip(struct ae_io *io, uint64_t limit, void **out, size_t *size,
              struct ae_err *e);

#endif
