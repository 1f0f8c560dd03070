/* webp.h - what the two files of WebP share: the writer's functions, which
 * ae_fmt_webp lists. */
#ifndef AE_IMAGE_WEBP_H
#define AE_IMAGE_WEBP_H

#include "image/format.h"

/* webp_write.c */
int ae_webp_open_writer(struct ae_writer *w, struct ae_err *e);
int ae_webp_write_row(struct ae_writer *w, const float *row, struct ae_err *e);
int ae_webp_finish_writer(struct ae_writer *w, struct ae_err *e);
void ae_webp_close_writer(struct ae_writer *w);
int ae_webp_can_hold(const struct ae_meta *m, const struct ae_blob *b);

#endif
