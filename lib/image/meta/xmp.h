/* xmp.h - what of an XMP packet must agree with the file around it.  No
 * parser of XML: the few places are found by their names, all other bytes
 * stay. */
#ifndef AE_IMAGE_XMP_H
#define AE_IMAGE_XMP_H

#include "base/base.h"

/* tiff:Orientation, where the packet has it, becomes 1..8; its length
 * stays. */
void ae_xmp_set_orientation(void *xmp, size_t n, int orientation);
/* tiff:ImageWidth and ImageLength, exif:PixelXDimension and PixelYDimension
 * change values where the packet has both; *xmp, which free() takes, becomes
 * another of the same length. */
int ae_xmp_swap_sides(void **xmp, size_t n, struct ae_err *e);

/* JPEG's segments hold so many bytes of a packet; what is longer goes into an
 * extension, which the packet names by its MD5 (xmpNote:HasExtendedXMP). */
enum { AE_XMP_MAX = 65502, AE_XMP_GUID = 32 };

/* The name of the packet's extension; 0: it has none. */
int ae_xmp_extension_guid(const void *xmp, size_t n,
                          char guid[AE_XMP_GUID + 1]);
/* One packet of packet and extension, to be freed with free(). AE_EFORMAT
 * where they aren't laid out as writers do. */
int ae_xmp_join(const void *xmp, size_t n, const void *extension, size_t m,
                void **out, size_t *size, struct ae_err *e);
/* A long packet as one that fits, without its padding; or as one that only
 * names an extension, which is the long one's middle *extension of *m bytes
 * (else NULL).  *out is to be freed with free(). */
int ae_xmp_split(const void *xmp, size_t n, void **out, size_t *size,
                 const void **extension, size_t *m, struct ae_err *e);

#endif
