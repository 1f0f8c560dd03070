/* check_layer.c - conv, tconv, dense and dwconv against double loops.
 *
 * The oracle is the definition, one tap at a time: it shares nothing with
 * the library but the views. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "kernel/kernel.h"
#include "nn/layer/layer.h"
#include "one.h"

struct sums {
    double *y, *size;
}; /* value, sum of magnitudes */

struct shape {
    const char *kind, *attrs;
    int k[2], s[2], act, n, h, w, c, gap;
};

static const struct shape shapes[] = {
    {"conv", "c=5 k=3", {3, 3}, {1, 1}, 0, 2, 5, 7, 3, 0},
    {"conv", "c=33 k=3 act=relu", {3, 3}, {1, 1}, 1, 2, 9, 20, 17, 0},
    {"conv", "c=12 k=3 act=lrelu", {3, 3}, {1, 1}, 2, 1, 1, 1, 4, 0},
    {"conv", "c=12 k=3 act=tanh", {3, 3}, {1, 1}, 4, 1, 2, 2, 4, 0},
    {"conv", "c=6 k=3 act=sigmoid", {3, 3}, {1, 1}, 3, 3, 4, 4, 4, 3},
    {"conv", "c=64 k=3", {3, 3}, {1, 1}, 0, 2, 8, 8, 32, 0},
    {"conv", "c=9 k=5", {5, 5}, {1, 1}, 0, 2, 4, 3, 8, 0},
    {"conv", "c=9 k=4", {4, 4}, {1, 1}, 0, 2, 6, 5, 3, 1},
    {"conv", "c=20 k=2 s=2", {2, 2}, {2, 2}, 0, 2, 8, 6, 16, 0},
    {"conv", "c=20 k=2 s=2", {2, 2}, {2, 2}, 0, 2, 7, 5, 3, 0},
    {"conv", "c=7 k=3 s=2", {3, 3}, {2, 2}, 0, 2, 9, 8, 5, 0},
    {"conv", "c=7 k=5 s=2", {5, 5}, {2, 2}, 0, 1, 9, 12, 5, 2},
    {"conv", "c=7 k=1 s=2", {1, 1}, {2, 2}, 0, 1, 9, 12, 5, 0},
    {"conv", "c=7 k=1x9", {1, 9}, {1, 1}, 0, 3, 1, 30, 2, 0},
    {"conv", "c=7 k=1x4 s=1x4", {1, 4}, {1, 4}, 0, 3, 1, 30, 2, 0},
    {"conv", "c=1 k=3", {3, 3}, {1, 1}, 0, 2, 6, 9, 16, 0},
    {"conv", "c=8 k=3", {3, 3}, {1, 1}, 0, 1, 40, 40, 1, 0},
    {"conv", "c=3 k=5x3 s=3x1", {5, 3}, {3, 1}, 0, 2, 11, 6, 4, 0},
    {"conv", "c=3 k=1", {1, 1}, {1, 1}, 0, 2, 3, 3, 4, 0},
    {"conv", "c=32 k=3 act=relu", {3, 3}, {1, 1}, 1, 3, 7, 9, 16, 3},
    {"conv", "c=48 k=3 act=lrelu", {3, 3}, {1, 1}, 2, 2, 4, 5, 32, 0},
    {"conv", "c=16 k=3", {3, 3}, {1, 1}, 0, 5, 16, 16, 80, 0},
    {"conv", "c=112 k=3", {3, 3}, {1, 1}, 0, 3, 13, 8, 128, 0},
    /* few channels on one side */
    {"conv", "c=3 k=3 act=sigmoid", {3, 3}, {1, 1}, 3, 2, 6, 9, 64, 3},
    {"conv", "c=4 k=5x3", {5, 3}, {1, 1}, 0, 3, 5, 40, 32, 0},
    {"conv", "c=2 k=2 s=2 act=relu", {2, 2}, {2, 2}, 1, 2, 7, 9, 16, 0},
    {"conv", "c=32 k=3", {3, 3}, {1, 1}, 0, 9, 6, 9, 1, 0},
    {"conv", "c=48 k=3 s=2", {3, 3}, {2, 2}, 0, 2, 9, 8, 3, 2},
    {"conv", "c=80 k=4", {4, 4}, {1, 1}, 0, 1, 6, 5, 4, 0},
    {"tconv", "c=1 act=sigmoid", {2, 2}, {2, 2}, 3, 2, 5, 9, 32, 0},
    {"tconv", "c=3 k=3", {3, 3}, {2, 2}, 0, 2, 4, 5, 64, 2},
    /* more tiles than the weight gradient's block has */
    {"conv", "c=16 k=3", {3, 3}, {1, 1}, 0, 3, 58, 79, 16, 0},
    {"tconv", "c=16", {2, 2}, {2, 2}, 0, 2, 4, 5, 32, 0},
    {"tconv", "c=5 act=relu", {2, 2}, {2, 2}, 1, 2, 1, 1, 3, 0},
    {"tconv", "c=6 k=4", {4, 4}, {2, 2}, 0, 2, 4, 5, 7, 2},
    {"tconv", "c=6 k=3", {3, 3}, {2, 2}, 0, 2, 4, 5, 7, 0},
    {"tconv", "c=6 k=1x4 s=1x4", {1, 4}, {1, 4}, 0, 2, 1, 5, 7, 0},
    {"tconv", "c=6 k=1 s=2", {1, 1}, {2, 2}, 0, 1, 3, 5, 7, 0},
};

