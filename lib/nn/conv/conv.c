/* conv.c - convolution, and its transpose, which makes maps larger.
 *
 * conv has k x k taps, stride s and zeros around the map: out = ceil(in / s),
 * and tap t of output y lies at y * s + t - p, with p = (k - 1) / 2 where k > s
 * and 0 otherwise.  tconv is the adjoint of the conv that maps its output onto
 * its input, and has that conv's weights in memory, [kh][kw][cin][cout].  A
 * second input of tconv gives the exact size where the conv had rounded up;
 * its values are not read.  Both end in a bias and one of the activations that
 * the kernels fuse. */
#include "base/err.h"
#include "nn/layer/layer.h"
#include "nn/conv/direct.h"
#include "nn/conv/act_grad.h"
#include "nn/graph/turn.h"
#include "nn/conv/wgrad.h"
#include "nn/conv/winograd.h"

struct conv {
    int c, k[2], s[2], act, bias, init;
};

/* With zero weights in its last conv, a residual block begins as the identity
 * (Zhang et al. 2019, Fixup). */
static const char *const init_names[] = {"auto", "he", "xavier", "zero", NULL};
static const enum ae_init init_of_word[] = {AE_INIT_XAVIER, AE_INIT_HE,
                                            AE_INIT_XAVIER, AE_INIT_ZERO};

#define FIELDS(taps, stride, stride_help)                                      \
    {                                                                          \
        AE_FIELD("c", INT, conv, c, .min = 1, .max = 65536,                    \
                 .help = "output channels, which must be given"),              \
            AE_FIELD("k", PAIR, conv, k, .def = taps, .min = 1, .max = 255,    \
                     .help = "taps of the filter, rows x columns"),            \
            AE_FIELD("s", PAIR, conv, s, .def = stride, .min = 1, .max = 64,   \
                     .help = stride_help),                                     \
            AE_FIELD("act", ENUM, conv, act, .def = "none",                    \
                     .names = ae_act_names, .help = "activation"),             \
            AE_FIELD("bias", BOOL, conv, bias, .def = "1",                     \
                     .help = "adds a bias"),                                   \
            AE_FIELD("init", ENUM, conv, init, .def = "auto",                  \
                     .names = init_names,                                      \
                     .help = "fresh weights; auto: he before relu and lrelu, " \
                             "else xavier"),                                   \
        {                                                                      \
            .name = NULL                                                       \
        }                                                                      \
    }
static const struct ae_field fields[] = FIELDS("3", "1",
                                               "stride, rows x columns");
static const struct ae_field tfields[] = FIELDS("2", "2",
                                                "factor, rows x columns");

/* cx: channels of the larger map; cy: of the smaller one. */
static struct ae_conv_shape geometry(const struct ae_node *nd, int cx, int cy)
{
    const struct conv *a = nd->attr;
    struct ae_conv_shape g = {.cx = cx, .cy = cy};

    for (int d = 0; d < 2; d++) {
        g.k[d] = a->k[d];
        g.s[d] = a->s[d];
        g.p[d] = a->k[d] > a->s[d] ? (a->k[d] - 1) / 2 : 0;
    }
    return g;
}

static int check_attributes(const struct conv *a, struct ae_err *e)
{
    if (a->c < 1)
        return ae_fail(e, AE_EARG, "c= (output channels) is missing");
    if (a->k[0] * a->k[1] > AE_MAX_TAPS)
        return ae_fail(e, AE_EARG, "k=%dx%d has more than %d taps", a->k[0],
                       a->k[1], AE_MAX_TAPS);
    return 0;
}

static int conv_shape(const struct ae_node *nd, const struct ae_shape *in,
                      struct ae_shape *out, struct ae_err *e)
{
    const struct conv *a = nd->attr;

    AE_TRY(check_attributes(a, e));
    *out = (struct ae_shape){(in->h + a->s[0] - 1) / a->s[0],
                             (in->w + a->s[1] - 1) / a->s[1], a->c};
    return 0;
}

/* s times larger, or the size of the second input if a conv with the same
 * attributes would shrink that to in[0]'s size. */
static int tconv_shape(const struct ae_node *nd, const struct ae_shape *in,
                       struct ae_shape *out, struct ae_err *e)
{
    const struct conv *a = nd->attr;

    AE_TRY(check_attributes(a, e));
    return ae_enlarged_shape(nd, in, a->s, a->c, out, e);
}

/* Params, packed size and multiplications of either kind.  cin: channels of
 * the input, cx or cy; taps: those that contribute to one output pixel. */
