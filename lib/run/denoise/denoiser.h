/* denoiser.h - a model made ready to denoise pictures of any size. */
#ifndef AE_RUN_DENOISE_DENOISER_H
#define AE_RUN_DENOISE_DENOISER_H

#include "base/err.h"
#include "model/level.h"
#include "run/denoise/net.h"
#include "run/denoise/picture.h"
#include "run/fit/zero_shot.h"

struct ae_denoiser {
    struct ae_ctx *ctx;
    struct ae_graph *folded; /* NULL: the model has no norms to fold */
    float *folded_weights;
    struct ae_net net;
    int channels;         /* of the input x: 1 or 3 */
    struct ae_shape size; /* of it; 0: any */
    int sigma;            /* the net has an input for the level of noise, ... */
    int optional;         /* ... which may stay unknown */
    struct ae_level_curve curve;
    /* for nets that need the level; NULL until it is needed */
    struct ae_level_estimator *estimator;
    struct ae_zero_shot *fit; /* makes the net for each picture; or NULL */
    int any_size;             /* how pictures may be cut into pieces */
    int overlap[2], align[2];
    const char *unit_loss; /* see ae_model_unit_loss() */
    uint64_t model_bytes;  /* its weights, as the caller has them and folded */
};

/* What is to be done with a picture. */
struct ae_picture_plan ae_denoiser_plan(const struct ae_denoiser *d,
                                        const struct ae_denoise_options *o,
                                        const struct ae_image_info *info);
/* Bytes that are taken before the first picture, the process's own among
 * them, and what the memory bound leaves for pictures. */
uint64_t ae_denoiser_taken(const struct ae_denoiser *d);
uint64_t ae_denoiser_memory(const struct ae_denoiser *d);
/* The size of the batches that pictures like this one are run in; 0: it is
 * streamed, since it is large or the options need its rows in order. */
int ae_denoiser_batch(const struct ae_denoiser *d,
                      const struct ae_denoise_options *o,
                      const struct ae_image_info *info);

/* fit.c: fits the denoiser's net to a picture all of whose rows wait; step as
 * for ae_zero_shot_fit().  Does nothing where a row couldn't be read, which is
 * told when that row's turn comes. */
int ae_denoiser_fit(struct ae_denoiser *d, struct ae_picture *p,
                    void (*step)(void *arg, double share), void *arg,
                    struct ae_err *e);

/* Runs the net blind and passes what it removes from the picture's colours to
 * the sink, row by row, in units of 0..1; *level becomes the level of noise
 * that follows from it. */
int ae_denoise_residual(struct ae_denoiser *d, struct ae_reader *r,
                        struct ae_sink sink, double *level, struct ae_err *e);

#endif
