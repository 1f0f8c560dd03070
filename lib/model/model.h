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
    /* one object, `version` inside: train, normalise, window, ...; unknown
     * keys are kept and said */
    json_t *meta;
    struct ae_fits fits; /* to the codes of the training data */
    /* for ae_denoiser_new(), of an alias (find.c); 0: none. Isn't saved */
    int ensemble;
};

/* What the plane of a net's input "sigma" holds where the level of noise isn't
 * told; else it is the root mean square of the noise in 0..1 units. */
#define AE_LEVEL_UNKNOWN (-1.0f)

/* What the option `key` of ae-train was, as text; NULL: not known. */
const char *ae_model_setting(const struct ae_model *m, const char *key);
/* The loss it was trained by, where that takes data within 0..1 alone and no
 * scale brings them there; else NULL. */
const char *ae_model_unit_loss(const struct ae_model *m);
/* AE_EARG with the remedy where one of n values lies outside 0..1, which that
 * loss, if it isn't NULL, doesn't take. */
int ae_unit_check(const char *loss, const float *x, size_t n, struct ae_err *e);

/* A block of the weights' layout that a checkpoint carries beside them:
 * tensors are saved as PREFIX.node.weight in float32. */
struct ae_block {
    const char *prefix;
    float *data;
};

int ae_model_new(const struct ae_ctx *ctx, struct ae_graph *graph /* taken */,
                 struct ae_model **out, struct ae_err *e);
/* precision: 16 or 32.  Equal models give equal bytes.  blocks may be NULL. */
int ae_model_write(const struct ae_ctx *ctx, const struct ae_model *m,
                   int precision, const struct ae_block *blocks, int nblocks,
                   struct ae_io *io, struct ae_err *e);
/* As ae_model_read() of ae.h; fills the blocks (allocated by the caller after
 * the graph is known: `want` is called once with the graph; NULL: blocks in
 * the file are skipped). */
struct ae_blocks_want {
    int (*fn)(void *arg, const struct ae_graph *g, struct ae_block **blocks,
              int *nblocks, struct ae_err *e);
    void *arg;
};
int ae_model_read_blocks(struct ae_ctx *ctx, struct ae_io *io,
                         const struct ae_blocks_want *want,
                         struct ae_model **out, struct ae_err *e);

#endif