static void setup(struct ae_node *nd, const struct ae_conv_shape *g, int cin,
                  double taps)
{
    const struct conv *a = nd->attr;
    const struct ae_shape *sh = &nd->shape;
    const int he = a->init == 0 &&
                   (a->act == AE_ACT_RELU || a->act == AE_ACT_LRELU);
    const double each = taps * cin * a->c;

    nd->nparam = a->bias ? 2 : 1;
    nd->param[0] = (struct ae_param){.suffix = "weight",
                                     .ndims = 4,
                                     .dims = {g->k[0], g->k[1], g->cx, g->cy},
                                     .axes = {3, 2, 0, 1},
                                     .init = he ? AE_INIT_HE
                                                : init_of_word[a->init],
                                     .fan_in = ae_max(1, (int)(taps * cin)),
                                     .fan_out = ae_max(1, (int)(taps * a->c)),
                                     .trainable = 1,
                                     .decay = 1};
    nd->param[1] = (struct ae_param){.suffix = "bias",
                                     .ndims = 1,
                                     .dims = {a->c},
                                     .axes = {0},
                                     .init = AE_INIT_ZERO,
                                     .trainable = 1};
    nd->packed = ae_conv_forward_floats(g) + ae_conv_backward_data_floats(g);
    nd->shared = ae_wgrad_floats(g);
    nd->macs = sh->h && sh->w
                   ? each * sh->h * sh->w
                   : each / (nd->output_stride[0] * nd->output_stride[1]);
    if (a->act == AE_ACT_NONE)
        nd->flags &= ~(unsigned)AE_SAVE_OUTPUT;
}

static int conv_setup(struct ae_node *nd, const struct ae_node *const *in,
                      struct ae_err *e)
{
    const struct conv *a = nd->attr;
    const struct ae_conv_shape g = geometry(nd, in[0]->shape.c, a->c);

    (void)e;
    for (int d = 0; d < 2; d++) {
        nd->receptive_field[d] += nd->output_stride[d] *
                                  ae_max(0, ae_max(g.p[d],
                                                   g.k[d] - g.s[d] - g.p[d]));
        nd->output_stride[d] *= g.s[d];
    }
    setup(nd, &g, g.cx, (double)g.k[0] * g.k[1]);
    if (g.k[0] == 3 && g.k[1] == 3 && g.s[0] == 1 && g.s[1] == 1 &&
        a->act <= AE_ACT_LRELU && ae_wino_fits(g.cx, g.cy)) {
        nd->tile = AE_WINO_SIDE;
        nd->flags = (nd->flags & ~(unsigned)AE_REPACK) | AE_SPLIT_CHANNELS;
        nd->packed = ae_wino_floats(g.cx, g.cy);
        nd->scratch = ae_wino_scratch(g.cx, g.cy);
        nd->shared = ae_wino_shared(g.cx, g.cy);
    }
    return 0;
}

static int tconv_setup(struct ae_node *nd, const struct ae_node *const *in,
                       struct ae_err *e)
{
    const struct conv *a = nd->attr;
    const struct ae_conv_shape g = geometry(nd, a->c, in[0]->shape.c);

    (void)e;
    for (int d = 0; d < 2; d++) {
        nd->output_stride[d] /= g.s[d];
        nd->receptive_field[d] += nd->output_stride[d] *
                                  ae_max(g.k[d] - 1 - g.p[d],
                                         g.s[d] - 1 + g.p[d]);
    }
    setup(nd, &g, g.cy, (double)g.k[0] * g.k[1] / (g.s[0] * g.s[1]));
    return 0;
}

static struct ae_conv_shape geometry_of(const struct ae_node *nd)
{
    return geometry(nd, nd->param[0].dims[2], nd->param[0].dims[3]);
}

/* 1 when the passes use Winograd's algorithm. */
static int is_wino(const struct ae_node *nd)
{
    return nd->tile > 1;
}

static void conv_input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct ae_conv_shape g = geometry_of(nd);
    const int last = row / nd->tile * nd->tile + nd->tile - 1;

    rows[0] = row / nd->tile * nd->tile * g.s[0] - g.p[0];
    rows[1] = last * g.s[0] - g.p[0] + g.k[0];
}

static void tconv_input_rows(const struct ae_node *nd, int row, int rows[2])
{
    const struct ae_conv_shape g = geometry_of(nd);

    rows[0] = (row + g.p[0] - g.k[0] + g.s[0]) / g.s[0];
    rows[1] = (row + g.p[0]) / g.s[0] + 1;
}

static int check_turn(const struct ae_node *nd, int turn, struct ae_err *e)
{
    const struct ae_conv_shape g = geometry_of(nd);

    return ae_check_tap_turn(g.k, g.s, g.p, turn, e);
}

