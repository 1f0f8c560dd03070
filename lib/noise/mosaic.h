/* mosaic.h - what a sensor with Bayer's colour filters keeps of a picture,
 * and the picture guessed back (demosaicing).
 *
 * The mosaic lies in a frame of AE_MOSAIC_EDGE samples on each side, which
 * mirrors it, so that colours keep their places. */
#ifndef AE_NOISE_MOSAIC_H
#define AE_NOISE_MOSAIC_H

#include "base/base.h"

enum { AE_MOSAIC_EDGE = 2 };

enum ae_demosaic {
    AE_DEMOSAIC_BILINEAR,
    AE_DEMOSAIC_GRADIENT, /* Malvar, He, Cutler 2004 */
    AE_DEMOSAICS
};

struct ae_mosaic {
    float *data; /* of the frame's first sample */
    int w, h;    /* without the frame */
    int x0, y0;  /* 0 or 1: place of red in its 2 x 2 */
};

/* Samples of a mosaic of w x h with its frame. */
size_t ae_mosaic_size(int w, int h);
/* Row y, from -AE_MOSAIC_EDGE on; its samples too may be asked for from there
 * on. */
float *ae_mosaic_row(const struct ae_mosaic *m, int y);
/* 0 red, 1 green, 2 blue at column x of row y. */
int ae_mosaic_colour(const struct ae_mosaic *m, int y, int x);
/* Fills the frame when all samples are there. */
void ae_mosaic_frame(const struct ae_mosaic *m);
/* Row y as w pixels of three. */
void ae_mosaic_demosaic(const struct ae_mosaic *m, enum ae_demosaic how, int y,
                        float *rgb);

#endif
