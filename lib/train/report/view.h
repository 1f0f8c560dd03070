/* view.h - what a run lets its observers see: the table of metrics, the page,
 * the progress line.
 *
 * Observers read and never change a run.  All pointers are lent for the time
 * of one call. */
#ifndef AE_TRAIN_REPORT_VIEW_H
#define AE_TRAIN_REPORT_VIEW_H

#include "model/model.h"
#include "train/loop/posterior.h"

enum ae_score_kind {
    AE_SCORE_LOSS,  /* the objective of training; lower is better */
    AE_SCORE_BOUND, /* minus the evidence bound, nats an example; lower */
    AE_SCORE_PSNR   /* dB; higher is better */
};

struct ae_train_view {
    struct ae_ctx *ctx;
    /* of the run as a whole */
    const struct ae_train_options *options; /* with what "auto" became */
    const json_t *settings;                 /* ae_settings_json() of them */
    struct ae_model model;                  /* with the weights it saves */
    struct ae_shape shape;                  /* of a training example */
    uint32_t learned, held_out;             /* numbers of examples */
    int text;                               /* 1: items are hashed text */
    int outside; /* 1: some values lie outside 0..1 */
    /* at this step */
    uint64_t first, step, steps; /* where this part began; done; of the run,
                                  * 0: not known yet */
    double loss;                 /* mean since the row before */
    double lr;                   /* learning rate */
    double seconds;              /* since the run began or went on */
    int scored;                  /* 1: the score is of this step */
    enum ae_score_kind score_kind;
    const char *score_name; /* "psnr", "nats" or the loss's */
    double score, best;     /* NaN: none yet */
    double untouched; /* the score of the noisy examples; NaN: there is none */
    const struct ae_posterior *posterior; /* count 0: not variational */
    const char *advice; /* what is wrong with the code, or NULL */
    /* held-out examples without noise and as the net is given them; ... */
    struct ae_view clean, noisy;
    const int *class; /* of each, for a conditional model */
    /* the text of held-out example i's class, or NULL */
    const char *(*label)(void *arg, int i);
    /* ... and what it makes of those from `first` on, as many as the view that
     * is returned has */
    struct ae_view (*reconstruct)(void *arg, int first);
    void *arg;
};

#endif
