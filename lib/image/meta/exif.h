/* exif.h - the few tags of EXIF data that say something about the samples:
 * orientation, sizes, thumbnails.  All else stays as it is, byte for byte. */
#ifndef AE_IMAGE_EXIF_H
#define AE_IMAGE_EXIF_H

#include "base/base.h"

/* The data begin with the byte-order mark; offsets and counts in them may
 * lie.  Without a table of tags these do nothing. */

/* 1..8; 0: not said, or nonsense. */
int ae_exif_orientation(const void *exif, size_t n);
/* Returns 0 where the data have no such tag to be set. */
int ae_exif_set_orientation(void *exif, size_t n, int orientation);
/* Width and height change places in all tags that tell them, as do the
 * densities along them. */
void ae_exif_swap_sides(void *exif, size_t n);
/* The thumbnail's table (IFD1) and those behind it are unlinked, and their
 * bytes are cleared where no other tag claims them; nothing moves, so that
 * offsets in maker notes hold.  A thumbnail at the end is cut off: returns the
 * length that is left.  *found becomes 1 where there was one. */
size_t ae_exif_remove_thumbnail(void *exif, size_t n, int *found);
/* EXIF data of an orientation alone, to be written to; their length. */
size_t ae_exif_make(unsigned char out[26], int orientation);

#endif
