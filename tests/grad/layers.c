/* layers.c - every layer's gradient against differences.
 *
 * For each case's every weight tensor: dL/dw at single weights, and along
 * random directions, against a five-point difference of L, where L is the
 * squared error (summed in double) plus the nodes' own terms.  A kind of the
 * table without a case is a failure. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/loss/loss.h"
#include "../ref/net.h"

struct test {
    int n, h, w;
    const char *text;
};

static const struct test tests[] = {
    {2, 6, 5, "x input c=2; a conv c=3 k=3"},
    {1, 5, 7, "x input c=2; a conv c=3 k=1; b conv c=4 k=3 bias=0"},
    {2, 7, 6, "x input c=3; a conv c=5 k=3 act=sigmoid; b conv c=2 k=5x3"},
    {2, 9, 7, "x input c=2; a conv c=4 k=3 s=2 act=tanh; b conv c=3 k=2"},
    {1, 1, 23,
     "x input c=2; a conv c=4 k=1x9 s=1x2 act=tanh;"
     "b conv c=3 k=1x3; p pool k=1x2; u up k=1x2 < p b"},
    {3, 8, 8,
     "x input c=2; a conv c=19 k=3; b conv c=17 k=3 act=lrelu;"
     "c conv c=1 k=3"},
    /* channels and sizes at which training multiplies by Winograd's way */
    {2, 7, 9,
     "x input c=2; a conv c=32 k=1; b conv c=48 k=3 act=relu;"
     "c conv c=32 k=3; d add < a c; j cat < d b; e conv c=32 k=3 < j;"
     "f conv c=32 k=3 act=lrelu; g conv c=2 k=1"},
    {3, 4, 5,
     "x input c=32; a conv c=32 k=3; b add < a a; c conv c=64 k=3;"
     "d conv c=2 k=3"},
    {1, 1, 1, "x input c=2; a conv c=3 k=3; b conv c=2 k=3 act=tanh"},
    {2, 4, 5, "x input c=2; a conv c=4 k=4 s=4; b conv c=6 k=3 s=3x1"},
    {2, 4, 5,
     "x input c=2; a conv c=4 k=3; t tconv c=3 k=2 s=2 act=tanh;"
     "b conv c=2 k=1"},
    {2, 3, 4, "x input c=2; a conv c=3 k=1; t tconv c=2 k=3x4 s=2x3"},
    {2, 5, 7, "x input c=2; a conv c=3 k=4 s=2; t tconv c=2 k=4 < a x"},
    {2, 6, 7,
     "x input c=2; a conv c=5 k=1; d dwconv k=3 act=tanh;"
     "e dwconv k=5x3 s=2; b conv c=2 k=1"},
    {5, 3, 4,
     "x input c=2 h=3 w=4; a conv c=3 k=3; d dense c=7 act=sigmoid;"
     "f dense c=4; r reshape h=2 w=2; g conv c=2 k=3"},
    {2, 7, 5,
     "x input c=2; a conv c=3 k=3; p pool; b conv c=3 k=3;"
     "u up < b a; s add < u a"},
    {2, 7, 5, "x input c=2; a conv c=3 k=1; p pool k=3 s=2; b conv c=2 k=1"},
    {2, 7, 8,
     "x input c=2; a conv c=3 k=1; p pool kind=mean k=2x3;"
     "b conv c=2 k=1"},
    {1, 7, 8,
     "x input c=2; a conv c=3 k=1; p pool kind=mean k=3 s=1x2;"
     "q pool k=2 s=1; b conv c=2 k=1"},
    {2, 3, 4,
     "x input c=2; a conv c=3 k=1; u up kind=bilinear k=3x2;"
     "b conv c=2 k=3"},
    {2, 5, 3,
     "x input c=2; a conv c=3 k=1; p pool;"
     "u up kind=bilinear < p a; v up k=2x3"},
    {2, 6, 4,
     "x input c=2; a conv c=3 k=1; u unshuffle; b conv c=8 k=3;"
     "s shuffle; y sub < s x"},
    {2, 4, 6,
     "x input c=2; a conv c=3 k=1; u unshuffle k=1x3;"
     "b conv c=12 k=3; s shuffle k=2x3; t conv c=2 k=1"},
    {3, 4, 5, "x input c=2; a conv c=4 k=3; n bnorm; b conv c=2 k=3"},
    {3, 1, 1,
     "x input c=2 h=1 w=1; a dense c=4; n bnorm; r act kind=tanh;"
     "b dense c=2"},
    {2, 4, 5, "x input c=2; a conv c=6 k=3; n lnorm; b conv c=2 k=3"},
    {2, 3, 4, "x input c=2; n lnorm; m bnorm"},
    {2, 4, 5, "x input c=2; a conv c=4 k=1; r act kind=relu; b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=4 k=1; r act kind=lrelu;"
     "b conv c=2 k=1"},
    {2, 4, 5, "x input c=2; a conv c=4 k=1; r act kind=elu; b conv c=2 k=1"},
    {2, 4, 5, "x input c=2; a conv c=4 k=1; r act kind=gelu; b conv c=2 k=1"},
    {2, 4, 5, "x input c=2; a conv c=4 k=1; r act kind=silu; b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=4 k=1; r act kind=sigmoid;"
     "b conv c=2 k=1"},
    {2, 4, 5, "x input c=2; a conv c=4 k=1; r act kind=tanh; b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=4 k=1; r act kind=softplus;"
     "b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=4 k=1; r act kind=softmax;"
     "b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=4 k=1; r act kind=gelu; s act kind=tanh;"
     "t add < s r a; b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=5 k=1; d dropout p=0.3;"
     "b conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=3 k=1; d dropout p=0.3;"
     "e add < a d"},
    /* joins: shared producers, one input twice, chains in place */
    {2, 4, 5, "x input c=2; a conv c=2 k=1; s add < a a; t sub < s x"},
    {2, 4, 5,
     "x input c=2; a conv c=2 k=1; b conv c=2 k=3; s sub < a b;"
     "t sub < s s; m mul < s b; u add < t m a"},
    {2, 4, 5,
     "x input c=2; a conv c=2 k=1; m mul < a a; n mul < m x;"
     "o mul < x n"},
    {2, 4, 5,
     "x input c=2; a conv c=3 k=3 act=tanh; b conv c=2 k=3 < a;"
     "j cat < a b x; c conv c=2 k=3; k cat < c a; d conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=3 k=1; j cat < a a; k cat < j a j;"
     "d conv c=2 k=1; e cat < d"},
    {2, 4, 5,
     "x input c=2; a conv c=3 k=1; r act kind=tanh; b conv c=3 k=1;"
     "s act kind=sigmoid; t add < s r; j cat < t r; u act kind=elu;"
     "v add < u j; d conv c=2 k=1"},
    {2, 4, 6,
     "x input c=2; a conv c=3 k=1; b conv c=2 k=1; j cat < b a;"
     "p pool; d dwconv k=3 < j; e tconv c=5 < p; n bnorm < j;"
     "o lnorm < j; m mul < d j; s add < e n o m; t shuffle k=1;"
     "q unshuffle < j; w conv c=2 k=1 < q; y up; z cat < y t j"},
    {2, 4, 2,
     "x input c=2 h=4 w=2; a conv c=3 k=1; b conv c=2 k=1;"
     "j cat < b a; d dense c=10 < j; r reshape h=2 w=1 c=20 < j;"
     "e dense c=10; s reshape c=5 w=2 < d; t reshape c=5 w=2 < e;"
     "f add < s t; g cat < t f"},
    {2, 4, 5, "x input c=2; b conv c=2 k=3; w where < x b; c conv c=2 k=1"},
    {2, 4, 5,
     "x input c=2; a conv c=2 k=1; b conv c=2 k=3 < x;"
     "w where < a b; v where < w w; s add < v a; c conv c=2 k=1"},
    /* tied: both uses count, of whole items and of slices of pixels */
    {5, 3, 4,
     "x input c=2 h=3 w=4; a dense c=37 act=tanh; b dense c=4;"
     "d dense c=37 act=sigmoid tie=1; y dense c=24 tie=1"},
    {3, 2, 3,
     "x input c=2 h=2 w=3; e dense c=18 act=tanh;"
     "r reshape h=2 w=3 c=3; j cat < x r; d dense c=12 tie=e < r;"
     "f dense c=12 < j; y add < d f"},
    {17, 1, 3,
     "x input c=2 h=1 w=3; a dense c=5 bias=0;"
     "d dense c=6 bias=0 tie=a; e dense c=5 tie=0; f dense c=6 tie=a"},
    /* the code */
    {3, 2, 3,
     "x input c=2 h=2 w=3; m conv c=3 k=1; v conv c=3 k=1 < x;"
     "z latent c=3 beta=0.5 < m v; d conv c=2 k=3"},
    {3, 2, 3,
     "x input c=2 h=2 w=3; m dense c=4; v dense c=4 < x;"
     "z latent beta=2 < m v; w latent beta=3 < m m; y dense c=3 < z"},
    {3, 2, 3,
     "x input c=2 h=2 w=3; m dense c=4; z latent beta=2 < m m;"
     "y dense c=3 < x"},
    {3, 2, 3, "x input c=2 h=2 w=3; a dense c=4; z code l1=0.3; y dense c=3"},
    {3, 2, 3,
     "x input c=2 h=2 w=3; a dense c=4 act=sigmoid;"
     "z code l1=0.1 kl=2 rho=0.2; y dense c=3; w dense c=3 < a; s add < y w"},
    {3, 3, 4,
     "x input c=2; a conv c=3 k=3 act=sigmoid; z code kl=0.7;"
     "j cat < z a; y conv c=2 k=3"},
};

