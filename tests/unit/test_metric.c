/* Metrics against definitions written out naively in double precision, known
 * values, and what they refuse. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ae.h"

static struct ae_ctx *context(int threads)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx = NULL;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    return ctx;
}

/* Waves, and with `error` something on top; alpha, if any, differs wildly. */
static struct ae_image picture(struct ae_ctx *ctx, int w, int h, int channels,
                               int alpha, double error)
{
    const struct ae_image_info info = {
        .w = w, .h = h, .channels = channels, .alpha = alpha, .maxval = 255};
    struct ae_image im;

    cr_assert_eq(ae_image_alloc(ctx, &im, &info, NULL), 0);
    for (int i = 0; i < w * h * channels; i++) {
        const int k = i % channels, x = i / channels % w, y = i / channels / w;
        const double v = 0.5 + 0.3 * sin(0.31 * x + k) * cos(0.17 * y - k);

        im.data[i] = (float)(v + error * sin(1.7 * x + 2.3 * y * (k + 1)));
        if (alpha && k == channels - 1)
            im.data[i] = (float)(error > 0.0);
    }
    return im;
}

static double eval(struct ae_ctx *ctx, const char *name,
                   const struct ae_image *a, const struct ae_image *b)
{
    const struct ae_metric *m = ae_metric_by_name(name);
    struct ae_err e = {0};
    double v = NAN;

    cr_assert_not_null(m, "%s", name);
    cr_assert_eq(m->eval(ctx, a, b, &v, &e), 0, "%s: %s", name, e.msg);
    return v;
}

/* One channel as a double plane. */
static double *plane(const struct ae_image *im, int k)
{
    const int n = im->info.w * im->info.h;
    double *p = malloc((size_t)n * sizeof(*p));

    for (int i = 0; i < n; i++)
        p[i] = im->data[i * im->info.channels + k];
    return p;
}

/* Means of ssim and of its contrast-structure part, by the definition: every
 * window of 11x11 by itself, variances as sums of squared deviations. */
static void naive_ssim(const double *a, const double *b, int w, int h,
                       double *ssim, double *cs)
{
    double g[11][11], total = 0.0;

    for (int i = 0; i < 11; i++)
        for (int j = 0; j < 11; j++)
            total += g[i][j] = exp(-((i - 5) * (i - 5) + (j - 5) * (j - 5)) /
                                   4.5);
    *ssim = *cs = 0.0;
    for (int y = 0; y + 11 <= h; y++)
        for (int x = 0; x + 11 <= w; x++) {
            double ma = 0.0, mb = 0.0, va = 0.0, vb = 0.0, cov = 0.0, s;

            for (int i = 0; i < 121; i++) {
                const int at = (y + i / 11) * w + x + i % 11;
                ma += g[i / 11][i % 11] / total * a[at];
                mb += g[i / 11][i % 11] / total * b[at];
            }
            for (int i = 0; i < 121; i++) {
                const int at = (y + i / 11) * w + x + i % 11;
                const double t = g[i / 11][i % 11] / total;
                va += t * (a[at] - ma) * (a[at] - ma);
                vb += t * (b[at] - mb) * (b[at] - mb);
                cov += t * (a[at] - ma) * (b[at] - mb);
            }
            s = (2 * cov + 0.0009) / (va + vb + 0.0009);
            *cs += s / ((w - 10) * (h - 10));
            *ssim += s * (2 * ma * mb + 0.0001) / (ma * ma + mb * mb + 0.0001) /
                     ((w - 10) * (h - 10));
        }
}

static double *halved(double *p, int w, int h)
{
    double *q = malloc((size_t)(w * h) * sizeof(*q));

    for (int y = 0; y < h / 2; y++)
        for (int x = 0; x < w / 2; x++)
            q[y * (w / 2) + x] = (p[2 * y * w + 2 * x] +
                                  p[2 * y * w + 2 * x + 1] +
                                  p[(2 * y + 1) * w + 2 * x] +
                                  p[(2 * y + 1) * w + 2 * x + 1]) /
                                 4;
    free(p);
    return q;
}

