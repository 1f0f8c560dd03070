/* fits.c - fits as tensors.  What a file says of shapes is believed only as
 * far as mixtures go, so that the memory it asks for is bounded. */
#include "model/fits.h"

#include <math.h>
#include <string.h>

#include "base/err.h"

enum { WEIGHT, MEAN, CHOL };

static const char *const names[AE_FITS * AE_FIT_TENSORS] = {
    "code.gauss.weight",   "code.gauss.mean",   "code.gauss.chol",
    "code.mixture.weight", "code.mixture.mean", "code.mixture.chol",
};

void ae_fits_release(struct ae_fits *f)
{
    for (int i = 0; i < AE_FITS; i++) {
        ae_mixture_free(f->at[i]);
        f->at[i] = NULL;
    }
}

/* ----------------------------------------------------------------- write */

int ae_fits_list(const struct ae_fits *f, struct ae_st_tensor *tensor)
{
    int n = 0;

    for (int i = 0; i < AE_FITS * AE_FIT_TENSORS; i++) {
        const struct ae_mixture *m = f->at[i / AE_FIT_TENSORS];
        if (!m)
            continue;
        tensor[n++] = (struct ae_st_tensor){
            .name = names[i],
            .type = AE_ST_F32,
            .ndims = 1 + i % AE_FIT_TENSORS,
            .dim = {(uint64_t)m->k, (uint64_t)m->d, (uint64_t)m->d}};
    }
    return n;
}

static double *values(const struct ae_mixture *m, int part)
{
    return part == WEIGHT ? m->weight : part == MEAN ? m->mean : m->chol;
}

void ae_fits_get(const struct ae_fits *f, int tensor, size_t first, size_t n,
                 float *v)
{
    /* a missing Gaussian leaves the mixture's tensors in its place */
    const int at = f->at[AE_FIT_GAUSS] ? tensor : tensor + AE_FIT_TENSORS;
    const double *from = values(f->at[at / AE_FIT_TENSORS],
                                at % AE_FIT_TENSORS) +
                         first;

    for (size_t i = 0; i < n; i++)
        v[i] = (float)from[i];
}

/* ------------------------------------------------------------------ read */

int ae_fits_number(const char *name)
{
    for (int i = 0; i < AE_FITS * AE_FIT_TENSORS; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static const struct ae_st_tensor *find(const struct ae_st *st, const char *name)
{
    for (int i = 0; i < st->count; i++)
        if (strcmp(st->tensor[i].name, name) == 0)
            return &st->tensor[i];
    return NULL;
}

/* k and d are those of the means; the others must agree. */
static int new_fit(struct ae_mixture **out, const struct ae_st *st,
                   const char *const *name, struct ae_err *e)
{
    const struct ae_st_tensor *t[AE_FIT_TENSORS];
    int found = 0;

    for (int i = 0; i < AE_FIT_TENSORS; i++)
        found += (t[i] = find(st, name[i])) != NULL;
    if (!found)
        return 0;
    for (int i = 0; i < AE_FIT_TENSORS; i++)
        if (!t[i])
            return ae_fail(e, AE_EFORMAT, "tensor '%s' is missing", name[i]);
    const uint64_t k = t[MEAN]->dim[0], d = t[MEAN]->dim[1];
    if (t[MEAN]->ndims != 2 || k < 1 || k > AE_MIXTURE_MOST || d < 1 ||
        d > AE_MIXTURE_DIMS)
        return ae_fail(e, AE_EFORMAT,
                       "tensor '%s' is not [k,d] with k up to %d and d up to "
                       "%d",
                       name[MEAN], AE_MIXTURE_MOST, AE_MIXTURE_DIMS);
    if (t[WEIGHT]->ndims != 1 || t[WEIGHT]->dim[0] != k)
        return ae_fail(e, AE_EFORMAT, "tensor '%s' is not [%d]", name[WEIGHT],
                       (int)k);
    if (t[CHOL]->ndims != 3 || t[CHOL]->dim[0] != k || t[CHOL]->dim[1] != d ||
        t[CHOL]->dim[2] != d)
        return ae_fail(e, AE_EFORMAT, "tensor '%s' is not [%d,%d,%d]",
                       name[CHOL], (int)k, (int)d, (int)d);
    return ae_mixture_new((int)k, (int)d, out, e);
}

int ae_fits_new(struct ae_fits *f, const struct ae_st *st, struct ae_err *e)
{
    for (int i = 0; i < AE_FITS; i++)
        AE_TRY(new_fit(&f->at[i], st, names + i * AE_FIT_TENSORS, e));
    return 0;
}

void ae_fits_put(struct ae_fits *f, int number, size_t first, size_t n,
                 const float *v)
{
    double *to = values(f->at[number / AE_FIT_TENSORS],
                        number % AE_FIT_TENSORS) +
                 first;

    for (size_t i = 0; i < n; i++)
        to[i] = v[i];
}

/* A component's factor is lower and positive on its diagonal. */
static int check_chol(const struct ae_mixture *m, const char *name,
                      struct ae_err *e)
{
    const double *l = m->chol;

    for (int r = 0; r < m->k * m->d; r++, l += m->d) {
        const int i = r % m->d;
        int bad = !(l[i] > 0);
        for (int j = i + 1; j < m->d; j++)
            bad |= l[j] < 0 || l[j] > 0;
        if (bad)
            return ae_fail(
                e, AE_EFORMAT,
                "tensor '%s': row %d of component %d doesn't belong to a lower "
                "triangle with a positive diagonal",
                name, i, r / m->d);
    }
    return 0;
}

int ae_fits_check(const struct ae_fits *f, struct ae_err *e)
{
    for (int i = 0; i < AE_FITS; i++) {
        const struct ae_mixture *m = f->at[i];
        const char *const *name = names + i * AE_FIT_TENSORS;
        double sum = 0, least = 0;
        if (!m)
            continue;
        for (int c = 0; c < m->k; c++) {
            sum += m->weight[c];
            least = fmin(least, m->weight[c]);
        }
        if (least < 0 || fabs(sum - 1) > 1e-3)
            return ae_fail(e, AE_EFORMAT,
                           "tensor '%s': the weights are no shares of one",
                           name[WEIGHT]);
        const int rc = check_chol(m, name[CHOL], e);
        if (rc)
            return rc;
    }
    return 0;
}
