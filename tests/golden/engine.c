/* engine.c - what holds for any net: the same bits for any number of
 * threads, any batch and any cut into rows; folding changes nothing; a pass
 * allocates nothing; the plan's size is as promised.  Each layer kind of the
 * table has a net; a kind without one is a failure. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/loss/loss.h"
#include "../ref/net.h"

/* Allocations are counted where the C library lets us stand before it and no
 * sanitizer does already. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) &&                    \
    !defined(__SANITIZE_THREAD__)
#define COUNTS 1
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
static volatile long allocations;
void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}
void *calloc(size_t n, size_t s)
{
    allocations++;
    return __libc_calloc(n, s);
}
void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}
void *aligned_alloc(size_t a, size_t n)
{
    allocations++;
    return __libc_memalign(a, n);
}
int posix_memalign(void **p, size_t a, size_t n)
{
    allocations++;
    *p = __libc_memalign(a, n);
    return *p ? 0 : 12;
}
#else
#define COUNTS 0
static const long allocations;
#endif

struct net {
    int n, h, w;
    const char *text;
};

static const struct net nets[] = {
    {4, 16, 24,
     "x input c=4; q unshuffle; a conv c=32 k=3 act=relu;"
     "b conv c=32 k=3; r add < a b; d conv c=48 k=2 s=2; e conv c=48 k=3;"
     "f add < d e; u tconv c=32 k=2 s=2; v add < u r; o conv c=16 k=3;"
     "s shuffle; y sub < x s"},
    {3, 13, 11,
     "x input c=3; a conv c=16 k=3 act=tanh; p pool;"
     "b conv c=20 k=3; n bnorm; g act kind=gelu; u up < g a; j cat < u a;"
     "d dwconv k=5; l lnorm; m mul < l d; i dropout p=0.2; c conv c=3 k=1;"
     "y add < c x"},
    {40, 7, 5,
     "x input c=2 h=7 w=5; a conv c=9 k=3 s=2 act=lrelu;"
     "d dense c=70 act=relu; m dense c=8; v dense c=8 < d;"
     "z latent < m v; f dense c=70 act=sigmoid; r reshape h=7 w=5 c=2"},
    {2, 1, 140,
     "x input c=1; a conv c=8 k=1x9 s=1x2 act=relu;"
     "p pool k=1x2 kind=mean; b conv c=8 k=1x5; u up k=1x2 kind=bilinear"
     " < b a; t tconv c=1 k=1x2 s=1x2"},
};

struct side {
    struct ae_ctx *ctx;
    struct ae_graph *g;
    struct ae_exec *x;
    float *w;
};

static void open_side(struct side *s, const struct net *t, int n, int train,
                      int threads)
{
    struct ae_ctx_options o = {.threads = threads};
    struct ae_err e = {0, ""};

    s->g = net_build(t->text);
    s->w = ae_alloc_aligned(s->g->weights, sizeof(*s->w), &e);
    ae_graph_init(s->g, s->w, 3);
    for (int i = 0; i < s->g->count; i++) /* statistics worth folding */
        if (!strcmp(s->g->node[i].kind->name, "bnorm"))
            for (int k = 0; k < 4; k++) {
                const struct ae_param *p = &s->g->node[i].param[k];
                net_fill(s->w + p->offset, p->count, 0.4, k == 3 ? 1 : 0.5,
                         (uint64_t)k);
            }
    if (ae_ctx_new(&o, &s->ctx, &e) ||
        ae_exec_new(s->ctx, s->g, s->w, n, t->h, t->w, train, &s->x, &e)) {
        printf("%s\n  %s\n", t->text, e.msg);
        exit(1);
    }
}

static void close_side(struct side *s)
{
    ae_exec_free(s->x);
    ae_free_aligned(s->w);
    ae_graph_free(s->g);
    ae_ctx_free(s->ctx);
}

/* The item's number in the largest batch seeds its input. */
static void fill_input(const struct ae_exec *x, int first)
{
    struct ae_view in = ae_exec_input(x, NULL);

    for (int n = 0; n < in.n; n++) {
        struct ae_view one = in;
        one.data += n * in.item;
        one.n = 1;
        net_fill_view(&one, 0.5, 0.5, (uint64_t)(first + n));
    }
}

static size_t item_values(const struct ae_view *v)
{
    return (size_t)(v->h * v->w * v->c);
}

/* All values of a view, in order. */
static float *values(const struct ae_view *v, size_t *count)
{
    *count = (size_t)v->n * item_values(v);
    float *out = malloc(*count * sizeof(*out)), *to = out;
    for (int n = 0; n < v->n; n++)
        for (int y = 0; y < v->h; y++)
            for (int x = 0; x < v->w; x++, to += v->c)
                memcpy(to, ae_row(v, n, y) + x * v->pix,
                       (size_t)v->c * sizeof(*to));
    return out;
}

