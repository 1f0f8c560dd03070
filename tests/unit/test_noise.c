/* Noises: the grammar of chains, and for each row of the table its moments,
 * that it depends on (seed, index) alone, and what a file can hold. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ae_tools.h"
#include "noise/noise.h"

static struct ae_ctx *context(int threads)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx = NULL;
    struct ae_err e;

    cr_assert_eq(ae_ctx_new(&o, &ctx, &e), 0, "%s", e.msg);
    return ctx;
}

static struct ae_noise *parse(const char *chain)
{
    struct ae_noise *n = NULL;
    struct ae_err e;

    cr_assert_eq(ae_noise_parse(chain, &n, &e), 0, "%s: %s", chain, e.msg);
    return n;
}

static float *plane(int w, int h, int c, float value)
{
    float *p = malloc((size_t)(w * h * c) * sizeof(*p));

    for (int i = 0; i < w * h * c; i++)
        p[i] = value;
    return p;
}

struct moments {
    double mean, sd, least, most, rms;
};

static struct moments run(const char *chain, int w, int h, int c, float value,
                          unsigned maxval, uint64_t seed, uint64_t index)
{
    struct ae_ctx *ctx = context(2);
    struct ae_noise *n = parse(chain);
    float *p = plane(w, h, c, value);
    struct moments m = {0.0, 0.0, 1e9, -1e9, 0.0};
    struct ae_err e;

    cr_assert_eq(
        ae_noise_apply(ctx, n, p, w, h, c, c, maxval, seed, index, &m.rms, &e),
        0, "%s: %s", chain, e.msg);
    for (int i = 0; i < w * h * c; i++) {
        m.mean += (double)p[i] / (w * h * c);
        m.least = fmin(m.least, p[i]);
        m.most = fmax(m.most, p[i]);
    }
    for (int i = 0; i < w * h * c; i++)
        m.sd += (p[i] - m.mean) * (p[i] - m.mean) / (w * h * c);
    m.sd = sqrt(m.sd);
    free(p);
    ae_noise_free(n);
    ae_ctx_free(ctx);
    return m;
}

/* Mean and standard deviation on a flat picture, unclipped (maxval 0). */
static const struct {
    const char *chain;
    float value;
    double mean, sd, mean_tol, sd_tol;
} moments[] = {
    {"gauss:sigma=25", 0.5f, 0.5, 25 / 255.0, 1e-3, 5e-4},
    {"gauss:sigma=0", 0.5f, 0.5, 0.0, 1e-7, 1e-7},
    {"poisson:peak=30", 0.4f, 0.4, 0.115470, 1e-3, 1e-3},
    {"poisson:peak=4", 0.1f, 0.1, 0.158114, 2e-3, 2e-3},
    {"impulse:p=0.2", 0.25f, 0.3, 0.244949, 3e-3, 3e-3},
    {"mask:p=0.2", 0.5f, 0.4, 0.2, 3e-3, 3e-3},
    {"mask", 0.5f, 0.375, 0.216506, 3e-3, 3e-3},
    {"speckle:sigma=51", 0.5f, 0.5, 0.1, 1e-3, 5e-4},
    {"stripe:sigma=51", 0.5f, 0.5, 0.2, 3e-2, 2.5e-2},
    {"correlated:sigma=20", 0.5f, 0.5, 20 / 255.0, 2e-3, 4e-3},
    {"correlated:sigma=20,scale=0,chroma=1", 0.5f, 0.5, 20 / 255.0, 1e-3, 5e-4},
    {"gauss:sigma=30+gauss:sigma=40", 0.5f, 0.5, 50 / 255.0, 1e-3, 1e-3},
    {"jpeg:q=90", 0.5f, 0.5, 0.0, 3e-3, 1e-6},
    {"hot:p=0.01", 0.0f, 0.00375, 0.0535, 1e-3, 6e-3},
    {"band:sigma=20,width=1", 0.5f, 0.5, 20 / 255.0, 2e-2, 1e-2},
    {"band:sigma=20,width=8", 0.5f, 0.5, 20 / 255.0, 6e-2, 3e-2},
    {"blotch:sigma=20,scale=2", 0.5f, 0.5, 20 / 255.0, 1e-6, 5e-3},
    {"grain:sigma=20", 0.5f, 0.5, 20 / 255.0, 4e-3, 2e-3},
    {"grain:sigma=20", 0.1f, 0.1, 0.36 * 20 / 255.0, 4e-3, 2e-3},
    {"grain:sigma=20", 1.0f, 1.0, 0.0, 1e-7, 1e-7},
    {"camera:iso=0", 0.3f, 0.3, 0.0, 1e-7, 1e-7},
    {"camera:rms=6", 0.5f, 0.5, 6 / 255.0, 3e-3, 1e-4},
};

Test(noise, moments)
{
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        const struct moments m = run(moments[i].chain, 240, 200, 3,
                                     moments[i].value, 0, 7, i);

        cr_expect_float_eq(m.mean, moments[i].mean, moments[i].mean_tol,
                           "%s: mean %g", moments[i].chain, m.mean);
        cr_expect_float_eq(m.sd, moments[i].sd, moments[i].sd_tol, "%s: sd %g",
                           moments[i].chain, m.sd);
    }
}

