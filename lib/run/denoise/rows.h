/* rows.h - rows of a picture that wait: those that were read and that a net
 * still needs, and finished ones that the writer hasn't taken yet.
 *
 * Samples are kept as the file has them (a byte or two where it has bytes),
 * since floats would be the largest thing in memory; the last rows in a ring,
 * or all of them in a nameless file. */
#ifndef AE_RUN_DENOISE_ROWS_H
#define AE_RUN_DENOISE_ROWS_H

#include "base/err.h"
#include "base/row_store.h"
#include "kernel/ctx.h"

struct ae_rows {
    struct ae_ctx *ctx;
    const struct ae_image_info *info;
    struct ae_row_store store;
    int whole;            /* all rows have room, in a file */
    int lo, hi;           /* rows lo..hi-1 are there */
    float *line;          /* a row on its way in or out ... */
    unsigned char *bytes; /* ... and as it is kept */
    /* the code of the first row that couldn't be read or written, and why,
     * for the next call that can fail */
    int rc;
    struct ae_err why;
};

/* Room for `cap` rows, or for all of them in a file (`whole`), each with
 * `extra` bytes of the caller's after its samples.  To be released also after
 * an error. */
int ae_rows_init(struct ae_rows *r, struct ae_ctx *ctx,
                 const struct ae_image_info *info, int cap, int whole,
                 int extra, struct ae_err *e);
void ae_rows_release(struct ae_rows *r);
/* Bytes that this takes in memory. */
uint64_t ae_rows_bytes(const struct ae_image_info *info, int cap, int whole,
                       int extra);
/* Whether row hi has room. */
int ae_rows_has_room(const struct ae_rows *r);
/* Bytes of n pixels from column x0 of row y on; from any thread for pixels
 * that differ. */
void ae_rows_get(struct ae_rows *r, int y, int x0, int n, void *bytes);
void ae_rows_put(struct ae_rows *r, int y, int x0, int n, const void *bytes);
/* The first failure so far, of a row or of the file. */
int ae_rows_check(struct ae_rows *r, struct ae_err *e);

/* Samples of a row to floats and back; maxval 0: floats as they are. */
void ae_row_unpack(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n);
void ae_row_pack(const struct ae_ctx *ctx, void *out, const float *in,
                 unsigned maxval, size_t n);
size_t ae_pixel_bytes(const struct ae_image_info *info);

/* -------------------------------------------------------------- going out */

/* Takes rows in order, all channels of each. */
typedef int ae_row_fn(void *arg, const float *row, struct ae_err *e);
struct ae_sink {
    ae_row_fn *put;
    void *arg;
};
struct ae_sink ae_sink_of(struct ae_writer *w);

/* Rows that may wait for the writer: some, and those that are being made. */
enum { AE_ROWS_OUT = 20 };
/* Writes the first row that is there, if there is one. */
void ae_rows_write(struct ae_rows *r, struct ae_sink sink);
/* Makes room for rows up to `to` - 1; writes what is in the way. */
int ae_rows_make_room(struct ae_rows *r, struct ae_sink sink, int to,
                      struct ae_err *e);
/* Writes all rows that are there. */
int ae_rows_flush(struct ae_rows *r, struct ae_sink sink, struct ae_err *e);

#endif
