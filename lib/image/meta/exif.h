/* exif.h - the few tags of EXIF data that depend on the samples: orientation,
 * sizes, thumbnails.  All else stays as it is, byte for byte. */
#ifndef AE_IMAGE_EXIF_H
#define AE_IMAGE_EXIF_H

#include "base/base.h"

/* The data begin with the byte-order mark, and their offsets and counts may be
 * wrong.  Data without a table of tags are left as they are. */

/* 1..8; 0: there is none, or it is nonsense. */
int ae_exif_orientation(const void *exif, size_t n);
/* Returns 1, or 0 where the data have no such tag. */
int ae_exif_set_orientation(void *exif, size_t n, int orientation);
/* Swaps width and height in all tags that hold them, and the densities along
 * them. */
void ae_exif_swap_sides(void *exif, size_t n);
/* Unlinks the thumbnail's table (IFD1) and those after it, and clears their
 * bytes where no other tag uses them.  Nothing moves, so that offsets in maker
 * notes stay right, but a thumbnail at the end is cut off: returns the length
 * that is left.  *found becomes 1 where there was one. */
size_t ae_exif_remove_thumbnail(void *exif, size_t n, int *found);
/* Makes EXIF data that hold only an orientation; returns their length. */
size_t ae_exif_make(unsigned char out[26], int orientation);

#endif