struct bench {
    struct ae_ctx *ctx;
    struct ae_graph *g;
    struct ae_exec *x;
    float *w;
    struct ae_view in, target;
    float *data; /* of the target */
    const char *text;
    int failed;
};

/* Inputs may share memory with what comes later: filled for each pass. */
static double loss_of(struct bench *b, int slope)
{
    struct ae_view out = ae_exec_output(b->x, NULL);
    struct ae_view d = ae_exec_doutput(b->x, NULL), in;
    double sum, scale = 1.0 / (out.n * out.h * out.w);

    in = ae_exec_input(b->x, NULL);
    net_fill_view(&in, 1, 0.1, 5);
    ae_exec_pack(b->x);
    sum = ae_exec_forward(b->x, 7, 3);
    for (int i = 0; i < out.n * out.h * out.w * out.c; i++) {
        int c = i % out.c, x = i / out.c % out.w, y = i / out.c / out.w;
        size_t at = (size_t)(x * out.pix + c);
        double u = (double)ae_row(&out, y / out.h, y % out.h)[at] -
                   (double)b->data[i];
        sum += scale * u * u;
        if (slope)
            ae_row(&d, y / d.h, y % d.h)[at] = (float)(2 * scale * u);
    }
    return sum;
}

/* The five-point difference along v (count floats at w). */
static double difference(struct bench *b, float *w, const float *v,
                         size_t count, double h)
{
    static const double at[4] = {-2, -1, 1, 2};
    static const double by[4] = {1, -8, 8, -1};
    double sum = 0;
    float *old = malloc(count * sizeof(*old));

    memcpy(old, w, count * sizeof(*old));
    for (int i = 0; i < 4; i++) {
        for (size_t k = 0; k < count; k++)
            w[k] = (float)(old[k] + at[i] * h * v[k]);
        sum += by[i] * loss_of(b, 0);
    }
    memcpy(w, old, count * sizeof(*old));
    free(old);
    return sum / (12 * h);
}

