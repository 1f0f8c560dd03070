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

/* Writing: ae_fits_list() appends the tensors of the fits that there are
 * (AE_FITS * AE_FIT_TENSORS at most) and returns their number; ae_fits_get()
 * takes a tensor's place among them. */
int ae_fits_list(const struct ae_fits *f, struct ae_st_tensor *tensor);
void ae_fits_get(const struct ae_fits *f, int tensor, size_t first, size_t n,
                 float *v);

/* Reading: ae_fits_number() numbers the tensors of fits from 0 and gives -1 for
 * any other name; ae_fits_new() allocates the fits that a file has, after it
 * compared their shapes with one another; ae_fits_put() fills the tensor of
 * that number; ae_fits_check() refuses values that are no distribution. */
int ae_fits_number(const char *name);
int ae_fits_new(struct ae_fits *f, const struct ae_st *st, struct ae_err *e);
void ae_fits_put(struct ae_fits *f, int number, size_t first, size_t n,
                 const float *v);
int ae_fits_check(const struct ae_fits *f, struct ae_err *e);

#endif