Test(metric, errors)
{
    struct ae_ctx *ctx = context(2);
    struct ae_image a = picture(ctx, 37, 200, 3, 0, 0.0);
    struct ae_image b = picture(ctx, 37, 200, 3, 0, 0.05);
    const int n = 37 * 200 * 3;
    double mse = 0.0, mae = 0.0, max = 0.0;

    for (int i = 0; i < n; i++) {
        const double d = fabs((double)a.data[i] - b.data[i]) * 255;

        mse += d * d / n;
        mae += d / n;
        max = fmax(max, d);
    }
    cr_expect_float_eq(eval(ctx, "mse", &a, &b), mse, 1e-9);
    cr_expect_float_eq(eval(ctx, "mae", &a, &b), mae, 1e-9);
    cr_expect_float_eq(eval(ctx, "max", &a, &b), max, 1e-9);
    cr_expect_float_eq(eval(ctx, "psnr", &a, &b), 10 * log10(255 * 255 / mse),
                       1e-9);
    ae_image_release(&a);
    ae_image_release(&b);
    ae_ctx_free(ctx);
}

/* Pictures of one value each, 128 and 144 of 255.  A metric without a value
 * here is a failure. */
Test(metric, each_has_a_known_value)
{
    static const double p = 128 / 255.0, q = 144 / 255.0;
    const double luminance = (2 * p * q + 1e-4) / (p * p + q * q + 1e-4);
    const struct {
        const char *name;
        double value;
    } known[] = {{"psnr", 20 * log10(255 / 16.0)},
                 {"ssim", luminance},
                 {"ms-ssim", luminance},
                 {"mse", 256},
                 {"mae", 16},
                 {"max", 16}};
    struct ae_ctx *ctx = context(1);
    struct ae_image a = picture(ctx, 16, 16, 3, 0, 0.0);
    struct ae_image b = picture(ctx, 16, 16, 3, 0, 0.0);
    const struct ae_metric *m;

    for (int i = 0; i < 16 * 16 * 3; i++) {
        a.data[i] = (float)p;
        b.data[i] = (float)q;
    }
    for (size_t i = 0; (m = ae_metric_at(i)) != NULL; i++) {
        double value = NAN;

        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            if (strcmp(known[k].name, m->name) == 0)
                value = known[k].value;
        cr_expect_float_eq(eval(ctx, m->name, &a, &b), value, 1e-4,
                           "%s: no value, or a wrong one", m->name);
    }
    ae_image_release(&a);
    ae_image_release(&b);
    ae_ctx_free(ctx);
}

Test(metric, ssim)
{
    struct ae_ctx *ctx = context(2);
    struct ae_image a = picture(ctx, 43, 38, 3, 0, 0.0);
    struct ae_image b = picture(ctx, 43, 38, 3, 0, 0.1);
    double want = 0.0;

    for (int k = 0; k < 3; k++) {
        double *p = plane(&a, k), *q = plane(&b, k), s, cs;

        naive_ssim(p, q, 43, 38, &s, &cs);
        want += s / 3;
        free(p);
        free(q);
    }
    cr_expect(want > 0.2 && want < 0.95, "the test says little: %g", want);
    cr_expect_float_eq(eval(ctx, "ssim", &a, &b), want, 1e-9);
    ae_image_release(&a);
    ae_image_release(&b);
    ae_ctx_free(ctx);
}

/* Odd sizes; three scales of the five: 47, 23, 11. */
Test(metric, ms_ssim)
{
    static const double weight[] = {0.0448, 0.2856, 0.3001};
    struct ae_ctx *ctx = context(2);
    struct ae_image a = picture(ctx, 47, 51, 1, 0, 0.0);
    struct ae_image b = picture(ctx, 47, 51, 1, 0, 0.1);
    double *p = plane(&a, 0), *q = plane(&b, 0), want = 1.0;

    for (int i = 0, w = 47, h = 51; i < 3; i++, w /= 2, h /= 2) {
        double s, cs;

        naive_ssim(p, q, w, h, &s, &cs);
        want *= pow(i < 2 ? cs : s, weight[i] / 0.6305);
        p = halved(p, w, h);
        q = halved(q, w, h);
    }
    cr_expect(want > 0.3 && want < 0.99, "the test says little: %g", want);
    cr_expect_float_eq(eval(ctx, "ms-ssim", &a, &b), want, 1e-6, "%g %g",
                       eval(ctx, "ms-ssim", &a, &b), want);
    free(p);
    free(q);
    ae_image_release(&a);
    ae_image_release(&b);
    ae_ctx_free(ctx);
}

