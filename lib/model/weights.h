/* weights.h - between the flat block of a graph's weights and named tensors. */
#ifndef AE_MODEL_WEIGHTS_H
#define AE_MODEL_WEIGHTS_H

#include "model/model.h"
#include "model/safetensors.h"

/* The place of a tensor of the file: a parameter in a block. */
struct ae_slot {
    const struct ae_param *param;
    float *block; /* NULL: in the file, but not wanted */
};

/* Number of tensors of the weights and of nblocks blocks with their layout. */
size_t ae_weights_count(const struct ae_graph *g, int nblocks);
/* Fills in tensors and slots of one block, in the order of the graph: a tensor
 * is named [PREFIX.]NODE.weight or the like; prefix NULL: the weights. */
int ae_weights_list(const struct ae_graph *g, const char *prefix, float *block,
                    enum ae_st_type type, struct ae_arena *arena,
                    struct ae_st_tensor *tensor, struct ae_slot *slot,
                    struct ae_err *e);
/* Callbacks of safetensors.h; arg is an array of slots, or one slot for
 * put. */
void ae_weights_get(void *arg, int tensor, size_t first, size_t n, float *v);
void ae_weights_put(void *arg, size_t first, size_t n, const float *v);
/* Checks each tensor of the file against the graph: all are known, none is
 * missing, shapes are equal.  Tensors of blocks that aren't among `blocks` are
 * skipped.  Fills in slot[i].param, and which[i]: 0 for the weights, 1 + b for
 * block b, -1 for a skipped tensor; slot[i].block is the caller's to set. */
int ae_weights_match(const struct ae_graph *g, const struct ae_st *st,
                     const struct ae_block *blocks, int nblocks,
                     struct ae_slot *slot, int *which, struct ae_err *e);

#endif
