/* noise.h - one row of the table of noises, and what its functions share.
 * To add a noise: a function (a file past 60 lines) and a line in noise.c.
 *
 * A noise adds to colour samples in place, unclipped; noise.c clips and
 * rounds once, behind the whole chain.  Every draw comes from the generator
 * it is handed, and rows have streams of their own, so that the result
 * depends on neither threads nor the order of rows. */
#ifndef AE_NOISE_NOISE_H
#define AE_NOISE_NOISE_H

#include "base/rng.h"
#include "kernel/ctx.h"

/* A row's n samples of c each, `stride` apart, with a generator of its own. */
typedef void ae_noise_row_fn(double amount, float *row, int n, int c,
                             int stride, struct ae_rng *rng);

/* Parameters with a range are drawn once a picture.  Unclipped. */
struct ae_noise_kind {
    const char *name, *help;
    const struct ae_field *fields;
    size_t size; /* of the attributes that fields fill */
    /* In place on h*w*c floats with pixel stride `stride`; NULL where rows are
     * treated alone, `row` being told the one attribute, a range. */
    int (*apply)(struct ae_ctx *, const void *attr, float *data, int w, int h,
                 int c, int stride, struct ae_rng *rng, struct ae_err *e);
    ae_noise_row_fn *row;
};

extern const struct ae_noise_kind ae_noise_gauss, ae_noise_poisson,
    ae_noise_impulse, ae_noise_mask, ae_noise_hot, ae_noise_speckle,
    ae_noise_stripe, ae_noise_band, ae_noise_correlated, ae_noise_blotch,
    ae_noise_grain, ae_noise_camera, ae_noise_jpeg;

/* Uniform between the two ends, drawn even where they are equal. */
double ae_noise_draw(const double range[2], struct ae_rng *rng);

#endif