/* A noise of the table without a case above would go untested. */
Test(noise, every_noise_has_its_moments_tested)
{
    const struct ae_noise_kind *k;

    for (size_t i = 0; (k = ae_noise_kind_at(i)) != NULL; i++) {
        const size_t n = strlen(k->name);
        int cases = 0;

        for (size_t m = 0; m < sizeof(moments) / sizeof(moments[0]); m++)
            cases += strncmp(moments[m].chain, k->name, n) == 0 &&
                     (moments[m].chain[n] == ':' || moments[m].chain[n] == 0);
        cr_expect(cases > 0, "no moments of the noise %s", k->name);
    }
}

/* The level is that before clipping: a black picture keeps half the noise,
 * yet sigma is what was asked for. */
Test(noise, level_before_clipping)
{
    const struct moments m = run("gauss:sigma=25", 200, 200, 3, 0.0f, 255, 1,
                                 0);

    cr_expect_float_eq(m.rms, 25 / 255.0, 5e-4, "%g", m.rms * 255);
    cr_expect_eq(m.least, 0.0);
    cr_expect_float_eq(m.sd, 0.5838 * 25 / 255.0, 1e-3, "%g", m.sd * 255);
}

Test(noise, range_is_drawn_once_a_picture)
{
    double least = 1e9, most = 0.0, sum = 0.0;

    for (uint64_t i = 0; i < 64; i++) {
        const double s =
            run("gauss:sigma=10..50", 64, 64, 1, 0.5f, 0, 3, i).sd * 255;

        least = fmin(least, s);
        most = fmax(most, s);
        sum += s / 64;
    }
    cr_expect(least >= 9.5 && least < 14, "%g", least);
    cr_expect(most <= 51.5 && most > 46, "%g", most);
    cr_expect_float_eq(sum, 30, 5, "%g", sum);
}

/* Alternatives: told apart by their amplitude, three to one. */
Test(noise, alternatives)
{
    int second = 0;

    for (uint64_t i = 0; i < 400; i++)
        second +=
            run("3*gauss:sigma=0|gauss:sigma=50", 8, 8, 1, 0.5f, 0, 5, i).sd >
            0.05;
    cr_expect(second > 70 && second < 130, "%d of 400", second);
}

static const char *const all[] = {
    "gauss:sigma=20",
    "poisson:peak=30",
    "impulse:p=0.1",
    "mask:p=0.1",
    "speckle:sigma=40",
    "stripe:sigma=10",
    "correlated:sigma=20",
    "jpeg:q=30..90,shift=1",
    "hot:p=0.1",
    "band:sigma=10",
    "grain:sigma=20",
    "camera:iso=25600",
    "camera:iso=25600,half=1",
    "blotch:sigma=10+gauss:sigma=5",
    "poisson:peak=30+gauss:sigma=5+jpeg:q=80|2*impulse:p=0.3",
};

static float *noisy(const char *chain, int threads, int w, int h, int c,
                    int stride, uint64_t seed, uint64_t index)
{
    struct ae_ctx *ctx = context(threads);
    struct ae_noise *n = parse(chain);
    float *p = plane(w, h, stride, 0.0f);
    struct ae_err e;

    for (int i = 0; i < w * h * stride; i++)
        p[i] = (float)(0.5 + 0.4 * sin(i * 0.01));
    cr_assert_eq(
        ae_noise_apply(ctx, n, p, w, h, c, stride, 255, seed, index, NULL, &e),
        0, "%s: %s", chain, e.msg);
    ae_noise_free(n);
    ae_ctx_free(ctx);
    return p;
}

Test(noise, same_for_any_number_of_threads)
{
    /* large enough to be cut over threads */
    const int w = 411, h = 333;
    const size_t size = (size_t)(w * h * 3) * sizeof(float);

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        float *a = noisy(all[i], 1, w, h, 3, 3, 9, 4);
        float *b = noisy(all[i], 4, w, h, 3, 3, 9, 4);
        float *c = noisy(all[i], 4, w, h, 3, 3, 9, 5);
        float *d = noisy(all[i], 4, w, h, 3, 3, 10, 4);

        cr_expect_eq(memcmp(a, b, size), 0, "%s: threads", all[i]);
        cr_expect_neq(memcmp(a, c, size), 0, "%s: index", all[i]);
        cr_expect_neq(memcmp(a, d, size), 0, "%s: seed", all[i]);
        free(a);
        free(b);
        free(c);
        free(d);
    }
}

Test(noise, clipped_and_rounded)
{
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        float *p = noisy(all[i], 1, 61, 47, 3, 3, 2, 1);

        for (int k = 0; k < 61 * 47 * 3; k++) {
            const float v = p[k] * 255.0f;

            cr_assert(p[k] >= 0.0f && p[k] <= 1.0f, "%s", all[i]);
            cr_assert_float_eq(v, floorf(v + 0.5f), 1e-4, "%s", all[i]);
        }
        free(p);
    }
}

/* A stride above the channels leaves what lies between (alpha) alone, and
 * adds the same noise as without it. */
