/* oracle.c - the library against the double-precision reference of
 * tests/ref: outputs of every kind of layer, and ten steps of training in
 * every loss and with every optimiser, to 1e-5. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/loss/loss.h"
#include "train/loop/optim.h"
#include "../ref/net.h"
#include "../ref/ref.h"

enum { STEPS = 10 };

struct net {
    int n, h, w;
    const char *text;
};

/* Both sides of one net. */
struct pair {
    struct ae_graph *g;
    struct ae_exec *x;
    float *w;
    struct ref *r;
    double *in;
    int count;
};

/* Equal weights and inputs on both sides. */
static void set_values(struct pair *p)
{
    int count;

    ref_forward(p->r, 1, &count); /* makes the reference's */
    for (int i = 0; i < p->g->count; i++)
        for (int k = 0; k < p->g->node[i].nparam; k++) {
            const struct ae_param *q = &p->g->node[i].param[k];
            double scale = q->fan_in ? 1.5 / sqrt(q->fan_in) : 0.3;
            float *w = p->w + q->offset;
            net_fill(w, q->count, scale, q->init == AE_INIT_ONE ? 1 : 0,
                     (uint64_t)(i * 10 + k));
            double *d = ref_weights(p->r, p->g->node[i].name, q->suffix,
                                    &count);
            if ((size_t)count != q->count) {
                printf("%s.%s has %zu weights, the reference %d\n",
                       p->g->node[i].name, q->suffix, q->count, count);
                exit(1);
            }
            for (int j = 0; j < count; j++)
                d[j] = w[j];
        }
    p->in = ref_input(p->r, &p->count);
    float *x = malloc((size_t)p->count * sizeof(*x));
    net_fill(x, (size_t)p->count, 0.5, 0.5, 21);
    for (int i = 0; i < p->count; i++)
        p->in[i] = x[i];
    free(x);
}

static int pair_init(struct pair *p, const struct ae_ctx *ctx,
                     const struct net *t, int train)
{
    struct ae_err e = {0, ""};

    p->g = net_build(t->text);
    p->w = ae_alloc_aligned(p->g->weights + 1, sizeof(*p->w), &e);
    p->r = ref_new(t->text, t->n, t->h, t->w);
    set_values(p);
    if (ae_exec_new(ctx, p->g, p->w, t->n, t->h, t->w, train, &p->x, &e)) {
        printf("%s\n  %s\n", t->text, e.msg);
        return 1;
    }
    return 0;
}

static void pair_release(struct pair *p)
{
    ae_exec_free(p->x);
    ae_free_aligned(p->w);
    ae_graph_free(p->g);
    ref_free(p->r);
}

static float *place(const struct ae_view *v, int i)
{
    int y = i / v->c / v->w;

    return ae_row(v, y / v->h, y % v->h) + i / v->c % v->w * v->pix + i % v->c;
}

static void forward(struct pair *p, uint64_t step)
{
    struct ae_view in = ae_exec_input(p->x, NULL);

    for (int i = 0; i < p->count; i++)
        *place(&in, i) = (float)p->in[i];
    ae_exec_pack(p->x);
    ae_exec_forward(p->x, 1, step);
}

/* ------------------------------------------------------------ outputs */

