/* chunks.h - a long block of numbers, worked on by all threads in pieces whose
 * size doesn't depend on their number. */
#ifndef AE_TRAIN_LOOP_CHUNKS_H
#define AE_TRAIN_LOOP_CHUNKS_H

#include <stddef.h>

#include "base/threads.h"

/* Works on the n numbers from `at` on. */
typedef void ae_chunk_fn(void *arg, size_t at, size_t n);
/* Calls fn for the pieces of a block of n numbers. */
void ae_chunks_run(struct ae_pool *pool, size_t n, ae_chunk_fn *fn, void *arg);

#endif
