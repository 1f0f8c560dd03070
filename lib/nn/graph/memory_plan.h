/* memory_plan.h - where every activation and gradient lies in one block.
 *
 * Time runs in steps.  With N nodes: the caller fills inputs at 0, node i
 * runs forward at i + 1, the caller reads outputs and fills their gradients
 * at N + 1, node i runs backward at 2 N + 1 - i.  The plan knows when
 * buffers are used, not what they hold. */
#ifndef AE_NN_GRAPH_MEMORY_PLAN_H
#define AE_NN_GRAPH_MEMORY_PLAN_H

#include "nn/graph/graph.h"

/* A range of the block, in use from step `first` to `last` inclusive. */
struct ae_slot {
    size_t size, offset;
    int first, last;
};

/* A node's values: channels c0.. of a slot whose pixels have `channels`. */
struct ae_place {
    int slot, c0, channels;
}; /* slot -1: nowhere */

/* Which nodes run: those that the wanted ones need, except the given ones and
 * all before them.  The caller fills the given nodes as it does inputs. */
struct ae_subgraph {
    const int *given, *want; /* node indices */
    int ngiven, nwant;
};

struct ae_plan {
    size_t floats; /* of the block */
    int nslots;
    struct ae_slot *slot;
    struct ae_place *out, *dout;         /* by node */
    unsigned char (*add)[AE_MAX_INPUTS]; /* see ae_run */
    unsigned char *runs;                 /* by node: forward runs */
    unsigned char *back;                 /* ... backward runs */
    unsigned char *zero;                 /* ... on a dout that nobody wrote */
};

/* `shapes`: of every node.  `part` NULL: all nodes, with the graph's outputs
 * wanted; a part does not train.  All arrays lie in the arena. */
int ae_plan_make(struct ae_plan *p, const struct ae_graph *g,
                 const struct ae_subgraph *part, const struct ae_shape *shapes,
                 int n, int train, struct ae_arena *arena, struct ae_err *e);
/* Chooses offsets (multiples of 16) so that slots in use at the same time don't
 * overlap: largest first, each into the smallest gap.  *floats: the block's
 * size. */
int ae_plan_slots(struct ae_slot *slot, int count, size_t *floats,
                  struct ae_err *e);

#endif
