/* orientation.h - turns a picture upright, as its EXIF orientation asks, on the
 * way into a writer.  Rows wait until all of them have come and the reader has
 * finished, since PNG may carry EXIF after the picture. */
#ifndef AE_IMAGE_ORIENTATION_H
#define AE_IMAGE_ORIENTATION_H

#include "image/format.h"

struct ae_orienter;

/* For rows of w->info; small pictures wait in memory, others in a file. */
int ae_orienter_new(const struct ae_writer *w, struct ae_orienter **out,
                    struct ae_err *e);
void ae_orienter_free(struct ae_orienter *t);
/* A row of the picture as it comes in. */
int ae_orienter_put(struct ae_orienter *t, const float *row, struct ae_err *e);
/* After the last row: *info becomes that of the upright picture, and *upright
 * its metadata, which live as long as the orienter. */
int ae_orienter_begin(struct ae_orienter *t, const struct ae_meta *meta,
                      struct ae_image_info *info,
                      const struct ae_meta **upright, struct ae_err *e);
/* The next row of the upright picture, from the top. */
int ae_orienter_get(struct ae_orienter *t, const float **row, struct ae_err *e);

#endif
