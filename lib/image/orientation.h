/* orientation.h - turns a picture upright, as its EXIF orientation asks, on the
 * way into a writer.  Rows wait until all of them have come and the reader has
 * finished, since PNG may carry EXIF after the picture. */
#ifndef AE_IMAGE_ORIENTATION_H
#define AE_IMAGE_ORIENTATION_H

#include "image/format.h"

struct ae_turn;

/* Rows as w->info says; small pictures wait in memory, others in a file. */
int ae_turn_new(const struct ae_writer *w, struct ae_turn **out,
                struct ae_err *e);
void ae_turn_free(struct ae_turn *t);
int ae_turn_put(struct ae_turn *t, const float *row, struct ae_err *e);
/* Metadata of the picture as it comes out, for w->info as it then is; they
 * last as long as the turn. */
int ae_turn_begin(struct ae_turn *t, const struct ae_meta *meta,
                  struct ae_image_info *info, const struct ae_meta **upright,
                  struct ae_err *e);
/* Row after row of that, from the top. */
int ae_turn_row(struct ae_turn *t, const float **row, struct ae_err *e);

#endif
