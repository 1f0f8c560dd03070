/* exchange.h - from what each rank summed of its own shards to the sum of all,
 * on all of them.
 *
 * The block is cut into as many runs as there are ranks.  Each rank gets the
 * others' sums of its run, adds them along the tree, and all collect the runs:
 * so the order is that of one process.  A rank sends and gets about twice the
 * block, whatever the number of ranks. */
#ifndef AE_TRAIN_RANKS_EXCHANGE_H
#define AE_TRAIN_RANKS_EXCHANGE_H

#include "train/loop/tree_sum.h"
#include "train/ranks/ranks.h"

struct ae_exchange_part {
    int rank, first, count; /* whose it is, and of which shards */
    float *run;             /* this rank's run of it, as it arrived */
};

struct ae_exchange {
    size_t *at; /* [ranks + 1] where the ranks' runs of the block begin */
    int parts;  /* of all ranks, in the order of their shards */
    int most;   /* of one rank */
    struct ae_exchange_part *part;
    float *room; /* of the runs that arrive */
    int is_bf16; /* 1: numbers are bfloat16, and travel as two bytes: ... */
    uint16_t *packed;  /* ... [most][block] what this rank sends, ... */
    uint16_t *arrived; /* ... [parts][run] what it gets */
    struct ae_parcel *sent, *received;
    double *mine, *all;     /* [most + 1] and from each rank: numbers */
    struct ae_tree_sum sum; /* of this rank's run */
};

/* The shards of a rank are first..end-1; each has at least one. */
int ae_exchange_first(int shards, int rank);
/* For blocks of n floats, whose sums are rounded to bfloat16 with is_bf16. */
int ae_exchange_init(struct ae_exchange *x, const struct ae_ctx *ctx, size_t n,
                     int is_bf16, int shards, struct ae_err *e);
void ae_exchange_release(struct ae_exchange *x);
/* What they take. */
uint64_t ae_exchange_bytes(size_t n, int is_bf16, int shards);
/* own: the sums of this rank's shards, unless rc says that it failed.  Its
 * first block becomes the sum of all, *number that of all numbers.  Where a
 * rank failed, that is what all return. */
int ae_exchange_run(struct ae_exchange *x, struct ae_tree_sum *own, int rc,
                    double *number, struct ae_err *e);

#endif
