/* one.c - see one.h. */
#include "one.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/field.h"
#include "base/mem.h"

float one_random(void)
{
    static uint32_t s = 1;

    s = s * 1664525u + 1013904223u;
    return (float)(s >> 8) / 8388608.0f - 1;
}

static void must(int ok, const struct ae_err *e)
{
    if (ok)
        return;
    fprintf(stderr, "checkkern: %s\n", e->msg);
    exit(2);
}

static float *block(size_t n)
{
    struct ae_err e = {0};
    float *p = ae_alloc_aligned(n + 1, sizeof(*p), &e);

    must(p != NULL, &e);
    for (size_t i = 0; i < n; i++)
        p[i] = one_random();
    return p;
}

static struct ae_view view(int n, struct ae_shape s, int gap)
{
    struct ae_view v = {
        .n = n, .h = s.h, .w = s.w, .c = s.c, .pix = s.c + gap, .ring = s.h};

    v.row = v.w * v.pix;

    v.item = v.h * v.row;
    v.data = block((size_t)n * (size_t)v.item);
    return v;
}

void one_init(struct one *o, const struct ae_ctx *ctx,
              const struct ae_layer_kind *kind, const char *attrs, int n, int h,
              int w, int c, int gap)
{
    struct ae_node *in = &o->node[0], *nd = &o->node[1];
    const struct ae_node *ins[1] = {in};
    struct ae_err e = {0};

    *o = (struct one){.forward_rows = 0};
    *in = (struct ae_node){.shape = {h, w, c}, .output_stride = {1, 1}};
    *nd = (struct ae_node){.kind = kind,
                           .index = 1,
                           .nin = 1,
                           .flags = kind->flags,
                           .output_stride = {1, 1},
                           .tile = 1};
    nd->attr = calloc(1, kind->size + 1);
    must(nd->attr &&
             ae_fields_parse(kind->fields, nd->attr, attrs, ' ', &e) == 0,
         &e);
    must(kind->shape(nd, &in->shape, &nd->shape, &e) == 0, &e);
    must(kind->setup(nd, ins, &e) == 0, &e);
    for (int i = 0; i < nd->nparam; i++) {
        struct ae_param *p = &nd->param[i];
        p->count = 1;
        for (int d = 0; d < p->ndims; d++)
            p->count *= (size_t)p->dims[d];
        p->offset = o->nweights;
        o->nweights += ae_round_up(p->count, 16);
    }
    o->weights = block(o->nweights);
    o->wgrad = block(o->nweights);
    o->packed = block(nd->packed);
    o->scratch = block(nd->scratch * (size_t)ae_pool_threads(ctx->pool));
    o->shared = block(nd->shared);
    for (int i = 0; i < 2; i++) {
        o->out[i] = view(n, o->node[i].shape, gap);
        o->dout[i] = view(n, o->node[i].shape, gap);
    }
    o->run = (struct ae_run){
        .ctx = ctx,
        .node = o->node,
        .n = n,
        .train = 1,
        .weights = o->weights,
        .buffers = o->weights,
        .wgrad = o->wgrad,
        .packed = o->packed,
        .scratch = o->scratch,
        .scratch_stride = nd->scratch,
        .shared = o->shared,
        .out = o->out,
        .dout = o->dout,
        .add = (const unsigned char(*)[AE_MAX_INPUTS])o->add};
    if (kind->pack)
        kind->pack(&o->run, nd);
}

void one_release(struct one *o)
{
    free(o->node[1].attr);
    ae_free_aligned(o->weights);
    ae_free_aligned(o->wgrad);
    ae_free_aligned(o->packed);
    ae_free_aligned(o->scratch);
    ae_free_aligned(o->shared);
    for (int i = 0; i < 2; i++) {
        ae_free_aligned(o->out[i].data);
        ae_free_aligned(o->dout[i].data);
    }
}

static void forward_task(void *arg, int task, int thread)
{
    const struct one *o = arg;
    const int rows = o->out[1].n * o->out[1].h, r = task * o->forward_rows;
    struct ae_run run = o->run;

    run.scratch += (size_t)thread * run.scratch_stride;
    o->node[1].kind->forward(&run, &o->node[1], r,
                             ae_min(r + o->forward_rows, rows));
}

void one_forward(struct one *o)
{
    const struct ae_layer_kind *kind = o->node[1].kind;
    const int rows = o->out[1].n * o->out[1].h;
    int share = 1;

    if (kind->row_grain)
        share = kind->row_grain(&o->run, &o->node[1]);
    if (o->forward_rows == 0)
        o->forward_rows = (int)ae_round_up((size_t)ae_max(8, (rows + 31) / 32),
                                           (size_t)share);
    if (kind->prepare)
        kind->prepare(&o->run, &o->node[1]);
    ae_par_for(o->run.ctx->pool, (rows + o->forward_rows - 1) / o->forward_rows,
               forward_task, o);
}

void one_backward(struct one *o)
{
    o->node[1].kind->backward(&o->run, &o->node[1]);
}
