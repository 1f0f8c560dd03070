/* denoiser.h - what denoise.c and small.c share: a net that is ready. */
#ifndef AE_RUN_DENOISE_DENOISER_H
#define AE_RUN_DENOISE_DENOISER_H

#include "base/err.h"
#include "model/level.h"
#include "nn/graph/exec.h"
#include "nn/graph/stream.h"
#include "run/denoise/picture.h"

struct ae_denoiser {
    struct ae_ctx *ctx;
    struct ae_graph *folded; /* NULL: the model has no norms to fold */
    float *folded_weights;
    const struct ae_graph *graph;
    float *weights;       /* the graph's */
    int channels;         /* of the input x: 1 or 3 */
    struct ae_shape size; /* of it; 0: any */
    int sigma;            /* has an input for the level of noise ... */
    int optional;         /* ... which may stay unknown */
    struct ae_level_curve curve;
    /* finds a level that must be told; NULL: it wasn't asked yet */
    struct ae_blind *blind;
    int free, overlap[2], align[2];
    const char *unit_loss; /* see ae_model_unit_loss() */
    int turns;             /* of the net, whose mean counts */
    struct ae_stream *roll;
    struct ae_exec *few;      /* small.c: for small pictures, or NULL ... */
    struct ae_shape few_size; /* ... of that size, ... */
    int few_items;            /* ... so many at once */
};

/* Where the level comes from. */
enum ae_level_from ae_denoiser_level(const struct ae_denoiser *d,
                                     const struct ae_denoise_options *o);
/* What of the bound on memory is left for pictures. */
uint64_t ae_denoiser_memory(const struct ae_denoiser *d);
/* A net of one size takes no other. */
int ae_denoiser_check(const struct ae_denoiser *d,
                      const struct ae_image_info *i, struct ae_err *e);
/* Pieces of x come out as y, as large. */
int ae_denoiser_check_sizes(const struct ae_view *x, const struct ae_view *y,
                            struct ae_err *e);

/* Rows of what the net, untold, removes from a picture's colours, 0..1 units,
 * and the level that follows. */
int ae_denoise_removed(struct ae_denoiser *d, struct ae_reader *r,
                       struct ae_sink sink, double *level, struct ae_err *e);

/* small.c: one picture that ae_denoise_batch_hint() calls small. */
int ae_small_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
                     struct ae_reader *r, struct ae_writer *w,
                     struct ae_denoise_found *found, struct ae_err *e);

#endif