static const struct net layers[] = {
    {2, 6, 5,
     "x input c=3; a conv c=5 k=3 act=relu; b conv c=33 k=5x2;"
     "c conv c=4 k=1 act=lrelu; d conv c=2 k=3 s=2 act=sigmoid"},
    {1, 1, 40,
     "x input c=2; a conv c=18 k=1x9 s=1x2 act=tanh;"
     "b conv c=3 k=1x4 s=1x3"},
    {2, 4, 3,
     "x input c=3; a tconv c=5 act=relu; b tconv c=2 k=3 s=2x1;"
     "c tconv c=2 k=5x4 s=3x2"},
    {2, 7, 6, "x input c=4; a dwconv act=tanh; b dwconv k=5x3 s=2 bias=0"},
    {19, 3, 2,
     "x input c=3 h=3 w=2; a dense c=21 act=relu; b dense c=4;"
     "r reshape h=2 w=2; c conv c=2"},
    {2, 7, 5,
     "x input c=3; p pool; q pool kind=mean k=3x2 s=2x1; u up;"
     "v up kind=bilinear k=3x2; w pool k=3 s=2"},
    {2, 7, 5,
     "x input c=3; p pool; u up < p x; q pool k=3;"
     "v up k=3 kind=bilinear < q u; y sub < v x"},
    {2, 4, 6,
     "x input c=3; a unshuffle; b conv c=8 k=1; c shuffle;"
     "d unshuffle k=2x3; e shuffle k=1x6"},
    {2, 5, 4,
     "x input c=6; a bnorm; b lnorm; c act kind=gelu;"
     "d act kind=silu < b; e act kind=elu < b; f act kind=softplus < b;"
     "g act kind=softmax < b; h act kind=lrelu < b; i act kind=sigmoid < b;"
     "j act kind=tanh < b; k act < b; l cat < c d e f g h; m cat < i j k l"},
    {2, 5, 4,
     "x input c=3; a conv c=3 k=1; b conv c=3; s add < a b x;"
     "m mul < s a; t sub < m b; w where < t s; j cat < w a b;"
     "k cat < j x a; d dropout; z latent < d d; e conv c=2"},
    /* wide enough for whole tiles of every kernel, and one more */
    {1, 3, 67,
     "x input c=16; a conv c=64 k=3 act=relu; b conv c=65 k=3;"
     "c conv c=3 k=3"},
    {2, 7, 5, "x input c=32; a conv c=64 k=3 act=lrelu; b conv c=48 k=3"},
};

static int check_layers(const struct ae_ctx *ctx, const struct net *t,
                        int train)
{
    struct pair p;
    int count, bad = 0;

    if (pair_init(&p, ctx, t, train))
        return 1;
    const double *want = ref_forward(p.r, train, &count);
    forward(&p, 0);
    struct ae_view out = ae_exec_output(p.x, NULL);
    if (out.n * out.h * out.w * out.c != count) {
        printf("%s\n  %dx%dx%dx%d, not %d values\n", t->text, out.n, out.h,
               out.w, out.c, count);
        bad = 1;
    }
    for (int i = 0; !bad && i < count; i++) {
        double got = (double)*place(&out, i);
        if (!(fabs(got - want[i]) <= 1e-5 * (1 + fabs(want[i])))) {
            printf("%s\n  value %d: %.9g, not %.9g\n", t->text, i, got,
                   want[i]);
            bad = 1;
        }
    }
    pair_release(&p);
    return bad;
}

/* ------------------------------------------------------------ training */

static const struct net images = {
    2, 9, 7,
    "x input c=2;"
    "a conv c=4 k=3 act=relu; p pool; b conv c=6 k=3 act=tanh; u up < b a;"
    "j cat < u a; c conv c=5 k=3 act=lrelu; r conv c=2 k=1; y add < x r"};
static const struct net shares = {
    2,
    4,
    6,
    "x input c=2;"
    "a conv c=5 k=3 act=tanh; d conv c=6 k=2 s=2 act=relu;"
    "t tconv c=4 k=2 s=2 < d; j cat < t a; e conv c=3 k=1; i act kind=softmax",
};
/* channels at which training multiplies by Winograd's way */
static const struct net wide = {
    1, 5, 7,
    "x input c=2;"
    "a conv c=32 k=1 act=tanh; b conv c=32 k=3 act=relu; c conv c=32 k=3;"
    "d add < a c; e conv c=2 k=1"};
static const struct net units = {
    3, 3, 4,
    "x input c=2 h=3 w=4;"
    "a conv c=4 k=3 bias=0; n bnorm; g act kind=gelu; d dense c=5 act=tanh;"
    "l lnorm; f dense c=24; s act kind=sigmoid; r reshape h=3 w=4 c=2"};

struct training {
    const char *loss;
    double par;
    int optim;
    const struct net *net;
};
static const struct training trainings[] = {
    {"l1", 0, 1, &images},
    {"l2", 0, 2, &images},
    {"charbonnier", 1e-3, 1, &images},
    {"huber", 0.1, 0, &images},
    {"ssim", 0, 1, &images},
    {"psnr", 0, 1, &images},
    {"bce", 0, 0, &units},
    {"ce", 0, 1, &shares},
    {"kl", 0, 2, &shares},
    {"l2", 0, 0, &units},
    {"l2", 0, 0, &shares},
    {"l1", 0, 1, &wide},
    {"l2", 0, 0, &wide},
    {"bernoulli", 0, 1, &units},
    {"gauss", 0.2, 1, &images},
    {"laplace", 0.3, 1, &images},
};

