/* dwconv.c - depthwise convolution: each channel has a filter of its own.
 *
 * Geometry, edges and activations are those of conv (conv.c).  It is plain C,
 * since with so few products a pixel memory is the limit.  Weights in memory
 * are [kh][kw][1][c]. */
#include "nn/layer/layer.h"
#include "nn/conv/act_grad.h"
#include "nn/graph/turn.h"

struct dw {
    int k[2], s[2], act, bias;
};

static const struct ae_field fields[] = {
    AE_FIELD("k", PAIR, dw, k, .def = "3", .min = 1, .max = 255,
             .help = "taps of the filter, rows x columns"),
    AE_FIELD("s", PAIR, dw, s, .def = "1", .min = 1, .max = 64,
             .help = "stride, rows x columns"),
    AE_FIELD("act", ENUM, dw, act, .def = "none", .names = ae_act_names,
             .help = "activation"),
    AE_FIELD("bias", BOOL, dw, bias, .def = "1", .help = "adds a bias"),
    {.name = NULL}};

static int pad_of(const struct dw *a, int d)
{
    return a->k[d] > a->s[d] ? (a->k[d] - 1) / 2 : 0;
}

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct dw *a = nd->attr;

    (void)e;
    *out = (struct ae_shape){(in->h + a->s[0] - 1) / a->s[0],
                             (in->w + a->s[1] - 1) / a->s[1], in->c};
    return 0;
}

static void input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct dw *a = nd->attr;

    rows[0] = row * a->s[0] - pad_of(a, 0);
    rows[1] = rows[0] + a->k[0];
}

static int check_turn(const struct ae_node *nd, int turn, struct ae_err *e)
{
    const struct dw *a = nd->attr;
    const int p[2] = {pad_of(a, 0), pad_of(a, 1)};

    return ae_check_tap_turn(a->k, a->s, p, turn, e);
}

static int setup(struct ae_node *nd, const struct ae_node *const *in,
                 struct ae_err *e)
{
    const struct dw *a = nd->attr;
    const int c = in[0]->shape.c, taps = a->k[0] * a->k[1];
    const int he = a->act == AE_ACT_RELU || a->act == AE_ACT_LRELU;

    (void)e;
    for (int d = 0; d < 2; d++) {
        nd->receptive_field[d] +=
            nd->output_stride[d] *
            ae_max(0, ae_max(pad_of(a, d), a->k[d] - a->s[d] - pad_of(a, d)));
        nd->output_stride[d] *= a->s[d];
    }
    nd->nparam = a->bias ? 2 : 1;
    nd->param[0] = (struct ae_param){.suffix = "weight",
                                     .ndims = 4,
                                     .dims = {a->k[0], a->k[1], 1, c},
                                     .axes = {3, 2, 0, 1},
                                     .init = he ? AE_INIT_HE : AE_INIT_XAVIER,
                                     .fan_in = taps,
                                     .fan_out = taps,
                                     .trainable = 1,
                                     .decay = 1};
    nd->param[1] = (struct ae_param){.suffix = "bias",
                                     .ndims = 1,
                                     .dims = {c},
                                     .axes = {0},
                                     .init = AE_INIT_ZERO,
                                     .trainable = 1};
    nd->macs = (double)taps * c;
    nd->macs *= nd->shape.h && nd->shape.w
                    ? (double)nd->shape.h * nd->shape.w
                    : 1 / (nd->output_stride[0] * nd->output_stride[1]);
    if (a->act == AE_ACT_NONE)
        nd->flags &= ~(unsigned)AE_SAVE_OUTPUT;
    return 0;
}

/* y[j] += x[j] * w[j] */
static void muladd(float *restrict y, const float *restrict x,
                   const float *restrict w, int c)
{
    for (int j = 0; j < c; j++)
        y[j] += x[j] * w[j];
}

