/* activation.c - activations as layers of their own, and dropout.
 *
 * Activations whose derivative is a function of the output keep the output and
 * may run in place; gelu and silu keep their input. */
#include <math.h>

#include "base/rng.h"
#include "nn/graph/row_tasks.h"

/* One row of the table: the values of n floats, and dy *= derivative, where v
 * is the output, or with by_x the input.  With by_pixel, n is one pixel's
 * channels, else any run. */
struct act_kind {
    int by_x, by_pixel;
    void (*value)(float *y, const float *x, int n);
    void (*grad)(float *dy, const float *v, int n);
};

#define EACH(name, arg, expr)                                                  \
    static void name(float *y, const float *arg, int n)                        \
    {                                                                          \
        for (int i = 0; i < n; i++)                                            \
            y[i] = expr;                                                       \
    }

static float sigmoid(float x)
{
    return ae_activate(AE_ACT_SIGMOID, x);
}

static float normal_cdf(float x)
{
    return 0.5f * erfcf(-x * 0.70710678f);
}

static float normal_pdf(float x)
{
    return 0.39894228f * expf(-0.5f * x * x);
}

EACH(relu_value, x, ae_activate(AE_ACT_RELU, x[i]))
EACH(relu_grad, v, v[i] > 0 ? y[i] : 0)
EACH(lrelu_value, x, ae_activate(AE_ACT_LRELU, x[i]))
EACH(lrelu_grad, v, v[i] > 0 ? y[i] : AE_LRELU_SLOPE * y[i])
EACH(elu_value, x, x[i] > 0 ? x[i] : expm1f(x[i]))
EACH(elu_grad, v, v[i] > 0 ? y[i] : y[i] * (v[i] + 1))
EACH(gelu_value, x, x[i] * normal_cdf(x[i]))
EACH(gelu_grad, v, y[i] * (normal_cdf(v[i]) + v[i] * normal_pdf(v[i])))
EACH(silu_value, x, x[i] * sigmoid(x[i]))
EACH(silu_grad, v, y[i] * sigmoid(v[i]) * (1 + v[i] * sigmoid(-v[i])))
EACH(sigmoid_value, x, sigmoid(x[i]))
EACH(sigmoid_grad, v, y[i] * v[i] * (1 - v[i]))
EACH(tanh_value, x, ae_activate(AE_ACT_TANH, x[i]))
EACH(tanh_grad, v, y[i] * (1 - v[i] * v[i]))
EACH(softplus_value, x, fmaxf(x[i], 0) + log1pf(expf(-fabsf(x[i]))))
EACH(softplus_grad, v, y[i] * -expm1f(-v[i]))

static void softmax_value(float *y, const float *x, int n)
{
    float most = x[0], sum = 0;

    for (int i = 1; i < n; i++)
        most = fmaxf(most, x[i]);
    for (int i = 0; i < n; i++)
        sum += y[i] = expf(x[i] - most);
    for (int i = 0; i < n; i++)
        y[i] /= sum;
}

static void softmax_grad(float *dy, const float *v, int n)
{
    float dot = 0;

    for (int i = 0; i < n; i++)
        dot += dy[i] * v[i];
    for (int i = 0; i < n; i++)
        dy[i] = v[i] * (dy[i] - dot);
}

static const char *const act_names[] = {
    "relu",    "lrelu", "elu",      "gelu",    "silu",
    "sigmoid", "tanh",  "softplus", "softmax", NULL};
static const struct act_kind acts[] = {
    /* in the order of the names */
    {0, 0, relu_value, relu_grad},
    {0, 0, lrelu_value, lrelu_grad}, /* slope 0.01 below 0 */
    {0, 0, elu_value, elu_grad},     /* Clevert et al. 2016 */
    {1, 0, gelu_value, gelu_grad},   /* Hendrycks, Gimpel 2016 */
    {1, 0, silu_value, silu_grad},   /* Elfwing et al. 2018 */
    {0, 0, sigmoid_value, sigmoid_grad},
    {0, 0, tanh_value, tanh_grad},
    {0, 0, softplus_value, softplus_grad},
    {0, 1, softmax_value, softmax_grad}, /* over a pixel's channels */
};

struct act {
    int kind;
};

static const struct ae_field act_fields[] = {
    AE_FIELD("kind", ENUM, act, kind, .def = "relu", .names = act_names,
             .help = "function"),
    {.name = NULL}};

static const struct act_kind *kind_of(const struct ae_node *nd)
{
    const struct act *a = nd->attr;

    return &acts[a->kind];
}

static int same_shape(const struct ae_node *nd, const struct ae_shape *in,
                      struct ae_shape *out, struct ae_err *e)
{
    (void)nd;
    (void)e;
    *out = in[0];
    return 0;
}

static int act_setup(struct ae_node *nd, const struct ae_node *const *in,
                     struct ae_err *e)
{
    (void)in;
    (void)e;
    nd->flags |= kind_of(nd)->by_x ? AE_SAVE_INPUT : AE_SAVE_OUTPUT;
    return 0;
}

