/* exec.c - a planned graph run forward and backward.
 *
 * Every pass walks the nodes in order; rows of one node are cut by shape and
 * shared out to the pool.  Nothing is allocated after ae_exec_new(). */
#include "nn/graph/exec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kernel/kernel.h"
#include "nn/graph/memory_plan.h"
#include "nn/graph/row_tasks.h"

struct ae_exec {
    const struct ae_graph *g;
    struct ae_shape *shape;
    struct ae_plan plan;
    struct ae_run run;
    struct ae_arena arena;
    float *block, *own_packed, *scratch;
    double *cost; /* of a row, by node */
};

/* ------------------------------------------------------------- building */

static size_t scratch_floats(const struct ae_ctx *ctx, const struct ae_graph *g)
{
    return g->scratch * (size_t)ae_pool_threads(ctx->pool);
}

static int check_sizes(const struct ae_graph *g, const struct ae_shape *shape,
                       int n, struct ae_err *e)
{
    if (n < 1)
        return ae_fail(e, AE_EARG, "a batch of %d items", n);
    for (int i = 0; i < g->count; i++) {
        const struct ae_shape *s = &shape[i];
        if (s->h < 1 || s->w < 1)
            return ae_fail(e, AE_EARG, "%s: its size must be given",
                           g->node[i].name);
        /* Rows of a batch and values of a row are counted in int. */
        if ((double)n * s->h > 1 << 30 || (double)s->w * s->c > 1 << 30)
            return ae_fail(e, AE_ELIMIT,
                           "%s: %d items of %dx%dx%d are too many",
                           g->node[i].name, n, s->h, s->w, s->c);
    }
    return 0;
}

static int make_plan(struct ae_exec *x, const struct ae_subgraph *part, int n,
                     int h, int w, int train, struct ae_err *e)
{
    const struct ae_graph *g = x->g;

    x->shape = ae_arena_alloc(&x->arena, (size_t)g->count, sizeof(*x->shape),
                              e);
    if (!x->shape)
        return AE_EMEM;
    AE_TRY(ae_graph_shapes(g, h, w, x->shape, e));
    AE_TRY(check_sizes(g, x->shape, n, e));
    return ae_plan_make(&x->plan, g, part, x->shape, n, train, &x->arena, e);
}

static struct ae_view make_view(const struct ae_exec *x, int i,
                                const struct ae_place *at)
{
    const struct ae_shape *s = &x->shape[i];
    struct ae_view v = {NULL,         x->run.n, s->h, s->w, s->c,
                        at->channels, 0,        0,    s->h};

    v.row = v.pix * s->w;
    v.item = v.row * s->h;
    if (at->slot >= 0)
        v.data = x->block + x->plan.slot[at->slot].offset + at->c0;
    return v;
}

static int allocate(struct ae_exec *x, int train, struct ae_err *e)
{
    const struct ae_graph *g = x->g;
    size_t n = (size_t)g->count;
    struct ae_run *r = &x->run;

    x->block = ae_alloc_aligned(x->plan.floats, sizeof(float), e);
    x->scratch = ae_alloc_aligned(scratch_floats(r->ctx, g), sizeof(float), e);
    r->out = ae_arena_alloc(&x->arena, n, sizeof(*r->out), e);
    r->dout = ae_arena_alloc(&x->arena, n, sizeof(*r->dout), e);
    x->cost = ae_arena_alloc(&x->arena, n, sizeof(*x->cost), e);
    if (train) {
        r->wgrad = ae_alloc_aligned(g->weights, sizeof(float), e);
        r->shared = ae_alloc_aligned(g->shared, sizeof(float), e);
    }
    if (!x->block || !x->scratch || !r->out || !r->dout || !x->cost ||
        (train && (!r->wgrad || !r->shared)))
        return AE_EMEM;
    for (int i = 0; i < g->count; i++) {
        r->out[i] = make_view(x, i, &x->plan.out[i]);
        r->dout[i] = make_view(x, i, &x->plan.dout[i]);
        x->cost[i] = ae_row_cost(&g->node[i], &x->shape[i]);
    }
    r->add = (const unsigned char(*)[AE_MAX_INPUTS])x->plan.add;
    r->scratch = x->scratch;
    r->scratch_stride = g->scratch;
    return 0;
}

