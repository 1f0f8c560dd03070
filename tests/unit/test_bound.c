/* Evidence bounds against log weights taken plainly in double, of the same
 * draws; none above the other; batches leave no trace. */
#include <math.h>

#include "base/rng.h"
#include "model/bound.h"
#include "models.h"

enum { ITEMS = 5, VALUES = 6, CODE = 2, DRAWS = 40 };

#define SPEC                                                                   \
    "ae 1\nx input h=2 w=3 c=1\nm dense c=2 < x\nv dense c=2 < x\n"            \
    "z latent < m v\nd dense c=8 act=tanh\n"

static struct ae_ctx *ctx;
static struct ae_coder *coder;

static struct ae_model *model(const char *tail, const char *loss,
                              const char *how)
{
    char spec[512];

    snprintf(spec, sizeof(spec), "%s%s", SPEC, tail);
    struct ae_model *m = new_model(spec);
    json_decref(m->meta);
    m->meta = json_pack("{s:{s:{s:s, s:s}}}", "train", "settings", "loss", loss,
                        "binarise", how);
    cr_assert_eq(ae_ctx_new(&(struct ae_ctx_options){.threads = 2}, &ctx, NULL),
                 0);
    cr_assert_eq(ae_coder_new(ctx, m, 0, 0, DRAWS, &coder, NULL), 0);
    return m;
}

static void close_all(struct ae_model *m)
{
    ae_coder_free(coder);
    ae_model_free(m);
    ae_ctx_free(ctx);
}

#define BERNOULLI                                                              \
    "p dense c=6 act=sigmoid\ny reshape h=2 w=3 c=1\n"                         \
    "output y\noutput z name=code\n"
#define GAUSS                                                                  \
    "p dense c=6\ny reshape h=2 w=3 c=1\nq dense c=6 < d\n"                    \
    "s reshape h=2 w=3 c=1\noutput y\noutput z name=code\n"                    \
    "output s name=logvar\n"

/* log p(x|z) for probabilities y. */
static double likelihood(const float *x, const float *y)
{
    double sum = 0;

    for (int i = 0; i < VALUES; i++)
        sum += log(x[i] > 0.5f ? (double)y[i] : 1 - (double)y[i]);
    return sum;
}

static double normal(double v, double mean, double logvar)
{
    return -0.5 * (log(2 * 3.14159265358979323846) + logvar +
                   (v - mean) * (v - mean) / exp(logvar));
}

static double plain_weight(const float *x, const float *mu, const float *lv,
                           const float *eps)
{
    float z[CODE], y[VALUES];
    double ratio = 0;

    for (int i = 0; i < CODE; i++) {
        z[i] = mu[i] + expf(0.5f * lv[i]) * eps[i];
        ratio += normal((double)z[i], 0, 0) -
                 normal((double)z[i], (double)mu[i], (double)lv[i]);
    }
    cr_assert_eq(ae_coder_decode(coder, z, NULL, 1, y, NULL), 0);
    return likelihood(x, y) + ratio;
}

/* The bounds of n items by so many draws of the seed. */
static int run(struct ae_bound *b, const float *x, int n, uint64_t first,
               uint64_t seed, int draws, double *elbo, double *iw)
{
    const struct ae_coder_items items = {x, NULL, n, first};

    b->seed = seed;
    b->draws = draws;
    return ae_bound_run(b, &items, elbo, iw, NULL);
}

/* The draws' stream is that of bound.c: it may not change unseen. */
Test(bound, log_weights_of_each_draw)
{
    struct ae_model *m = model(BERNOULLI, "bernoulli", "none");
    const float x[VALUES] = {1, 0, 0, 1, 1, 0};
    float mu[CODE], lv[CODE], eps[CODE];
    double elbo, iw, sum = 0, total = 0;
    struct ae_bound b;

    cr_assert_eq(ae_bound_init(&b, ctx, m, coder, 8, NULL), 0);
    cr_assert_eq(run(&b, x, 1, 7, 3, DRAWS, &elbo, &iw), 0);
    ae_coder_encode(coder, x, NULL, 1, mu, lv, NULL);
    for (uint64_t k = 0; k < DRAWS; k++) {
        ae_rng_normals(3, ae_mix(ae_mix(51, 7), k), 0, eps, CODE);
        const double w = plain_weight(x, mu, lv, eps);
        sum += w / DRAWS;
        total += exp(w) / DRAWS;
    }
    cr_assert_float_eq(elbo, sum, 1e-4, "%g %g", elbo, sum);
    cr_assert_float_eq(iw, log(total), 1e-4, "%g %g", iw, log(total));
    ae_bound_release(&b);
    close_all(m);
}

static void fill(float *x)
{
    ae_rng_normals(9, 1, 0, x, ITEMS * VALUES);
}

Test(bound, the_evidence_bound_is_never_above)
{
    struct ae_model *m = model(GAUSS, "gauss", "none");
    float x[ITEMS * VALUES];
    double elbo[ITEMS], iw[ITEMS], one[ITEMS];
    struct ae_bound b;

    fill(x);
    cr_assert_eq(ae_bound_init(&b, ctx, m, coder, 8, NULL), 0);
    for (int draws = 1; draws <= DRAWS; draws += 3) {
        cr_assert_eq(run(&b, x, ITEMS, 0, 1, draws, elbo, iw), 0);
        for (int i = 0; i < ITEMS; i++)
            cr_assert(draws == 1 ? fabs(elbo[i] - iw[i]) < 1e-9
                                 : elbo[i] < iw[i],
                      "%d draws", draws);
    }
    /* another draw: another estimate */
    run(&b, x, ITEMS, 0, 2, 1, one, NULL);
    run(&b, x, ITEMS, 0, 1, 1, elbo, NULL);
    cr_assert(one[0] > elbo[0] || one[0] < elbo[0]);
    ae_bound_release(&b);
    close_all(m);
}

Test(bound, batches_leave_no_trace)
{
    struct ae_model *m = model(BERNOULLI, "bernoulli", "draw");
    float x[ITEMS * VALUES];
    double all[ITEMS], one;
    struct ae_bound b;

    fill(x);
    for (int i = 0; i < ITEMS * VALUES; i++)
        x[i] = 1 / (1 + expf(-x[i]));
    cr_assert_eq(ae_bound_init(&b, ctx, m, coder, DRAWS, NULL), 0);
    run(&b, x, ITEMS, 3, 1, 9, NULL, all);
    ae_bound_release(&b);
    for (int batch = 1; batch < 12; batch += 5) {
        cr_assert_eq(ae_bound_init(&b, ctx, m, coder, batch, NULL), 0);
        for (int i = 0; i < ITEMS; i++) {
            run(&b, x + i * VALUES, 1, 3 + (uint64_t)i, 1, 9, NULL, &one);
            cr_assert_eq(one, all[i], "batch %d", batch);
        }
        ae_bound_release(&b);
    }
    close_all(m);
}

Test(bound, what_has_none_is_refused)
{
    struct ae_model *m = model(BERNOULLI, "l2", "none");
    const float x[VALUES] = {0, 0, 2, 0, 0, 0};
    struct ae_bound b;
    double elbo;

    cr_assert_eq(ae_bound_init(&b, ctx, m, coder, 8, NULL), AE_EUNSUPPORTED);
    ae_bound_release(&b);
    close_all(m);
    m = model(BERNOULLI, "bce", "none");
    cr_assert_eq(ae_bound_init(&b, ctx, m, coder, 8, NULL), 0);
    cr_assert_eq(run(&b, x, 1, 0, 0, 1, &elbo, NULL), AE_EARG);
    ae_bound_release(&b);
    close_all(m);
}
