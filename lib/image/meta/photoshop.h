/* photoshop.h - Photoshop's image resources, which wrap IPTC data. */
#ifndef AE_IMAGE_PHOTOSHOP_H
#define AE_IMAGE_PHOTOSHOP_H

#include "base/base.h"

/* The content of the first resource of a number; NULL: there is none. */
const unsigned char *ae_photoshop_find(const void *resources, size_t n,
                                       unsigned id, size_t *size);
/* Removes thumbnails; returns the length that is left.  *found becomes 1 where
 * there were any. */
size_t ae_photoshop_remove_thumbnail(void *resources, size_t n, int *found);

enum { AE_PHOTOSHOP_IPTC = 0x0404 };

/* The n bytes of resources, which may be NULL, with IPTC-IIM appended as one
 * more; *out is to be freed with free(). */
int ae_photoshop_add_iptc(const void *resources, size_t n, const void *iim,
                          size_t size, void **out, size_t *out_size,
                          struct ae_err *e);

#endif
