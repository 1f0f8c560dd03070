/* fuzz_tiff.c - TIFF and BigTIFF, from directories to samples and tags.
 *
 * JPEG within is lossy, so that what comes back is held to its size and depth
 * alone. */
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = malloc(size + 4);

    memcpy(p, data, size);
    if (size >= 4 && p[0] != 'M') /* most mutations of it are no TIFF */
        memcpy(p, p[2] & 1 ? "II+" : "II*", 4);
    picture_fuzz(p, size, 0);
    free(p);
    return 0;
}