/* Three means for each number of a code. */
static int allocate_stats(struct ae_exec *x, struct ae_err *e)
{
    const struct ae_graph *g = x->g;

    x->run.stats = ae_arena_alloc(&x->arena, (size_t)g->count,
                                  sizeof(*x->run.stats), e);
    for (int i = 0; x->run.stats && i < g->count; i++) {
        const struct ae_shape *s = &x->shape[i];
        struct ae_code_stats *to = &x->run.stats[i];
        size_t n = (size_t)s->h * (size_t)s->w * (size_t)s->c;
        if (!(g->node[i].flags & AE_IS_CODE))
            continue;
        double *all = ae_arena_alloc(&x->arena, 3 * n, sizeof(*all), e);
        if (!all)
            return AE_EMEM;
        *to = (struct ae_code_stats){(int)n, all, all + n, all + 2 * n};
    }
    return x->run.stats ? 0 : AE_EMEM;
}

/* run->packed NULL: the executor packs the weights for itself. */
static int build(const struct ae_run *run, const struct ae_graph *g,
                 const struct ae_subgraph *part, int n, int h, int w,
                 struct ae_exec **out, struct ae_err *e)
{
    struct ae_exec *x = ae_alloc(1, sizeof(*x), e);
    int rc;

    *out = NULL;
    if (!x)
        return AE_EMEM;
    x->g = g;
    x->run = *run;
    x->run.n = n;
    x->run.part_of = (struct ae_part_of_batch){0, n, n};
    if ((rc = make_plan(x, part, n, h, w, run->train, e)) < 0 ||
        (rc = allocate(x, run->train, e)) < 0 ||
        (rc = allocate_stats(x, e)) < 0)
        goto out;
    if (!run->packed) {
        x->own_packed = ae_alloc_aligned(g->packed, sizeof(float), e);
        if (!x->own_packed) {
            rc = AE_EMEM;
            goto out;
        }
        x->run.packed = x->own_packed;
        ae_exec_pack(x);
    }
    *out = x;
    x = NULL;
out:
    ae_exec_free(x);
    return rc;
}

int ae_exec_new(const struct ae_ctx *ctx, const struct ae_graph *g,
                float *weights, int n, int h, int w, int train,
                struct ae_exec **out, struct ae_err *e)
{
    struct ae_run run = {.ctx = ctx,
                         .node = g->node,
                         .train = train,
                         .weights = weights,
                         .buffers = train ? weights : NULL,
                         .code = {.draw = train, .beta = 1}};

    return build(&run, g, NULL, n, h, w, out, e);
}

int ae_exec_new_part(const struct ae_ctx *ctx, const struct ae_graph *g,
                     float *weights, const struct ae_subgraph *part, int n,
                     int h, int w, struct ae_exec **out, struct ae_err *e)
{
    struct ae_run run = {.ctx = ctx, .node = g->node, .weights = weights};

    return build(&run, g, part, n, h, w, out, e);
}

int ae_exec_new_packed(const struct ae_ctx *ctx, const struct ae_graph *g,
                       float *weights, float *packed, int n, int h, int w,
                       struct ae_exec **out, struct ae_err *e)
{
    const struct ae_run run = {
        .ctx = ctx, .node = g->node, .weights = weights, .packed = packed};
    return build(&run, g, NULL, n, h, w, out, e);
}

void ae_exec_set_turn(struct ae_exec *x, int turn, float *turned)
{
    assert(!x->run.train);
    x->run.turn = turn;
    x->run.turned = turned;
}

void ae_exec_free(struct ae_exec *x)
{
    if (!x)
        return;
    ae_free_aligned(x->block);
    ae_free_aligned(x->scratch);
    ae_free_aligned(x->own_packed);
    ae_free_aligned(x->run.wgrad);
    ae_free_aligned(x->run.shared);
    ae_arena_release(&x->arena);
    free(x);
}

int ae_exec_bytes(const struct ae_ctx *ctx, const struct ae_graph *g, int n,
                  int h, int w, int train, uint64_t *bytes, struct ae_err *e)
{
    struct ae_exec x = {.g = g};
    int rc = make_plan(&x, NULL, n, h, w, train, e);

    *bytes = sizeof(float) *
             ((uint64_t)x.plan.floats + g->packed + scratch_floats(ctx, g) +
              (train ? g->weights + g->shared : 0));
    ae_arena_release(&x.arena);
    return rc;
}

/* -------------------------------------------------------- in, out, weights */

