/* dense.c - every output unit sees the whole item.
 *
 * One product whose rows are the items, so that an item's result doesn't
 * depend on its batch.  The input is read where it lies: in one run, or in
 * runs of rows or pixels when the view is a slice.  A tied layer uses another's
 * matrix, transposed; the matrix's gradient is then the sum over both uses
 * (tied weights: Vincent et al., Stacked denoising autoencoders, 2010). */
#include "base/err.h"
#include "nn/layer/layer.h"
#include "nn/conv/direct.h"
#include "nn/conv/act_grad.h"

enum {
    WIDEST = 32, /* columns of the widest table's panels */
    RUNS = 64,   /* segments of one product */
    ITEMS = 14   /* items of a backward task: one tile's rows */
};

struct dense {
    int c, act, bias;
    const char *tie;
    int nin; /* numbers of an input item, by setup */
};

static const struct ae_field fields[] = {
    AE_FIELD("c", INT, dense, c, .min = 1, .max = 1048576,
             .help = "units, which must be given"),
    AE_FIELD("act", ENUM, dense, act, .def = "none", .names = ae_act_names,
             .help = "activation"),
    AE_FIELD("bias", BOOL, dense, bias, .def = "1", .help = "adds a bias"),
    AE_FIELD("tie", STR, dense, tie, .def = "0",
             .help = "name of the dense layer above whose weights it uses, "
                     "transposed; 1: the nearest whose weights no other uses"),
    {.name = NULL}};

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct dense *a = nd->attr;

    if (a->c < 1)
        return ae_fail(e, AE_EARG, "c= (units) is missing");
    if (in->h < 1 || in->w < 1)
        return ae_fail(e, AE_EARG,
                       "a dense layer needs an input of known height and "
                       "width");
    if ((uint64_t)in->h * (uint64_t)in->w * (uint64_t)in->c > 1u << 28)
        return ae_fail(e, AE_ELIMIT,
                       "%dx%dx%d inputs are too many for a dense layer", in->h,
                       in->w, in->c);
    *out = (struct ae_shape){1, 1, a->c};
    return 0;
}

/* Checks that the transpose of the other's matrix has this layer's shape. */
static int check_tie(const struct ae_node *nd, const struct ae_node *other,
                     struct ae_err *e)
{
    const struct dense *a = nd->attr, *b = other->attr;

    return b->nin == a->c && b->c == a->nin
               ? 0
               : ae_fail(e, AE_EARG,
                         "tie=%s: that layer makes %d of %d numbers, this one "
                         "%d of %d",
                         other->name, b->c, b->nin, a->c, a->nin);
}

static int setup(struct ae_node *nd, const struct ae_node *const *in,
                 struct ae_err *e)
{
    struct dense *a = nd->attr;
    const struct ae_shape *s = &in[0]->shape;
    const int nin = s->h * s->w * s->c;
    const int he = a->act == AE_ACT_RELU || a->act == AE_ACT_LRELU;

    a->nin = nin;
    if (nd->tie < 0)
        nd->param[nd->nparam++] = (struct ae_param){.suffix = "weight",
                                                    .ndims = 2,
                                                    .dims = {nin, a->c},
                                                    .axes = {1, 0},
                                                    .init = he ? AE_INIT_HE
                                                               : AE_INIT_XAVIER,
                                                    .fan_in = nin,
                                                    .fan_out = a->c,
                                                    .trainable = 1,
                                                    .decay = 1};
    if (a->bias)
        nd->param[nd->nparam++] = (struct ae_param){.suffix = "bias",
                                                    .ndims = 1,
                                                    .dims = {a->c},
                                                    .axes = {0},
                                                    .init = AE_INIT_ZERO,
                                                    .trainable = 1};
    nd->packed = (size_t)nin * ae_round_up((size_t)a->c, WIDEST) +
                 (size_t)a->c * ae_round_up((size_t)nin, WIDEST);
    nd->macs = (double)nin * a->c;
    if (a->act == AE_ACT_NONE)
        nd->flags &= ~(unsigned)AE_SAVE_OUTPUT;
    return nd->tie < 0 ? 0 : check_tie(nd, in[nd->nin], e);
}

/* Where the matrix lies in the flat block, [in][out], or tied [out][in]. */
static size_t matrix_offset(const struct ae_run *run, const struct ae_node *nd)
{
    return (nd->tie < 0 ? nd : &run->node[nd->tie])->param[0].offset;
}

static size_t bias_offset(const struct ae_node *nd)
{
    return nd->param[nd->nparam - 1].offset;
}

/* Where the panels of [out][in] begin, after those of [in][out]. */
static float *transposed_panels(const struct ae_run *run,
                                const struct ae_node *nd)
{
    const struct dense *a = nd->attr;

    return run->packed + nd->packed_offset +
           (size_t)a->nin * ae_round_up((size_t)a->c, WIDEST);
}

