/* fit_size.h - an item as floats of the shape that a model takes. */
#ifndef AE_DATA_FIT_SIZE_H
#define AE_DATA_FIT_SIZE_H

#include "data/source/source.h"

struct ae_size_fitter {
    struct ae_ctx *ctx;
    int h, w, c; /* what the model takes; h, w 0: any */
    enum ae_fit fit;
    float *raw; /* the item's samples */
    size_t cap;
};

/* Fills out, h*w*c floats of `shape`, which ae_fitted_shape() gave. */
int ae_fit_item(struct ae_size_fitter *f, const struct ae_item *it,
                const int shape[3], float *out, struct ae_err *e);
/* The shape an item gets; AE_EARG with the remedy where it can't. */
int ae_fitted_shape(const struct ae_size_fitter *f, const struct ae_item *it,
                    int shape[3], struct ae_err *e);
/* An item of another size gets f->h x f->w pixels of its own channels, as
 * floats; AE_EARG as above, where it stays as it was. */
int ae_fit_in_place(struct ae_size_fitter *f, struct ae_item *it,
                    struct ae_err *e);
void ae_size_fitter_release(struct ae_size_fitter *f);

/* n samples of an item from `at` on, as floats. */
void ae_item_floats(const struct ae_ctx *ctx, const struct ae_item *it,
                    size_t at, size_t n, float *out);

#endif