static float *at(const struct ae_view *v, int n, int y, int x)
{
    return ae_row(v, n, y) + x * v->pix;
}

static double slope(int act, double y)
{
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

/* Calls fn for every meeting of a pixel of X (the larger map) and one of Y
 * through a tap. */
typedef void meet_fn(void *arg, int n, const int x[2], const int y[2], int tap);
static void meet(const struct shape *s, const struct ae_view *x,
                 const struct ae_view *y, meet_fn *fn, void *arg)
{
    int p[2], px[2], py[2];

    for (int d = 0; d < 2; d++)
        p[d] = s->k[d] > s->s[d] ? (s->k[d] - 1) / 2 : 0;
    for (int n = 0; n < y->n; n++)
        for (py[0] = 0; py[0] < y->h; py[0]++)
            for (py[1] = 0; py[1] < y->w; py[1]++)
                for (int t = 0; t < s->k[0] * s->k[1]; t++) {
                    px[0] = py[0] * s->s[0] + t / s->k[1] - p[0];
                    px[1] = py[1] * s->s[1] + t % s->k[1] - p[1];
                    if (px[0] >= 0 && px[0] < x->h && px[1] >= 0 &&
                        px[1] < x->w)
                        fn(arg, n, px, py, t);
                }
}

struct maps {
    const struct ae_view *x, *y; /* forward values or slopes */
    const float *w;              /* [tap][cx][cy] */
    struct sums to;
    int mode; /* 0: into Y, 1: into X, 2: into w */
};

static void meet_maps(void *arg, int n, const int px[2], const int py[2],
                      int tap)
{
    struct maps *m = arg;
    const int cx = m->x->c, cy = m->y->c;
    const float *x = at(m->x, n, px[0], px[1]);
    const float *y = at(m->y, n, py[0], py[1]);
    const size_t ix = (size_t)(x - m->x->data), iy = (size_t)(y - m->y->data);

    for (int i = 0; i < cx; i++)
        for (int j = 0; j < cy; j++) {
            const size_t iw = ((size_t)tap * (size_t)cx + (size_t)i) *
                                  (size_t)cy +
                              (size_t)j;
            const size_t o = m->mode == 0   ? iy + (size_t)j
                             : m->mode == 1 ? ix + (size_t)i
                                            : iw;
            const double v = m->mode == 0   ? (double)x[i] * (double)m->w[iw]
                             : m->mode == 1 ? (double)y[j] * (double)m->w[iw]
                                            : (double)x[i] * (double)y[j];
            m->to.y[o] += v;
            m->to.size[o] += fabs(v);
        }
}

static struct sums sums_new(size_t n)
{
    struct sums s = {calloc(n, sizeof(*s.y)), calloc(n, sizeof(*s.size))};

    if (!s.y || !s.size)
        exit(2);
    return s;
}

static void sums_free(struct sums *s)
{
    free(s->y);
    free(s->size);
}

/* got against want within 4 K eps of the sum of magnitudes. */
static int close_to(double got, double want, double size, double k)
{
    return fabs(got - want) <= 4 * (k + 4) * 6e-8 * (size + 1e-3);
}

static int view_close(const struct ae_view *v, const struct sums *s, double k,
                      int act)
{
    int bad = 0;

    for (int n = 0; n < v->n; n++)
        for (int y = 0; y < v->h; y++)
            for (int x = 0; x < v->w; x++)
                for (int c = 0; c < v->c; c++) {
                    const float *p = at(v, n, y, x) + c;
                    const size_t i = (size_t)(p - v->data);
                    bad += !close_to((double)*p, check_act(act, s->y[i]),
                                     s->size[i] + 1, k);
                }
    return bad == 0;
}

static size_t floats(const struct ae_view *v)
{
    return (size_t)v->n * (size_t)v->item;
}

/* What lies between the channels of a slice must stay as it was. */
static int gaps_kept(const struct ae_view *v, const float *before)
{
    int bad = 0;

    for (size_t i = 0; i < floats(v); i++)
        if ((ptrdiff_t)i % v->pix >= v->c)
            bad += memcmp(&v->data[i], &before[i], sizeof(*before)) != 0;
    return bad == 0;
}

static void *copy(const void *p, size_t bytes)
{
    void *q = malloc(bytes + 1);

    if (!q)
        exit(2);
    return memcpy(q, p, bytes);
}

static void forward_check(struct one *o, const struct shape *s, int trans)
{
    struct ae_view *out = &o->out[1];
    const int big = !trans;
    struct maps m = {&o->out[big ? 0 : 1], &o->out[big ? 1 : 0], o->weights,
                     sums_new(floats(out)), trans};
    float *before = copy(out->data, floats(out) * sizeof(float)), *first;
    int same;

    one_forward(o);
    first = copy(out->data, floats(out) * sizeof(float));
    for (int i = 0; i < (int)floats(out); i++)
        m.to.y[i] = (int)(i % out->pix) < out->c
                        ? (double)o->weights[o->node[1].param[1].offset +
                                             (size_t)(i % out->pix)]
                        : 0;
    meet(s, m.x, m.y, meet_maps, &m);
    check(view_close(out, &m.to, s->k[0] * s->k[1] * s->c, s->act),
          "%s %s forward", s->kind, s->attrs);
    check(gaps_kept(out, before), "%s %s forward: gaps", s->kind, s->attrs);
    for (int rows = 1; rows < 4; rows++) {
        o->forward_rows = rows;
        one_forward(o);
        same = memcmp(first, out->data, floats(out) * sizeof(float)) == 0;
        check(same, "%s %s forward by %d rows", s->kind, s->attrs, rows);
    }
    free(before);
    free(first);
    sums_free(&m.to);
}

static void backward_check(struct one *o, const struct shape *s, int trans,
                           int add)
{
    const struct ae_view *x = &o->out[0], *y = &o->out[1];
    struct ae_view *dx = &o->dout[0], *dy = &o->dout[1];
    struct sums sx = sums_new(floats(dx)), sw = sums_new(o->nweights);
    const size_t nw = o->node[1].param[0].count;
    const size_t ob = o->node[1].param[1].offset;
    float *before = copy(dx->data, floats(dx) * sizeof(float));
    float *dyc = copy(dy->data, floats(dy) * sizeof(float));
    struct ae_view dys = *dy;
    const double k = (double)floats(y);
    int bad = 0;

    dys.data = dyc;
    for (size_t i = 0; i < floats(dy); i++)
        dyc[i] *= (float)slope(s->act, (double)y->data[i]);
    for (size_t i = 0; i < o->nweights; i++)
        sw.y[i] = (double)o->wgrad[i];
    for (size_t i = 0; add && i < floats(dx); i++)
        sx.y[i] = (double)dx->data[i];
    o->add[1][0] = (unsigned char)add;
    one_backward(o);
    meet(s, trans ? &dys : dx, trans ? dx : &dys, meet_maps,
         &(struct maps){trans ? &dys : dx, trans ? dx : &dys, o->weights, sx,
                        !trans});
    check(view_close(dx, &sx, s->k[0] * s->k[1] * dy->c, 0), "%s %s dx, add %d",
          s->kind, s->attrs, add);
    check(gaps_kept(dx, before), "%s %s dx: gaps", s->kind, s->attrs);
    meet(s, trans ? &dys : x, trans ? x : &dys, meet_maps,
         &(struct maps){trans ? &dys : x, trans ? x : &dys, o->weights, sw, 2});
    /* Errors of many terms mostly cancel: k of them would hide a lost sum. */
    for (size_t i = 0; i < nw; i++)
        bad += !close_to((double)o->wgrad[i], sw.y[i], sw.size[i] + 1,
                         4 * sqrt(k));
    check(bad == 0, "%s %s dw", s->kind, s->attrs);
    for (size_t i = 0; i < floats(dy); i++)
        if ((int)((ptrdiff_t)i % dy->pix) < dy->c)
            sw.y[ob + (i % (size_t)dy->pix)] += (double)dyc[i];
    for (size_t i = ob; i < ob + (size_t)dy->c; i++)
        bad += !close_to((double)o->wgrad[i], sw.y[i], k, k);
    check(bad == 0, "%s %s dbias", s->kind, s->attrs);
    free(before);
    free(dyc);
    sums_free(&sx);
    sums_free(&sw);
}

/* Root of the mean square of what v differs from `want` by. */
static double rms(const float *v, const double *want, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += ((double)v[i] - want[i]) * ((double)v[i] - want[i]);
    return sqrt(sum / (double)n);
}

/* The errors of the three passes by the way that the node's grid chooses. */
static void errors(struct one *o, const struct sums want[3], double e[3])
{
    const struct ae_node *nd = &o->node[1];

    memset(o->wgrad, 0, o->nweights * sizeof(*o->wgrad));
    nd->kind->pack(&o->run, nd);
    one_forward(o);
    one_backward(o);
    e[0] = rms(o->out[1].data, want[0].y, floats(&o->out[1]));
    e[1] = rms(o->dout[0].data, want[1].y, floats(&o->dout[0]));
    e[2] = rms(o->wgrad, want[2].y, nd->param[0].count);
}

static double size_of(const struct sums *want, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += want->y[i] * want->y[i];
    return sqrt(sum / (double)n);
}

/* By Winograd's way in bfloat16, whose operands are off by up to a 256th:
 * the errors as shares of the results' own size. */
static void check_bf16(const struct ae_ctx *ctx, struct one *o,
                       const struct sums want[3])
{
    static const char *const pass[] = {"forward", "input", "weight"};
    const size_t n[3] = {floats(&o->out[1]), floats(&o->dout[0]),
                         o->node[1].param[0].count};
    struct ae_ctx half = *ctx;
    double e[3];

    half.bf16 = 1;
    o->run.ctx = &half;
    errors(o, want, e);
    o->run.ctx = ctx;
    for (int mode = 0; mode < 3; mode++) {
        const double share = e[mode] / size_of(&want[mode], n[mode]);
        printf("%s Winograd in bfloat16, %s: error %.4f of the result\n",
               ctx->k->name, pass[mode], share);
        check(share > 1e-4 && share < 0.025,
              "%s Winograd in bfloat16, %s: error %g of the result",
              ctx->k->name, pass[mode], share);
    }
}

/* Winograd's way rounds worse than the direct one: by how much. */
static void check_errors(const struct ae_ctx *ctx)
{
    extern const struct ae_layer_kind ae_layer_conv;
    const struct shape s = {
        "conv", "c=64 k=3 bias=0", {3, 3}, {1, 1}, 0, 4, 16, 16, 64, 0};
    struct one o;
    struct sums want[3];
    double wino[3], direct[3];

    one_init(&o, ctx, &ae_layer_conv, s.attrs, s.n, s.h, s.w, s.c, s.gap);
    want[0] = sums_new(floats(&o.out[1]));
    want[1] = sums_new(floats(&o.dout[0]));
    want[2] = sums_new(o.nweights);
    for (int mode = 0; mode < 3; mode++)
        meet(&s, mode == 1 ? &o.dout[0] : &o.out[0],
             mode == 0 ? &o.out[1] : &o.dout[1], meet_maps,
             &(struct maps){mode == 1 ? &o.dout[0] : &o.out[0],
                            mode == 0 ? &o.out[1] : &o.dout[1], o.weights,
                            want[mode], mode});
    errors(&o, want, wino);
    if (ctx->k->mm_bf16)
        check_bf16(ctx, &o, want);
    o.node[1].tile = 1;
    errors(&o, want, direct);
    printf("%s Winograd's error, of the direct product's: forward %.2f, input "
           "%.2f, weight %.2f\n",
           ctx->k->name, wino[0] / direct[0], wino[1] / direct[1],
           wino[2] / direct[2]);
    for (int mode = 0; mode < 3; mode++) {
        check(wino[mode] < 4 * direct[mode],
              "%s Winograd's pass %d: error %g where the direct product's is "
              "%g",
              ctx->k->name, mode, wino[mode], direct[mode]);
        sums_free(&want[mode]);
    }
    one_release(&o);
}

void check_layers(const struct ae_ctx *ctx)
{
    extern const struct ae_layer_kind ae_layer_conv, ae_layer_tconv;
    struct one o;

    for (size_t i = 0; i < AE_LEN(shapes); i++) {
        const struct shape *s = &shapes[i];
        const int trans = s->kind[0] == 't';
        one_init(&o, ctx, trans ? &ae_layer_tconv : &ae_layer_conv, s->attrs,
                 s->n, s->h, s->w, s->c, s->gap);
        forward_check(&o, s, trans);
        backward_check(&o, s, trans, 0);
        one_release(&o);
        one_init(&o, ctx, trans ? &ae_layer_tconv : &ae_layer_conv, s->attrs,
                 s->n, s->h, s->w, s->c, s->gap);
        one_forward(&o);
        backward_check(&o, s, trans, 1);
        one_release(&o);
    }
    check_errors(ctx);
}
