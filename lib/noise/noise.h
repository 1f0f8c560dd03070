/* noise.h - one row of the table of noises, and what its functions share.
 * To add a noise: its file, or a function in point.c, and a word in noise.c.
 *
 * A noise changes colour samples in place, unclipped; noise.c clips and rounds
 * once, after the whole chain.  Every draw comes from the generator that the
 * noise is called with, and rows have streams of their own, so that the result
 * depends on neither threads nor the order of rows.
 *
 * Example: `gauss` is one row function, which adds a normal draw to each
 * sample; `band` is an apply function, since its offsets belong to the picture:
 *
 *     static int apply(...) { draw the ranges; make the offsets; add them; }
 *     const struct ae_noise_kind ae_noise_band = {
 *         "band", "offsets that rows ...", fields, sizeof(struct attr), apply,
 *         NULL};
 */
#ifndef AE_NOISE_NOISE_H
#define AE_NOISE_NOISE_H

#include "base/rng.h"
#include "kernel/ctx.h"

/* A row's n pixels of c samples, pixels `stride` samples apart, with a
 * generator of its own. */
typedef void ae_noise_row_fn(double amount, float *row, int n, int c,
                             int stride, struct ae_rng *rng);

/* Parameters with a range are drawn once a picture. */
struct ae_noise_kind {
    const char *name, *help;
    const struct ae_field *fields;
    size_t size; /* of the attributes that fields fill */
    /* In place on h*w pixels of c samples, pixels `stride` samples apart; NULL
     * where rows are independent and `row` gets the only attribute, a draw from
     * its range. */
    int (*apply)(struct ae_ctx *, const void *attr, float *data, int w, int h,
                 int c, int stride, struct ae_rng *rng, struct ae_err *e);
    ae_noise_row_fn *row;
};

/* The i-th noise of the table, NULL past its end. */
const struct ae_noise_kind *ae_noise_kind_at(size_t i);

/* A field that is a range: a member of type double[2]. */
#define AE_NOISE_RANGE(name_, struct_, member_, def_, min_, max_, help_)       \
    AE_FIELD(name_, RANGE, struct_, member_, .def = def_, .min = min_,         \
             .max = max_, .help = help_, .arg = "A[..B]")

/* Uniform between the two ends, drawn even where they are equal. */
double ae_noise_draw(const double range[2], struct ae_rng *rng);

#endif
