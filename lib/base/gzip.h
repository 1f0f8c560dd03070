/* gzip.h - a whole gzip member stream unpacked into memory, within a limit.
 * Also zlib's checksum.  The one door to zlib. */
#ifndef AE_BASE_GZIP_H
#define AE_BASE_GZIP_H

#include "base/base.h"

/* True when the bytes begin as gzip. */
int ae_is_gzip(const void *bytes, size_t n);
/* Unpacks gzip members, or one zlib stream.  *out is to be freed with free();
 * AE_ELIMIT past `limit` bytes. */
int ae_gunzip(struct ae_io *io, uint64_t limit, void **out, size_t *size,
              struct ae_err *e);
/* CRC-32 as in gzip and PNG, continued from `crc` (0 to begin): notices every
 * burst of errors up to 32 bits long, so every changed byte. */
uint32_t ae_crc32(uint32_t crc, const void *bytes, size_t n);
/* Packs as a zlib stream; *out is to be freed with free(). */
int ae_deflate(const void *data, size_t n, void **out, size_t *size,
               struct ae_err *e);

#endif
