/* fit.h - an item as floats of the shape that a model takes. */
#ifndef AE_DATA_FIT_H
#define AE_DATA_FIT_H

#include "data/source.h"

/* What to do where a picture's size isn't the model's. */
enum ae_fit { AE_FIT_REFUSE, AE_FIT_CROP, AE_FIT_PAD, AE_FIT_RESIZE };

struct ae_fitter {
    struct ae_ctx *ctx;
    int h, w, c; /* what the model takes; h, w 0: any */
    enum ae_fit fit;
    float *raw; /* the item's samples */
    size_t cap;
};

/* Fills out, h*w*c floats of `shape`, which ae_fit_shape() gave. */
int ae_fit(struct ae_fitter *f, const struct ae_item *it, const int shape[3],
           float *out, struct ae_err *e);
/* The shape an item gets; AE_EARG with the remedy where it can't. */
int ae_fit_shape(const struct ae_fitter *f, const struct ae_item *it,
                 int shape[3], struct ae_err *e);
void ae_fitter_release(struct ae_fitter *f);

/* n samples of an item from `at` on, as floats. */
void ae_item_floats(const struct ae_ctx *ctx, const struct ae_item *it,
                    size_t at, size_t n, float *out);

#endif
