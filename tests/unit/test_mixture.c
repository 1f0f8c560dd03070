/* Mixtures: fits against what the codes were drawn from and against sums
 * taken plainly; draws; distances; odd codes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/mixture.h"

enum { CODES = 6000, D = 3 };

static struct ae_ctx *context(int threads)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    return ctx;
}

/* Two Gaussians, weights 1/4 and 3/4, one of them slanted. */
static struct ae_mixture *truth(void)
{
    static const double mean[] = {5, 0, 0, -5, 1, 2};
    static const double chol[] = {1, 0, 0, 0,   2,   0, 0,    0, 0.5,
                                  1, 0, 0, 0.8, 0.6, 0, -0.5, 0, 0.3};
    struct ae_mixture *m;

    cr_assert_eq(ae_mixture_new(2, D, &m, NULL), 0);
    m->weight[0] = 0.25;
    m->weight[1] = 0.75;
    memcpy(m->mean, mean, sizeof(mean));
    memcpy(m->chol, chol, sizeof(chol));
    return m;
}

static float *codes(void)
{
    static float x[CODES * D];
    struct ae_mixture *m = truth();

    for (int i = 0; i < CODES; i++)
        ae_mixture_draw(m, 9, (uint64_t)i, 1, NULL, x + i * D);
    ae_mixture_free(m);
    return x;
}

static struct ae_mixture *fit(const float *x, size_t n, int d, int k,
                              int threads, double *score)
{
    struct ae_ctx *ctx = context(threads);
    struct ae_mixture *m;
    struct ae_err e = {0};

    cr_assert_eq(ae_mixture_fit(ctx, x, n, d, k, 1, &m, score, &e), 0, "%s",
                 e.msg);
    ae_ctx_free(ctx);
    return m;
}

static double covariance(const struct ae_mixture *m, int c, int i, int j)
{
    const double *l = m->chol + c * m->d * m->d;
    double sum = 0;

    for (int k = 0; k < m->d; k++)
        sum += l[i * m->d + k] * l[j * m->d + k];
    return sum;
}

Test(mixture, one_component_is_mean_and_covariance)
{
    const float *x = codes();
    double score, mean[D] = {0};
    struct ae_mixture *m = fit(x, CODES, D, 1, 1, &score);

    cr_assert(m->k == 1 && m->d == D);
    cr_assert_float_eq(m->weight[0], 1, 1e-12);
    for (int i = 0; i < CODES * D; i++)
        mean[i % D] += (double)x[i] / CODES;
    for (int i = 0; i < D; i++) {
        cr_assert_float_eq(m->mean[i], mean[i], 1e-9);
        for (int j = 0; j < D; j++) {
            double sum = 0;
            for (int k = 0; k < CODES; k++)
                sum += ((double)x[k * D + i] - mean[i]) *
                       ((double)x[k * D + j] - mean[j]) / CODES;
            cr_assert_float_eq(covariance(m, 0, i, j), sum, 1e-4);
        }
    }
    ae_mixture_free(m);
}

Test(mixture, finds_what_the_codes_were_drawn_from)
{
    struct ae_mixture *t = truth();
    double score;
    struct ae_mixture *m = fit(codes(), CODES, D, 2, 1, &score);
    const int swap = m->mean[0] < 0;

    for (int c = 0; c < 2; c++) {
        const int other = c ^ swap;
        cr_assert_lt(fabs(m->weight[other] - t->weight[c]), 0.02);
        for (int i = 0; i < D; i++) {
            cr_assert_lt(fabs(m->mean[other * D + i] - t->mean[c * D + i]),
                         0.15);
            for (int j = 0; j < D; j++)
                cr_assert_lt(
                    fabs(covariance(m, other, i, j) - covariance(t, c, i, j)),
                    0.25);
        }
    }
    ae_mixture_free(m);
    ae_mixture_free(t);
}

/* The score is the mean of log sum_c w_c N(x; mean_c, L_c L_c^T). */
Test(mixture, score_is_the_mean_log_density)
{
    const float *x = codes();
    double score, sum = 0, room[D];
    struct ae_mixture *m = fit(x, CODES, D, 2, 1, &score);

    for (int i = 0; i < CODES; i++) {
        double p = 0;
        for (int c = 0; c < 2; c++) {
            const double *l = m->chol + c * D * D;
            const double r = ae_mixture_distance(m, c, x + i * D, room);
            p += m->weight[c] * exp(-r * r / 2) /
                 (pow(2 * acos(-1.0), D / 2.0) * l[0] * l[4] * l[8]);
        }
        sum += log(p) / CODES;
    }
    cr_assert_float_eq(score, sum, 1e-8);
    ae_mixture_free(m);
}