/* One training pass: outputs, then the gradient of their squares' sum. */
static float *pass(struct side *s, size_t *count, float **grad)
{
    fill_input(s->x, 0);
    ae_exec_forward(s->x, 11, 2);
    struct ae_view out = ae_exec_output(s->x, NULL);
    struct ae_view d = ae_exec_doutput(s->x, NULL);
    float *got = values(&out, count);
    for (int r = 0; grad && r < out.n * out.h; r++)
        for (int x = 0; x < out.w; x++)
            memcpy(ae_row(&d, r / d.h, r % d.h) + x * d.pix,
                   ae_row(&out, r / d.h, r % d.h) + x * out.pix,
                   (size_t)out.c * sizeof(float));
    if (grad) {
        ae_exec_backward(s->x);
        *grad = malloc(s->g->weights * sizeof(**grad));
        memcpy(*grad, ae_exec_wgrad(s->x), s->g->weights * sizeof(**grad));
    }
    return got;
}

static int threads(const struct net *t)
{
    static const int counts[] = {1, 2, 3, 8};
    float *first = NULL, *first_grad = NULL;
    int bad = 0;

    for (size_t i = 0; i < AE_LEN(counts); i++) {
        struct side s;
        size_t n;
        float *grad;
        open_side(&s, t, t->n, 1, counts[i]);
        float *out = pass(&s, &n, &grad);
        size_t weights = s.g->weights;
        close_side(&s);
        if (first && (memcmp(out, first, n * sizeof(*out)) ||
                      memcmp(grad, first_grad, weights * sizeof(*grad)))) {
            printf("%s\n  %d threads give other bits than 1\n", t->text,
                   counts[i]);
            bad = 1;
        }
        free(first ? out : NULL);
        free(first ? grad : NULL);
        first_grad = first ? first_grad : grad;
        first = first ? first : out;
    }
    free(first);
    free(first_grad);
    return bad;
}

/* Each item alone against all in one batch. */
static int batches(const struct net *t)
{
    struct side s;
    struct ae_exec *one;
    size_t n, m;
    int bad = 0;

    open_side(&s, t, t->n, 0, 2);
    float *all = pass(&s, &n, NULL);
    if (ae_exec_new(s.ctx, s.g, s.w, 1, t->h, t->w, 0, &one, NULL))
        return 1;
    for (int i = 0; i < t->n && !bad; i++) {
        fill_input(one, i);
        ae_exec_forward(one, 11, 2);
        struct ae_view out = ae_exec_output(one, NULL);
        float *got = values(&out, &m);
        bad = memcmp(got, all + (size_t)i * m, m * sizeof(*got)) != 0;
        if (bad)
            printf("%s\n  item %d depends on its batch\n", t->text, i);
        free(got);
    }
    free(all);
    ae_exec_free(one);
    close_side(&s);
    return bad;
}

/* Every node's rows computed one at a time, last first, and by sevens, in
 * a run whose buffers are all apart. */
static void run_rows(const struct side *s, const struct net *t, int step,
                     float **buffer, const struct ae_shape *shape)
{
    struct ae_view view[64];
    float *scratch = calloc(s->g->scratch + 16, sizeof(*scratch));
    float *packed = ae_alloc_aligned(s->g->packed + 16, sizeof(*packed), NULL);
    struct ae_run run = {.ctx = s->ctx,
                         .node = s->g->node,
                         .n = t->n,
                         .weights = s->w,
                         .packed = packed,
                         .out = view,
                         .scratch = scratch,
                         .scratch_stride = s->g->scratch};

    for (int i = 0; i < s->g->count; i++) {
        const struct ae_node *nd = &s->g->node[i];
        struct ae_view *v = &view[i];
        *v = (struct ae_view){NULL,       t->n,       shape[i].h,
                              shape[i].w, shape[i].c, shape[i].c,
                              0,          0,          shape[i].h};
        v->row = v->pix * v->w;
        v->item = v->row * v->h;
        v->data = buffer[i] = calloc((size_t)(v->item * v->n), sizeof(float));
        if (nd->kind->pack)
            nd->kind->pack(&run, nd);
        if (nd->kind->prepare)
            nd->kind->prepare(&run, nd);
        int rows = v->n * v->h;
        for (int at = rows; nd->kind->forward && at > 0; at -= step)
            nd->kind->forward(&run, nd, ae_max(at - step, 0), at);
        for (int n = 0; i == 0 && n < v->n; n++) {
            struct ae_view one = *v;
            one.data += n * v->item;
            one.n = 1;
            net_fill_view(&one, 0.5, 0.5, (uint64_t)n);
        }
    }
    free(scratch);
    ae_free_aligned(packed);
}

static int splits(const struct net *t)
{
    static const int steps[] = {1, 7, 1 << 20};
    struct side s;
    struct ae_shape shape[64];
    size_t n;
    int bad = 0;

    open_side(&s, t, t->n, 0, 2);
    float *want = pass(&s, &n, NULL);
    ae_graph_shapes(s.g, t->h, t->w, shape, NULL);
    for (size_t i = 0; i < AE_LEN(steps); i++) {
        float *buffer[64];
        run_rows(&s, t, steps[i], buffer, shape);
        if (memcmp(want, buffer[s.g->count - 1], n * sizeof(*want))) {
            printf("%s\n  rows by %d give other bits\n", t->text, steps[i]);
            bad = 1;
        }
        for (int k = 0; k < s.g->count; k++)
            free(buffer[k]);
    }
    free(want);
    close_side(&s);
    return bad;
}

