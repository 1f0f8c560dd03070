/* loss.h - the table of losses: means over all elements, and their slopes. */
#ifndef AE_NN_LOSS_H
#define AE_NN_LOSS_H

#include "kernel/ctx.h"
#include "nn/tensor.h"

struct ae_loss_kind {
    const char *name, *help;
    const struct ae_field *fields;
    size_t size;
    int unit_range;      /* 1: targets must lie in 0..1 (bce...) */
    /* pred holds k samples for each item of target: item i of pred belongs
     * to item i / k of target.  Stores d(loss)/d(pred) into dpred (data
     * NULL: not wanted).  Returns the loss, the
     * mean over elements, summed in double in an order that depends on shape
     * alone. */
    double (*eval)(const struct ae_ctx *, const void *attr,
                   const struct ae_view *pred, const struct ae_view *target,
                   int k, const struct ae_view *dpred);
};
const struct ae_loss_kind *ae_loss_at(size_t i);

/* "charbonnier:eps=1e-3" */
struct ae_loss { const struct ae_loss_kind *kind; void *attr; };
int ae_loss_parse(const char *text, struct ae_loss *out, struct ae_err *e);
void ae_loss_release(struct ae_loss *l);
static inline double ae_loss_eval(const struct ae_loss *l,
                                  const struct ae_ctx *ctx,
                                  const struct ae_view *pred,
                                  const struct ae_view *target, int k,
                                  const struct ae_view *dpred)
{
    return l->kind->eval(ctx, l->attr, pred, target, k, dpred);
}

#endif
