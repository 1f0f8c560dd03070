/* weights.h - the flat block of a graph's weights <-> named tensors. */
#ifndef AE_MODEL_WEIGHTS_H
#define AE_MODEL_WEIGHTS_H

#include "model/model.h"
#include "model/safetensors.h"

/* One tensor of the file: which weights of which block. */
struct ae_slot {
    const struct ae_param *param;
    float *block; /* NULL: in the file, but not wanted */
};

/* NODE.weight...: every tensor of the graph, times 1 + nblocks, in order. */
size_t ae_weights_count(const struct ae_graph *g, int nblocks);
/* Fills tensor and slot for one block; `prefix` NULL: the weights. */
int ae_weights_list(const struct ae_graph *g, const char *prefix, float *block,
                    enum ae_st_type type, struct ae_arena *arena,
                    struct ae_st_tensor *tensor, struct ae_slot *slot,
                    struct ae_err *e);
/* Callbacks of safetensors.h; arg: an array of slots, or (put) one slot. */
void ae_weights_get(void *arg, int tensor, size_t first, size_t n, float *v);
void ae_weights_put(void *arg, size_t first, size_t n, const float *v);
/* Each tensor of the file held against the graph: every one known, none
 * missing, shapes equal. NULL params: another program's blocks.  `prefix`
 * lists the blocks wanted; slot->block is left to the caller, but for
 * which[i]: 0 the weights, 1 + b block b, -1 skipped. */
int ae_weights_match(const struct ae_graph *g, const struct ae_st *st,
                     const struct ae_block *blocks, int nblocks,
                     struct ae_slot *slot, int *which, struct ae_err *e);

#endif
