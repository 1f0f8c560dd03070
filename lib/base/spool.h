/* spool.h - bytes that can be sought, whatever they come from.
 *
 * What is left of a stream, or what is written piece by piece and goes to a
 * stream later: in memory up to a bound, else in a temporary file without a
 * name in TMPDIR.  A stream that can be sought itself is read in place. */
#ifndef AE_BASE_SPOOL_H
#define AE_BASE_SPOOL_H

#include "base/base.h"

struct ae_spool;

/* An empty one, of which `memory` bytes may lie in memory. */
int ae_spool_new(uint64_t memory, struct ae_spool **out, struct ae_err *e);
/* All that is left of the stream, which stands at its end then and must
 * outlive the spool. */
int ae_spool_take(struct ae_io *io, uint64_t memory, struct ae_spool **out,
                  struct ae_err *e);
void ae_spool_free(struct ae_spool *s);
uint64_t ae_spool_size(const struct ae_spool *s);
/* Exactly `size` bytes, or AE_EFORMAT where it ends before. */
int ae_spool_read(struct ae_spool *s, uint64_t at, void *buf, size_t size,
                  struct ae_err *e);
/* Not of a stream that is read in place.  What is skipped reads as zero. */
int ae_spool_write(struct ae_spool *s, uint64_t at, const void *buf,
                   size_t size, struct ae_err *e);
/* All from `at` on goes to the end of a stream. */
int ae_spool_copy(struct ae_spool *s, uint64_t at, struct ae_io *out,
                  struct ae_err *e);

#endif
