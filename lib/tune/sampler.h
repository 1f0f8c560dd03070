/* sampler.h - which values a search tries next.
 *
 * A point is a place in [0, 1] for each setting of a space. */
#ifndef AE_TUNE_SAMPLER_H
#define AE_TUNE_SAMPLER_H

#include "tune/space.h"

/* The points that were tried, the best first, those that failed last. */
struct ae_tried {
    const double *u; /* [n][settings of the space]; NaN: not in it */
    size_t n;
};

/* Writes the index-th point, from 0, of a search with that seed.  search: enum
 * ae_search. */
int ae_sample(const struct ae_space *s, int search, uint64_t seed,
              uint32_t index, const struct ae_tried *tried, double *u,
              struct ae_err *e);

/* tpe.c: the tree-structured Parzen estimator's point, by draws of its own
 * stream `index`. */
int ae_tpe_sample(const struct ae_space *s, uint64_t seed, uint32_t index,
                  const struct ae_tried *tried, double *u, struct ae_err *e);

#endif
