/* picture.h - one picture between its file and a net: makes the net's input
 * from the file's rows, and the result's rows from the net's output. */
#ifndef AE_RUN_DENOISE_PICTURE_H
#define AE_RUN_DENOISE_PICTURE_H

#include "model/level.h"
#include "nn/graph/ring_plan.h"
#include "nn/graph/tensor.h"
#include "run/denoise/grid.h"
#include "run/denoise/mask.h"
#include "run/denoise/mix.h"
#include "run/denoise/net_input.h"
#include "run/denoise/preview.h"
#include "run/denoise/residual.h"
#include "run/denoise/rows.h"

/* What the net's input for the level of noise gets. */
enum ae_level_mode {
    AE_LEVEL_NO_INPUT, /* it has none */
    AE_LEVEL_GIVEN,    /* what the options say */
    AE_LEVEL_BLIND,    /* that the level is unknown */
    AE_LEVEL_ESTIMATED /* what another net finds, by rows */
};

/* What is to be done with a picture.  What it points to is the caller's and
 * must outlive the picture. */
struct ae_picture_plan {
    struct ae_ctx *ctx;
    const struct ae_denoise_options *o;
    const struct ae_image_info *info;
    int channels; /* of the net's input x: 1 or 3 */
    enum ae_level_mode level;
    struct ae_level_estimator *estimator; /* with AE_LEVEL_ESTIMATED */
    const char *unit_loss;                /* see ae_model_unit_loss() */
    int residual; /* 1: what the net removes comes out, as floats */
    int fits;     /* 1: a net is fitted to it first, all rows waiting */
};

/* How much of a picture is in memory at once. */
struct ae_picture_size {
    int rows;   /* of its input */
    int whole;  /* 1: all rows stay, in files */
    int widest; /* columns of a piece */
};

/* Room for the work on one row: its samples, its pixels, the net's result. */
struct ae_row_scratch {
    unsigned char *bytes, *shown;
    float *line, *net, *share;
    uint16_t *distance; /* with alpha: see ae_alpha_fill() */
    int rc;             /* of the last rows, and why */
    struct ae_err why;
    uint64_t changed; /* sum of squares: see ae_residual_square() */
};

struct ae_picture {
    struct ae_picture_plan plan;
    /* channels without alpha; planes that the net sees: 1, or one for each
     * colour */
    int colours, planes;
    int item; /* of the net's batch: the first plane; 0 when opened */
    struct ae_mix mix;
    struct ae_mask mask;
    struct ae_rect crop;           /* what of the result comes out, ... */
    struct ae_image_info out_info; /* ... as a picture */
    struct ae_net_input in;
    const char *drawn; /* see ae_drawing_kind(); then it stays as it is */
    struct ae_rows out;
    struct ae_sink sink; /* where those go */
    struct ae_preview preview;
    struct ae_residual residual; /* what the net removed */
    struct ae_row_scratch scratch[AE_STREAM_ROWS];
    double level_sum; /* of estimated levels, by rows */
};

/* How many items of a net's batch a picture takes. */
int ae_picture_planes(const struct ae_picture_plan *plan);
/* Bytes that a picture takes. */
uint64_t ae_picture_bytes(const struct ae_picture_plan *plan,
                          const struct ae_picture_size *size);
/* What the net's level is multiplied with the file's: a level is of the file's
 * own samples, but that of floats far outside 0..1 is of their range. */
double ae_picture_level_gain(const struct ae_picture *p);
/* To be released also after an error.  AE_EARG where the window that is wanted
 * isn't within the picture. */
int ae_picture_open(struct ae_picture *p, const struct ae_picture_plan *plan,
                    const struct ae_picture_size *size, struct ae_reader *r,
                    struct ae_sink sink, struct ae_err *e);
void ae_picture_release(struct ae_picture *p);
/* Puts rows from..to-1 of a piece, which ae_net_input_move() made available,
 * into the net's inputs x and sigma (data NULL: the net has none); those beyond
 * the picture are mirrored. */
int ae_picture_feed(struct ae_picture *p, const struct ae_piece *piece,
                    const struct ae_view *x, const struct ae_view *sigma,
                    int from, int to, struct ae_err *e);
/* Takes the net's rows from..to-1 of a piece, whose own pixels go out; `last`:
 * these rows are complete then.  AE_ENUMERIC where a value isn't finite. */
int ae_picture_take(struct ae_picture *p, const struct ae_piece *piece,
                    const struct ae_view *y, int from, int to, int last,
                    struct ae_err *e);
/* Reads a row and writes a row, while there is time (an ae_side_work_fn). */
void ae_picture_beside(void *picture);
/* Writes all rows that are finished, and reads those that are left. */
int ae_picture_end(struct ae_picture *p, struct ae_err *e);
/* What was found, after all rows.  Where the net works blind, the level follows
 * by curve c from what it removed. */
struct ae_denoise_found ae_picture_found(const struct ae_picture *p,
                                         const struct ae_level_curve *c);
/* Copies the picture, of which no row was read for the net yet. */
int ae_picture_copy(struct ae_picture *p, struct ae_err *e);

#endif
