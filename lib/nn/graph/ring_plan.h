/* ring_plan.h - which node of a graph runs next when a picture goes through
 * from top to bottom, and how many rows each must keep.
 *
 * Of the nodes that have enough input rows, the last one runs, by a few rows:
 * so rows leave as soon as they can, and few wait.  The order is a function of
 * the graph and the heights only; one simulation of it beforehand finds how
 * many rows wait at most. */
#ifndef AE_NN_GRAPH_RING_PLAN_H
#define AE_NN_GRAPH_RING_PLAN_H

#include "nn/graph/graph.h"

enum {
    AE_STREAM_ROWS = 4
    /* of a node at a time; a multiple of any node's tile */
};

struct ae_ring_plan {
    const struct ae_graph *g;
    const struct ae_shape *shape; /* of every node */
    int *done;                    /* by node: rows made so far */
    /* by node: whose ring it writes to, its own or, in place, its first
     * input's */
    int *ring_of;
    int *rows;             /* by node: of its ring */
    unsigned char *needed; /* 0: no output needs it */
    /* nodes that read node i: reader[first[i]] to reader[first[i + 1] - 1] */
    int *reader, *first;
    int *taken; /* of an output: rows taken by the caller */
    /* rows of the first input beyond those taken of the first output, at
     * most */
    int delay;
    int keep_inputs; /* 1: no node works in place of an input */
};

/* Arrays lie in the arena; afterwards no row is done. */
int ae_ring_plan_make(struct ae_ring_plan *r, const struct ae_graph *g,
                      const struct ae_shape *shape, int keep_inputs,
                      struct ae_arena *arena, struct ae_err *e);
void ae_ring_plan_rewind(struct ae_ring_plan *r);
/* The next node: its rows *from to *to - 1 are to be made before the next call.
 * If it is an input (always the first one), all inputs are to be filled up to
 * there, or to their end.  Rows of an output are taken by the caller at once.
 * Not to be called when all rows of all outputs are done. */
int ae_ring_plan_next(struct ae_ring_plan *r, int *from, int *to);

#endif