/* At one of three steps: a short one passes no kink of relu or max, a long
 * one drowns no slope in rounding. */
static void compare(struct bench *b, const char *what, float *w, const float *v,
                    size_t count, double slope, double size)
{
    static const double step[3] = {0.02, 0.004, 0.0008};
    double d = 0;

    for (int i = 0; i < 3; i++) {
        d = difference(b, w, v, count, step[i]);
        if (fabs(d - slope) <= 3e-3 * size + 2e-5)
            return;
    }
    printf("%s\n  %s: slope %g, difference %g\n", b->text, what, slope, d);
    b->failed++;
}

/* Single weights, then two random directions. */
static void check_param(struct bench *b, const struct ae_node *nd,
                        const struct ae_param *p, const float *grad)
{
    enum { SINGLE = 10, ALL = 2 };
    char what[300];
    float *v = calloc(p->count, sizeof(*v)), *w = b->w + p->offset;
    const float *g = grad + p->offset;
    uint64_t s = 99;
    /* A long step meets more kinks. */
    double most = 0, norm = 0, shrink = fmin(1, 6 / sqrt((double)p->count));
    for (size_t k = 0; k < p->count; k++) {
        most = fmax(most, fabs(g[k]));
        norm += (double)g[k] * g[k];
    }
    for (int i = 0; i < SINGLE + ALL; i++) {
        size_t at = p->count <= SINGLE
                        ? (size_t)i % p->count
                        : (size_t)((net_random(&s) + 1) / 2 * (double)p->count);
        double dot = 0;
        memset(v, 0, p->count * sizeof(*v));
        if (i < SINGLE)
            v[at] = 1;
        for (size_t k = 0; i >= SINGLE && k < p->count; k++)
            v[k] = (float)(net_random(&s) * shrink);
        for (size_t k = 0; k < p->count; k++)
            dot += (double)v[k] * g[k];
        snprintf(what, sizeof(what), "%s.%s %s %zu", nd->name, p->suffix,
                 i < SINGLE ? "weight" : "direction",
                 i < SINGLE ? at : (size_t)i);
        compare(b, what, w, v, p->count, dot,
                i < SINGLE ? most : sqrt(norm) * shrink);
    }
    free(v);
}