Test(noise, stride)
{
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        float *p = noisy(all[i], 1, 33, 21, 1, 2, 2, 1);

        for (int k = 0; k < 33 * 21; k++)
            cr_assert_float_eq(p[2 * k + 1],
                               0.5 + 0.4 * sin((2 * k + 1) * 0.01), 1e-6, "%s",
                               all[i]);
        free(p);
    }
    float *a = plane(40, 30, 3, 0.5f), *b = plane(40, 30, 4, 0.5f);
    struct ae_ctx *ctx = context(1);
    struct ae_noise *n = parse("gauss:sigma=20");

    ae_noise_apply(ctx, n, a, 40, 30, 3, 3, 0, 1, 1, NULL, NULL);
    ae_noise_apply(ctx, n, b, 40, 30, 3, 4, 0, 1, 1, NULL, NULL);
    for (int i = 0; i < 40 * 30; i++)
        cr_assert_eq(memcmp(a + 3 * i, b + 4 * i, 3 * sizeof(*a)), 0);
    ae_noise_free(n);
    ae_ctx_free(ctx);
    free(a);
    free(b);
}

Test(noise, odd_sizes)
{
    static const int sizes[][2] = {{1, 1}, {1, 7}, {7, 1}, {2, 3}, {17, 5}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
            for (int c = 1; c <= 3; c += 2)
                free(noisy(all[i], 1, sizes[k][0], sizes[k][1], c, c, 1, 1));
}

/* Neighbours of correlated noise agree as the kernel says: for a long decay
 * (a gaussian kernel of width s) by exp(-d^2 / 4 s^2). */
Test(noise, correlation)
{
    const int w = 256, h = 256;
    struct ae_ctx *ctx = context(1);
    struct ae_noise *n = parse("correlated:sigma=20,scale=2,tail=100");
    float *p = plane(w, h, 1, 0.0f);
    double lag = 0.0, power = 0.0;

    ae_noise_apply(ctx, n, p, w, h, 1, 1, 0, 1, 1, NULL, NULL);
    for (int y = 0; y < h; y++)
        for (int x = 2; x < w; x++) {
            lag += p[y * w + x] * p[y * w + x - 2];
            power += p[y * w + x] * p[y * w + x];
        }
    cr_expect_float_eq(lag / power, exp(-4.0 / 16.0), 0.03, "%g", lag / power);
    free(p);
    ae_noise_free(n);
    ae_ctx_free(ctx);
}

/* Chroma has the amplitude that was asked for, and sigma is over all. */
Test(noise, chroma)
{
    const int size = 192, n = size * size;
    struct ae_ctx *ctx = context(1);
    struct ae_noise *chain = parse("correlated:sigma=20,chroma=0.5");
    float *p = plane(size, size, 3, 0.0f);
    double luma = 0.0, chroma = 0.0;

    ae_noise_apply(ctx, chain, p, size, size, 3, 3, 0, 1, 1, NULL, NULL);
    for (int i = 0; i < n; i++) {
        const double r = p[3 * i], g = p[3 * i + 1], b = p[3 * i + 2];

        luma += (r + g + b) * (r + g + b) / 3;
        chroma += (r - b) * (r - b) / 2;
    }
    cr_expect_float_eq(sqrt(chroma / luma), 0.5, 0.05, "%g",
                       sqrt(chroma / luma));
    free(p);
    ae_noise_free(chain);
    ae_ctx_free(ctx);
}

static const struct {
    const char *chain, *says;
} wrong[] = {
    {"", "name is missing"},
    {"gaus:sigma=5", "gauss poisson impulse"},
    {"gauss:sgma=5", "sgma"},
    {"gauss:sigma=-1", "sigma"},
    {"gauss:sigma=300", "sigma"},
    {"gauss:sigma=9..3", "sigma"},
    {"gauss:sigma=5,sigma=6", "sigma"},
    {"gauss:sigma=5+", "name is missing"},
    {"gauss:sigma=5|", "name is missing"},
    {"x*gauss", "weight"},
    {"0*gauss", "weight"},
    {"-1*gauss", "weight"},
    {"jpeg:q=0", "q"},
    {"jpeg:sampling=411", "sampling"},
    {"impulse:p=2", "p"},
    {"mask:p=-1", "p"},
};

Test(noise, wrong_chains)
{
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct ae_noise *n = NULL;
        struct ae_err e = {0};

        cr_expect_eq(ae_noise_parse(wrong[i].chain, &n, &e), AE_EARG, "%s",
                     wrong[i].chain);
        cr_expect_null(n);
        cr_expect_not_null(strstr(e.msg, wrong[i].says), "'%s': %s",
                           wrong[i].chain, e.msg);
    }
}

Test(noise, help_names_every_noise)
{
    char text[8192];
    const int n = ae_noise_help(text, sizeof(text));

    cr_assert(n > 0 && n < (int)sizeof(text));
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char name[32] = "";

        sscanf(all[i], "%31[a-z]", name);
        cr_expect_not_null(strstr(text, name), "%s", name);
    }
    cr_expect_eq(ae_noise_help(NULL, 0), n);
}
