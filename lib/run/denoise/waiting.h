/* waiting.h - rows of a picture that were read before their turn, because
 * something had to be known of the whole picture: in memory where they are few,
 * else in a nameless file. */
#ifndef AE_RUN_DENOISE_WAITING_H
#define AE_RUN_DENOISE_WAITING_H

#include "base/err.h"
#include "base/spool.h"
#include "kernel/ctx.h"

struct ae_waiting {
    struct ae_ctx *ctx;
    struct ae_reader *reader;
    const struct ae_image_info *info;
    struct ae_spool *spool; /* NULL: no row waits */
    int lo, hi;             /* rows lo..hi-1 wait, as the file has them */
    /* the code of the first row that couldn't be read, and why, for the time
     * when it is its turn */
    int rc;
    struct ae_err why;
};

/* To be released also after an error. */
void ae_waiting_init(struct ae_waiting *w, struct ae_ctx *ctx,
                     struct ae_reader *r);
void ae_waiting_release(struct ae_waiting *w);
/* Bytes of memory that rows of such a picture take at most. */
uint64_t ae_waiting_bytes(const struct ae_image_info *info);
/* Reads the next row: its floats, and its bytes, which are kept.  *more becomes
 * 0 where there is no further row, or none that can be read. */
int ae_waiting_keep(struct ae_waiting *w, float *row, void *bytes, int *more,
                    struct ae_err *e);
/* The bytes of row y, which waits. */
int ae_waiting_get(struct ae_waiting *w, int y, void *bytes, struct ae_err *e);
/* The next row in order, one that waits or, after those, the reader's; `bytes`
 * is room for a row. */
int ae_waiting_next(struct ae_waiting *w, float *row, void *bytes,
                    struct ae_err *e);

#endif
