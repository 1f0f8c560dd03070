/* window.h - the rows of a picture that are in use, and its noise levels.
 *
 * Samples are kept as the file has them (a byte or two where it is so), since
 * a window of floats would be the largest thing in memory. */
#ifndef AE_RUN_WINDOW_H
#define AE_RUN_WINDOW_H

#include "kernel/ctx.h"

struct ae_window {
    struct ae_ctx *ctx;
    struct ae_reader *reader;
    const struct ae_image_info *info;
    size_t row_bytes;
    int lo, hi, cap;             /* rows lo..hi-1 of room for cap */
    unsigned char *rows;
    float *line;                 /* one row */
    double *sigma;               /* by block, 8-bit units; NULL: told */
    int blocks;                  /* estimated so far */
};

/* With `estimate`, levels of noise are found on the way. */
int ae_window_init(struct ae_window *w, struct ae_ctx *ctx,
                   struct ae_reader *r, int estimate, struct ae_err *e);
void ae_window_release(struct ae_window *w);
/* Forgets rows before `from`, reads rows up to `to` - 1, and beyond as far as
 * the levels of those rows ask. */
int ae_window_move(struct ae_window *w, int from, int to, struct ae_err *e);
/* Pixels x0..x0+n-1 of row y, all channels, as floats. */
void ae_window_get(const struct ae_window *w, int y, int x0, int n,
                   float *out);
/* Level of row y, which is in the window. */
double ae_window_level(const struct ae_window *w, int y);
/* Bytes for `rows` rows of such a picture. */
uint64_t ae_window_bytes(const struct ae_image_info *info, int rows,
                         int estimate);

/* Samples of a row to floats and back; maxval 0: floats as they are. */
void ae_row_unpack(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n);
void ae_row_pack(const struct ae_ctx *ctx, void *out, const float *in,
                 unsigned maxval, size_t n);

#endif
