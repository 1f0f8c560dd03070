/* turns.c - a net that is turned makes of a picture what the net makes of the
 * turned picture, turned back, for the eight turns and every layer that has
 * them; a roll of several turns gives the bits of their mean; what has no such
 * turn is refused by name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec.h"
#include "nn/graph/exec.h"
#include "nn/graph/stream.h"
#include "nn/graph/turn.h"
#include "../ref/net.h"

/* Sizes are multiples of `step`. */
struct net {
    const char *name;
    int step;
    struct ae_graph *g;
};

static const struct {
    int step;
    const char *text;
} texts[] = {
    {4, "x input c=3; a conv c=16 k=3 act=relu; b conv c=32 k=3; y conv c=3"},
    {8, "x input c=3; s input c=1 name=sigma; j cat < x s; q unshuffle;"
        "a conv c=16 k=3 act=relu; d conv c=32 k=2 s=2; e conv c=32 k=3;"
        "f add < d e; u tconv c=16 k=2 s=2; v sub < u a; o conv c=12;"
        "t shuffle; y add < x t"},
    {6, "x input c=2; q unshuffle k=3; a conv c=9 k=5 act=lrelu; n lnorm;"
        "r shuffle k=3; p pool k=2; m up k=2 kind=bilinear; v mul < m r;"
        "y where < v r"},
    {4, "x input c=2; d dwconv k=5 act=tanh; e dwconv k=4 s=2;"
        "p pool kind=mean k=2; u up k=4; g act kind=gelu; c conv c=5 k=4 s=2;"
        "b bnorm; f dropout; t tconv c=2 k=4 s=2; z code; y add < z x"},
    {8, "x input c=1; a conv c=4 k=4 s=4; b conv c=3 k=1 act=tanh;"
        "t tconv c=1 k=4 s=4"},
};

/* Bits of the turns that a net has. */
enum { MIRRORS = 0x0f, TRANSPOSE = 0x11, ALL = 0xff, NONE = 0x01 };
static const struct {
    int has;
    const char *node, *text;
} some[] = {
    {MIRRORS, "a", "x input; a conv c=1 k=3x5"},
    {MIRRORS, "p", "x input; p pool k=2x3"},
    {MIRRORS, "q", "x input; q unshuffle k=1x2; a conv c=2; s shuffle k=1x2"},
    {MIRRORS, "u", "x input; u up k=2x1; p pool k=2x1"},
    {TRANSPOSE, "a", "x input; a conv c=1 k=2"},
    {TRANSPOSE, "a", "x input; a conv c=1 k=3 s=2; t tconv c=1 k=2 s=2"},
    {TRANSPOSE, "t", "x input; a conv c=1 k=2 s=2; t tconv c=1 k=3 s=2"},
    {TRANSPOSE, "d", "x input; d dwconv k=4"},
    {TRANSPOSE, "p", "x input; p pool k=3 s=2"},
    {0x01 | 1 << AE_FLIP, "a", "x input; a conv c=1 k=3x2"},
    {NONE, "one size", "x input h=4 w=4; d dense c=4"},
    {NONE, "a", "x input; s input; a latent < x s"},
    {ALL, "", "x input; a conv c=1 k=6 s=2; t tconv c=1 k=6 s=2"},
};

struct side {
    struct ae_ctx *ctx;
    float *w;
    struct ae_stream *roll;
};

/* Values keep their size from node to node. */
static void fill_weights(const struct ae_node *nd, float *w)
{
    for (int i = 0; i < nd->nparam; i++) {
        const struct ae_param *p = &nd->param[i];
        const int taps = p->ndims == 4;
        net_fill(w + p->offset, p->count, taps ? 1 / sqrt(p->fan_in) : 0.3,
                 taps ? 0 : 0.4, 7 + (uint64_t)nd->index);
    }
}

static int open_side(struct side *s, const struct net *t, int turns,
                     int threads)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_err e = {0, ""};

    if (ae_ctx_new(&o, &s->ctx, NULL))
        exit(1);
    s->w = ae_alloc_aligned(t->g->weights, sizeof(*s->w), NULL);
    for (int i = 0; i < t->g->count; i++)
        fill_weights(&t->g->node[i], s->w);
    if (ae_stream_new_turns(s->ctx, t->g, s->w, turns, &s->roll, &e)) {
        printf("%s: %s\n", t->name, e.msg);
        return 1;
    }
    return 0;
}

static void close_side(struct side *s)
{
    ae_stream_free(s->roll);
    ae_free_aligned(s->w);
    ae_ctx_free(s->ctx);
}

/* ------------------------------------------------------------- each turn */