static struct ae_span runs(const struct act_kind *k, const struct ae_view *a,
                           const struct ae_view *b)
{
    struct ae_span each = {a->w, a->c};

    return k->by_pixel ? each : ae_span(a, b);
}

static void act_forward(const struct ae_run *run, const struct ae_node *nd,
                        int r0, int r1)
{
    const struct act_kind *k = kind_of(nd);
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);
    struct ae_span sp = runs(k, out, in);

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(out, r);
        const float *x = ae_batch_row(in, r);
        for (int s = 0; s < sp.count; s++, y += out->pix, x += in->pix)
            k->value(y, x, sp.len);
    }
}

static void act_back(const struct ae_run *run, const struct ae_node *nd, int r0,
                     int r1)
{
    const struct act_kind *k = kind_of(nd);
    const struct ae_view *dy = &run->dout[nd->index], *dx = ae_din(run, nd, 0);
    const struct ae_view *v = k->by_x ? ae_in(run, nd, 0)
                                      : &run->out[nd->index];
    struct ae_span sp = runs(k, dy, v);

    for (int r = r0; r < r1; r++) {
        float *g = ae_batch_row(dy, r);
        const float *p = ae_batch_row(v, r);
        for (int s = 0; s < sp.count; s++)
            k->grad(g + s * dy->pix, p + s * v->pix, sp.len);
        ae_put_row(run, dx, ae_batch_row(dx, r), dy, g, run->add[nd->index][0]);
    }
}

static void act_backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dy = &run->dout[nd->index];

    ae_par_backward(run, nd, dy->n * dy->h, 4.0 * dy->w * dy->c, act_back);
}

/* -------------------------------------------------------------- dropout */

struct dropout {
    double p;
};

static const struct ae_field dropout_fields[] = {
    AE_FIELD("p", REAL, dropout, p, .def = "0.5", .max = 0.99,
             .help = "share of values that training sets to zero"),
    {.name = NULL}};

/* Multiplies y by 0 or 1 / (1 - p).  Which of them is a function of (seed,
 * node, step, place in the batch), so that backward draws the same. */
static void drop_row(const struct ae_run *run, const struct ae_node *nd,
                     const struct ae_view *v, float *y, int r)
{
    const struct dropout *a = nd->attr;
    uint64_t stream = ae_mix(ae_hash(nd->name, strlen(nd->name)), run->step);
    uint64_t block = ae_drawn_row(run, r, v->h) *
                     (((uint64_t)v->w * (uint64_t)v->c + 3) / 4);
    uint32_t word[4], below = (uint32_t)(a->p * 4294967296.0);
    float gain = (float)(1 / (1 - a->p));
    int left = 0;

    for (int x = 0; x < v->w; x++, y += v->pix)
        for (int c = 0; c < v->c; c++, left--) {
            if (left == 0) {
                ae_rng_block(run->seed, stream, block++, word);
                left = 4;
            }
            y[c] = word[4 - left] < below ? 0 : y[c] * gain;
        }
}

static int drops(const struct ae_run *run, const struct ae_node *nd)
{
    const struct dropout *a = nd->attr;

    return run->train && a->p > 0;
}

static void dropout_forward(const struct ae_run *run, const struct ae_node *nd,
                            int r0, int r1)
{
    const struct ae_view *out = &run->out[nd->index], *in = ae_in(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        float *y = ae_batch_row(out, r);
        ae_put_row(run, out, y, in, ae_batch_row(in, r), 0);
        if (drops(run, nd))
            drop_row(run, nd, out, y, r);
    }
}

static void dropout_back(const struct ae_run *run, const struct ae_node *nd,
                         int r0, int r1)
{
    const struct ae_view *dy = &run->dout[nd->index], *dx = ae_din(run, nd, 0);

    for (int r = r0; r < r1; r++) {
        float *g = ae_batch_row(dy, r);
        if (drops(run, nd))
            drop_row(run, nd, dy, g, r);
        ae_put_row(run, dx, ae_batch_row(dx, r), dy, g, run->add[nd->index][0]);
    }
}

static void dropout_backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_view *dy = &run->dout[nd->index];

    ae_par_backward(run, nd, dy->n * dy->h, 8.0 * dy->w * dy->c, dropout_back);
}

const struct ae_layer_kind ae_layer_act = {
    .name = "act",
    .help = "activation as a layer of its own",
    .fields = act_fields,
    .size = sizeof(struct act),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_INPLACE | AE_POINTWISE,
    .shape = same_shape,
    .setup = act_setup,
    .forward = act_forward,
    .backward = act_backward};
const struct ae_layer_kind ae_layer_dropout = {
    .name = "dropout",
    .help = "dropout: training sets values to zero at random",
    .fields = dropout_fields,
    .size = sizeof(struct dropout),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_INPLACE | AE_POINTWISE,
    .shape = same_shape,
    .forward = dropout_forward,
    .backward = dropout_backward};