static void conv_pack(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_conv_shape g = geometry_of(nd);
    float *packed = run->packed + nd->packed_offset;

    if (is_wino(nd)) { /* in training each pass transforms the filter */
        if (!run->shared)
            ae_wino_filter(run->ctx, ae_weight(run, nd, 0), g.cx, g.cy, 0,
                           packed);
        return;
    }
    ae_conv_forward_pack(run->ctx->k, &g, ae_weight(run, nd, 0), packed);
    if (run->wgrad)
        ae_conv_backward_data_pack(run->ctx->k, &g, ae_weight(run, nd, 0),
                                   packed + ae_conv_forward_floats(&g));
}

static void tconv_pack(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_conv_shape g = geometry_of(nd);
    float *packed = run->packed + nd->packed_offset;

    ae_conv_backward_data_pack(run->ctx->k, &g, ae_weight(run, nd, 0),
                               packed + ae_conv_forward_floats(&g));
    if (run->wgrad)
        ae_conv_forward_pack(run->ctx->k, &g, ae_weight(run, nd, 0), packed);
}

static struct ae_conv_pass forward_maps(const struct ae_run *run,
                                        const struct ae_node *nd,
                                        const struct ae_conv_shape *g)
{
    const struct conv *a = nd->attr;

    return (struct ae_conv_pass){.kernels = run->ctx->k,
                                 .g = g,
                                 .in = ae_in(run, nd, 0),
                                 .out = &run->out[nd->index],
                                 .packed = ae_packed(run, nd),
                                 .bias = a->bias ? ae_weight(run, nd, 1) : NULL,
                                 .act = (enum ae_act)a->act,
                                 .part = run->part,
                                 .parts = run->parts};
}

static void conv_prepare(const struct ae_run *run, const struct ae_node *nd)
{
    const struct ae_param *w = &nd->param[0];

    if (is_wino(nd) && run->shared)
        ae_wino_filter(run->ctx, ae_weight(run, nd, 0), w->dims[2], w->dims[3],
                       0, run->shared);
}

static int conv_row_grain(const struct ae_run *run, const struct ae_node *nd)
{
    return is_wino(nd) ? ae_wino_band(&run->out[nd->index]) : 1;
}

static void conv_forward(const struct ae_run *run, const struct ae_node *nd,
                         int r0, int r1)
{
    const struct ae_conv_shape g = geometry_of(nd);
    const struct ae_conv_pass m = forward_maps(run, nd, &g);
    const int bf16 = ae_wino_bf16(run->ctx, g.cx, g.cy);
    const struct ae_wino w = {m.kernels,
                              bf16,
                              m.in,
                              m.out,
                              run->shared ? run->shared : m.packed,
                              m.bias,
                              m.act,
                              0,
                              m.part,
                              m.parts,
                              run->slice,
                              run->slices,
                              run->turn};

    if (is_wino(nd))
        ae_wino_rows(&w, r0, r1, run->scratch);
    else
        ae_conv_forward(&m, r0, r1);
}

static void tconv_forward(const struct ae_run *run, const struct ae_node *nd,
                          int r0, int r1)
{
    const struct ae_conv_shape g = geometry_of(nd);
    struct ae_conv_pass m = forward_maps(run, nd, &g);

    m.packed += ae_conv_forward_floats(&g);
    ae_conv_backward_data(&m, r0, r1);
}

/* The backward pass of either kind.  Once dy has been multiplied by the
 * activation's derivative, the gradients of weights, input and bias are
 * independent (unless the bias comes with the weights), so that their tasks go
 * to the pool in one call. */
struct back {
    struct ae_conv_pass dx;
    void (*pass)(const struct ae_conv_pass *, int, int);
    struct ae_wgrad dw;
    const struct ae_view *dy;
    float *dbias;
    int nbias, nwgrad; /* tasks */
    int rows, band;    /* of dx; of a task */
};

static void back_task(void *arg, int task, int thread)
{
    const struct back *b = arg;

    (void)thread;
    if (task < b->nbias) {
        ae_bias_grad(b->dw.kernels, b->dy, b->dbias);
    } else if (task < b->nbias + b->nwgrad) {
        ae_wgrad(&b->dw, task - b->nbias);
    } else {
        const int r = (task - b->nbias - b->nwgrad) * b->band;
        b->pass(&b->dx, r, ae_min(r + b->band, b->rows));
    }
}

