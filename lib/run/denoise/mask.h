/* mask.h - a picture that says how much of another picture's noise is removed
 * at each pixel: all of it where the mask is white, nothing where it is black.
 * It is read row by row, as the other picture is. */
#ifndef AE_RUN_DENOISE_MASK_H
#define AE_RUN_DENOISE_MASK_H

#include "base/err.h"
#include "base/row_store.h"
#include "kernel/ctx.h"

struct ae_mask {
    const char *name; /* NULL: there is none */
    struct ae_io *io;
    struct ae_reader *reader;
    struct ae_row_store store; /* of shares, 0..1 */
    float *line, *share;       /* a row as it is read; its shares */
    int read;                  /* rows so far */
};

/* The first picture of the file `name`, which must have the size of `of`;
 * NULL: no mask.  The last `rows` rows stay, or, `whole`, all of them.  To be
 * released also after an error; errors name the file. */
int ae_mask_open(struct ae_mask *m, struct ae_ctx *ctx, const char *name,
                 const struct ae_image_info *of, int rows, int whole,
                 struct ae_err *e);
void ae_mask_release(struct ae_mask *m);
/* Bytes that a mask takes, without its decoder. */
uint64_t ae_mask_bytes(const struct ae_image_info *of, int rows, int whole);
/* Reads on to row `to` - 1; with the last one the file is checked to its
 * end. */
int ae_mask_move(struct ae_mask *m, int to, struct ae_err *e);
/* Shares of pixels x0..x0+n-1 of row y, which was read; from any thread. */
void ae_mask_get(struct ae_mask *m, int y, int x0, int n, float *share);

#endif
