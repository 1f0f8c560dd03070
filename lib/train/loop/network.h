/* network.h - the net that -m names, made for the data's shape. */
#ifndef AE_TRAIN_LOOP_NETWORK_H
#define AE_TRAIN_LOOP_NETWORK_H

#include "model/model.h"

/* What -m names: the text of a spec with its variables, or a trained model. */
struct ae_origin {
    char *text, *vars;
    struct ae_model *model; /* NULL for a spec */
};
int ae_origin_find(struct ae_ctx *ctx, const char *name, struct ae_origin *o,
                   struct ae_err *e);
void ae_origin_release(struct ae_origin *o);
/* 1 when the net runs on any height and width; *align becomes what patches
 * must be a multiple of. */
int ae_origin_is_free(const struct ae_origin *o, int *align, struct ae_err *e);
/* 1 when the net has an input of that name. */
int ae_origin_asks(const struct ae_origin *o, const char *input,
                   struct ae_err *e);
/* 1 when its weights are fitted at once: a spec whose code is init=pca. */
int ae_origin_fits(const struct ae_origin *o, struct ae_err *e);
/* What --loss auto is, to be freed: that which a trained model was made with;
 * else gauss for a net that gives log-variances, bernoulli for other
 * variational ones on data within 0..1, l1 for nets of any size, which
 * pictures go through, l2 for others.  AE_EARG for variational nets on data
 * outside 0..1, whose noise only the user knows. */
int ae_origin_loss(const struct ae_origin *o, int outside, char **loss,
                   struct ae_err *e);
/* A model with fresh weights (seeded), or those of the trained model, whose
 * spec got the data's shape where it declares rows, cols or ch, the number of
 * classes where it declares classes, and, where values lie outside 0..1 and
 * it declares out, the activation that ends it: none; dropout and the code's
 * l1 as the options say.  The origin is used up. */
int ae_network_new(struct ae_ctx *ctx, struct ae_origin *o,
                   struct ae_shape shape, int outside, int classes,
                   const struct ae_train_options *to, struct ae_model **out,
                   struct ae_err *e);
/* AE_EARG with the remedy unless the net maps items of that shape to items
 * of that shape and has no inputs but x, sigma and a label of so many
 * classes. */
int ae_network_check(const struct ae_graph *g, struct ae_shape shape,
                     int classes, struct ae_err *e);

#endif
