/* The direction of Muon: orthogonal, whatever a matrix's shape and scale, and
 * a step of it in the optimiser. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/linalg.h"
#include "kernel/ctx.h"
#include "train/loop/muon.h"
#include "train/loop/optim.h"

enum { MOST = 72 * 72 };

static const int shapes[][2] = {{70, 17}, {18, 70}, {70, 18},
                                {16, 16}, {72, 72}, {1, 5}};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

static void fill(float *x, int n, double scale)
{
    for (int i = 0; i < n; i++)
        x[i] = (float)(scale * (sin(i * 0.37) + cos(i * i * 0.11)));
}

/* g (n x n) = a^T b for a, b (rows x n), or a b^T for wide ones. */
static void inner(const float *a, const float *b, int rows, int cols, double *g)
{
    const int tall = rows >= cols, n = tall ? cols : rows;
    const int depth = tall ? rows : cols;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < depth; k++)
                sum += tall ? (double)a[k * cols + i] * b[k * cols + j]
                            : (double)a[i * cols + k] * b[j * cols + k];
            g[i * n + j] = sum;
        }
}

static struct ae_ctx plain(void)
{
    return (struct ae_ctx){.k = ae_kernels_by_name("c")};
}

static void orthogonalise(const struct ae_ctx *ctx, const int shape[2],
                          double scale, float *x, float *out)
{
    static float used[MOST], scratch[4 * MOST];
    const int n = shape[0] * shape[1];

    fill(x, n, scale);
    memcpy(used, x, sizeof(used));
    cr_assert_leq(ae_orthogonalise_scratch(shape[0], shape[1]), 4 * MOST);
    ae_orthogonalise(ctx, used, shape[0], shape[1], out, scratch);
}

/* Singular values that aren't tiny come near 1. */
Test(muon, result_is_nearly_orthogonal)
{
    static float x[MOST], out[MOST];
    static double g[MOST], value[72];

    cr_assert_eq(ae_linalg_load(1, NULL), 0);
    for (int i = 0; i < SHAPES; i++) {
        const int *const shape = shapes[i];
        const struct ae_ctx ctx = plain();
        const int n = shape[0] < shape[1] ? shape[0] : shape[1];
        double sum = 0;
        int checked = 0;

        orthogonalise(&ctx, shape, 3, x, out);
        inner(x, x, shape[0], shape[1], g);
        cr_assert_eq(ae_eigen_sym(g, n, value, 0, NULL), 0);
        for (int k = 0; k < n; k++)
            sum += value[k];
        for (int k = 0; k < n; k++)
            checked += value[k] > 1e-6 * sum;
        inner(out, out, shape[0], shape[1], g);
        cr_assert_eq(ae_eigen_sym(g, n, value, 0, NULL), 0);
        cr_assert_gt(checked, n / 2);
        for (int k = n - checked; k < n; k++)
            cr_assert(value[k] > 0.36 && value[k] < 1.69, "%d x %d: %g",
                      shape[0], shape[1], value[k]);
    }
}

/* x^T out is symmetric where out has the singular vectors of x. */
Test(muon, singular_vectors_are_kept)
{
    static float x[MOST], out[MOST];
    static double g[MOST];
    const struct ae_ctx ctx = plain();

    for (int i = 0; i < SHAPES; i++) {
        const int n = shapes[i][0] < shapes[i][1] ? shapes[i][0] : shapes[i][1];
        double trace = 0;

        orthogonalise(&ctx, shapes[i], 1, x, out);
        inner(x, out, shapes[i][0], shapes[i][1], g);
        for (int k = 0; k < n; k++)
            trace += g[k * n + k];
        cr_assert_gt(trace, 0);
        for (int a = 0; a < n; a++)
            for (int b = 0; b < a; b++)
                cr_assert_float_eq(g[a * n + b], g[b * n + a], 1e-5 * trace,
                                   "%d x %d", shapes[i][0], shapes[i][1]);
    }
}

