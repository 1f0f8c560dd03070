/* stream.h - a graph run over pictures of any height, from top to bottom.
 *
 * Every node keeps a ring of the rows that others still need (ring_plan.h), so
 * memory grows with the width and the graph's depth, not with the height, and
 * nothing is computed twice.  Several turns of a net go side by side over one
 * input.  The values are those of ae_exec_forward(), bit for bit.  For
 * inference; nothing is allocated between start and end. */
#ifndef AE_NN_GRAPH_STREAM_H
#define AE_NN_GRAPH_STREAM_H

#include "nn/graph/graph.h"

struct ae_stream;

/* The graph and its weights are borrowed until the end. */
int ae_stream_new(const struct ae_ctx *ctx, const struct ae_graph *g,
                  float *weights, struct ae_stream **out, struct ae_err *e);
/* The output is the mean over so many turns of the net (1, 2 or 8; turn.h),
 * which run side by side over one input.  AE_EUNSUPPORTED where the net lacks
 * one of them. */
int ae_stream_new_turns(const struct ae_ctx *ctx, const struct ae_graph *g,
                        float *weights, int turns, struct ae_stream **out,
                        struct ae_err *e);
void ae_stream_free(struct ae_stream *r);
/* To be called after weights have changed. */
int ae_stream_pack(struct ae_stream *r, struct ae_err *e);
/* How often a picture goes through the net, for the next ae_stream_start() and
 * ae_stream_bytes(): once, with all turns together, or 2, 4.. times up to their
 * number, with fewer turns each time.  That takes less memory a column, but
 * keeps a sum of all rows; the input's rows are wanted in each pass, and rows
 * come out in the last.  The bits are the same. */
void ae_stream_passes(struct ae_stream *r, int passes);
/* How much of all passes is done, 0..1. */
double ae_stream_share(const struct ae_stream *r);
/* Begins at the first row of n items of h x w (0: nominal) side by side. */
int ae_stream_start(struct ae_stream *r, int n, int h, int w, struct ae_err *e);
/* Begins the same again. */
void ae_stream_rewind(struct ae_stream *r);
/* Bytes that ae_stream_start() would take beyond the packed weights.  *delay,
 * unless NULL: how many rows of the input are at most ahead of those taken of
 * an output of the same height.  The last answer is remembered. */
int ae_stream_bytes(struct ae_stream *r, int n, int h, int w, uint64_t *bytes,
                    int *delay, struct ae_err *e);
uint64_t ae_stream_weight_bytes(const struct ae_stream *r);
/* Its packed weights, for ae_exec_new_packed(), and those of its i-th turn, for
 * ae_exec_set_turn(); NULL for the first. */
float *ae_stream_packed(const struct ae_stream *r);
float *ae_stream_turned(const struct ae_stream *r, int i);
/* Views whose rows from..to-1 of the last ae_stream_run() may be written or
 * read through ae_row(); data NULL where the graph has no such input. */
struct ae_view ae_stream_input(const struct ae_stream *r, const char *name);
struct ae_view ae_stream_output(const struct ae_stream *r);
/* Concurrent work that isn't the net's, such as decoding: ae_stream_run() calls
 * fn(arg) now and then from one thread of the pool, never from two at once,
 * while the other threads run the net.  A call should take a fraction of a
 * millisecond.  It isn't called with one thread. */
typedef void ae_side_work_fn(void *arg);
void ae_stream_set_side_work(struct ae_stream *r, ae_side_work_fn *fn,
                             void *arg);
/* Runs until rows *from to *to - 1 of the first output are made, in order, and
 * returns 1: the caller takes them before the next call.  Or until it needs
 * rows *from to *to - 1 of every input, and returns 0: the caller fills them
 * before the next call.  Not to be called after the output's last row. */
int ae_stream_run(struct ae_stream *r, int *from, int *to);

#endif