static int folding(const struct net *t)
{
    struct side s;
    struct ae_graph *g;
    struct ae_exec *x;
    struct ae_err e = {0, ""};
    float *w;
    size_t n, m;
    int norms = 0, bad = 0;

    open_side(&s, t, t->n, 0, 2);
    float *want = pass(&s, &n, NULL);
    if (ae_graph_fold(s.g, s.w, &g, &w, &e) ||
        ae_exec_new(s.ctx, g, w, t->n, t->h, t->w, 0, &x, &e)) {
        printf("%s\n  %s\n", t->text, e.msg);
        return 1;
    }
    for (int i = 0; i < s.g->count; i++)
        norms += !strcmp(s.g->node[i].kind->name, "bnorm");
    fill_input(x, 0);
    ae_exec_forward(x, 11, 2);
    struct ae_view out = ae_exec_output(x, NULL);
    float *got = values(&out, &m);
    bad = m != n || g->count != s.g->count - norms;
    for (size_t i = 0; !bad && i < n; i++)
        bad = !(fabsf(got[i] - want[i]) <= 1e-5f * (1 + fabsf(want[i])));
    if (bad)
        printf("%s\n  folding changes the output\n", t->text);
    free(got);
    free(want);
    ae_exec_free(x);
    ae_free_aligned(w);
    ae_graph_free(g);
    close_side(&s);
    return bad;
}

/* No allocation in a pass, a loss or a repacking. */
static int allocates(const struct net *t)
{
    struct side s;
    struct ae_loss loss[16];
    size_t n = 0;

    open_side(&s, t, t->n, 1, 3);
    for (; ae_loss_at(n); n++)
        if (ae_loss_parse(ae_loss_at(n)->name, &loss[n], NULL))
            return 1;
    struct ae_view out = ae_exec_output(s.x, NULL);
    struct ae_view d = ae_exec_doutput(s.x, NULL), target = out;
    target.data = calloc((size_t)(out.item * out.n), sizeof(float));
    fill_input(s.x, 0);
    long before = allocations;
    ae_exec_pack(s.x);
    ae_exec_forward(s.x, 1, 1);
    for (size_t i = 0; i < n; i++)
        ae_loss_eval(&loss[i], s.ctx, &out, &target, 1, &d);
    ae_exec_backward(s.x);
    long made = allocations - before;
    if (made)
        printf("%s\n  %ld allocations in a pass\n", t->text, made);
    for (size_t i = 0; i < n; i++)
        ae_loss_release(&loss[i]);
    free(target.data);
    close_side(&s);
    return made != 0 || (COUNTS && before == 0);
}

/* A long chain needs two buffers however long it is; with the training plan
 * it grows. */
static int memory(void)
{
    static const char *const text[2] = {
        "x input c=1; a conv c=64; b conv c=64",
        "x input c=1; a conv c=64; b conv c=64; c add < b a; d conv c=64;"
        "e act; f conv c=64; g conv c=64; h add < g f; i conv c=64"};
    struct ae_ctx *ctx;
    uint64_t bytes[2][2];

    if (ae_ctx_new(NULL, &ctx, NULL))
        return 1;
    for (int i = 0; i < 2; i++) {
        struct ae_graph *g = net_build(text[i]);
        for (int train = 0; train < 2; train++) {
            if (ae_exec_bytes(ctx, g, 1, 256, 256, train, &bytes[i][train],
                              NULL))
                return 1;
            bytes[i][train] -= 4 * (uint64_t)g->packed;
        }
        ae_graph_free(g);
    }
    ae_ctx_free(ctx);
    uint64_t map = 256 * 256 * 64 * 4;
    int bad = bytes[0][0] >= 2 * map + map / 8 ||
              bytes[1][0] >= 3 * map + map / 8 || bytes[1][1] < 6 * map;
    if (bad)
        printf("memory: %g, %g and %g maps\n",
               (double)bytes[0][0] / (double)map,
               (double)bytes[1][0] / (double)map,
               (double)bytes[1][1] / (double)map);
    return bad;
}

static int check_net(const struct net *t, int *total)
{
    static int (*const checks[])(const struct net *) = {
        threads, batches, splits, folding, allocates};
    int failed = 0;

    for (size_t k = 0; k < AE_LEN(checks); k++, (*total)++)
        failed += checks[k](t);
    return failed;
}

static int check_kind(const struct ae_layer_kind *kind, int *total)
{
    const struct net_case *c = net_case_of(kind);

    if (!c) {
        (*total)++;
        return 1;
    }
    const struct net t = {c->n, c->fixed ? c->fixed : 14 * c->step, c->w,
                          c->text};
    return check_net(&t, total);
}

int main(void)
{
    int failed = memory(), total = 1;

    for (size_t i = 0; i < AE_LEN(nets); i++)
        failed += check_net(&nets[i], &total);
    for (size_t i = 0; ae_layer_at(i); i++)
        failed += check_kind(ae_layer_at(i), &total);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
