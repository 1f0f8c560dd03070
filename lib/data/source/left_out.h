/* left_out.h - what a reading leaves out: a few faults by name as soon as the
 * reading waits or ends, many as one line with their count.
 *
 * Of 2 rows the log gets two lines; of 1,000 one that names the first, and each
 * of them as a detail. */
#ifndef AE_DATA_LEFT_OUT_H
#define AE_DATA_LEFT_OUT_H

#include "kernel/ctx.h"

enum { AE_LEFT_OUT_NAMED = 8 }; /* faults that are named one by one */

struct ae_left_out {
    int note; /* 1: they are no faults, the log gets notes */
    uint64_t faults, files, rows;
    struct ae_err first;                   /* of all, with its place */
    struct ae_err held[AE_LEFT_OUT_NAMED]; /* lines for the log, not told yet */
    int n;
};

/* Counts a file, or rows of one, that `why` is the fault of. */
void ae_left_out_file(struct ae_left_out *l, const struct ae_ctx *ctx,
                      const char *path, const struct ae_err *why);
void ae_left_out_rows(struct ae_left_out *l, const struct ae_ctx *ctx,
                      const char *path, uint64_t rows,
                      const struct ae_err *why);
/* Tells the log now what waits to be told. */
void ae_left_out_tell(struct ae_left_out *l, const struct ae_ctx *ctx);
/* Ends the reading of `path`: 0 where nothing was left out.  Else tells the log
 * what waits, and the error that sums it up, which is the fault itself where
 * there is one that the log knows nothing of. */
int ae_left_out_end(struct ae_left_out *l, const struct ae_ctx *ctx,
                    const char *path, struct ae_err *e);
/* The same for readings in which that is no error: all goes to the log.  NULL:
 * they were of several paths. */
void ae_left_out_log(struct ae_left_out *l, const struct ae_ctx *ctx,
                     const char *path);

#endif
