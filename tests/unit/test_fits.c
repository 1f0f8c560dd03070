/* Fits in a model's file: they come back, change no weight, and what isn't
 * a fit is refused with its reason. */
#include <math.h>

#include "models.h"

/* Values that single precision holds. */
static struct ae_mixture *mixture(int k, int d)
{
    struct ae_mixture *m;

    cr_assert_eq(ae_mixture_new(k, d, &m, NULL), 0);
    for (int c = 0; c < k; c++) {
        m->weight[c] = c ? ldexp(1, -c) : ldexp(1, 1 - k);
        for (int i = 0; i < d; i++) {
            m->mean[c * d + i] = c - i / 4.0;
            for (int j = 0; j <= i; j++)
                m->chol[(c * d + i) * d + j] = i == j ? 1 + c : i / 8.0 - j;
        }
    }
    return m;
}

static struct ae_model *fitted(void)
{
    struct ae_model *m = new_model(SMALL_SPEC);

    m->fits.at[AE_FIT_GAUSS] = mixture(1, 3);
    m->fits.at[AE_FIT_MIXTURE] = mixture(4, 3);
    return m;
}

static void same(const struct ae_mixture *a, const struct ae_mixture *b)
{
    cr_assert(a && b && a->k == b->k && a->d == b->d);
    for (int i = 0; i < a->k; i++)
        cr_assert_eq(a->weight[i], b->weight[i]);
    for (int i = 0; i < a->k * a->d; i++)
        cr_assert_eq(a->mean[i], b->mean[i]);
    for (int i = 0; i < a->k * a->d * a->d; i++)
        cr_assert_eq(a->chol[i], b->chol[i]);
}

static void round_trip(struct ae_model *m)
{
    struct ae_model *back;
    struct ae_err e;
    struct bytes a = write_model(m, 16);

    cr_assert_eq(read_model(NULL, a.p, a.n, &back, &e), 0, "%s", e.msg);
    for (int i = 0; i < AE_FITS; i++)
        if (m->fits.at[i])
            same(m->fits.at[i], back->fits.at[i]);
        else
            cr_assert_null(back->fits.at[i]);
    struct bytes b = write_model(back, 16);
    cr_assert(a.n == b.n && memcmp(a.p, b.p, a.n) == 0);
    free(a.p);
    free(b.p);
    ae_model_free(back);
}

Test(fits, come_back)
{
    struct ae_model *m = fitted();

    round_trip(m);
    ae_mixture_free(m->fits.at[AE_FIT_GAUSS]);
    m->fits.at[AE_FIT_GAUSS] = NULL;
    round_trip(m);
    ae_fits_release(&m->fits);
    round_trip(m);
    ae_model_free(m);
}

static void refused(struct ae_model *m, const char *why)
{
    struct ae_model *back;
    struct ae_err e;
    struct bytes a = write_model(m, 32);

    cr_assert_eq(read_model(NULL, a.p, a.n, &back, &e), AE_EFORMAT, "%s", why);
    cr_assert(strstr(e.msg, why), "'%s' lacks '%s'", e.msg, why);
    free(a.p);
    ae_model_free(m);
}

Test(fits, improper_ones_are_refused)
{
    struct ae_model *m = fitted();

    m->fits.at[AE_FIT_MIXTURE]->weight[1] = -0.5;
    refused(m, "code.mixture.weight");
    m = fitted();
    m->fits.at[AE_FIT_GAUSS]->weight[0] = 0.9;
    refused(m, "shares of one");
    m = fitted();
    m->fits.at[AE_FIT_MIXTURE]->chol[2 * 9 + 4] = 0;
    refused(m, "row 1 of component 2");
    m = fitted();
    m->fits.at[AE_FIT_GAUSS]->chol[1] = 0.5;
    refused(m, "row 0 of component 0");
}

struct shape {
    const char *name;
    int ndims;
    uint64_t dim[4];
};

/* Tensors as a file's header would list them. */
static void refused_shapes(const struct shape *s, int n, const char *why)
{
    struct ae_st_tensor t[3] = {{0}};
    const struct ae_st st = {.tensor = t, .count = n};
    struct ae_fits f = {{NULL}};
    struct ae_err e = {0};

    for (int i = 0; i < n; i++) {
        t[i].name = s[i].name;
        t[i].ndims = s[i].ndims;
        memcpy(t[i].dim, s[i].dim, sizeof(s[i].dim));
    }
    cr_assert_eq(ae_fits_new(&f, &st, &e), AE_EFORMAT);
    cr_assert(strstr(e.msg, why), "'%s' lacks '%s'", e.msg, why);
    ae_fits_release(&f);
}

#define W "code.gauss.weight"
#define M "code.gauss.mean"
#define C "code.gauss.chol"

Test(fits, shapes_are_held_against_one_another)
{
    const uint64_t huge = UINT64_C(1) << 40;
    const struct shape
        missing[] = {{W, 1, {1}}, {C, 3, {1, 2, 2}}},
        flat[] = {{W, 1, {1}}, {M, 1, {2}}, {C, 3, {1, 2, 2}}},
        many[] = {{W, 1, {1}}, {M, 2, {1, huge}}, {C, 3, {1, huge, huge}}},
        none[] = {{W, 1, {0}}, {M, 2, {0, 2}}, {C, 3, {0, 2, 2}}},
        weight[] = {{W, 1, {2}}, {M, 2, {1, 2}}, {C, 3, {1, 2, 2}}},
        chol[] = {{W, 1, {1}}, {M, 2, {1, 2}}, {C, 3, {1, 2, 3}}};

    refused_shapes(missing, 2, "'code.gauss.mean' is missing");
    refused_shapes(flat, 3, "not [k,d]");
    refused_shapes(many, 3, "up to 256");
    refused_shapes(none, 3, "not [k,d]");
    refused_shapes(weight, 3, "'code.gauss.weight' is not [1]");
    refused_shapes(chol, 3, "'code.gauss.chol' is not [1,2,2]");
}

/* Names of nodes that look like a fit's stay those of nodes. */
Test(fits, nodes_may_bear_their_names)
{
    struct ae_model *m = new_model("ae 1\nx input c=2\ngauss conv c=3\n"
                                   "code bnorm\ny conv c=2 k=1\noutput y\n");
    struct ae_model *back;
    struct ae_err e;

    m->fits.at[AE_FIT_GAUSS] = mixture(1, 3);
    struct bytes a = write_model(m, 32);
    cr_assert_eq(read_model(NULL, a.p, a.n, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(
        memcmp(m->weights, back->weights, m->graph->weights * sizeof(float)),
        0);
    free(a.p);
    ae_model_free(back);
    ae_model_free(m);
}
