/* crop.h - windows of a picture: which is wanted, which pixels a net must see
 * for it, and the before | after that shows one. */
#ifndef AE_RUN_DENOISE_CROP_H
#define AE_RUN_DENOISE_CROP_H

#include "base/base.h"

/* The window that comes out: o's, else all. */
struct ae_rect ae_crop_window(const struct ae_denoise_options *o,
                              const struct ae_image_info *info);
/* What a net must run over so that `window` of a picture of h x w becomes
 * what it is when all of it is run: on multiples of align, beyond the window
 * by `reach` and, at the right and at the bottom, maybe beyond the picture. */
struct ae_rect ae_crop_region(struct ae_rect window, int h, int w,
                              const int reach[2], const int align[2]);

/* The window that a preview shows. */
struct ae_rect ae_preview_window(const struct ae_denoise_options *o,
                                 const struct ae_image_info *info);
/* Columns of a preview, of a window w wide, from which on the divider stands
 * and the picture afterwards. */
enum { AE_PREVIEW_DIVIDER = 4 };

#endif
