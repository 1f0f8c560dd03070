/* downscale.h - a picture made smaller by averaging areas, row by row. */
#ifndef AE_DATA_DOWNSCALE_H
#define AE_DATA_DOWNSCALE_H

#include "base/mem.h"

/* Sides become p/q of what they were, rounded down; p <= q.  Each output
 * sample is the mean over exactly its area, so nothing aliases much and no
 * light is lost. */
struct ae_downscaler {
    int p, q, w, c;      /* of the input */
    int out_w, y, out_y; /* next input and output row */
    float *across, *sum; /* out_w * c each */
};

int ae_downscaler_init(struct ae_downscaler *s, int p, int q, int w, int c,
                       struct ae_err *e);
void ae_downscaler_release(struct ae_downscaler *s);
/* Takes the next input row; 1 when it completes an output row, which then
 * lies in s->across until the next call. */
int ae_downscaler_push(struct ae_downscaler *s, const float *row);

#endif
