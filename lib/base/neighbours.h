/* neighbours.h - the nearest of many points, exactly.
 *
 * Products of blocks (OpenBLAS) tell which points may be near; the distances
 * of those few are then summed in double, in one order.  So what comes out
 * depends on neither blocks nor batches, and a point is at distance 0 from
 * itself. */
#ifndef AE_BASE_NEIGHBOURS_H
#define AE_BASE_NEIGHBOURS_H

#include "base/threads.h"

struct ae_neighbours;

enum { AE_NEIGHBOURS_MOST = 1024 }; /* largest k */

/* n >= 1 points of d finite numbers; they are copied. */
int ae_neighbours_new(const float *x, size_t n, int d,
                      struct ae_neighbours **out, struct ae_err *e);
void ae_neighbours_free(struct ae_neighbours *nb);
/* For each of m queries the Euclidean distances of its k nearest points,
 * ascending, in out[m][k]; 1 <= k <= n, AE_NEIGHBOURS_MOST. */
int ae_neighbours_find(const struct ae_neighbours *nb, struct ae_pool *pool,
                       const float *query, int m, int k, double *out,
                       struct ae_err *e);

#endif