Test(mixture, more_components_fit_better)
{
    const float *x = codes();
    double last = -INFINITY;

    for (int k = 1; k <= 2; k++) {
        double score;
        ae_mixture_free(fit(x, CODES, D, k, 1, &score));
        cr_assert_gt(score, last + 0.1);
        last = score;
    }
}

static void same(const struct ae_mixture *a, const struct ae_mixture *b)
{
    const size_t k = (size_t)a->k, d = (size_t)a->d, each = sizeof(double);

    cr_assert(a->k == b->k && a->d == b->d);
    cr_assert_eq(memcmp(a->weight, b->weight, k * each), 0);
    cr_assert_eq(memcmp(a->mean, b->mean, k * d * each), 0);
    cr_assert_eq(memcmp(a->chol, b->chol, k * d * d * each), 0);
}

Test(mixture, threads_change_nothing)
{
    struct ae_mixture *a = fit(codes(), CODES, D, 5, 1, NULL);
    struct ae_mixture *b = fit(codes(), CODES, D, 5, 3, NULL);

    same(a, b);
    ae_mixture_free(a);
    ae_mixture_free(b);
}

/* ----------------------------------------------------------------- draws */

Test(mixture, a_draw_is_of_its_seed_and_index)
{
    struct ae_mixture *m = truth();
    float a[D], b[D];

    ae_mixture_draw(m, 3, 77, 1, NULL, a);
    ae_mixture_draw(m, 3, 12, 1, NULL, b);
    cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
    ae_mixture_draw(m, 4, 77, 1, NULL, b);
    cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
    ae_mixture_draw(m, 3, 77, 1, NULL, b);
    cr_assert_eq(memcmp(a, b, sizeof(a)), 0);
    ae_mixture_free(m);
}

Test(mixture, temperature_scales_deviations)
{
    struct ae_mixture *m = truth();
    float cold[D], warm[D], hot[D];

    for (uint64_t i = 0; i < 100; i++) {
        ae_mixture_draw(m, 3, i, 0, NULL, cold);
        ae_mixture_draw(m, 3, i, 1, NULL, warm);
        ae_mixture_draw(m, 3, i, 2, NULL, hot);
        const double *mean = m->mean + (cold[0] < 0 ? D : 0);
        for (int j = 0; j < D; j++) {
            cr_assert_float_eq((double)cold[j], mean[j], 1e-6);
            cr_assert_float_eq((double)(hot[j] - cold[j]),
                               2 * (double)(warm[j] - cold[j]), 1e-5);
        }
    }
    ae_mixture_free(m);
}

/* -------------------------------------------------------------- odd codes */

Test(mixture, few_codes_get_few_components)
{
    struct ae_mixture *m = fit(codes(), 31, D, 10, 1, NULL);

    cr_assert_eq(m->k, 3);
    ae_mixture_free(m);
    m = fit(codes(), 2, D, 10, 1, NULL);
    cr_assert_eq(m->k, 1);
    ae_mixture_free(m);
}

static void check_proper(const struct ae_mixture *m)
{
    double sum = 0;

    for (int c = 0; c < m->k; c++) {
        sum += m->weight[c];
        cr_assert_gt(m->weight[c], 0);
        for (int j = 0; j < m->d; j++)
            cr_assert_gt(m->chol[(c * m->d + j) * m->d + j], 0);
    }
    cr_assert_float_eq(sum, 1, 1e-6);
}

/* A dimension that a collapsed posterior leaves flat; codes all equal; codes
 * in fewer places than there are components. */
Test(mixture, flat_and_equal_codes_stay_proper)
{
    static float x[CODES * D];

    memcpy(x, codes(), sizeof(x));
    for (int i = 0; i < CODES; i++)
        x[i * D + 1] = 0.25f;
    struct ae_mixture *m = fit(x, CODES, D, 4, 1, NULL);
    check_proper(m);
    ae_mixture_free(m);
    for (int i = 0; i < CODES * D; i++)
        x[i] = -3;
    m = fit(x, CODES, D, 4, 1, NULL);
    check_proper(m);
    cr_assert_float_eq(m->mean[0], -3, 1e-9);
    ae_mixture_free(m);
    for (int i = 0; i < CODES * D; i++)
        x[i] = i / D % 2 ? 1 : -1;
    m = fit(x, CODES, D, 8, 1, NULL);
    check_proper(m);
    ae_mixture_free(m);
}

Test(mixture, codes_that_are_no_numbers_are_refused)
{
    static float x[100 * D];
    struct ae_ctx *ctx = context(1);
    struct ae_mixture *m;
    struct ae_err e;

    memcpy(x, codes(), sizeof(x));
    x[50] = NAN;
    cr_assert_eq(ae_mixture_fit(ctx, x, 100, D, 2, 1, &m, NULL, &e),
                 AE_ENUMERIC);
    cr_assert(strstr(e.msg, "finite"), "%s", e.msg);
    cr_assert_null(m);
    ae_ctx_free(ctx);
}
