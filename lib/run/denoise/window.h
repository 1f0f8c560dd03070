/* window.h - the rows of a picture that are in use, and its noise levels.
 *
 * Samples are kept as the file has them (a byte or two where it is so), since
 * a window of floats would be the largest thing in memory. */
#ifndef AE_RUN_DENOISE_WINDOW_H
#define AE_RUN_DENOISE_WINDOW_H

#include "base/err.h"
#include "image/transfer.h"
#include "kernel/ctx.h"
#include "base/row_store.h"
#include "run/denoise/blind.h"

struct ae_window {
    struct ae_ctx *ctx;
    struct ae_reader *reader;
    const struct ae_image_info *info;
    struct ae_transfer curve;  /* of the samples */
    const char *unit_loss;     /* the caller's: see ae_unit_check() */
    struct ae_row_store store; /* of samples, and a byte: is gray */
    int whole;                 /* all rows stay, in a file */
    int lo, hi;                /* rows lo..hi-1 are there */
    float *line;               /* a row on its way in ... */
    unsigned char *bytes;      /* ... and as it is kept */
    struct ae_blind *blind;    /* the caller's; NULL: finds no levels */
    double *sigma;             /* by block, 8-bit units; NULL: as blind */
    int blocks;                /* estimated so far */
    int failed;                /* reading, ... */
    struct ae_err why;         /* ... told when the row is wanted */
};

/* For `rows` rows at a time, or `whole`.  With `blind`, levels of noise are
 * found on the way. */
int ae_window_init(struct ae_window *w, struct ae_ctx *ctx, struct ae_reader *r,
                   struct ae_blind *blind, int rows, int whole,
                   struct ae_err *e);
void ae_window_release(struct ae_window *w);
/* Whether a picture's brightness is measured, and so all rows may have to
 * stay: *rows and *whole become what ae_window_init() and ae_window_bytes()
 * must be told. */
int ae_window_measures(const struct ae_ctx *ctx,
                       const struct ae_image_info *info, int *rows, int *whole);
/* Before any other row is read: of such a picture, reads rows until it is
 * known by what its samples are to be multiplied. */
int ae_window_measure(struct ae_window *w, struct ae_err *e);
/* Reads rows up to `to` - 1, which nobody wants; without their levels. */
int ae_window_pass(struct ae_window *w, int to, struct ae_err *e);
/* Forgets rows before `from`, reads rows up to `to` - 1, and beyond as far as
 * the levels of those rows ask; with alpha AE_ALPHA_FILL_ROWS rows around,
 * too. */
int ae_window_move(struct ae_window *w, int from, int to, struct ae_err *e);
/* Reads one more row if there is room for it. */
void ae_window_ahead(struct ae_window *w);
/* Bytes of pixels x0..x0+n-1 of row y, as the file has them. */
void ae_window_bytes_of(struct ae_window *w, int y, int x0, int n, void *out);
/* The same as floats, all channels, colours on sRGB's curve; `bytes` has room
 * for those. */
void ae_window_get(struct ae_window *w, int y, int x0, int n, void *bytes,
                   float *out);
/* Of k colours a pixel on that curve to those bytes, alpha as it came in, and
 * so what is hidden under alpha 0; used up.  `room` is as large as v, with
 * alpha. */
void ae_window_pack(struct ae_window *w, int y, int x0, int n, float *v,
                    float *room, void *bytes);
/* Level of row y, which is in the window. */
double ae_window_level(const struct ae_window *w, int y);
/* Whether all pixels of row y, of three colours, are gray. */
int ae_window_gray(struct ae_window *w, int y);
/* Bytes that a window of `rows` rows takes. */
uint64_t ae_window_bytes(const struct ae_image_info *info, int rows,
                         int estimate, int whole);

/* Samples of a row to floats and back; maxval 0: floats as they are. */
void ae_row_unpack(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n);
void ae_row_pack(const struct ae_ctx *ctx, void *out, const float *in,
                 unsigned maxval, size_t n);
size_t ae_pixel_bytes(const struct ae_image_info *info);

#endif