Test(metric, equal_images)
{
    static const int sizes[][2] = {{1, 1},   {1, 9},  {9, 1},
                                   {10, 11}, {64, 5}, {200, 180}};
    struct ae_ctx *ctx = context(2);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct ae_image a = picture(ctx, sizes[i][0], sizes[i][1], 3, 0, 0.0);

        cr_expect(isinf(eval(ctx, "psnr", &a, &a)));
        cr_expect_eq(eval(ctx, "max", &a, &a), 0.0);
        cr_expect_float_eq(eval(ctx, "ssim", &a, &a), 1.0, 1e-12);
        cr_expect_float_eq(eval(ctx, "ms-ssim", &a, &a), 1.0, 1e-12);
        ae_image_release(&a);
    }
    ae_ctx_free(ctx);
}

/* Alpha doesn't count, and an image with alpha compares with one without. */
Test(metric, alpha_is_left_out)
{
    struct ae_ctx *ctx = context(1);
    struct ae_image a = picture(ctx, 20, 20, 4, 1, 0.0);
    struct ae_image b = picture(ctx, 20, 20, 4, 1, 0.1);
    struct ae_image c = picture(ctx, 20, 20, 3, 0, 0.1);
    const struct ae_metric *m;

    for (size_t i = 0; (m = ae_metric_at(i)) != NULL; i++)
        cr_expect_eq(eval(ctx, m->name, &a, &b), eval(ctx, m->name, &a, &c),
                     "%s", m->name);
    cr_expect_lt(eval(ctx, "max", &a, &b), 26.0);
    ae_image_release(&a);
    ae_image_release(&b);
    ae_image_release(&c);
    ae_ctx_free(ctx);
}

Test(metric, same_for_any_number_of_threads)
{
    struct ae_ctx *one = context(1), *four = context(4);
    struct ae_image a = picture(one, 211, 190, 3, 0, 0.0);
    struct ae_image b = picture(one, 211, 190, 3, 0, 0.07);
    const struct ae_metric *m;

    for (size_t i = 0; (m = ae_metric_at(i)) != NULL; i++) {
        const double x = eval(one, m->name, &a, &b);
        const double y = eval(four, m->name, &a, &b);

        cr_expect_eq(memcmp(&x, &y, sizeof(x)), 0, "%s", m->name);
    }
    ae_image_release(&a);
    ae_image_release(&b);
    ae_ctx_free(one);
    ae_ctx_free(four);
}

Test(metric, refusals)
{
    struct ae_ctx *ctx = context(1);
    struct ae_image a = picture(ctx, 20, 20, 3, 0, 0.0);
    struct ae_image b = picture(ctx, 20, 21, 3, 0, 0.0);
    struct ae_image c = picture(ctx, 20, 20, 1, 0, 0.0);
    const struct ae_metric *m;

    for (size_t i = 0; (m = ae_metric_at(i)) != NULL; i++) {
        struct ae_err e = {0};
        double v;

        cr_expect_eq(m->eval(ctx, &a, &b, &v, &e), AE_EARG, "%s", m->name);
        cr_expect_not_null(strstr(e.msg, "20x21"), "%s", e.msg);
        cr_expect_eq(m->eval(ctx, &a, &c, &v, &e), AE_EARG, "%s", m->name);
        cr_expect_not_null(strstr(e.msg, "1 colour channel,"), "%s", e.msg);
    }
    cr_expect_null(ae_metric_by_name("nothing"));
    ae_image_release(&a);
    ae_image_release(&b);
    ae_image_release(&c);
    ae_ctx_free(ctx);
}