/* A matrix [rows][columns], or with `transposed` one that lies as
 * [columns][rows], to be packed into panels of nr columns with zeros after the
 * last. */
struct panels {
    const float *w;
    int rows, columns, nr, transposed;
    float *to;
};

static void panel_task(void *arg, int task, int thread)
{
    const struct panels *p = arg;
    const int j = task * p->nr;

    (void)thread;
    ae_pack_panel(p->w + (p->transposed ? (ptrdiff_t)j * p->rows : j),
                  p->transposed ? 1 : p->columns, p->transposed ? p->rows : 1,
                  p->rows, p->columns - j, p->nr,
                  p->to + (ptrdiff_t)j * p->rows);
}

static void pack(const struct ae_run *run, const struct ae_node *nd)
{
    const struct dense *a = nd->attr;
    const float *w = run->weights + matrix_offset(run, nd);
    const int nr = run->ctx->k->nr, tied = nd->tie >= 0;
    struct panels forward_panels = {
        w, a->nin, a->c, nr, tied, run->packed + nd->packed_offset};
    struct panels back = {w,  a->c,  a->nin,
                          nr, !tied, transposed_panels(run, nd)};

    ae_par_for(run->ctx->pool, (a->c + nr - 1) / nr, panel_task,
               &forward_panels);
    if (run->wgrad)
        ae_par_for(run->ctx->pool, (a->nin + nr - 1) / nr, panel_task, &back);
}

/* How the items of a view lie: `runs` pieces of `len` floats. */
struct layout {
    int runs, len;
};

static struct layout layout_of_items(const struct ae_view *v)
{
    if (v->pix != v->c)
        return (struct layout){v->h * v->w, v->c};
    if (v->h > 1 && v->row != v->w * v->pix)
        return (struct layout){v->h, v->w * v->c};
    return (struct layout){1, v->h * v->w * v->c};
}

static float *run_at(const struct ae_view *v, const struct layout *l, int i)
{
    if (l->runs == 1)
        return v->data;
    if (l->runs == v->h && l->len == v->w * v->c)
        return v->data + i * v->row;
    return v->data + i / v->w * v->row + i % v->w * v->pix;
}

/* A task reads all weights, for a few items or for many. */
static int row_grain(const struct ae_run *run, const struct ae_node *nd)
{
    (void)run;
    (void)nd;
    return 24;
}

static void forward(const struct ae_run *run, const struct ae_node *nd, int r0,
                    int r1)
{
    const struct dense *a = nd->attr;
    const struct ae_view *in = ae_in(run, nd, 0), *out = &run->out[nd->index];
    const struct layout l = layout_of_items(in);
    const float *pa[RUNS], *pb[RUNS];
    const int nr = run->ctx->k->nr;
    struct ae_mm mm = {.m = r1 - r0,
                       .n = a->c,
                       .k = l.len,
                       .a = pa,
                       .b = pb,
                       .ars = in->item,
                       .aks = 1,
                       .ldb = nr,
                       .bpanel = (ptrdiff_t)a->nin * nr,
                       .c = ae_row(out, r0, 0),
                       .ldc = out->item,
                       .bias = a->bias ? run->weights + bias_offset(nd) : NULL};

    for (int i = 0; i < l.runs; i++) {
        pa[mm.segments] = run_at(in, &l, i) + r0 * in->item;
        pb[mm.segments++] = run->packed + nd->packed_offset +
                            (ptrdiff_t)i * l.len * nr;
        if (i + 1 == l.runs)
            mm.act = (enum ae_act)a->act;
        if (mm.segments == RUNS || i + 1 == l.runs) {
            run->ctx->k->mm(&mm);
            mm.segments = 0;
            mm.add = 1;
        }
    }
}

struct back {
    const struct ae_run *run;
    const struct ae_node *nd;
    const struct ae_view *x, *dx, *dy;
    struct layout lx, ldx;
    int nbias, nwgrad;
};

/* dw of the units n0.. and all inputs. */
static void add_wgrad(const struct back *b, int task)
{
    const struct ae_kernels *k = b->run->ctx->k;
    const int nout = b->dy->c, n0 = task * WIDEST;
    float *dw = b->run->wgrad + matrix_offset(b->run, b->nd) + n0;
    const float *pa, *pb = b->dy->data + n0;
    struct ae_mm mm = {.m = b->lx.len,
                       .n = ae_min(WIDEST, nout - n0),
                       .k = b->dy->n,
                       .segments = 1,
                       .a = &pa,
                       .b = &pb,
                       .ars = 1,
                       .aks = b->x->item,
                       .bpanel = k->nr,
                       .ldb = b->dy->item,
                       .ldc = nout,
                       .add = 1};

    for (int i = 0; i < b->lx.runs; i++) {
        pa = run_at(b->x, &b->lx, i);
        mm.c = dw + (ptrdiff_t)i * b->lx.len * nout;
        k->mm(&mm);
    }
}

