/* reference.h - the items, or their codes, that k-nearest-neighbour scores
 * measure distances from, and the scores that these have among themselves. */
#ifndef AE_RUN_ITEMS_REFERENCE_H
#define AE_RUN_ITEMS_REFERENCE_H

#include "base/neighbours.h"
#include "kernel/ctx.h"

struct ae_reference {
    float *x; /* [count][d] */
    size_t count, cap;
    int d;                      /* numbers of each; 0: not known yet */
    struct ae_neighbours *near; /* of all; NULL until ae_reference_index() */
};

/* Says that vectors of d numbers will be added or compared; AE_EARG where
 * earlier ones have another size.  what: "items", "codes". */
int ae_reference_size(struct ae_reference *r, int d, const char *what,
                      struct ae_err *e);
/* Adds n vectors; AE_ELIMIT past 2^20 of them or 2^28 numbers. */
int ae_reference_add(struct ae_reference *r, const float *x, size_t n,
                     struct ae_err *e);
int ae_reference_index(struct ae_reference *r, struct ae_err *e);
void ae_reference_release(struct ae_reference *r);
/* The score below which `share` of the reference's own vectors lie, each
 * scored by its k nearest others. */
int ae_reference_quantile(const struct ae_reference *r,
                          const struct ae_ctx *ctx, int k, double share,
                          double *out, struct ae_err *e);

#endif