static void backward(const struct ae_run *run, const struct ae_node *nd,
                     int transposed)
{
    const struct conv *a = nd->attr;
    const struct ae_conv_shape g = geometry_of(nd);
    const struct ae_view *x = ae_in(run, nd, 0), *dx = ae_din(run, nd, 0);
    const struct ae_view *dy = &run->dout[nd->index];
    float *grad = run->wgrad;
    struct back b = {.dx = {.kernels = run->ctx->k,
                            .g = &g,
                            .in = dy,
                            .out = dx,
                            .packed = run->packed + nd->packed_offset,
                            .add = run->add[nd->index][0]},
                     .pass = transposed ? ae_conv_forward
                                        : ae_conv_backward_data,
                     .dw = {.kernels = run->ctx->k,
                            .g = &g,
                            .x = transposed ? dy : x,
                            .y = transposed ? x : dy,
                            .shared = run->shared},
                     .dy = dy};
    int tasks = 0;

    ae_act_grad_rows(run->ctx, (enum ae_act)a->act, &run->out[nd->index], dy);
    if (!transposed)
        b.dx.packed += ae_conv_forward_floats(&g);
    if (grad) {
        const int with_wgrad = !transposed && ae_wgrad_sums(&g);
        b.dw.dw = grad + nd->param[0].offset;
        b.nwgrad = ae_wgrad_tasks(&g);
        b.nbias = a->bias && !with_wgrad;
        b.dbias = a->bias ? grad + nd->param[1].offset : NULL;
        b.dw.sums = with_wgrad ? b.dbias : NULL;
        tasks = b.nbias + b.nwgrad;
    }
    if (dx->data) {
        b.rows = dx->n * dx->h;
        b.band = ae_max(8, (b.rows + 31) / 32);
        tasks += (b.rows + b.band - 1) / b.band;
    }
    ae_par_for(run->ctx->pool, tasks, back_task, &b);
    if (grad)
        ae_wgrad_finish(&b.dw);
}

/* With Winograd's algorithm bias and input are one call, and the weights
 * another, since their tiles and sums lie where the input's filter was. */
struct wino_back {
    struct ae_wino dx;
    const struct ae_run *run;
    float *dbias;
    int rows, band;
};

static void wino_task(void *arg, int task, int thread)
{
    const struct wino_back *b = arg;
    const int r = (task - 1) * b->band;

    if (task > 0)
        ae_wino_rows(&b->dx, r, ae_min(r + b->band, b->rows),
                     b->run->scratch + (size_t)thread * b->run->scratch_stride);
    else if (b->dbias)
        ae_bias_grad(b->dx.k, b->dx.in, b->dbias);
}

static void wino_backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct conv *a = nd->attr;
    const struct ae_view *x = ae_in(run, nd, 0), *dx = ae_din(run, nd, 0);
    const struct ae_view *dy = &run->dout[nd->index];
    struct wino_back b = {.dx = {run->ctx->k,
                                 ae_wino_bf16(run->ctx, x->c, dy->c), dy, dx,
                                 run->shared, NULL, AE_ACT_NONE,
                                 run->add[nd->index][0], 0, 0, 0, 0, 0},
                          .run = run};

    ae_act_grad_rows(run->ctx, (enum ae_act)a->act, &run->out[nd->index], dy);
    if (run->wgrad && a->bias)
        b.dbias = run->wgrad + nd->param[1].offset;
    if (dx->data) {
        ae_wino_filter(run->ctx, ae_weight(run, nd, 0), x->c, dy->c, 1,
                       run->shared);
        b.rows = dx->n * dx->h;
        b.band = ae_wino_band(dx);
    }
    ae_par_for(run->ctx->pool,
               1 + (b.rows > 0 ? (b.rows + b.band - 1) / b.band : 0), wino_task,
               &b);
    if (run->wgrad)
        ae_wino_wgrad(run->ctx, x, dy, run->shared,
                      run->wgrad + nd->param[0].offset);
}

static void conv_backward(const struct ae_run *run, const struct ae_node *nd)
{
    if (is_wino(nd))
        wino_backward(run, nd);
    else
        backward(run, nd, 0);
}

static void tconv_backward(const struct ae_run *run, const struct ae_node *nd)
{
    backward(run, nd, 1);
}

const struct ae_layer_kind ae_layer_conv = {
    .name = "conv",
    .help = "convolution; zeros lie around the map",
    .fields = fields,
    .size = sizeof(struct conv),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_INPUT | AE_SAVE_OUTPUT | AE_SPLIT_COLUMNS | AE_REPACK,
    .shape = conv_shape,
    .setup = conv_setup,
    .input_rows = conv_input_rows,
    .check_turn = check_turn,
    .pack = conv_pack,
    .prepare = conv_prepare,
    .row_grain = conv_row_grain,
    .forward = conv_forward,
    .backward = conv_backward};

const struct ae_layer_kind ae_layer_tconv = {
    .name = "tconv",
    .help = "transposed convolution: s times larger, or the size of a second "
            "input",
    .fields = tfields,
    .size = sizeof(struct conv),
    .min_in = 1,
    .max_in = 2,
    .flags = AE_SAVE_INPUT | AE_SAVE_OUTPUT | AE_SIZE_ONLY | AE_REPACK,
    .shape = tconv_shape,
    .setup = tconv_setup,
    .input_rows = tconv_input_rows,
    .check_turn = check_turn,
    .pack = tconv_pack,
    .forward = tconv_forward,
    .backward = tconv_backward};
