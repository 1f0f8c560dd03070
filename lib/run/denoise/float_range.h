/* float_range.h - where the samples of a picture of floats lie, and how they
 * are brought to the range that nets were trained on.
 *
 * A thousandth of the samples at either end counts for nothing, a hundredth
 * where they lie far from all others, so that what stands for "no depth here"
 * (3e38), hot pixels or a lamp don't set the range. */
#ifndef AE_RUN_DENOISE_FLOAT_RANGE_H
#define AE_RUN_DENOISE_FLOAT_RANGE_H

#include "base/err.h"
#include "image/transfer.h"

struct ae_float_range;

/* NULL with *e set where there is no memory. */
struct ae_float_range *ae_float_range_new(struct ae_err *e);
void ae_float_range_free(struct ae_float_range *r);
/* Adds a sample. */
void ae_float_range_add(struct ae_float_range *r, float v);
/* Sets from, gain, least, most, mapped and own of t, after all samples.
 * Samples that lie within 0..1, or nearly so, stay, unless they are dark and
 * `brightens`.  AE_EFORMAT where they are as far apart as floats can be. */
int ae_float_range_map(const struct ae_float_range *r, int brightens,
                       struct ae_transfer *t, struct ae_err *e);

#endif
