/* checkpoint.h - all that a run needs to go on as if it had never stopped:
 * weights, moments, running average, step, best score, mean norm, settings. */
#ifndef AE_TRAIN_LOOP_CHECKPOINT_H
#define AE_TRAIN_LOOP_CHECKPOINT_H

#include "model/model.h"
#include "train/loop/course.h"

struct ae_checkpoint {
    const struct ae_graph *graph;
    float *weights, *m, *v, *mean; /* mean NULL: no running average */
    uint64_t step, steps;          /* done; of the run, 0: not known yet */
    struct ae_course course;       /* steps is what it says at step */
    double norm;                   /* running mean of the gradients' */
    double best;                   /* score of OUTPUT, NaN: none yet */
    uint64_t best_step;            /* that gave it, 0: not known */
    uint64_t stale;                /* scores since then without a gain */
    json_t *settings;
    int optional;    /* 1: the net cleans without being given the level, too */
    uint64_t digest; /* of the data */
};

/* OUTPUT.ckpt, to be freed with free(). */
int ae_checkpoint_path(const char *output, char **path, struct ae_err *e);
/* Writes a temporary file and renames it: an old checkpoint stays whole until
 * then. */
int ae_checkpoint_save(const struct ae_ctx *ctx, const char *path,
                       const struct ae_checkpoint *c, struct ae_err *e);
/* Fills c's blocks and numbers, after it compared the file's spec, settings
 * and digest with c's: AE_EARG where they differ. */
int ae_checkpoint_load(struct ae_ctx *ctx, const char *path,
                       struct ae_checkpoint *c, struct ae_err *e);
/* The name of the kernels that the run at `path` has; "" where it says none. */
void ae_checkpoint_kernels(struct ae_ctx *ctx, const char *path, char *name,
                           size_t size);
/* Whether the metadata of a model are of this run (1), or of none (0): AE_EARG
 * where settings or data differ.  *steps: of its run. */
int ae_checkpoint_is_end(const struct ae_checkpoint *c, const json_t *meta,
                         uint64_t *steps, struct ae_err *e);

#endif
