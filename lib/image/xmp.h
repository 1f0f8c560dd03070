/* xmp.h - what of an XMP packet must agree with the file around it.  No
 * parser of XML: the few places are found by their names, all other bytes
 * stay. */
#ifndef AE_IMAGE_XMP_H
#define AE_IMAGE_XMP_H

#include "base/base.h"

/* tiff:Orientation, where the packet has it, becomes 1..8; its length
 * stays. */
void ae_xmp_set_orientation(void *xmp, size_t n, int orientation);

#endif
