/* shards.h - a step's batch in equal shards, which are run one after the other
 * and whose gradients are added along a fixed tree (tree_sum.h).
 *
 * Everything that is a mean over items is the mean of the shards' means.  A
 * batch norm's statistics are those of a shard (ghost batch norm, Hoffer et al.
 * 2017).  What isn't linear in the items across the batch is refused. */
#ifndef AE_TRAIN_LOOP_SHARDS_H
#define AE_TRAIN_LOOP_SHARDS_H

#include "train/loop/running_stats.h"
#include "train/ranks/exchange.h"

struct ae_shards {
    int count, items; /* shards of a batch, items of a shard */
    int first, end;   /* this rank runs shards first..end-1 */
    int is_bf16;      /* 1: what is added is rounded to bfloat16 */
    /* where there are several: */
    struct ae_tree_sum sum; /* of gradients, and of losses */
    struct ae_running_stats running;
    struct ae_exchange exchange; /* where there are several ranks, too */
};

/* The number that `accumulate` names, 0 for "auto".  AE_EARG where it doesn't
 * divide the batch. */
int ae_shards_parse(const struct ae_train_options *o, int *shards,
                    struct ae_err *e);
/* Settles their number, and which of them are this rank's.  AE_EARG where net
 * and options can't be cut so, or not among so many ranks. */
int ae_shards_choose(struct ae_shards *s, const struct ae_train_options *o,
                     const struct ae_graph *g, struct ae_err *e);
/* Makes room for the sums. */
int ae_shards_init(struct ae_shards *s, const struct ae_ctx *ctx,
                   const struct ae_graph *g, struct ae_err *e);
void ae_shards_release(struct ae_shards *s);
/* What that room takes. */
uint64_t ae_shards_bytes(const struct ae_shards *s, const struct ae_graph *g);

/* A step begins. */
void ae_shards_begin(struct ae_shards *s, const float *weights);
/* Adds what shard i gave, whose gradient `grad` is used up. */
void ae_shards_add(struct ae_shards *s, int i, float *weights, float *grad,
                   double loss);
/* After this rank's last shard, or the failure that rc says: *grad becomes the
 * sum of all shards' gradients, `count` times the batch's, good until the next
 * step; *loss the batch's.  Collective: where a rank failed, that is what all
 * return. */
int ae_shards_end(struct ae_shards *s, float *weights, int rc, float **grad,
                  double *loss, struct ae_err *e);

#endif
