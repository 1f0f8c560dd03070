/* running_stats.h - the running statistics of a net's norms while a batch is
 * run in shards.
 *
 * Each shard moves them from where the step began; the step leaves the mean of
 * what the shards moved them to.  They travel in the block of gradients, where
 * weights that aren't trained have a place that nothing else uses. */
#ifndef AE_TRAIN_LOOP_RUNNING_STATS_H
#define AE_TRAIN_LOOP_RUNNING_STATS_H

#include "nn/graph/graph.h"

struct ae_running_stats {
    int spans;
    struct ae_running_span {
        size_t at, n; /* of the flat block of weights */
    } * span;
    float *before; /* as the step found them, one after the other */
};

int ae_running_stats_init(struct ae_running_stats *r, const struct ae_graph *g,
                          struct ae_err *e);
void ae_running_stats_release(struct ae_running_stats *r);
/* A step begins. */
void ae_running_stats_keep(struct ae_running_stats *r, const float *weights);
/* After a shard: puts them into `grad`, and the weights' back. */
void ae_running_stats_move(const struct ae_running_stats *r, float *weights,
                           float *grad);
/* After the last one: takes the mean of `shards` from their sum. */
void ae_running_stats_take(const struct ae_running_stats *r, float *weights,
                           const float *sum, int shards);

#endif