static struct ae_exec *exec_of(const struct side *s, const struct net *t, int h,
                               int w)
{
    struct ae_exec *x;
    struct ae_err e = {0, ""};

    if (ae_exec_new_packed(s->ctx, t->g, s->w, ae_stream_packed(s->roll), 1, h,
                           w, &x, &e)) {
        printf("%s: %s\n", t->name, e.msg);
        exit(1);
    }
    return x;
}

/* The pixel of v that stands at (y, x) of the turned map. */
static float *pixel(const struct ae_view *v, int turn, int y, int x)
{
    int at[2] = {y, x};

    ae_turn_at(turn, v->h, v->w, at);
    return ae_row(v, 0, at[0]) + at[1] * v->pix;
}

/* b becomes a, turned. */
static void turn_view(const struct ae_view *a, int turn,
                      const struct ae_view *b)
{
    for (int y = 0; b->data && y < b->h; y++)
        for (int x = 0; x < b->w; x++)
            memcpy(pixel(b, 0, y, x), pixel(a, turn, y, x),
                   (size_t)b->c * sizeof(float));
}

/* How far b is from a, turned; in units of the largest value. */
static double distance(const struct ae_view *a, int turn,
                       const struct ae_view *b)
{
    double far = 0, most = 1e-30;

    for (int i = 0; i < b->h * b->w * b->c; i++) {
        const int x = i / b->c % b->w, y = i / b->c / b->w, c = i % b->c;
        const double want = pixel(b, 0, y, x)[c];
        far = fmax(far, fabs(pixel(a, turn, y, x)[c] - want));
        most = fmax(most, fabs(want));
    }
    return far / most;
}

static int turns_alike(const struct net *t, const struct side *s, int i)
{
    const int turn = ae_turns_of(AE_TURNS)[i], h = 2 * t->step;
    const int w = 5 * t->step, over = turn & AE_TRANSPOSE;
    struct ae_exec *a = exec_of(s, t, h, w);
    struct ae_exec *b = exec_of(s, t, over ? w : h, over ? h : w);

    for (int k = 0; k < t->g->count; k++) {
        const struct ae_node *nd = &t->g->node[k];
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        const struct ae_view v = ae_exec_node(a, k), u = ae_exec_node(b, k);
        net_fill_view(&v, 0.5, 0.5, 3 + (uint64_t)k);
        turn_view(&v, turn, &u);
    }
    ae_exec_set_turn(a, turn, ae_stream_turned(s->roll, i));
    ae_exec_forward(a, 0, 0);
    ae_exec_forward(b, 0, 0);
    const struct ae_view y = ae_exec_output(a, NULL);
    const struct ae_view z = ae_exec_output(b, NULL);
    const double far = distance(&y, turn, &z);
    const int bad = !(far < 1e-5);
    if (bad)
        printf("%s\n  turn %d: %g apart\n", t->name, turn, far);
    ae_exec_free(a);
    ae_exec_free(b);
    return bad;
}

/* --------------------------------------------------------------- a mean */

static void fill_row(const struct ae_view *v, int n, int y, uint64_t seed)
{
    struct ae_view row = *v;

    if (!v->data)
        return;
    row.data = ae_row(v, n, y);
    row.n = row.h = row.ring = 1;
    net_fill_view(&row, 0.5, 0.5, seed + 1000 * (uint64_t)n + (uint64_t)y);
}

static void fill_rows(const struct ae_view *x, const struct ae_view *sigma,
                      int from, int to)
{
    for (int n = 0; n < x->n; n++)
        for (int y = from; y < to; y++) {
            fill_row(x, n, y, 1);
            fill_row(sigma, n, y, 2);
        }
}

/* What one turn after the other makes, in one exec, summed and divided. */
static float *mean_of(const struct net *t, const struct side *s, int turns,
                      int items, int h, int w)
{
    struct ae_exec *x;
    float *mean = NULL;

    if (ae_exec_new_packed(s->ctx, t->g, s->w, ae_stream_packed(s->roll), items,
                           h, w, &x, NULL))
        exit(1);
    for (int i = 0; i < turns; i++) {
        const struct ae_view in = ae_exec_input(x, "x");
        const struct ae_view sigma = ae_exec_input(x, "sigma");
        const struct ae_view y = ae_exec_output(x, NULL);
        const size_t n = (size_t)(y.n * y.h * y.w * y.c);
        struct ae_view m = {NULL, y.n, y.h,       y.w,
                            y.c,  y.c, y.w * y.c, (ptrdiff_t)y.h * y.w * y.c,
                            y.h};

        fill_rows(&in, &sigma, 0, h);
        ae_exec_set_turn(x, ae_turns_of(turns)[i],
                         ae_stream_turned(s->roll, i));
        ae_exec_forward(x, 0, 0);
        if (!mean)
            mean = ae_alloc_aligned(n, sizeof(*mean), NULL);
        m.data = mean;
        ae_turns_mean(s->ctx, &m, &y, 0, y.h, i, turns);
    }
    ae_exec_free(x);
    return mean;
}