static void forward_row(const struct ae_run *run, const struct ae_node *nd,
                        int item, int y)
{
    const struct dw *a = nd->attr;
    const struct ae_view *in = ae_in(run, nd, 0), *out = &run->out[nd->index];
    const float *w = ae_weight(run, nd, 0);
    const float *bias = a->bias ? ae_weight(run, nd, 1) : NULL;

    for (int x = 0; x < out->w; x++) {
        float *to = ae_row(out, item, y) + x * out->pix;
        for (int j = 0; j < out->c; j++)
            to[j] = bias ? bias[j] : 0;
        for (int t = 0; t < a->k[0] * a->k[1]; t++) {
            int at[2] = {t / a->k[1], t % a->k[1]};
            ae_turn_at(run->turn, a->k[0], a->k[1], at);
            const int u = y * a->s[0] + at[0] - pad_of(a, 0);
            const int v = x * a->s[1] + at[1] - pad_of(a, 1);
            if (u >= 0 && u < in->h && v >= 0 && v < in->w)
                muladd(to, ae_row(in, item, u) + v * in->pix, w + t * out->c,
                       out->c);
        }
        for (int j = 0; a->act != AE_ACT_NONE && j < out->c; j++)
            to[j] = ae_activate((enum ae_act)a->act, to[j]);
    }
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const int h = run->out[nd->index].h;

    for (int r = r0; r < r1; r++)
        forward_row(run, nd, r / h, r % h);
}

struct back {
    const struct ae_run *run;
    const struct ae_node *nd;
    int nbias, nwgrad;
};

static void add_tap_wgrad(const struct back *b, int t)
{
    const struct dw *a = b->nd->attr;
    const struct ae_view *x = ae_in(b->run, b->nd, 0);
    const struct ae_view *dy = &b->run->dout[b->nd->index];
    float *dw = b->run->wgrad + b->nd->param[0].offset + t * dy->c;

    for (int r = 0; r < dy->n * dy->h; r++) {
        const int item = r / dy->h, y = r % dy->h;
        const int u = y * a->s[0] + t / a->k[1] - pad_of(a, 0);
        for (int i = 0; i < dy->w && u >= 0 && u < x->h; i++) {
            const int v = i * a->s[1] + t % a->k[1] - pad_of(a, 1);
            if (v >= 0 && v < x->w)
                muladd(dw, ae_row(x, item, u) + v * x->pix,
                       ae_row(dy, item, y) + i * dy->pix, dy->c);
        }
    }
}

static void put_dx_row(const struct back *b, int r)
{
    const struct dw *a = b->nd->attr;
    const struct ae_view *dx = ae_din(b->run, b->nd, 0);
    const struct ae_view *dy = &b->run->dout[b->nd->index];
    const float *w = ae_weight(b->run, b->nd, 0);
    const int item = r / dx->h, y = r % dx->h;

    for (int x = 0; x < dx->w; x++) {
        float *to = ae_row(dx, item, y) + x * dx->pix;
        if (!b->run->add[b->nd->index][0])
            for (int j = 0; j < dx->c; j++)
                to[j] = 0;
        for (int t = 0; t < a->k[0] * a->k[1]; t++) {
            const int u = y + pad_of(a, 0) - t / a->k[1];
            const int v = x + pad_of(a, 1) - t % a->k[1];
            if (u >= 0 && u % a->s[0] == 0 && u / a->s[0] < dy->h && v >= 0 &&
                v % a->s[1] == 0 && v / a->s[1] < dy->w)
                muladd(to,
                       ae_row(dy, item, u / a->s[0]) + v / a->s[1] * dy->pix,
                       w + t * dx->c, dx->c);
        }
    }
}

static void back_task(void *arg, int task, int thread)
{
    const struct back *b = arg;

    (void)thread;
    if (task < b->nbias)
        ae_bias_grad(b->run->ctx->k, &b->run->dout[b->nd->index],
                     b->run->wgrad + b->nd->param[1].offset);
    else if (task < b->nbias + b->nwgrad)
        add_tap_wgrad(b, task - b->nbias);
    else
        put_dx_row(b, task - b->nbias - b->nwgrad);
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct dw *a = nd->attr;
    const struct ae_view *dx = ae_din(run, nd, 0);
    struct back b = {.run = run, .nd = nd};
    int tasks = 0;

    ae_act_grad_rows(run->ctx, (enum ae_act)a->act, &run->out[nd->index],
                     &run->dout[nd->index]);
    if (run->wgrad) {
        b.nbias = a->bias;
        b.nwgrad = a->k[0] * a->k[1];
        tasks = b.nbias + b.nwgrad;
    }
    if (dx->data)
        tasks += dx->n * dx->h;
    ae_par_for(run->ctx->pool, tasks, back_task, &b);
}

const struct ae_layer_kind ae_layer_dwconv = {
    .name = "dwconv",
    .help = "depthwise convolution: a filter for each channel",
    .fields = fields,
    .size = sizeof(struct dw),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_INPUT | AE_SAVE_OUTPUT,
    .shape = shape,
    .setup = setup,
    .input_rows = input_rows,
    .check_turn = check_turn,
    .forward = forward,
    .backward = backward};
