/* exec.h - a graph made ready to run at one batch and size.
 *
 * The plan lays every activation out in one block before the first run; a
 * pass allocates nothing.  Rows of one operator run in parallel. */
#ifndef AE_NN_GRAPH_EXEC_H
#define AE_NN_GRAPH_EXEC_H

#include "nn/graph/graph.h"
#include "nn/graph/memory_plan.h"

struct ae_exec;

/* `weights` is borrowed (graph->weights floats).  With `train`, gradients
 * are kept: ae_exec_wgrad() is a block of the same layout. h, w 0: nominal. */
int ae_exec_new(const struct ae_ctx *ctx, const struct ae_graph *g,
                float *weights, int n, int h, int w, int train,
                struct ae_exec **out, struct ae_err *e);
/* Only the part's nodes run and take memory (inference). */
int ae_exec_new_part(const struct ae_ctx *ctx, const struct ae_graph *g,
                     float *weights, const struct ae_subgraph *part, int n,
                     int h, int w, struct ae_exec **out, struct ae_err *e);
/* For inference with weights that are packed already (ae_stream_packed()). */
int ae_exec_new_packed(const struct ae_ctx *ctx, const struct ae_graph *g,
                       float *weights, float *packed, int n, int h, int w,
                       struct ae_exec **out, struct ae_err *e);
/* Runs the net in that turn (turn.h) from now on, with the weights that
 * ae_stream_turned() gives for it.  The net must have the turn (inference). */
void ae_exec_set_turn(struct ae_exec *x, int turn, float *turned);
void ae_exec_free(struct ae_exec *x);
/* Bytes that ae_exec_new() would take, without taking them. */
int ae_exec_bytes(const struct ae_ctx *ctx, const struct ae_graph *g, int n,
                  int h, int w, int train, uint64_t *bytes, struct ae_err *e);
/* Runs only the first n items of the batch from now on, at least 1
 * (inference). */
void ae_exec_set_items(struct ae_exec *x, int n);
/* The values of a given or wanted node. */
struct ae_view ae_exec_node(const struct ae_exec *x, int node);
/* The input node of that name; data NULL when the graph has none. */
struct ae_view ae_exec_input(const struct ae_exec *x, const char *name);
/* The named output (NULL: the first), and its gradient to be filled before
 * ae_exec_backward(). */
struct ae_view ae_exec_output(const struct ae_exec *x, const char *name);
struct ae_view ae_exec_doutput(const struct ae_exec *x, const char *name);
float *ae_exec_wgrad(struct ae_exec *x);
/* What layers that are the code do from now on.  At first they draw in
 * training, with beta 1. */
void ae_exec_set_code(struct ae_exec *x, const struct ae_code_options *how);
/* Has random layers draw, from now on, as for that part of a larger batch.  At
 * first the items are all of it. */
void ae_exec_set_part(struct ae_exec *x, const struct ae_part_of_batch *part);
/* Statistics of a code node, from the last forward that summed terms. */
const struct ae_code_stats *ae_exec_stats(const struct ae_exec *x, int node);
/* To be called after weights have changed. */
void ae_exec_pack(struct ae_exec *x);
/* Runs inputs to outputs.  Returns the sum of the nodes' own loss terms, in
 * training or where latents draw. */
double ae_exec_forward(struct ae_exec *x, uint64_t seed, uint64_t step);
/* Zeroes wgrad, then runs from doutput back to every weight. */
void ae_exec_backward(struct ae_exec *x);

#endif
