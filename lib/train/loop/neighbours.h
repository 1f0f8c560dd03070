/* neighbours.h - what keeps a net that learns a pixel from its neighbour
 * (train/data/self.h) from learning their mean (Huang et al. 2021,
 * Neighbor2Neighbor).
 *
 * The two pixels differ by noise, and where there is an edge by what they show.
 * The whole picture, cleaned by the net as it is and cut like the noisy one,
 * tells what they show: its difference, which no gradient passes, is added to
 * the target, and the loss by that target is a second term. */
#ifndef AE_TRAIN_LOOP_NEIGHBOURS_H
#define AE_TRAIN_LOOP_NEIGHBOURS_H

#include "nn/loss/loss.h"
#include "train/loop/feed.h"

struct ae_neighbours {
    const struct ae_ctx *ctx;
    const struct ae_graph *g;
    int items;             /* examples at once; 0: this isn't used */
    struct ae_shape shape; /* of one */
    struct ae_exec *exec;  /* of whole pictures, some at once */
    struct ae_feed feed;
    float *whole, *shown, *beside; /* one of them, cleaned; its halves */
    float *target, *grad;          /* [items] of the second term */
    const struct ae_batch *batch;  /* of the present pass; lent ... */
    int first;                     /* ... and its first example */
};

/* `weights` is borrowed.  To be released also after an error. */
int ae_neighbours_init(struct ae_neighbours *n, const struct ae_ctx *ctx,
                       const struct ae_graph *g, float *weights, int items,
                       struct ae_shape shape, struct ae_err *e);
void ae_neighbours_release(struct ae_neighbours *n);
/* Bytes that ae_neighbours_init() would take. */
int ae_neighbours_bytes(const struct ae_ctx *ctx, const struct ae_graph *g,
                        int items, struct ae_shape shape, uint64_t *bytes,
                        struct ae_err *e);
/* The next pass is over examples first, first + 1, ... of the batch. */
void ae_neighbours_feed(struct ae_neighbours *n, const struct ae_batch *b,
                        int first);
/* Returns the second term for the net's output, times `weight`, and adds its
 * gradient to dout, unless that has no data. */
double ae_neighbours_term(struct ae_neighbours *n, const struct ae_loss *loss,
                          const struct ae_view *out, const struct ae_view *dout,
                          double weight);

#endif
