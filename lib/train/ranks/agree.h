/* agree.h - what ranks settle among themselves.  All of it is collective; one
 * rank agrees with itself. */
#ifndef AE_TRAIN_RANKS_AGREE_H
#define AE_TRAIN_RANKS_AGREE_H

#include "data/dataset.h"
#include "kernel/ctx.h"

/* Returns rc, unless a rank failed: then the first one's code, on all of them,
 * with what it says and who it is. */
int ae_ranks_agree(int rc, struct ae_err *e);
/* AE_EARG where the library isn't of one version. */
int ae_ranks_check_version(struct ae_err *e);
/* Gives ctx the poorest kernels among those of the ranks and, unless it is
 * empty, of the run's beginning, `before`. */
void ae_ranks_choose_kernels(struct ae_ctx *ctx, const char *before);
/* AE_EARG where the number isn't rank 0's, of what `what` says. */
int ae_ranks_same(uint64_t number, const char *what, struct ae_err *e);
/* The same of items, one of which is named. */
int ae_ranks_same_items(const struct ae_dataset *items, struct ae_err *e);

#endif
