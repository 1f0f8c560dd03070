/* preview.h - a window of a picture before | after, on its way to a writer of
 * its own. */
#ifndef AE_RUN_DENOISE_PREVIEW_H
#define AE_RUN_DENOISE_PREVIEW_H

#include "image/transfer.h"
#include "run/denoise/rows.h"

enum ae_side { AE_BEFORE, AE_AFTER };

struct ae_preview {
    int on;
    struct ae_rect window;
    struct ae_image_info info;
    struct ae_transfer curve; /* undone, since no viewer would do it */
    struct ae_rows out;
    struct ae_sink sink; /* where those go */
};

/* A preview for o->preview; where that is NULL all functions do nothing.  To
 * be released also after an error. */
int ae_preview_open(struct ae_preview *p, struct ae_ctx *ctx,
                    const struct ae_denoise_options *o,
                    const struct ae_image_info *info,
                    const struct ae_transfer *curve, int whole,
                    struct ae_err *e);
void ae_preview_release(struct ae_preview *p);
uint64_t ae_preview_bytes(const struct ae_denoise_options *o,
                          const struct ae_image_info *info, int whole);
/* Whether pixels x0..x1-1 of the picture's row y are shown in part. */
int ae_preview_wants(const struct ae_preview *p, int y, int x0, int x1);
/* Puts such pixels, samples as the file has them, on one side; two rooms for
 * them as floats. */
void ae_preview_put(struct ae_preview *p, enum ae_side side, int y, int x0,
                    int x1, const unsigned char *bytes, float *room,
                    float *more);
/* As in rows.h; `to` is a row of the picture, and up to `to` - 1 all rows are
 * whole. */
int ae_preview_make_room(struct ae_preview *p, int to, struct ae_err *e);
void ae_preview_finish(struct ae_preview *p, int to);
void ae_preview_write(struct ae_preview *p);
int ae_preview_flush(struct ae_preview *p, struct ae_err *e);

#endif
