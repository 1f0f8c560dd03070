/* valid.h - how good a model is on data held out: fixed examples, fixed
 * crops, fixed noise, so that scores of different steps and runs compare. */
#ifndef AE_TRAIN_VALID_H
#define AE_TRAIN_VALID_H

#include "nn/exec.h"
#include "nn/loss.h"
#include "train/batch.h"

struct ae_valid {
    struct ae_exec *exec;
    struct ae_batch all;         /* every example */
    struct ae_shape shape;       /* of one */
    const struct ae_loss *loss;
    const struct ae_ctx *ctx;
    int psnr;                    /* 1: mean of the examples' PSNR, higher is
                                    better; 0: mean loss, lower is */
    int step;                    /* examples the executor takes at once */
};

/* `weights` is borrowed and read at each score. */
int ae_valid_init(struct ae_valid *v, const struct ae_sampler *s,
                  const struct ae_graph *g, float *weights,
                  const struct ae_loss *loss, int psnr, struct ae_err *e);
void ae_valid_release(struct ae_valid *v);
double ae_valid_score(struct ae_valid *v);
/* Whether score a is better than b (b NaN: anything is). */
int ae_valid_better(const struct ae_valid *v, double a, double b);
const char *ae_valid_name(const struct ae_valid *v);

/* Puts examples first..first+n-1 into the executor's inputs. */
void ae_feed(struct ae_exec *x, const struct ae_batch *b, int first, int n);
/* The clean ones as a view. */
struct ae_view ae_batch_view(const struct ae_batch *b, struct ae_shape shape,
                             int first, int n);

#endif
