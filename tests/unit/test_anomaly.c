/* Quantiles kept and read back; scores against sums taken plainly. */
#include <math.h>

#include "base/rng.h"
#include "model/anomaly.h"
#include "models.h"

static double read_back(const json_t *q, double share)
{
    double v = NAN;

    cr_assert_eq(ae_quantile(q, share, &v, NULL), 0);
    return v;
}

/* The scores 0..1000, upside down: a share's quantile is 1000 times it. */
Test(anomaly, quantiles)
{
    double s[1001];

    for (int i = 0; i <= 1000; i++)
        s[i] = 1000 - i;
    json_t *q = ae_quantiles_json(s, 1001);
    static const double share[] = {0,     0.005,  0.5,     0.777, 0.99,
                                   0.995, 0.9995, 0.99999, 1};
    for (size_t i = 0; i < AE_LEN(share); i++)
        cr_assert_float_eq(read_back(q, share[i]), 1000 * share[i], 1e-9,
                           "at %g", share[i]);
    json_decref(q);
    s[0] = 7;
    q = ae_quantiles_json(s, 1);
    cr_assert(read_back(q, 0) == 7 && read_back(q, 0.3) == 7 &&
              read_back(q, 1) == 7);
    json_decref(q);
}

Test(anomaly, what_is_no_table_of_quantiles_is_refused)
{
    static const char *const bad[] = {
        "null", "[]", "[[0,1]]", "[[0,1],[0,2]]", "[[0.5,\"a\"],[1,2]]",
        "[1,2]"};
    double v;

    for (size_t i = 0; i < AE_LEN(bad); i++) {
        json_t *q = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        cr_assert_eq(ae_quantile(q, 0.9, &v, NULL), AE_EFORMAT, "%s", bad[i]);
        json_decref(q);
    }
}

Test(anomaly, errors_and_distances_of_each_item)
{
    struct ae_model *m = new_model(
        "ae 1\nx input h=1 w=5 c=1\nz dense c=2\nd dense c=5\n"
        "y reshape h=1 w=5 c=1\noutput y\noutput z name=code\n");
    struct ae_ctx *ctx;
    struct ae_anomaly a;
    float x[15];
    const struct ae_coder_items all = {x, NULL, 3, 0};
    double mse[3], far[3], alone;

    cr_assert_eq(ae_ctx_new(&(struct ae_ctx_options){.threads = 2}, &ctx, NULL),
                 0);
    cr_assert_eq(ae_mixture_new(1, 2, &m->fits.at[AE_FIT_GAUSS], NULL), 0);
    struct ae_mixture *g = m->fits.at[AE_FIT_GAUSS];
    g->weight[0] = 1;
    g->mean[1] = 0.5;
    g->chol[0] = 2;
    g->chol[3] = 0.25;
    ae_rng_normals(1, 1, 0, x, 15);
    cr_assert_eq(ae_anomaly_init(&a, ctx, m, 0, 0, 3, NULL), 0);
    cr_assert_eq(ae_anomaly_run(&a, AE_ANOMALY_RECONSTRUCTION, &all, mse, NULL),
                 0);
    cr_assert_eq(ae_anomaly_run(&a, AE_ANOMALY_MAHALANOBIS, &all, far, NULL),
                 0);
    for (int i = 0; i < 3; i++) {
        const struct ae_coder_items one = {x + 5 * i, NULL, 1, (uint64_t)i};
        double sum = 0;
        for (int k = 0; k < 5; k++)
            sum += pow((double)x[5 * i + k] - (double)a.y[5 * i + k], 2) / 5;
        cr_assert_float_eq(mse[i], sum, 1e-12);
        cr_assert_float_eq(
            far[i],
            hypot((double)a.z[2 * i] / 2, ((double)a.z[2 * i + 1] - 0.5) * 4),
            1e-9);
        cr_assert_eq(
            ae_anomaly_run(&a, AE_ANOMALY_RECONSTRUCTION, &one, &alone, NULL),
            0);
        cr_assert_eq(alone, mse[i]);
        ae_anomaly_run(&a, AE_ANOMALY_RECONSTRUCTION, &all, mse, NULL);
    }
    ae_anomaly_release(&a);
    ae_model_free(m);
    ae_ctx_free(ctx);
}
