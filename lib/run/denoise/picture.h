/* picture.h - one picture between its file and a net: its rows as the net
 * wants them, and what they become of what the net makes of them. */
#ifndef AE_RUN_DENOISE_PICTURE_H
#define AE_RUN_DENOISE_PICTURE_H

#include "model/level.h"
#include "nn/graph/ring_plan.h"
#include "nn/graph/tensor.h"
#include "run/denoise/mask.h"
#include "run/denoise/mix.h"
#include "run/denoise/outbox.h"
#include "run/denoise/preview.h"
#include "run/denoise/tally.h"
#include "run/denoise/window.h"

/* What work on one row needs: its samples, pixels, and what the net makes. */
struct ae_row_room {
    unsigned char *bytes, *shown;
    float *line, *net, *share;
    uint16_t *far; /* with alpha: see ae_alpha_fill() */
    int rc;        /* of the last rows, and why */
    struct ae_err why;
    uint64_t changed; /* sum of squares: see ae_tally_square() */
};

/* What the net is told of the level of noise. */
enum ae_level_from {
    AE_LEVEL_UNASKED, /* it has no input for it */
    AE_LEVEL_TOLD,    /* what the options say */
    AE_LEVEL_UNTOLD,  /* that it is unknown */
    AE_LEVEL_FOUND    /* what another net finds, by rows */
};

struct ae_picture {
    struct ae_ctx *ctx;
    const struct ae_denoise_options *o;
    const struct ae_image_info *info;
    /* alpha left out; items that the net sees: 1, or each colour as one */
    int colours, planes;
    enum ae_level_from level;
    int removed; /* what is removed goes out, in floats */
    struct ae_mix mix;
    struct ae_mask mask;
    struct ae_rect crop;           /* what of the result comes out, ... */
    struct ae_image_info out_info; /* ... as a picture */
    struct ae_window in;
    struct ae_outbox out;
    struct ae_preview preview;
    struct ae_tally tally; /* of what the net removed */
    struct ae_row_room room[AE_STREAM_ROWS];
    double level_sum; /* of levels found, by rows */
};

/* Where a piece lies: its planes are items `item` on of the net's batch, its
 * first pixel is that of row `top`, column `left`. */
struct ae_spot {
    int item, top, left;
};

/* For a net of so many channels. */
void ae_picture_init(struct ae_picture *p, struct ae_ctx *ctx,
                     const struct ae_denoise_options *o,
                     const struct ae_image_info *info, int channels,
                     enum ae_level_from level);
/* blind: finds the level; NULL where it isn't AE_LEVEL_FOUND.  With `rows`
 * rows at once, or, `whole`, with all rows in files; for pieces of up to
 * `widest` columns.  To be released also after an error.  AE_EARG where the
 * window that is wanted isn't within the picture. */
int ae_picture_open(struct ae_picture *p, struct ae_reader *r,
                    struct ae_sink sink, struct ae_blind *blind, int rows,
                    int whole, int widest, struct ae_err *e);
void ae_picture_release(struct ae_picture *p);
/* Bytes that this takes. */
uint64_t ae_picture_bytes(const struct ae_picture *p, int rows, int whole,
                          int widest);
/* Rows from..to-1 of a piece into the net's inputs; those beyond the picture
 * are mirrored.  sigma->data may be NULL. */
int ae_picture_feed(struct ae_picture *p, struct ae_spot at,
                    const struct ae_view *x, const struct ae_view *sigma,
                    int from, int to, struct ae_err *e);
/* The picture's pixels of rows y0..y1-1, columns x0..x1-1, all of the window
 * that comes out, from the net's output to the outbox. */
int ae_picture_take(struct ae_picture *p, struct ae_spot at,
                    const struct ae_view *net, int y0, int y1, int x0, int x1,
                    struct ae_err *e);
/* What became of it, after all.  The level of a net that wasn't told it
 * follows from what it removed. */
struct ae_denoise_found ae_picture_found(const struct ae_picture *p,
                                         const struct ae_level_curve *c);
/* Rows y0..y1-1 are whole, which is told in order. */
void ae_picture_finish(struct ae_picture *p, int y0, int y1);
/* A row in and a row out, while there is time. */
void ae_picture_beside(void *picture);
/* All that is finished goes out, and what nobody wants is read. */
int ae_picture_end(struct ae_picture *p, struct ae_err *e);
/* The picture as it is, without a net. */
int ae_picture_copy(struct ae_picture *p, struct ae_reader *r,
                    struct ae_writer *w, struct ae_err *e);

#endif
