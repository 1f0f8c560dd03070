/* sample.h - what a net is fitted to of a picture: all of it, or windows of 250
 * x 250 pixels that are spread evenly over it, at most 1,000,000 pixels.
 *
 * Rows are added in order; a picture of 6000 x 4000 gives four rows of four
 * windows. */
#ifndef AE_RUN_FIT_SAMPLE_H
#define AE_RUN_FIT_SAMPLE_H

#include "base/base.h"

enum { AE_FIT_CHANNELS = 3 /* gray has three equal ones */ };

struct ae_fit_sample {
    int picture[2]; /* rows, columns of the picture, ... */
    int count[2];   /* windows down and across, ... */
    int size[2];    /* rows, columns of each */
    float *px;      /* [windows][rows][columns][channels] */
};

/* Bytes for a picture of h x w. */
uint64_t ae_fit_sample_bytes(int h, int w);
int ae_fit_sample_init(struct ae_fit_sample *s, int h, int w, struct ae_err *e);
void ae_fit_sample_release(struct ae_fit_sample *s);
static inline int ae_fit_sample_windows(const struct ae_fit_sample *s)
{
    return s->count[0] * s->count[1];
}
/* Row y of the picture, as the net sees it: `colours` (1 or 3) of `channels`
 * samples a pixel. */
void ae_fit_sample_add(struct ae_fit_sample *s, int y, const float *row,
                       int channels, int colours);
/* The pixel at (y, x) of a window, where a patch begins. */
const float *ae_fit_sample_at(const struct ae_fit_sample *s, int window, int y,
                              int x);

#endif
