/* fits.h - what was fitted to the codes of the training data <-> named
 * tensors of a model's file: code.gauss.* and code.mixture.*, each weight
 * [k], mean [k,d] and chol [k,d,d], in single precision. */
#ifndef AE_MODEL_FITS_H
#define AE_MODEL_FITS_H

#include "model/mixture.h"
#include "model/safetensors.h"

enum { AE_FIT_GAUSS, AE_FIT_MIXTURE, AE_FITS };
enum { AE_FIT_TENSORS = 3 }; /* of one fit */

struct ae_fits {
    struct ae_mixture *at[AE_FITS];
}; /* NULL: none */

void ae_fits_release(struct ae_fits *f);

/* Writing: appends the tensors of those that there are (AE_FITS *
 * AE_FIT_TENSORS at most); returns how many.  ae_fits_get() takes a tensor's
 * place among them. */
int ae_fits_list(const struct ae_fits *f, struct ae_st_tensor *tensor);
void ae_fits_get(const struct ae_fits *f, int tensor, size_t first, size_t n,
                 float *v);

/* Reading: a number from 0 where a tensor's name is that of a fit, else -1;
 * memory for those a file holds, after their shapes were held against one
 * another; the tensor of that number; whether they are proper. */
int ae_fits_number(const char *name);
int ae_fits_new(struct ae_fits *f, const struct ae_st *st, struct ae_err *e);
void ae_fits_put(struct ae_fits *f, int number, size_t first, size_t n,
                 const float *v);
int ae_fits_check(const struct ae_fits *f, struct ae_err *e);

#endif
