/* scale.h - values shifted and divided as a preprocessing says. */
#ifndef AE_DATA_SCALE_H
#define AE_DATA_SCALE_H

#include "data/dataset.h"
#include "data/preprocessing.h"

/* Finds shift and unit over the items that aren't held out (unit: over all,
 * so that all of them lie in 0..1).  Samples of 8 and 16 bits become floats,
 * here and below, where a scale is wanted. */
int ae_scale_learn(struct ae_preprocessing *r, struct ae_dataset *items,
                   struct ae_err *e);
/* The least and the greatest deviation among the values or channels that a
 * scale would be learned for, those that are constant passed over; {0, 0} where
 * all are, or where samples are integers. */
int ae_scale_deviations(const struct ae_preprocessing *r,
                        const struct ae_dataset *items, double range[2],
                        struct ae_err *e);
/* h*w*c values in place; AE_EARG when its scales are of another shape. */
int ae_scale(const struct ae_preprocessing *r, float *x, int h, int w, int c,
             struct ae_err *e);
/* Mean and deviation of channel k of c in n values, as the scale `window` has
 * them. */
void ae_scale_of_window(const float *x, size_t n, int k, int c, double *shift,
                        double *unit);
/* Every item; says anew whether some value is outside 0..1. */
int ae_scale_dataset(const struct ae_preprocessing *r, struct ae_dataset *items,
                     struct ae_err *e);

#endif
