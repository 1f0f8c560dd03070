/* sparse_code.c - the layer that is the code, which may be kept sparse.
 *
 * The values pass unchanged.  Two penalties are added to the loss, whatever the
 * size of an item:
 * l1 times the sum of the code's absolute values, averaged over the items;
 * kl times the sum, over the code's numbers, of the Kullback-Leibler divergence
 * of a Bernoulli distribution with mean rho from one with the number's mean
 * over the batch (Ng 2011), for a code within 0..1 as a sigmoid gives it. */
#include <math.h>

#include "base/err.h"
#include "nn/graph/graph.h"
#include "nn/graph/row_tasks.h"

struct code {
    double l1, kl, rho;
    int init;
};

static const char *const init_names[] = {"auto", "pca", NULL};

static const struct ae_field fields[] = {
    AE_FIELD("l1", REAL, code, l1, .def = "0", .max = 1e6,
             .help = "weight of the sum of absolute values"),
    AE_FIELD("kl", REAL, code, kl, .def = "0", .max = 1e6,
             .help = "weight of the divergence of mean activities from rho"),
    AE_FIELD("rho", REAL, code, rho, .def = "0.05", .min = 1e-4, .max = 0.9999,
             .help = "mean activity that kl= pulls to"),
    AE_FIELD(
        "init", ENUM, code, init, .def = "auto", .names = init_names,
        .help =
            "pca: dense layers around it begin as the data's principal axes"),
    {.name = NULL}};

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    (void)nd;
    (void)e;
    *out = *in;
    return 0;
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);

    for (int r = r0; r < r1; r++)
        ae_put_row(run, out, ae_batch_row(out, r), in, ae_batch_row(in, r), 0);
}

/* Keeps means away from 0 and 1, where the logarithms are infinite. */
static double clamp_mean(double mean)
{
    return fmin(fmax(mean, 1e-6), 1 - 1e-6);
}

/* Means over the batch; returns the sum of absolute values. */
static double collect_stats(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *out = &run->out[nd->index];
    struct ae_code_stats *st = &run->stats[nd->index];
    double by = 1.0 / out->n, sum = 0;

    st->divergence = NULL;
    memset(st->mean, 0, 2 * (size_t)st->count * sizeof(*st->mean));
    for (int r = 0; r < out->n * out->h; r++) {
        const float *v = ae_batch_row(out, r);
        int at = r % out->h * out->w * out->c;
        for (int x = 0; x < out->w; x++, v += out->pix)
            for (int c = 0; c < out->c; c++, at++) {
                st->mean[at] += by * v[c];
                st->square[at] += by * v[c] * v[c];
                sum += fabs((double)v[c]);
            }
    }
    return sum;
}

static double term(const struct ae_run *run, const struct ae_node *nd)
{
    const struct code *a = nd->attr;
    const struct ae_code_stats *st = &run->stats[nd->index];
    double sum = a->l1 * collect_stats(run, nd) / run->out[nd->index].n;

    for (int i = 0; a->kl > 0 && i < st->count; i++) {
        double m = clamp_mean(st->mean[i]), rho = a->rho;
        sum += a->kl *
               (rho * log(rho / m) + (1 - rho) * log((1 - rho) / (1 - m)));
    }
    return sum;
}

static void back_rows(const struct ae_run *run, const struct ae_node *nd,
                      int r0, int r1)
{
    const struct code *a = nd->attr;
    const struct ae_view *y = &run->out[nd->index];
    const struct ae_view *dy = &run->dout[nd->index], *dx = ae_din(run, nd, 0);
    const double *mean = run->stats[nd->index].mean;
    const int row = y->w * y->c;
    const double by = 1.0 / y->n;

    for (int r = r0; r < r1; r++) {
        float *g = ae_batch_row(dy, r);
        const float *v = ae_batch_row(y, r);
        for (int i = 0; i < row; i++) {
            int x = i / y->c, c = i % y->c;
            float u = v[x * y->pix + c];
            double m = clamp_mean(mean[r % y->h * row + i]);
            double d = a->l1 * ((u > 0) - (u < 0)) +
                       a->kl * ((1 - a->rho) / (1 - m) - a->rho / m);
            g[x * dy->pix + c] += (float)(by * d);
        }
        ae_put_row(run, dx, ae_batch_row(dx, r), dy, g, run->add[nd->index][0]);
    }
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dy = &run->dout[nd->index];

    ae_par_backward(run, nd, dy->n * dy->h, 10.0 * dy->w * dy->c, back_rows);
}

const struct ae_layer_kind ae_layer_code = {
    .name = "code",
    .help = "the code: its input, with penalties that keep it sparse",
    .fields = fields,
    .size = sizeof(struct code),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_OUTPUT | AE_INPLACE | AE_IS_CODE | AE_POINTWISE,
    .shape = shape,
    .forward = forward,
    .backward = backward,
    .term = term};
