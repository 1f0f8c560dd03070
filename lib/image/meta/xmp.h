/* xmp.h - the few properties of an XMP packet that must agree with the file.
 * XML isn't parsed: they are found by their names, and all other bytes stay. */
#ifndef AE_IMAGE_XMP_H
#define AE_IMAGE_XMP_H

#include "base/base.h"

/* Sets tiff:Orientation to 1..8 where the packet has it. */
void ae_xmp_set_orientation(void *xmp, size_t n, int orientation);
/* Swaps the values of tiff:ImageWidth and ImageLength, and of
 * exif:PixelXDimension and PixelYDimension, where the packet has both.  *xmp,
 * a block of malloc(), becomes another one of the same length. */
int ae_xmp_swap_sides(void **xmp, size_t n, struct ae_err *e);

/* A JPEG's segment holds AE_XMP_MAX bytes of a packet.  A longer one has an
 * extension, which it names by the MD5 (xmpNote:HasExtendedXMP). */
enum { AE_XMP_MAX = 65502, AE_XMP_GUID = 32 };

/* The MD5 of the packet's extension, in upper case; returns 0 where it names
 * none. */
int ae_xmp_extension_guid(const void *xmp, size_t n,
                          char guid[AE_XMP_GUID + 1]);
/* Packet and extension as one packet, to be freed with free().  AE_EFORMAT
 * where they aren't laid out as writers lay them out. */
int ae_xmp_join(const void *xmp, size_t n, const void *extension, size_t m,
                void **out, size_t *size, struct ae_err *e);
/* Makes a long packet fit into AE_XMP_MAX bytes: by removing its padding
 * (*extension is NULL), or as a packet that only names an extension, which is
 * *extension, *m bytes within the long packet.  *out is to be freed with
 * free(). */
int ae_xmp_split(const void *xmp, size_t n, void **out, size_t *size,
                 const void **extension, size_t *m, struct ae_err *e);

#endif