static int run(const struct test *t, int threads)
{
    struct bench b = {.text = t->text};
    struct ae_ctx_options o = {.threads = threads};
    struct ae_err e = {0, ""};

    b.g = net_build(t->text);
    b.w = net_weights(b.g);
    if (ae_ctx_new(&o, &b.ctx, &e) ||
        ae_exec_new(b.ctx, b.g, b.w, t->n, t->h, t->w, 1, &b.x, &e)) {
        printf("%s\n  %s\n", t->text, e.msg);
        return 1;
    }
    struct ae_view out = ae_exec_output(b.x, NULL);
    size_t count = (size_t)(out.n * out.h * out.w * out.c);
    b.data = malloc(count * sizeof(*b.data));
    net_fill(b.data, count, 0.7, 0, 77);
    loss_of(&b, 1);
    ae_exec_backward(b.x);
    float *grad = malloc(b.g->weights * sizeof(*grad));
    memcpy(grad, ae_exec_wgrad(b.x), b.g->weights * sizeof(*grad));
    for (int i = 0; i < b.g->count; i++)
        for (int k = 0; k < b.g->node[i].nparam; k++)
            if (b.g->node[i].param[k].trainable)
                check_param(&b, &b.g->node[i], &b.g->node[i].param[k], grad);
    free(grad);
    free(b.data);
    ae_exec_free(b.x);
    ae_free_aligned(b.w);
    ae_graph_free(b.g);
    ae_ctx_free(b.ctx);
    return b.failed > 0;
}

/* Every kind of the table is the kind of some case's node. */
static int missing_kinds(void)
{
    int missing = 0;

    for (size_t i = 0; ae_layer_at(i); i++) {
        char word[64];
        int found = 0;
        snprintf(word, sizeof(word), " %s", ae_layer_at(i)->name);
        for (size_t t = 0; t < AE_LEN(tests); t++)
            found |= strstr(tests[t].text, word) != NULL;
        if (!found)
            printf("no case for the kind%s\n", word);
        missing += !found;
    }
    return missing;
}

int main(int argc, char **argv)
{
    int failed = missing_kinds(), total = failed;

    for (size_t i = 0; i < AE_LEN(tests); i++) {
        if (argc > 1 && atoi(argv[1]) != (int)i)
            continue;
        failed += run(&tests[i], 2);
        total++;
    }
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
