/* orientation.h - turns a picture upright, as its EXIF orientation asks, on the
 * way into a writer.  Rows wait until all of them have come and the reader has
 * finished, since PNG may carry EXIF after the picture. */
#ifndef AE_IMAGE_ORIENTATION_H
#define AE_IMAGE_ORIENTATION_H

#include "image/format.h"

struct ae_orienter;

/* Rows as w->info says; small pictures wait in memory, others in a file. */
int ae_orienter_new(const struct ae_writer *w, struct ae_orienter **out,
                    struct ae_err *e);
void ae_orienter_free(struct ae_orienter *t);
int ae_orienter_put(struct ae_orienter *t, const float *row, struct ae_err *e);
/* Metadata of the picture as it comes out, for w->info as it then is; they
 * last as long as the turn. */
int ae_orienter_begin(struct ae_orienter *t, const struct ae_meta *meta,
                      struct ae_image_info *info,
                      const struct ae_meta **upright, struct ae_err *e);
/* Row after row of that, from the top. */
int ae_orienter_get(struct ae_orienter *t, const float **row, struct ae_err *e);

#endif
