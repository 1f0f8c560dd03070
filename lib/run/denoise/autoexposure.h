/* autoexposure.h - how bright a picture of more than 8 bits is, and the gain
 * that it gets for a net that was trained on ordinary brightness only. */
#ifndef AE_RUN_DENOISE_AUTOEXPOSURE_H
#define AE_RUN_DENOISE_AUTOEXPOSURE_H

#include "base/base.h"

struct ae_autoexposure {
    int maxval, limit;       /* of samples; those above the limit ... */
    uint64_t bright, enough; /* ... so far, and how many decide */
    uint64_t *count;         /* of samples up to the limit, by value */
};

/* For a picture of that size, depth and number of colours. */
int ae_autoexposure_init(struct ae_autoexposure *x,
                         const struct ae_image_info *info, struct ae_err *e);
void ae_autoexposure_release(struct ae_autoexposure *x);
/* Counts a row of 16-bit samples; returns 1 when no further row can matter,
 * since the picture is bright enough as it is. */
int ae_autoexposure_add(struct ae_autoexposure *x,
                        const struct ae_image_info *info, const void *row);
/* The gain, 1 to 128; call it after all rows, or after ae_autoexposure_add()
 * returned 1. */
double ae_autoexposure_gain(const struct ae_autoexposure *x);

#endif
