/* Principal components: the sketch beside the exact ones, and items with fewer
 * directions than vectors. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "data/dataset.h"
#include "kernel/ctx.h"
#include "train/fit/fit.h"

enum { ITEMS = 60, W = 300, K = 4, MOST = 40 };

/* Items of `rank` random directions, each a bit less strong than the one
 * before. */
static void make_items(struct ae_dataset *d, struct ae_item *it, float *px,
                       int rank)
{
    static float way[MOST][W], z[ITEMS * MOST];

    for (int k = 0; k < rank; k++)
        ae_rng_normals(1, (uint64_t)k + 1, 0, way[k], W);
    ae_rng_normals(1, 99, 0, z, ITEMS * MOST);
    for (int i = 0; i < ITEMS; i++, px += W) {
        for (int j = 0; j < W; j++) {
            px[j] = 0.5f;
            for (int k = 0; k < rank; k++)
                px[j] += z[i * MOST + k] * way[k][j] * powf(0.8f, (float)k);
        }
        it[i] = (struct ae_item){.h = 1, .w = W, .c = 1, .bytes = 4, .px = px};
    }
    d->item = it;
    d->count = ITEMS;
}

/* The mean squared length of what the axes don't hold. */
static double rest(const struct ae_pca *p, const float *px)
{
    double sum = 0;

    for (int i = 0; i < ITEMS; i++, px += W) {
        for (int j = 0; j < W; j++)
            sum += pow((double)px[j] - (double)p->mean[j], 2);
        for (int k = 0; k < p->k; k++) {
            double z = 0;
            for (int j = 0; j < W; j++)
                z += ((double)px[j] - (double)p->mean[j]) *
                     (double)p->axis[k * W + j];
            sum -= z * z;
        }
    }
    return sum / ITEMS;
}

static void compare(int rank, int k, double within)
{
    static float px[ITEMS * W];
    struct ae_item it[ITEMS];
    struct ae_dataset d = {0};
    struct ae_sampler s;
    struct ae_pca exact, sketch;
    struct ae_ctx *ctx;
    struct ae_err e = {0};

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    make_items(&d, it, px, rank);
    cr_assert_eq(ae_sampler_init(&s, ctx, &d, AE_SIDE_BOTH, &e), 0, "%s",
                 e.msg);
    s.h = s.c = 1;
    s.w = W;
    cr_assert_eq(ae_pca_fit(&exact, &s, ITEMS, k, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_pca_sketch(&sketch, &s, ITEMS, k, &e), 0, "%s", e.msg);
    for (int j = 0; j < W; j++)
        cr_assert_lt(fabsf(exact.mean[j] - sketch.mean[j]), 1e-4f);
    const double a = rest(&exact, px), b = rest(&sketch, px);
    cr_assert_lt(b, a + within, "%g, %g", a, b);
    cr_assert_gt(b, a - 1e-2);
    ae_pca_release(&exact);
    ae_pca_release(&sketch);
    ae_sampler_release(&s);
    ae_ctx_free(ctx);
}

Test(pca, sketch_holds_what_the_components_hold)
{
    compare(MOST, K, 2); /* of some hundred that four components leave */
}

/* Vectors beyond the items' directions become zero, not noise. */
Test(pca, sketch_of_items_with_few_directions)
{
    compare(2, K, 1e-2);
    compare(1, 1, 1e-2);
    compare(0, 1, 1e-2);
}