static int rolls(const struct net *t, int turns, int passes, int threads)
{
    enum { ITEMS = 2 };
    const int h = 7 * t->step, w = 3 * t->step;
    struct side s;
    int from, to, done = 0, bad = open_side(&s, t, turns, threads);
    float *mean = bad ? NULL : mean_of(t, &s, turns, ITEMS, h, w);

    if (!bad)
        ae_stream_passes(s.roll, passes);
    bad = bad || ae_stream_start(s.roll, ITEMS, h, w, NULL);
    while (!bad && done < ae_stream_output(s.roll).h) {
        const struct ae_view x = ae_stream_input(s.roll, "x");
        const struct ae_view sigma = ae_stream_input(s.roll, "sigma");
        const struct ae_view y = ae_stream_output(s.roll);
        if (!ae_stream_run(s.roll, &from, &to)) {
            fill_rows(&x, &sigma, from, to);
            continue;
        }
        for (int n = 0; n < ITEMS; n++)
            for (int r = from; r < to; r++)
                bad |= memcmp(ae_row(&y, n, r),
                              mean + (ptrdiff_t)(n * y.h + r) * y.w * y.c,
                              (size_t)(y.w * y.c) * sizeof(*mean));
        done = to;
    }
    if (bad)
        printf("%s\n  %d turns, %d passes, %d threads: no mean\n", t->name,
               turns, passes, threads);
    ae_free_aligned(mean);
    close_side(&s);
    return bad;
}

static int check_net(const struct net *t)
{
    struct side s;
    int bad = open_side(&s, t, AE_TURNS, 2);

    for (int i = 0; !bad && i < AE_TURNS; i++)
        bad = turns_alike(t, &s, i);
    close_side(&s);
    for (int threads = 1; !bad && threads <= 3; threads += 2)
        bad = rolls(t, 1, 1, threads) || rolls(t, 2, 1, threads) ||
              rolls(t, 2, 2, threads) || rolls(t, AE_TURNS, 1, threads) ||
              rolls(t, AE_TURNS, 4, threads) ||
              rolls(t, AE_TURNS, AE_TURNS, threads);
    return bad;
}

/* ------------------------------------------------------------ refusals */

static int check_some(int has, const char *node, const char *text)
{
    struct ae_graph *g = net_build(text);
    int bad = 0;

    for (int turn = 0; turn < AE_TURNS; turn++) {
        struct ae_err e = {0, ""};
        const int rc = ae_graph_check_turn(g, turn, &e);
        if (rc == (has >> turn & 1 ? 0 : AE_EUNSUPPORTED) &&
            (!rc || strstr(e.msg, node)))
            continue;
        printf("%s\n  turn %d: %d, '%s'\n", text, turn, rc, e.msg);
        bad = 1;
    }
    ae_graph_free(g);
    return bad;
}

/* A preset, where it makes nets of any size; else nothing. */
static int check_preset(const char *name, int *total)
{
    struct net t = {name, 0, NULL};
    char *text, *vars;
    int align[2], reach[2], bad = 0;

    if (ae_spec_find(name, &text, &vars, NULL) ||
        ae_spec_parse(text, strlen(text), vars, NULL, &t.g, NULL))
        return 1;
    if (ae_graph_is_fully_convolutional(t.g)) {
        ae_graph_receptive_field(t.g, reach, align);
        t.step = align[0];
        bad = check_net(&t);
        ++*total;
    }
    ae_graph_free(t.g);
    free(text);
    free(vars);
    return bad;
}

int main(void)
{
    int failed = 0, total = 0, free_presets = 0;

    for (size_t i = 0; i < AE_LEN(texts); i++, total++) {
        const struct net t = {texts[i].text, texts[i].step,
                              net_build(texts[i].text)};
        failed += check_net(&t);
        ae_graph_free(t.g);
    }
    for (size_t i = 0; i < AE_LEN(some); i++, total++)
        failed += check_some(some[i].has, some[i].node, some[i].text);
    for (size_t i = 0; ae_spec_preset(i); i++)
        failed += check_preset(ae_spec_preset(i), &free_presets);
    total += free_presets;
    failed += free_presets == 0; /* the one that photo is made from */
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed != 0;
}
