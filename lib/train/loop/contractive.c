/* contractive.c - see contractive.h. */
#include "train/loop/contractive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/rng.h"
#include "kernel/kernel.h"
#include "nn/graph/graph.h"

/* Deviation of the noise, in the input's unit: far below what changes a code
 * visibly, far above the rounding of single precision. */
#define SIGMA 0.01
#define STREAM UINT64_C(0x636f6e7472616374)

/* --------------------------------------------------------------- building */

/* The dense layer that makes the code straight from the input, or -1. */
static int find_dense(const struct ae_graph *g, int code)
{
    const struct ae_node *nd = &g->node[code];

    while (nd->kind == &ae_layer_code)
        nd = &g->node[nd->in[0]];
    return strcmp(nd->kind->name, "dense") == 0 && nd->tie < 0 &&
                   g->node[nd->in[0]].flags & AE_IS_INPUT
               ? nd->index
               : -1;
}

int ae_contractive_init(struct ae_contractive *c, const struct ae_graph *g,
                        double weight, const float *weights, struct ae_err *e)
{
    const int code = ae_graph_find_output(g, "code");

    *c = (struct ae_contractive){
        .g = g, .weight = weight, .weights = weights, .dense = -1};
    if (!(weight > 0))
        return 0;
    if (code < 0)
        return ae_fail(e, AE_EARG,
                       "`contractive`: the net has no output named code; add "
                       "'output NODE name=code' to its spec");
    if (ae_graph_is_variational(g))
        return ae_fail(e, AE_EARG,
                       "`contractive`: the code of this net is drawn, so that "
                       "it has no gradient by the input");
    c->dense = find_dense(g, code);
    if (c->dense < 0)
        return 0;
    const struct ae_node *nd = &g->node[c->dense];
    c->act = ae_node_int(nd, "act");
    c->units = nd->shape.c;
    c->act_grad = ae_alloc(2 * (size_t)c->units, sizeof(*c->act_grad), e);
    return c->act_grad ? 0 : AE_EMEM;
}

void ae_contractive_release(struct ae_contractive *c)
{
    free(c->act_grad);
    memset(c, 0, sizeof(*c));
}

int ae_contractive_perturbs(const struct ae_contractive *c)
{
    return c->weight > 0 && c->dense < 0;
}

void ae_contractive_bind(struct ae_contractive *c, struct ae_exec *x)
{
    c->x = ae_exec_input(x, "x");
    c->code = ae_exec_output(x, "code");
    c->dcode = ae_exec_doutput(x, "code");
    c->wgrad = ae_exec_wgrad(x);
}

/* -------------------------------------------------------- one dense layer */

/* The activation gradient at the output y; *second becomes its own derivative
 * by y. */
static double act_grad(int act, double y, double *second)
{
    *second = act == AE_ACT_SIGMOID ? 1 - 2 * y
              : act == AE_ACT_TANH  ? -2 * y
                                    : 0;
    switch (act) {
    case AE_ACT_RELU:
        return y > 0;
    case AE_ACT_LRELU:
        return y > 0 ? 1 : (double)AE_LRELU_SLOPE;
    case AE_ACT_SIGMOID:
        return y * (1 - y);
    case AE_ACT_TANH:
        return 1 - y * y;
    default:
        return 1;
    }
}

static const struct ae_param *matrix(const struct ae_contractive *c)
{
    return &c->g->node[c->dense].param[0];
}

/* Sums the squared weights of each unit into square[]. */
static void sum_squares(const struct ae_contractive *c, double *square)
{
    const float *w = c->weights + matrix(c)->offset;
    const int nin = matrix(c)->dims[0];

    memset(square, 0, (size_t)c->units * sizeof(*square));
    for (int i = 0; i < nin; i++, w += c->units)
        for (int j = 0; j < c->units; j++)
            square[j] += (double)w[j] * w[j];
}

/* The gradient of unit j by the inputs is act' w_j. */
static double forward_dense(struct ae_contractive *c, int n)
{
    double *square = c->act_grad + c->units, sum = 0;
    const double by = c->weight / n;

    sum_squares(c, square);
    memset(c->act_grad, 0, (size_t)c->units * sizeof(*c->act_grad));
    for (int i = 0; i < n; i++) {
        const float *v = ae_row(&c->code, i, 0);
        float *d = ae_row(&c->dcode, i, 0);
        for (int j = 0; j < c->units; j++) {
            double second, f = act_grad(c->act, v[j], &second);
            sum += f * f * square[j];
            c->act_grad[j] += by * f * f;
            d[j] += (float)(by * 2 * f * second * square[j]);
        }
    }
    return by * sum;
}

void ae_contractive_backward(const struct ae_contractive *c)
{
    if (c->dense < 0)
        return;
    const float *w = c->weights + matrix(c)->offset;
    float *dw = c->wgrad + matrix(c)->offset;
    for (size_t i = 0; i < matrix(c)->count; i++)
        dw[i] += (float)(2 * c->act_grad[i % (size_t)c->units] * w[i]);
}

/* --------------------------------------------------------------- by noise */

void ae_contractive_perturb(const struct ae_contractive *c, int first, int n,
                            uint64_t seed, uint64_t step)
{
    enum { RUN = 64 };
    const struct ae_view *in = &c->x;
    const uint64_t row = ae_round_up((size_t)in->w * (size_t)in->c, RUN);
    float eps[RUN];

    for (int r = 0; r < n * in->h; r++) {
        const uint64_t drawn = (uint64_t)first * (uint64_t)in->h + (uint64_t)r;
        float *v = ae_row(in, n + r / in->h, r % in->h);
        for (int i = 0; i < in->w * in->c; i++) {
            if (i % RUN == 0)
                ae_rng_normals(seed, ae_mix(STREAM, step),
                               drawn * row + (uint64_t)i, eps, RUN);
            v[i / in->c * in->pix + i % in->c] += (float)SIGMA * eps[i % RUN];
        }
    }
}

static double forward_perturbed(const struct ae_contractive *c, int n)
{
    const struct ae_view *y = &c->code, *dy = &c->dcode;
    const double by = c->weight / (n * SIGMA * SIGMA);
    double sum = 0;

    for (int r = 0; r < n * y->h; r++) {
        const int i = r / y->h, k = r % y->h;
        const float *a = ae_row(y, i, k), *b = ae_row(y, n + i, k);
        float *da = ae_row(dy, i, k), *db = ae_row(dy, n + i, k);
        for (int p = 0; p < y->w * y->c; p++) {
            const ptrdiff_t at = p / y->c * y->pix + p % y->c;
            const ptrdiff_t to = p / y->c * dy->pix + p % y->c;
            const double u = (double)b[at] - a[at];
            sum += u * u;
            db[to] += (float)(2 * by * u);
            da[to] -= (float)(2 * by * u);
        }
    }
    return by * sum;
}

double ae_contractive_forward(struct ae_contractive *c, int n)
{
    if (!(c->weight > 0))
        return 0;
    return c->dense < 0 ? forward_perturbed(c, n) : forward_dense(c, n);
}