/* Targets in 0..1, no value close to the input (whose error of 0 is l1's
 * kink); for shares they sum to one. */
static void make_target(double *t, int count, int c, int shared)
{
    uint64_t s = 5;

    for (int i = 0; i < count; i++)
        t[i] = (double)(float)(0.5 + 0.4 * net_random(&s));
    for (int i = 0; shared && i < count; i += c) {
        double sum = 0;
        for (int k = 0; k < c; k++)
            sum += t[i + k];
        for (int k = 0; k < c; k++)
            t[i + k] = (double)(float)(t[i + k] / sum);
    }
}

static int check_training(const struct ae_ctx *ctx, const struct training *t)
{
    struct ref_how how = {t->loss, t->par, t->optim, t->optim ? 3e-3 : 0.05,
                          0.01};
    char text[64];
    struct ae_loss loss;
    struct ae_optim o;
    struct pair p;
    struct ae_err e = {0, ""};
    int bad = 0;

    snprintf(text, sizeof(text),
             !strcmp(t->loss, "charbonnier") ? "%s:eps=%g"
             : !strcmp(t->loss, "huber")     ? "%s:delta=%g"
             : !strcmp(t->loss, "gauss")     ? "%s:sigma=%g"
             : !strcmp(t->loss, "laplace")   ? "%s:b=%g"
                                             : "%s",
             t->loss, t->par);
    if (pair_init(&p, ctx, t->net, 1) || ae_loss_parse(text, &loss, &e) ||
        ae_optim_init(&o, ctx, p.g, t->optim, how.decay, &e)) {
        printf("%s: %s\n", text, e.msg);
        return 1;
    }
    struct ae_view out = ae_exec_output(p.x, NULL), want = out;
    struct ae_view d = ae_exec_doutput(p.x, NULL);
    int count = out.n * out.h * out.w * out.c;
    double *target = calloc((size_t)count, sizeof(*target));
    want.pix = out.c;
    want.row = out.c * out.w;
    want.item = want.row * out.h;
    want.data = calloc((size_t)count, sizeof(float));
    make_target(target, count, out.c, t->net == &shares);
    for (int i = 0; i < count; i++)
        want.data[i] = (float)target[i];
    for (int s = 1; s <= STEPS && !bad; s++) {
        double right = ref_step(p.r, target, &how);
        forward(&p, (uint64_t)s);
        double got = ae_loss_eval(&loss, ctx, &out, &want, 1, &d);
        ae_exec_backward(p.x);
        ae_optim_step(&o, (uint64_t)s, how.lr, 1, p.w, ae_exec_wgrad(p.x));
        bad = !(fabs(got - right) <= 1e-5 * fmax(1, fabs(right)));
        if (bad)
            printf("%s, optimiser %d, step %d: %.9g, not %.9g\n", text,
                   t->optim, s, got, right);
    }
    free(target);
    free(want.data);
    ae_optim_release(&o);
    ae_loss_release(&loss);
    pair_release(&p);
    return bad;
}

static int missing_losses(void)
{
    int missing = 0;

    for (size_t i = 0; ae_loss_at(i); i++) {
        int found = 0;
        for (size_t k = 0; k < AE_LEN(trainings); k++)
            found |= !strcmp(trainings[k].loss, ae_loss_at(i)->name);
        if (!found)
            printf("no training with the loss %s\n", ae_loss_at(i)->name);
        missing += !found;
    }
    return missing;
}

int main(void)
{
    struct ae_ctx_options o = {.threads = 2};
    struct ae_ctx *ctx;
    struct ae_err e = {0, ""};
    int failed = missing_losses(), total = failed;

    if (ae_ctx_new(&o, &ctx, &e)) {
        printf("%s\n", e.msg);
        return 1;
    }
    /* dropout and latent draw in training, which the reference does not */
    for (size_t i = 0; i < AE_LEN(layers); i++) {
        int draws = strstr(layers[i].text, "latent") != NULL;
        failed += check_layers(ctx, &layers[i], 0);
        failed += draws ? 0 : check_layers(ctx, &layers[i], 1);
        total += draws ? 1 : 2;
    }
    for (size_t i = 0; i < AE_LEN(trainings); i++, total++)
        failed += check_training(ctx, &trainings[i]);
    ae_ctx_free(ctx);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
