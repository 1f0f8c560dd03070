/* Maps of latents: axes against power iteration in double precision, what is
 * kept of many, classes and where their points are drawn. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "run/draw/map.h"

enum { N = 500, D = 7 };

static struct ae_ctx *context(void)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    return ctx;
}

/* Long along one slanted direction, half as long along another, far from
 * the origin. */
static void make(float z[N][D])
{
    struct ae_rng r;

    ae_rng_init(&r, 5, 1);
    for (int i = 0; i < N; i++) {
        const double a = 4 * ae_rng_normal(&r), b = 2 * ae_rng_normal(&r);
        for (int k = 0; k < D; k++)
            z[i][k] = (float)(100 + a * (k - 3) / 5 + b * (k % 2 ? -1 : 1) / 2 +
                              0.1 * ae_rng_normal(&r));
    }
}

/* The direction of the largest variance; what it explains is taken out. */
static double power(double cov[D][D], double v[D])
{
    double value = 0;

    for (int k = 0; k < D; k++)
        v[k] = 1 + 0.1 * k;
    for (int step = 0; step < 500; step++) {
        double w[D] = {0}, norm = 0;
        for (int i = 0; i < D; i++)
            for (int k = 0; k < D; k++)
                w[i] += cov[i][k] * v[k];
        for (int k = 0; k < D; k++)
            norm += w[k] * w[k];
        value = sqrt(norm);
        for (int k = 0; k < D; k++)
            v[k] = w[k] / value;
    }
    for (int i = 0; i < D; i++)
        for (int k = 0; k < D; k++)
            cov[i][k] -= value * v[i] * v[k];
    return value;
}

Test(map, axes_are_the_principal_ones)
{
    static float z[N][D];
    double mean[D] = {0}, cov[D][D] = {{0}}, all = 0, *at, share[2];
    struct ae_ctx *ctx = context();
    struct ae_map *m;
    struct ae_err e = {0};

    make(z);
    cr_assert_eq(ae_map_new(ctx, NULL, &m, &e), 0);
    for (int i = 0; i < N; i++)
        cr_assert_eq(ae_map_add(m, (uint64_t)i, NULL, z[i], D, &e), 0, "%s",
                     e.msg);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++)
            mean[k] += z[i][k] / (double)N;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < D; k++)
            for (int l = 0; l < D; l++)
                cov[k][l] += (z[i][k] - mean[k]) * (z[i][l] - mean[l]) / N;
    for (int k = 0; k < D; k++)
        all += cov[k][k];
    cr_assert_eq(ae_map_project(m, &at, share, &e), 0, "%s", e.msg);
    for (int a = 0; a < 2; a++) {
        double v[D], value = power(cov, v), same = 0, other = 0;
        cr_assert_float_eq(share[a], value / all, 1e-9);
        for (int i = 0; i < N; i++) {
            double p = 0;
            for (int k = 0; k < D; k++)
                p += (z[i][k] - mean[k]) * v[k];
            same = fmax(same, fabs(at[2 * i + a] - p));
            other = fmax(other, fabs(at[2 * i + a] + p));
        }
        cr_assert_lt(fmin(same, other), 1e-6, "axis %d: %g", a,
                     fmin(same, other));
    }
    free(at);
    ae_map_free(m);
    ae_ctx_free(ctx);
}

Test(map, of_many_every_fourth_is_kept)
{
    struct ae_ctx *ctx = context();
    struct ae_map *m;
    double *at, share[2];

    cr_assert_eq(ae_map_new(ctx, NULL, &m, NULL), 0);
    for (uint64_t i = 0; i < 200000; i++) {
        const float z[2] = {(float)i, -(float)i};
        cr_assert_eq(ae_map_add(m, i, NULL, z, 2, NULL), 0);
    }
    cr_assert_eq(ae_map_project(m, &at, share, NULL), 0);
    cr_assert_eq(m->n, 50000);
    for (size_t i = 0; i < m->n; i++) {
        cr_assert_float_eq(at[2 * i], 4.0 * (double)i, 1e-9);
        cr_assert_float_eq(at[2 * i + 1], -4.0 * (double)i, 1e-9);
    }
    cr_assert_lt(share[0], 0);
    free(at);
    ae_map_free(m);
    ae_ctx_free(ctx);
}

static int reddish(const float *p)
{
    return p[0] > 0.9F && p[1] > 0.4F && p[1] < 0.55F && p[2] < 0.1F;
}

static int bluish(const float *p)
{
    return p[0] < 0.2F && p[1] > 0.35F && p[1] < 0.45F && p[2] > 0.7F;
}

/* Class 2 at the left, class 10 at the right: 2 comes first, as a number. */
Test(map, points_have_the_colour_of_their_class)
{
    char path[] = "/tmp/ae-map-XXXXXX";
    const int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    struct ae_ctx *ctx = context();
    struct ae_image im;
    struct ae_map *m;
    struct ae_err e = {0};
    int left = 0, right = 0, wrong = 0;

    fputs("name\tclass\na\t10\nb\t2\nc\t10\nd\t2\n", f);
    fclose(f);
    cr_assert_eq(ae_map_new(ctx, path, &m, &e), 0, "%s", e.msg);
    for (uint64_t i = 0; i < 4; i++) {
        const float z[2] = {i % 2 ? -1 : 1, (float)i};
        cr_assert_eq(ae_map_add(m, i, NULL, z, 2, &e), 0);
    }
    cr_assert_eq(ae_map_add(m, 4, NULL, (const float[]){0, 0}, 2, &e), AE_EARG);
    cr_assert_eq(ae_map_draw(ctx, m, 3, 400, 300, &im, &e), AE_EARG);
    cr_assert_eq(ae_map_draw(ctx, m, 4, 400, 300, &im, &e), 0, "%s", e.msg);
    for (int y = 0; y < 300; y++)
        for (int x = 0; x < 250; x++) { /* the frame */
            const float *p = im.data + 3 * (y * 400 + x);
            left += x < 110 && bluish(p);
            right += x > 220 && reddish(p);
            wrong += x < 110 ? reddish(p) : bluish(p);
        }
    cr_assert_gt(left, 60);
    cr_assert_gt(right, 60);
    cr_assert_eq(wrong, 0);
    ae_image_release(&im);
    ae_map_free(m);
    ae_ctx_free(ctx);
    remove(path);
}
