/* period.h - the dominant period of time series, by their periodogram.
 *
 * Series are runs of steps of one or more channels; several runs are
 * understood as pieces of one process, whose periodograms are averaged. */
#ifndef AE_DATA_PERIOD_H
#define AE_DATA_PERIOD_H

#include "base/base.h"

enum { AE_PERIOD_LEAST = 3 }; /* steps */

struct ae_time_series {
    int channels;
    float *x; /* [count][channels], runs on end */
    size_t count, cap;
    size_t *begin; /* of each run, in steps */
    size_t runs, room;
};

void ae_time_series_release(struct ae_time_series *s);
/* A step; begins: the first of a run. */
int ae_time_series_add(struct ae_time_series *s, const float *step,
                       int channels, int begins, struct ae_err *e);
/* Forgets the last `count` steps. */
void ae_time_series_drop(struct ae_time_series *s, uint64_t count);

/* The period of the strongest peak, AE_PERIOD_LEAST to `most` steps and no
 * more than a third of the longest run.  Each channel of each run is freed of
 * its mean and linear trend and brought to variance 1; powers are averaged,
 * longer runs counting more.  A peak counts where it stands above what red
 * noise of the same correlation from step to step (AR(1)) gives, with a
 * chance of 0.1 % over all frequencies to be wrong (Torrence and Compo: A
 * practical guide to wavelet analysis, 1998, section 4), as if channels were
 * one and runs independent.  AE_EARG with the
 * remedy where none does. */
int ae_time_series_period(const struct ae_time_series *s, int most, int *period,
                          struct ae_err *e);

#endif
