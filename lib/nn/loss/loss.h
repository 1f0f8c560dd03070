/* loss.h - the table of losses: means over all elements, and their gradients.
 *
 * Some are negative log-likelihoods in nats; the sum over an item's elements is
 * then the reconstruction term of the evidence bound. */
#ifndef AE_NN_LOSS_LOSS_H
#define AE_NN_LOSS_LOSS_H

#include "kernel/ctx.h"
#include "nn/graph/tensor.h"

/* n elements that touch.  lv: the net's own log-variances, NULL where there
 * are none; dp, dlv: gradients times `scale`, NULL where not wanted. */
struct ae_nll_run {
    const float *p, *lv, *t;
    float *dp, *dlv;
    int n;
    float scale;
};
/* The sum of -log p, in double, in order. */
typedef double ae_nll_fn(const void *attr, const struct ae_nll_run *r);

/* pred holds k samples for each item of target: item i of pred belongs to item
 * i / k of target.  Stores d(loss)/d(pred) into dpred (data NULL: not wanted).
 * plane: of one channel, the weight of each pixel of target in the mean; NULL:
 * all weigh the same.  Returns the loss: the mean over elements, summed in
 * double in an order that depends on shape only. */
typedef double ae_loss_eval_fn(const struct ae_ctx *ctx, const void *attr,
                               const struct ae_view *pred,
                               const struct ae_view *target,
                               const struct ae_view *plane, int k,
                               const struct ae_view *dpred);

struct ae_loss_kind {
    const char *name, *help;
    const struct ae_field *fields;
    size_t size;
    int unit_range;        /* 1: targets must lie in 0..1 (bce...) */
    ae_loss_eval_fn *eval; /* NULL: `nll` divided by the elements */
    ae_nll_fn *nll;        /* NULL: no likelihood */
    int whole;             /* 1: it isn't a mean over elements or pixels */
};
const struct ae_loss_kind *ae_loss_at(size_t i);

/* "charbonnier:eps=1e-3" */
struct ae_loss {
    const struct ae_loss_kind *kind;
    void *attr;
};
int ae_loss_parse(const char *text, struct ae_loss *out, struct ae_err *e);
void ae_loss_release(struct ae_loss *l);
/* A likelihood that wants the net's own variances takes a deviation of 1. */
double ae_loss_eval(const struct ae_loss *l, const struct ae_ctx *ctx,
                    const struct ae_view *pred, const struct ae_view *target,
                    int k, const struct ae_view *dpred);

/* The same with a weight plane, which a loss that is `whole` can't have; NULL:
 * none.  Not all weights may be 0. */
double ae_loss_eval_weighted(const struct ae_loss *l, const struct ae_ctx *ctx,
                             const struct ae_view *pred,
                             const struct ae_view *target,
                             const struct ae_view *plane, int k,
                             const struct ae_view *dpred);
/* The sum of a plane's weights; without a plane the pixels of `target`. */
double ae_loss_weight(const struct ae_view *target,
                      const struct ae_view *plane);

/* 1: the loss reads the net's output `logvar` as log-variances. */
int ae_loss_wants_logvar(const struct ae_loss *l);
/* nll[i] becomes -log p of item i of pred in nats, summed over its elements.
 * AE_EARG for a loss that is no likelihood, or that needs a logvar and gets
 * none; otherwise logvar may be NULL or without data. */
int ae_loss_nll(const struct ae_loss *l, const struct ae_ctx *ctx,
                const struct ae_view *pred, const struct ae_view *logvar,
                const struct ae_view *target, int k, double *nll,
                struct ae_err *e);

/* The views of a likelihood; those that may be missing are NULL or have no
 * data. */
struct ae_likelihood {
    const struct ae_view *pred, *target;
    const struct ae_view *logvar; /* may be missing */
    const struct ae_view *plane;  /* see ae_loss_eval_fn; may be missing */
    int k;                        /* items of pred to one of target */
    /* of the gradients of each item of pred; NULL: one divided by all
     * elements, for a mean */
    const double *weight;
    const struct ae_view *dpred, *dlogvar; /* may be missing */
};
/* For a loss whose kind has `nll`: returns the sum over all items, in nats, and
 * stores the gradients.  nll, unless NULL, is filled as by ae_loss_nll(). */
double ae_loss_likelihood(const struct ae_loss *l, const struct ae_ctx *ctx,
                          const struct ae_likelihood *io, double *nll);

/* Rows of the table that have files of their own: loss_nll.c, loss_psnr.c,
 * loss_ssim.c. */
struct ae_gauss {
    double sigma;
};
struct ae_laplace {
    double b;
};
struct ae_loss_psnr {
    double floor; /* 8-bit units */
};
extern const struct ae_field ae_gauss_fields[], ae_laplace_fields[];
extern const struct ae_field ae_loss_psnr_fields[];
ae_nll_fn ae_bernoulli_nll, ae_gauss_nll, ae_laplace_nll;
ae_loss_eval_fn ae_loss_psnr_eval, ae_loss_ssim_eval;

#endif
