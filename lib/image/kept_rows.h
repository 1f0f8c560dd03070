/* kept_rows.h - all rows of a picture in memory, in a depth of its file: one
 * that is decoded before it is wanted, or encoded when all of it is there. */
#ifndef AE_IMAGE_KEPT_ROWS_H
#define AE_IMAGE_KEPT_ROWS_H

#include "base/base.h"

struct ae_kept_rows;

/* Bytes of such a picture; UINT64_MAX where they are past counting. */
uint64_t ae_kept_rows_bytes(int w, int h, int channels, unsigned maxval);
int ae_kept_rows_new(const struct ae_ctx *ctx, int w, int h, int channels,
                     unsigned maxval, struct ae_kept_rows **out,
                     struct ae_err *e);
void ae_kept_rows_free(struct ae_kept_rows *k);
/* Row y, as floats.  What was put in comes out clipped and rounded to maxval;
 * 0: as it was. */
void ae_kept_rows_put(struct ae_kept_rows *k, int y, const float *row);
void ae_kept_rows_get(const struct ae_kept_rows *k, int y, float *row);

#endif
