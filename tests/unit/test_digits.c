/* The two autoencoders that everything starts from, trained for seconds on
 * the digits of samples/: on held-out digits the error is at most half of
 * what the mean digit gives. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/dataset.h"
#include "data/preprocessing.h"
#include "model/model.h"
#include "nn/graph/exec.h"

enum { SIDE = 28, N = SIDE * SIDE };

static struct ae_ctx *ctx;
static char digits[1024];
static char output[] = "/tmp/ae-digits-XXXXXX";

static void begin(void)
{
    const struct ae_ctx_options o = {.threads = 2};
    const char *root = getenv("AE_ROOT");

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    snprintf(digits, sizeof(digits), "%s/samples/digits-idx3-ubyte.gz",
             root ? root : ".");
    const int fd = mkstemp(output);
    cr_assert_geq(fd, 0);
    close(fd);
}

static void end(void)
{
    unlink(output);
    ae_ctx_free(ctx);
}

TestSuite(digits, .init = begin, .fini = end);

static void train(const char *preset, const char *loss, uint64_t steps)
{
    const char *const data[] = {digits, NULL};
    struct ae_train_options o;
    struct ae_err e = {0};

    memset(&o, 0, sizeof(o));
    cr_assert_eq(ae_fields_default(ae_train_fields, &o, NULL), 0);
    o.model = preset;
    o.output = output;
    o.data = data;
    o.loss = loss;
    o.steps = steps;
    o.lr = 2e-3;
    cr_assert_eq(ae_train(ctx, &o, &e), 0, "%s", e.msg);
}

/* Means of squared errors over the held-out digits: of the mean of those
 * learned from, and of the model. */
static void measure(double *mean_error, double *model_error)
{
    static double mean[N];
    const struct ae_source_options so = {.min_side = 1};
    struct ae_preprocessing prep = {0};
    struct ae_dataset it = {0};
    struct ae_model *m = NULL;
    struct ae_exec *x = NULL;
    struct ae_err e = {0};
    int learned = 0, held = 0;

    cr_assert_eq(ae_dataset_read(ctx, digits, &so, &prep, &it, &e), 0, "%s",
                 e.msg);
    cr_assert_eq(it.count, 2000);
    cr_assert_eq(ae_dataset_split(&it, 0.05, NULL), 0);
    memset(mean, 0, sizeof(mean));
    for (size_t i = 0; i < it.count; i++)
        for (int k = 0; k < N && !it.item[i].held_out; k++)
            mean[k] += ((uint8_t *)it.item[i].px)[k] / 255.0;
    for (size_t i = 0; i < it.count; i++)
        learned += !it.item[i].held_out;
    cr_assert_eq(ae_model_load(ctx, output, &m, &e), 0, "%s", e.msg);
    cr_assert_eq(
        ae_exec_new(ctx, m->graph, m->weights, 1, SIDE, SIDE, 0, &x, &e), 0,
        "%s", e.msg);
    ae_exec_pack(x);
    *mean_error = *model_error = 0;
    for (size_t i = 0; i < it.count; i++) {
        const uint8_t *px = it.item[i].px;
        const struct ae_view in = ae_exec_input(x, "x");
        if (!it.item[i].held_out)
            continue;
        held++;
        for (int k = 0; k < N; k++)
            ae_row(&in, 0, k / SIDE)[k % SIDE * in.pix] = (float)px[k] / 255;
        ae_exec_forward(x, 0, 0);
        const struct ae_view out = ae_exec_output(x, NULL);
        for (int k = 0; k < N; k++) {
            const double v = px[k] / 255.0;
            const double a = v - mean[k] / learned;
            const double b = v - (double)ae_row(&out, 0,
                                                k / SIDE)[k % SIDE * out.pix];
            *mean_error += a * a;
            *model_error += b * b;
        }
    }
    cr_assert(held > 50 && held < 200);
    ae_exec_free(x);
    ae_model_free(m);
    ae_dataset_release(&it);
    ae_preprocessing_release(&prep);
}

static void check(const char *preset, const char *loss, uint64_t steps)
{
    double mean, model;

    train(preset, loss, steps);
    measure(&mean, &model);
    cr_assert_leq(model, mean / 2, "%s: %g of the mean digit's error", preset,
                  model / mean);
    cr_log_info("%s: %g of the mean digit's error", preset, model / mean);
}

Test(digits, dense)
{
    check("dense", "l2", 800);
}

Test(digits, conv)
{
    check("conv", "bce", 600);
}
