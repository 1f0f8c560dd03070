/* prune.h - which trials of a search go on, and how far.
 *
 * Trials halt at fixed steps, the rungs, where they are compared.  A cost is
 * what is to be small: a value, or minus a value that is to be large. */
#ifndef AE_TUNE_PRUNE_H
#define AE_TUNE_PRUNE_H

#include "ae_tune.h"
#include "base/base.h"

enum { AE_RUNGS = 24, AE_MILESTONES = 10, AE_MEDIAN_LEAST = 4 };

struct ae_rungs {
    uint64_t step[AE_RUNGS]; /* rising; the last one is the whole trial */
    int count;
};

/* pruning: enum ae_pruning.  Rungs are multiples of `every`, but for the last.
 * Of successive halving each is `eta` times the one before, and none is before
 * `first`; of the median rule they are tenths. */
void ae_rungs_find(struct ae_rungs *r, int pruning, uint64_t steps,
                   uint64_t first, uint64_t every, int eta);
/* The first rung after so many steps. */
uint64_t ae_rungs_next(const struct ae_rungs *r, uint64_t step);

/* Asynchronous successive halving (Li et al. 2018): of n trials with these
 * costs at a rung the best n / eta go on.  Which one is to do so next; -1:
 * none.  went: those that did already.  NaN: the trial isn't at that rung. */
int ae_halving_next(const double *cost, const unsigned char *went, int n,
                    int eta);
/* The median stopping rule (Golovin et al. 2017): whether a trial's cost is
 * above the median of n others' at the same step, of which there must be
 * AE_MEDIAN_LEAST.  Sorts them. */
int ae_median_stops(double cost, double *others, int n);

#endif
