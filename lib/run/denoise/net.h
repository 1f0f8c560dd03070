/* net.h - a net made ready, and its run over pictures, in one of two ways
 * that give the same bits.
 *
 * Streamed, rows of a picture (or of a piece of one) go in at the top and come
 * out a little later, so that memory grows with the width and not with the
 * height.  A small picture would leave the threads nothing to share that way,
 * and all filters would be read for a few columns; so small pictures of one
 * size are held in memory as a whole, several as one batch.  The caller sees no
 * difference:
 *
 *     ae_net_stream(net, planes, h, w, e);       or ae_net_batch()
 *     for (int done = 0, from, to; done < h;) {
 *         if (ae_net_next(net, &from, &to))
 *             done = to;    having used rows from..to-1 of net->y
 *         else
 *             ...           having filled those rows of net->x, net->sigma
 *     }
 */
#ifndef AE_RUN_DENOISE_NET_H
#define AE_RUN_DENOISE_NET_H

#include "nn/graph/exec.h"
#include "nn/graph/stream.h"

struct ae_net {
    struct ae_ctx *ctx;
    const struct ae_graph *graph; /* the caller's, and its weights */
    float *weights;
    int turns;                /* of the net, whose mean comes out */
    struct ae_stream *stream; /* has the packed weights of both ways */
    struct ae_exec *exec;     /* NULL, or made for ... */
    int items, h, w;          /* ... batches of this size */
    float *mean;              /* over the turns of a batch; NULL for one turn */
    /* Of the present run: views whose rows ae_net_next() names; sigma.data is
     * NULL where the net has no such input. */
    struct ae_view x, sigma, y;
    int batch; /* it is a batch, ... */
    int turn;  /* ... and so many turns of it are done; -1: nothing is */
};

/* turns: 1, 2 or 8.  AE_EUNSUPPORTED where the net can't be turned. */
int ae_net_init(struct ae_net *net, struct ae_ctx *ctx,
                const struct ae_graph *g, float *weights, int turns,
                struct ae_err *e);
void ae_net_release(struct ae_net *net);
/* Begins a run over n planes of one picture, h x w (0: as the graph has it). */
int ae_net_stream(struct ae_net *net, int n, int h, int w, struct ae_err *e);
/* Begins a run over a batch of n planes of h x w. */
int ae_net_batch(struct ae_net *net, int n, int h, int w, struct ae_err *e);
/* Bytes that a batch takes. */
int ae_net_batch_bytes(const struct ae_net *net, int n, int h, int w,
                       uint64_t *bytes, struct ae_err *e);
/* Restarts the stream at its first row, for the next piece. */
void ae_net_rewind(struct ae_net *net);
/* Runs on as far as it can.  Returns 1 when rows *from .. *to - 1 of y are
 * there, in order, and 0 when those rows of all inputs are wanted. */
int ae_net_next(struct ae_net *net, int *from, int *to);
/* The share of the run that is done, 0..1. */
double ae_net_share(const struct ae_net *net);

#endif