/* The same for the matrix turned: the units' rows of it. */
static void add_wgrad_tied(const struct back *b, int task)
{
    const int nin = ((const struct dense *)b->nd->attr)->nin;
    const int n0 = task * WIDEST;
    float *dw = b->run->wgrad + matrix_offset(b->run, b->nd) +
                (ptrdiff_t)n0 * nin;
    const float *pa = b->dy->data + n0, *pb;
    struct ae_mm mm = {.m = ae_min(WIDEST, b->dy->c - n0),
                       .n = b->lx.len,
                       .k = b->dy->n,
                       .segments = 1,
                       .a = &pa,
                       .b = &pb,
                       .ars = 1,
                       .aks = b->dy->item,
                       .bpanel = b->run->ctx->k->nr,
                       .ldb = b->x->item,
                       .ldc = nin,
                       .add = 1};

    for (int i = 0; i < b->lx.runs; i++) {
        pb = run_at(b->x, &b->lx, i);
        mm.c = dw + (ptrdiff_t)i * b->lx.len;
        b->run->ctx->k->mm(&mm);
    }
}

/* dx of some items.  A run may begin inside a panel: then its first columns
 * come from a product of their own, whose panel is the rest of that one. */
static void put_dx(const struct back *b, int task)
{
    const struct ae_kernels *k = b->run->ctx->k;
    const int nout = b->dy->c, i0 = task * ITEMS, nr = k->nr;
    const ptrdiff_t bpanel = (ptrdiff_t)nout * nr;
    const float *pa = b->dy->data + i0 * b->dy->item, *pb;
    struct ae_mm mm = {.m = ae_min(ITEMS, b->dy->n - i0),
                       .k = nout,
                       .segments = 1,
                       .a = &pa,
                       .b = &pb,
                       .ars = b->dy->item,
                       .aks = 1,
                       .ldb = nr,
                       .bpanel = bpanel,
                       .ldc = b->dx->item,
                       .add = b->run->add[b->nd->index][0]};

    for (int i = 0; i < b->ldx.runs; i++) {
        float *c = run_at(b->dx, &b->ldx, i) + i0 * b->dx->item;
        for (int j = 0; j < b->ldx.len; j += mm.n) {
            const int at = i * b->ldx.len + j, left = b->ldx.len - j;
            pb = transposed_panels(b->run, b->nd) + at / nr * bpanel + at % nr;
            mm.n = at % nr ? ae_min(left, nr - at % nr) : left;
            mm.c = c + j;
            k->mm(&mm);
        }
    }
}

static void back_task(void *arg, int task, int thread)
{
    const struct back *b = arg;

    (void)thread;
    if (task < b->nbias)
        ae_bias_grad(b->run->ctx->k, b->dy, b->run->wgrad + bias_offset(b->nd));
    else if (task < b->nbias + b->nwgrad)
        (b->nd->tie < 0 ? add_wgrad : add_wgrad_tied)(b, task - b->nbias);
    else
        put_dx(b, task - b->nbias - b->nwgrad);
}

static void backward(const struct ae_run *run, const struct ae_node *nd)
{
    const struct dense *a = nd->attr;
    const struct ae_view *dy = &run->dout[nd->index];
    struct back b = {.run = run,
                     .nd = nd,
                     .x = ae_in(run, nd, 0),
                     .dx = ae_din(run, nd, 0),
                     .dy = dy};
    int tasks = 0;

    ae_act_grad_rows(run->ctx, (enum ae_act)a->act, &run->out[nd->index], dy);
    b.lx = layout_of_items(b.x);
    if (run->wgrad) {
        b.nbias = a->bias;
        b.nwgrad = (a->c + WIDEST - 1) / WIDEST;
        tasks = b.nbias + b.nwgrad;
    }
    if (b.dx->data) {
        b.ldx = layout_of_items(b.dx);
        tasks += (dy->n + ITEMS - 1) / ITEMS;
    }
    ae_par_for(run->ctx->pool, tasks, back_task, &b);
}

const struct ae_layer_kind ae_layer_dense = {
    .name = "dense",
    .help = "dense layer: each unit sees the whole item",
    .fields = fields,
    .size = sizeof(struct dense),
    .min_in = 1,
    .max_in = 1,
    .flags = AE_SAVE_INPUT | AE_SAVE_OUTPUT | AE_GLOBAL,
    .shape = shape,
    .setup = setup,
    .pack = pack,
    .row_grain = row_grain,
    .forward = forward,
    .backward = backward};
