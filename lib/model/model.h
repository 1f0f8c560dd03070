/* model.h - a graph, its weights and its metadata as one file
 * (safetensors; the page ae-model(5) describes it). */
#ifndef AE_MODEL_MODEL_H
#define AE_MODEL_MODEL_H

#include "base/json.h"
#include "model/fits.h"
#include "nn/graph/graph.h"

struct ae_model {
    struct ae_graph *graph;
    float *weights; /* graph->weights floats, aligned */
    /* One object with the keys version, train, input, scores, ...; unknown
     * keys are kept, with a note. */
    json_t *meta;
    struct ae_fits fits; /* distributions of the training data's codes */
    /* The ensemble that an alias asks ae_denoiser_new() for; 0: none.  It isn't
     * saved. */
    int ensemble;
};

/* The value of a net's input plane "sigma" where the level of noise is unknown;
 * else it is the root mean square of the noise in 0..1 units. */
#define AE_LEVEL_UNKNOWN (-1.0f)

/* The setting `key` of the training, as text; NULL: it isn't known. */
const char *ae_model_setting(const struct ae_model *m, const char *key);
/* The loss that the model was trained by, if that needs data within 0..1 and no
 * scale brings them there; else NULL. */
const char *ae_model_unit_loss(const struct ae_model *m);
/* AE_EARG, with a remedy, where one of n values lies outside 0..1; 0 where
 * `loss` is NULL. */
int ae_unit_check(const char *loss, const float *x, size_t n, struct ae_err *e);

/* A block with the layout of the weights that a checkpoint has beside them (the
 * optimiser's moments); its tensors are PREFIX.node.weight in float32. */
struct ae_block {
    const char *prefix;
    float *data;
};

int ae_model_new(const struct ae_ctx *ctx, struct ae_graph *graph /* taken */,
                 struct ae_model **out, struct ae_err *e);
/* precision: 16 or 32 bits.  Equal models give equal bytes.  blocks may be
 * NULL. */
int ae_model_write(const struct ae_ctx *ctx, const struct ae_model *m,
                   int precision, const struct ae_block *blocks, int nblocks,
                   struct ae_io *io, struct ae_err *e);
/* As ae_model_read() of ae.h, but fills blocks, too: want->fn is called once
 * with the graph, to allocate them.  want NULL: blocks in the file are
 * skipped. */
struct ae_blocks_want {
    int (*fn)(void *arg, const struct ae_graph *g, struct ae_block **blocks,
              int *nblocks, struct ae_err *e);
    void *arg;
};
int ae_model_read_blocks(struct ae_ctx *ctx, struct ae_io *io,
                         const struct ae_blocks_want *want,
                         struct ae_model **out, struct ae_err *e);

#endif
