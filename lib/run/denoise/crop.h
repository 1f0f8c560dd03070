/* crop.h - windows of a picture: the one that is wanted, the pixels that a net
 * must see for it, and the one that a preview shows before | after. */
#ifndef AE_RUN_DENOISE_CROP_H
#define AE_RUN_DENOISE_CROP_H

#include "base/base.h"

/* The window that comes out: o->crop, else the whole picture. */
struct ae_rect ae_crop_window(const struct ae_denoise_options *o,
                              const struct ae_image_info *info);
/* The region that a net must run over so that `window` of an h x w picture
 * comes out as if the whole picture were run: on multiples of align, wider than
 * the window by `overlap` on each side and, at the right and at the bottom,
 * maybe wider than the picture. */
struct ae_rect ae_crop_region(struct ae_rect window, int h, int w,
                              const int overlap[2], const int align[2]);

/* The window that a preview shows. */
struct ae_rect ae_preview_window(const struct ae_denoise_options *o,
                                 const struct ae_image_info *info);
/* Columns of the divider between before and after. */
enum { AE_PREVIEW_DIVIDER = 4 };

#endif