void ae_exec_set_items(struct ae_exec *x, int n)
{
    assert(n > 0 && !x->run.train);
    x->run.n = n;
    for (int i = 0; i < x->g->count; i++)
        x->run.out[i].n = n;
}

struct ae_view ae_exec_node(const struct ae_exec *x, int node)
{
    return x->run.out[node];
}

static struct ae_view no_view(void)
{
    return (struct ae_view){.data = NULL};
}

struct ae_view ae_exec_input(const struct ae_exec *x, const char *name)
{
    const int i = ae_graph_input(x->g, name);

    return i < 0 ? no_view() : x->run.out[i];
}

struct ae_view ae_exec_output(const struct ae_exec *x, const char *name)
{
    int i = ae_graph_find_output(x->g, name);

    return i < 0 ? no_view() : x->run.out[i];
}

struct ae_view ae_exec_doutput(const struct ae_exec *x, const char *name)
{
    int i = ae_graph_find_output(x->g, name);

    return i < 0 ? no_view() : x->run.dout[i];
}

void ae_exec_set_code(struct ae_exec *x, const struct ae_code_options *how)
{
    x->run.code = *how;
}

void ae_exec_set_part(struct ae_exec *x, const struct ae_part_of_batch *part)
{
    x->run.part_of = *part;
}

const struct ae_code_stats *ae_exec_stats(const struct ae_exec *x, int node)
{
    return &x->run.stats[node];
}

float *ae_exec_wgrad(struct ae_exec *x)
{
    return x->run.wgrad;
}

void ae_exec_pack(struct ae_exec *x)
{
    for (int i = 0; i < x->g->count; i++)
        if (x->g->node[i].kind->pack)
            x->g->node[i].kind->pack(&x->run, &x->g->node[i]);
}

/* --------------------------------------------------------------- passes */

/* In a debug build, buffers that no step reads again become NaN, so that a
 * wrong plan shows. */
static void poison_dead(const struct ae_exec *x, int step)
{
#ifdef AE_DEBUG
    for (int i = 0; i < x->plan.nslots; i++) {
        const struct ae_slot *s = &x->plan.slot[i];
        for (size_t k = 0; s->last == step && k < s->size; k++)
            x->block[s->offset + k] = NAN;
    }
#else
    (void)x;
    (void)step;
#endif
}

struct job {
    const struct ae_run *run;
    const struct ae_node *nd;
};

static void forward_rows(void *arg, int r0, int r1, int thread)
{
    const struct job *j = arg;
    struct ae_run run = *j->run;

    run.scratch += (size_t)thread * run.scratch_stride;
    j->nd->kind->forward(&run, j->nd, r0, r1);
}

static void zero_view(const struct ae_view *v)
{
    const struct ae_span run = ae_span(v, v);

    for (int r = 0; v->data && r < v->n * v->h; r++)
        for (int p = 0; p < run.count; p++)
            memset(ae_batch_row(v, r) + p * v->pix, 0,
                   (size_t)run.len * sizeof(float));
}

double ae_exec_forward(struct ae_exec *x, uint64_t seed, uint64_t step)
{
    const struct ae_graph *g = x->g;
    struct ae_run *run = &x->run;
    double sum = 0;

    run->seed = seed;
    run->step = step;
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        const struct ae_layer_kind *k = nd->kind;
        struct job j = {run, nd};
        if (!x->plan.runs[i])
            continue;
        if (k->prepare)
            k->prepare(run, nd);
        int rows = run->n * x->shape[i].h;
        int grain = k->row_grain ? k->row_grain(run, nd) : 1;
        if (k->forward)
            ae_par_rows(run->ctx, rows, x->cost[i], grain, forward_rows, &j);
        if ((run->train || run->code.draw) && k->term)
            sum += k->term(run, nd);
        poison_dead(x, i + 1);
    }
    for (int i = 0; run->train && i < g->noutputs; i++)
        zero_view(&run->dout[g->output[i]]);
    return sum;
}

void ae_exec_backward(struct ae_exec *x)
{
    const struct ae_graph *g = x->g;

    memset(x->run.wgrad, 0, g->weights * sizeof(float));
    poison_dead(x, g->count + 1);
    for (int i = g->count - 1; i >= 0; i--) {
        const struct ae_node *nd = &g->node[i];
        if (x->plan.zero[i])
            zero_view(&x->run.dout[i]);
        if (x->plan.back[i])
            nd->kind->backward(&x->run, nd);
        poison_dead(x, 2 * g->count + 1 - i);
    }
}