Test(muon, neither_scale_nor_arithmetic_matters)
{
    static float x[MOST], out[MOST], fast[MOST];
    const struct ae_ctx ctx = plain();
    struct ae_ctx best = {0};

    cr_assert_eq(ae_kernels_get(&best.k, NULL), 0);
    for (int i = 0; i < SHAPES; i++) {
        orthogonalise(&ctx, shapes[i], 1, x, out);
        orthogonalise(&best, shapes[i], 1e6, x, fast);
        for (int k = 0; k < shapes[i][0] * shapes[i][1]; k++)
            cr_assert_float_eq(fast[k], out[k], 1e-3, "%d: %g, %g", k,
                               (double)fast[k], (double)out[k]);
    }
}

Test(muon, zeros_stay)
{
    static float x[MOST], out[MOST];
    static const float zero[MOST];

    const struct ae_ctx ctx = plain();

    orthogonalise(&ctx, shapes[0], 0, x, out);
    cr_assert_arr_eq(out, zero, 70 * 17 * sizeof(float));
}

/* A momentum that has decayed for long gives no full step, nor NaN. */
Test(muon, what_is_faint_fades)
{
    static const double scale[] = {1e-14, 1e-38, 1e-40, 1e-43};
    static float x[MOST], out[MOST];
    const struct ae_ctx ctx = plain();

    for (int i = 0; i < 4; i++) {
        orthogonalise(&ctx, shapes[0], scale[i], x, out);
        for (int k = 0; k < 70 * 17; k++)
            cr_assert(fabsf(out[k]) < 1e-4f, "%g: %g", scale[i],
                      (double)out[k]);
    }
}

/* One step of a 48 x 20 matrix, one of a 48 x 12 beside it. */
static void step(int threads, float *w)
{
    struct ae_node node = {.nparam = 2};
    const struct ae_ctx_options options = {.threads = threads};
    float grad[960 + 576], start[960 + 576];
    struct ae_optim optim;
    struct ae_ctx *ctx;

    node.param[0] = (struct ae_param){
        .ndims = 2, .dims = {48, 20}, .count = 960, .trainable = 1, .decay = 1};
    node.param[1] = (struct ae_param){.ndims = 2,
                                      .dims = {48, 12},
                                      .count = 576,
                                      .offset = 960,
                                      .trainable = 1};
    const struct ae_graph graph = {
        .node = &node, .count = 1, .weights = 960 + 576};
    cr_assert_eq(ae_ctx_new(&options, &ctx, NULL), 0);
    cr_assert_eq(ae_optim_init(&optim, ctx, &graph, AE_OPTIM_MUON, 0.5, NULL),
                 0);
    fill(grad, 960 + 576, 1);
    fill(start, 960 + 576, 2);
    memcpy(w, start, sizeof(start));
    ae_optim_step(&optim, 1, 0.01, 1, w, grad);
    ae_optim_release(&optim);
    ae_ctx_free(ctx);
}

/* Decay takes 0.01 * 0.5 of a weight; the rest has a root mean square near
 * 0.2 * 0.01, of a matrix too narrow that of Adam's first step, 0.01. */
Test(muon, step_has_the_length_of_adams)
{
    float w[960 + 576], again[960 + 576], start[960 + 576];
    double sum = 0;

    step(1, w);
    step(3, again);
    cr_assert_arr_eq(w, again, sizeof(w));
    fill(start, 960 + 576, 2);
    for (int i = 0; i < 960; i++)
        sum += pow(w[i] - 0.995 * (double)start[i], 2);
    const double length = sqrt(sum / 960);
    cr_assert(length > 0.2 * 0.01 * 0.6 && length < 0.2 * 0.01 * 1.3, "%g",
              length);
    for (int i = 960; i < 960 + 576; i++)
        cr_assert_float_eq(fabs((double)w[i] - (double)start[i]), 0.01, 1e-4);
}
