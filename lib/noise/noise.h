/* noise.h - one row of the table of noises.  To add one: a file, a line in
 * noise.c. */
#ifndef AE_NOISE_NOISE_H
#define AE_NOISE_NOISE_H

#include "base/rng.h"
#include "kernel/ctx.h"

struct ae_noise_kind {
    const char *name, *help;
    const struct ae_field *fields;
    size_t size;
    /* In place on h*w*c floats with pixel stride `stride`; parameters with a
     * range are drawn once a picture.  Unclipped. */
    int (*apply)(struct ae_ctx *, const void *attr, float *data, int w, int h,
                 int c, int stride, struct ae_rng *rng, struct ae_err *e);
};

#endif
