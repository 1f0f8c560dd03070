/* io.h - what the library needs of streams beyond ae.h. */
#ifndef AE_BASE_IO_H
#define AE_BASE_IO_H

#include "base/base.h"

/* All that is left, into memory to be freed with free(). */
int ae_io_read_all(struct ae_io *io, uint64_t limit, void **out, size_t *size,
                   struct ae_err *e);
/* Bytes left when the input is a regular file or memory, else -1: a header
 * can be held against them before anything is allocated. */
int64_t ae_io_left(const struct ae_io *io);
/* Skips forward. */
int ae_io_skip(struct ae_io *io, uint64_t n, struct ae_err *e);

#endif
