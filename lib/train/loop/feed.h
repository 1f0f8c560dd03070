/* feed.h - examples of a batch into the inputs of an executor.
 *
 * The views of the inputs are looked up once, when the executor is made: a
 * step of two examples with two samples each then fills items 0 and 1 with
 * the first example and items 2 and 3 with the second. */
#ifndef AE_TRAIN_LOOP_FEED_H
#define AE_TRAIN_LOOP_FEED_H

#include "nn/graph/exec.h"
#include "train/data/sampler.h"

struct ae_feed {
    struct ae_view x;            /* the noisy example */
    struct ae_view sigma, label; /* data NULL: the net has no such input */
};

void ae_feed_init(struct ae_feed *f, const struct ae_exec *x);
/* Puts examples first..first+n-1 into the inputs from item `at` on, `copies`
 * of each side by side. */
void ae_feed_put(const struct ae_feed *f, const struct ae_batch *b, int first,
                 int n, int at, int copies);

#endif
