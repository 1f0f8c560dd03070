/* net_input.h - the rows of a picture as a net sees them: floats on sRGB's
 * curve, dark pictures brightened, and the level of noise of every row.
 *
 * Example, for rows 40..43 of which the net needs 32..47:
 *
 *     ae_net_input_move(in, 32, 48, e);          reads on, drops rows 0..31
 *     ae_net_input_get(in, y, 0, w, bytes, row); from any thread
 */
#ifndef AE_RUN_DENOISE_NET_INPUT_H
#define AE_RUN_DENOISE_NET_INPUT_H

#include "image/transfer.h"
#include "run/denoise/level_estimator.h"
#include "run/denoise/rows.h"
#include "run/denoise/survey.h"

struct ae_net_input {
    struct ae_waiting waiting; /* the reader, and rows that were read early */
    struct ae_rows rows;       /* a row's samples, then a byte: 1 if gray */
    struct ae_transfer curve;
    const char *unit_loss; /* the caller's: see ae_unit_check() */
    struct ae_level_estimator *estimator; /* the caller's; NULL: no levels */
    double *sigma; /* by block of rows, 8-bit units; NULL: no levels */
    int blocks;    /* whose level is known so far */
};

/* How many rows stay at once. */
struct ae_net_input_size {
    int rows;   /* that the net needs at once */
    int whole;  /* all of them, in a file */
    int levels; /* the level is estimated on the way */
};

/* With `estimator`, levels are found on the way.  To be released also after
 * an error. */
int ae_net_input_init(struct ae_net_input *in, struct ae_ctx *ctx,
                      struct ae_reader *r, struct ae_level_estimator *estimator,
                      const struct ae_net_input_size *size, struct ae_err *e);
void ae_net_input_release(struct ae_net_input *in);
/* Bytes that this takes. */
uint64_t ae_net_input_bytes(const struct ae_image_info *info,
                            const struct ae_net_input_size *size);
/* Call it before any other row is read: reads on until all of that is known.
 * Sets how samples are brought to their range, and *kind as in survey.h. */
int ae_net_input_survey(struct ae_net_input *in,
                        const struct ae_picture_survey *s, const char **kind,
                        struct ae_err *e);
/* Row y, which waits since the survey, all channels, as the net sees it;
 * `bytes` is room for a row. */
int ae_net_input_peek(struct ae_net_input *in, int y, void *bytes, float *out,
                      struct ae_err *e);
/* Drops rows before `from` and reads up to row `to` - 1, further where the
 * levels of those rows need it; with alpha also AE_ALPHA_FILL_ROWS around. */
int ae_net_input_move(struct ae_net_input *in, int from, int to,
                      struct ae_err *e);
/* Reads up to row `to` - 1 and drops all; no level is estimated. */
int ae_net_input_skip(struct ae_net_input *in, int to, struct ae_err *e);
/* Reads one more row if there is room for it. */
void ae_net_input_read_ahead(struct ae_net_input *in);
/* Pixels x0..x0+n-1 of row y as floats, all channels, colours on sRGB's
 * curve; `bytes` has room for them as the file has them. */
void ae_net_input_get(struct ae_net_input *in, int y, int x0, int n,
                      void *bytes, float *out);
/* The inverse: v, the picture's colours on that curve, becomes bytes of the
 * file, with the alpha that came in and, under alpha 0, the colours that came
 * in.  v is overwritten.  `room` is as large as v with alpha. */
void ae_net_input_restore(struct ae_net_input *in, int y, int x0, int n,
                          float *v, float *room, void *bytes);
/* The level of row y, which is there, in 8-bit units. */
double ae_net_input_level(const struct ae_net_input *in, int y);
/* Whether all visible pixels of row y, of three colours, are gray. */
int ae_net_input_is_gray(struct ae_net_input *in, int y);

#endif
