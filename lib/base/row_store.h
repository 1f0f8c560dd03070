/* row_store.h - rows of a picture while they are needed: the last so many of
 * them in a ring in memory, or all of them in a nameless file. */
#ifndef AE_BASE_ROW_STORE_H
#define AE_BASE_ROW_STORE_H

#include <stdatomic.h>

#include "base/base.h"

struct ae_row_store {
    size_t row_bytes;
    int cap;             /* rows that the ring holds */
    unsigned char *ring; /* NULL: a file */
    int fd;
    atomic_int failed; /* errno of the file's first failure */
};

/* Of rows of row_bytes each: a ring of `cap` of them, or a file (in TMPDIR,
 * else /var/tmp) of any number. */
int ae_row_store_init(struct ae_row_store *s, size_t row_bytes, int cap,
                      int file, struct ae_err *e);
/* Also of one that is all zeros. */
void ae_row_store_release(struct ae_row_store *s);
/* n bytes of row y from byte `at` on.  May be called from several threads
 * for different bytes; a file's failures come out at the check. */
void ae_row_store_put(struct ae_row_store *s, int y, size_t at,
                      const void *bytes, size_t n);
void ae_row_store_get(struct ae_row_store *s, int y, size_t at, void *bytes,
                      size_t n);
int ae_row_store_check(struct ae_row_store *s, struct ae_err *e);

#endif
