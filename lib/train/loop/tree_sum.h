/* tree_sum.h - sums of blocks along a binary tree that only the number of
 * leaves fixes, so that it doesn't matter who adds which part of it.  Leaves
 * and sums can be rounded to bfloat16, each for itself, so it doesn't matter
 * then either.
 *
 * A node's left part has as many leaves as the largest power of two that is
 * smaller than its own number: seven leaves are
 * ((0+1)+(2+3)) + ((4+5)+6).  Leaves come in order, and a run of them that
 * begins at a multiple of its length, a power of two, is one sum as soon as it
 * is whole; so is any such run that comes as one leaf. */
#ifndef AE_TRAIN_LOOP_TREE_SUM_H
#define AE_TRAIN_LOOP_TREE_SUM_H

#include "base/mem.h"
#include "kernel/ctx.h"

enum { AE_TREE_PARTS = 2 * 17 }; /* of at most 65,536 leaves */

/* The sum of leaves first..first+count-1. */
struct ae_tree_part {
    int first, count;
    float *block;
    double number; /* that is summed beside the block */
};

struct ae_tree_sum {
    const struct ae_ctx *ctx;
    size_t n;    /* floats of a block */
    int is_bf16; /* 1: leaves and sums are rounded to bfloat16 */
    int held;    /* parts so far */
    struct ae_tree_part part[AE_TREE_PARTS];
};

/* Makes room for the sum of leaves first..first+count-1. */
int ae_tree_sum_init(struct ae_tree_sum *t, const struct ae_ctx *ctx, size_t n,
                     int is_bf16, int first, int count, struct ae_err *e);
void ae_tree_sum_release(struct ae_tree_sum *t);
/* The runs that those leaves are, unless a leaf before or behind joins them:
 * fills part, except for blocks, and returns their number. */
int ae_tree_sum_parts(int first, int count, struct ae_tree_part *part);
/* Blocks that it holds. */
int ae_tree_sum_blocks(int first, int count);
void ae_tree_sum_clear(struct ae_tree_sum *t);
/* Adds the leaf, which follows those that were added before. */
void ae_tree_sum_add(struct ae_tree_sum *t, const struct ae_tree_part *leaf);
/* The sum of all leaves, which are 0 to the last one; good until the next
 * clear. */
const struct ae_tree_part *ae_tree_sum_whole(struct ae_tree_sum *t);

#endif
