/* photoshop.h - Photoshop's image resources, the wrapping of IPTC data. */
#ifndef AE_IMAGE_PHOTOSHOP_H
#define AE_IMAGE_PHOTOSHOP_H

#include "base/base.h"

/* The content of the first resource of that number, NULL: none. */
const unsigned char *ae_photoshop_find(const void *resources, size_t n,
                                       unsigned id, size_t *size);
/* Takes thumbnails out; returns the length that is left. */
size_t ae_photoshop_remove_thumbnail(void *resources, size_t n, int *found);

enum { AE_PHOTOSHOP_IPTC = 0x0404 };

#endif
