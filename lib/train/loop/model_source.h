/* model_source.h - what the setting "model" names: a preset or a spec, which
 * become a net with fresh weights, or a trained model to go on from. */
#ifndef AE_TRAIN_LOOP_MODEL_SOURCE_H
#define AE_TRAIN_LOOP_MODEL_SOURCE_H

#include "model/model.h"

struct ae_model_source {
    char *text, *vars;      /* of a spec, with its variables */
    struct ae_model *model; /* trained; NULL for a spec */
    /* of the net, as the spec or the model has it: */
    int any_size, align; /* runs on any height and width, multiples of align */
    int has_label;       /* has an input for the class */
    int variational, has_logvar; /* draws its code; tells its own variance */
    int pca; /* its code asks for the principal axes as weights */
};

/* After a failure, too, release what there is. */
int ae_model_source_find(struct ae_ctx *ctx, const char *name,
                         struct ae_model_source *s, struct ae_err *e);
void ae_model_source_release(struct ae_model_source *s);
/* What the loss "auto" stands for: the one that a trained model was made with;
 * else gauss for a net that gives log-variances, bernoulli for other
 * variational nets on data within 0..1, l1 for nets of any size, which pictures
 * go through, l2 for others.  NULL for variational nets on data outside 0..1,
 * whose noise only the user knows.  Lent by the trained model, where there is
 * one. */
const char *ae_model_source_loss(const struct ae_model_source *s, int outside);
/* Makes the model; s is used up.  A spec gets fresh weights, by the seed, and
 * the data's shape where it declares rows, cols or ch, the number of classes
 * where it declares classes, and, where values lie outside 0..1 and it declares
 * out, no activation at its end.  Dropout and the code's l1 become as the
 * options say.  AE_EARG as ae_model_source_check() has it. */
int ae_model_source_make(struct ae_model_source *s, struct ae_ctx *ctx,
                         struct ae_shape shape, int outside, int classes,
                         const struct ae_train_options *o,
                         struct ae_model **out, struct ae_err *e);
/* AE_EARG, with the remedy, unless the net maps items of that shape to items of
 * that shape and has no inputs but x, sigma and a label of so many classes. */
int ae_model_source_check(const struct ae_graph *g, struct ae_shape shape,
                          int classes, struct ae_err *e);

#endif
