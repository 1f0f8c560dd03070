/* ring_plan.h - which node of a graph runs next when a picture goes through
 * from top to bottom, and how many rows each must keep.
 *
 * Of the nodes whose inputs have come far enough, the last runs, by a few
 * rows: so rows leave as soon as they can, and little waits.  The order is a
 * function of the graph and the heights alone; it is gone through once
 * beforehand, which tells how many rows are waiting at most. */
#ifndef AE_NN_GRAPH_RING_PLAN_H
#define AE_NN_GRAPH_RING_PLAN_H

#include "nn/graph/graph.h"

enum {
    AE_STREAM_ROWS = 4
    /* of a node, at a time; a multiple of any node's grid */
};

struct ae_ring_plan {
    const struct ae_graph *g;
    const struct ae_shape *shape; /* of every node */
    int *done;                    /* by node: rows that are there */
    /* ... whose ring it writes to: its own, or in place of its first input */
    int *ring_of;
    int *rows;             /* of a home's ring */
    unsigned char *needed; /* 0: no output needs it */
    /* nodes that read node i: reader[first[i]] to reader[first[i + 1] - 1] */
    int *reader, *first;
    int *taken; /* of an output: rows taken by the caller */
    /* most rows of the first input above those taken of the first output */
    int delay;
    int keep_inputs; /* no node works in place of an input */
};

/* Arrays lie in the arena; no row is done yet. */
int ae_ring_plan_make(struct ae_ring_plan *r, const struct ae_graph *g,
                      const struct ae_shape *shape, int keep_inputs,
                      struct ae_arena *arena, struct ae_err *e);
void ae_ring_plan_rewind(struct ae_ring_plan *r);
/* The next node, which is to make its rows *from to *to - 1 before the next
 * call.  An input node (always the first): all inputs are to be filled that
 * far, as far as they go.  Of an output the caller takes the rows at once.
 * Not to be called when all rows of all outputs are done. */
int ae_ring_plan_next(struct ae_ring_plan *r, int *from, int *to);

#endif
