/* camera_draw.h - a camera drawn at random: its sensor, its colours, its curve,
 * and what its own smoothing and sharpening leave of noise. */
#ifndef AE_NOISE_CAMERA_DRAW_H
#define AE_NOISE_CAMERA_DRAW_H

#include "base/rng.h"
#include "noise/mosaic.h"
#include "noise/starlet.h"

enum { AE_CURVE = 1024 }; /* steps of a tabulated curve */

struct ae_camera {
    /* variance of a raw sample x in 0..1: shot * x + read */
    float shot, read;
    /* from raw samples to balanced white, with the exposure's push */
    float gain[3];
    float to_raw[3][3];   /* linear sRGB to the sensor's colours, */
    float from_raw[3][3]; /* and back: white stays white */
    enum ae_demosaic demosaic;
    int x0, y0; /* of its mosaic */
    float luma[AE_STARLET_GAINS], chroma[AE_STARLET_GAINS];
    /* how much more is left in detail, in parts of what is left where it is
     * flat */
    float detail;
    float coring; /* threshold by the noise's root mean square; 0: none */
    float to_linear[AE_CURVE + 2]; /* of a sample in 0..1 */
    /* of the root of a linear value in 0..1 */
    float to_sample[AE_CURVE + 2];
};

struct ae_camera_attr {
    double iso[2], rms[2], push[2], smooth[2], chroma[2], coring[2];
    int half;
};

/* A camera, its exposure and its processing. */
void ae_camera_draw(struct ae_camera *c, const struct ae_camera_attr *a,
                    struct ae_rng *rng);
/* A pixel of sRGB samples as the sensor sees it: three raw values. */
void ae_camera_expose(const struct ae_camera *c, const float *srgb, float *raw);
/* A pixel of three raw values as samples; those of values below black stay
 * negative, those beyond white are 1. */
void ae_camera_develop(const struct ae_camera *c, const float *raw,
                       float *srgb);

#endif
