/* stream.c - pictures that go through a net row by row give the bits of the
 * whole run at once, for any height and number of threads, from rings that
 * don't grow with the height; rows that others still need aren't overwritten.
 * Each layer kind of the table has a net; a kind without one is a failure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/exec.h"
#include "nn/graph/ring_plan.h"
#include "nn/graph/stream.h"
#include "../ref/net.h"

static const struct net_case nets[] = {
    /* tiles, columns cut in parts, skips that wait long, two inputs */
    {NULL, 1, 304, 8, 0,
     "x input c=3; s input c=1 name=sigma; j cat < x s;"
     "q unshuffle; a conv c=16 k=3 act=relu; b conv c=16 k=3; r add < a b;"
     "d conv c=32 k=2 s=2; e conv c=32 k=3; f conv c=32 k=3; g add < d f;"
     "u tconv c=16 k=2 s=2; v add < u r; h conv c=16 k=3; o conv c=12 k=3;"
     "t shuffle; y add < x t"},
    /* few columns of many channels, which are cut in slices */
    {NULL, 2, 24, 4, 0,
     "x input c=3; a conv c=192; b conv c=208 k=3 act=relu;"
     "c conv c=192 k=3; r add < a c; y conv c=3 k=1"},
    /* windows of every kind, odd sizes */
    {NULL, 3, 37, 1, 0,
     "x input c=3; a conv c=5 k=5x3 s=3x2 act=tanh;"
     "p pool k=3 s=2; b conv c=6 k=4; u up kind=bilinear k=2;"
     "d dwconv k=7 s=2; m pool kind=mean k=2; w up k=2 < m d;"
     "t tconv c=4 k=3 s=2"},
    /* b may not write over a, which c still needs; e may write over d */
    {NULL, 2, 11, 1, 0,
     "x input c=2; a conv c=4; b act kind=gelu; c conv c=4 k=9"
     " < a; y add < b c; d lnorm; e act kind=silu; f sub < e b"},
    /* c is wanted by nobody */
    {NULL, 1, 90, 1, 0,
     "x input c=16; a conv c=16 k=3; b conv c=32 k=3 act=lrelu;"
     "c conv c=16 k=3 < a; d conv c=16 k=3 < b; e mul < d a; y where < e a"},
    /* rows from anywhere */
    {NULL, 2, 5, 1, 7,
     "x input c=2 h=7 w=5; a conv c=3 k=3; d dense c=9 act=relu;"
     "f dense c=70; r reshape h=7 w=5 c=2; y add < r x"},
};

struct side {
    struct ae_ctx *ctx;
    struct ae_graph *g;
    float *w;
};

static void open_side(struct side *s, const struct net_case *t, int threads,
                      enum ae_precision precision)
{
    const struct ae_ctx_options o = {.threads = threads,
                                     .precision = precision};

    s->g = net_build(t->text);
    s->w = ae_alloc_aligned(s->g->weights, sizeof(*s->w), NULL);
    ae_graph_init(s->g, s->w, 5);
    if (ae_ctx_new(&o, &s->ctx, NULL))
        exit(1);
}

static void close_side(struct side *s)
{
    ae_free_aligned(s->w);
    ae_graph_free(s->g);
    ae_ctx_free(s->ctx);
}

/* Row y of item n of an input: a function of those and the seed alone. */
static void fill(const struct ae_view *v, int n, int y, uint64_t seed)
{
    struct ae_view row = *v;

    row.data = ae_row(v, n, y);
    row.n = row.h = row.ring = 1;
    net_fill_view(&row, 0.5, 0.5, seed + 100000 * (uint64_t)n + (uint64_t)y);
}

static struct ae_exec *whole(const struct side *s, const struct net_case *t,
                             int h)
{
    struct ae_exec *x;

    if (ae_exec_new(s->ctx, s->g, s->w, t->n, h, t->w, 0, &x, NULL))
        exit(1);
    const struct ae_view in = ae_exec_input(x, "x");
    const struct ae_view sigma = ae_exec_input(x, "sigma");
    for (int n = 0; n < t->n; n++)
        for (int y = 0; y < h; y++) {
            fill(&in, n, y, 1);
            if (sigma.data)
                fill(&sigma, n, y, 2);
        }
    ae_exec_forward(x, 0, 0);
    return x;
}

static int same_rows(const struct net_case *t, const struct ae_view *a,
                     const struct ae_view *b, int from, int to)
{
    const size_t bytes = (size_t)(a->w * a->c) * sizeof(float);

    for (int n = 0; n < t->n; n++)
        for (int y = from; y < to; y++)
            if (memcmp(ae_row(a, n, y), ae_row(b, n, y), bytes))
                return 0;
    return 1;
}

/* Twice over, so that a second picture finds the first one's leavings. */
static int streams(struct side *s, const struct net_case *t, int h, int threads)
{
    struct ae_exec *x = whole(s, t, h);
    const struct ae_view want = ae_exec_output(x, NULL);
    struct ae_stream *r;
    int from, to, bad = 0;

    if (ae_stream_new(s->ctx, s->g, s->w, &r, NULL) ||
        ae_stream_start(r, t->n, h, t->w, NULL))
        return 1;
    for (int round = 0; round < 2; round++) {
        const struct ae_view in = ae_stream_input(r, "x");
        const struct ae_view sigma = ae_stream_input(r, "sigma");
        const struct ae_view out = ae_stream_output(r);
        int done = 0;
        ae_stream_rewind(r);
        while (done < want.h && !bad) {
            if (ae_stream_run(r, &from, &to)) {
                bad = from != done || to <= from ||
                      !same_rows(t, &out, &want, from, to);
                done = to;
                continue;
            }
            for (int i = from * t->n; i < to * t->n; i++) {
                fill(&in, i % t->n, i / t->n, 1);
                if (sigma.data)
                    fill(&sigma, i % t->n, i / t->n, 2);
            }
        }
    }
    if (bad)
        printf("%s\n  height %d, %d threads: rows %d to %d differ\n", t->text,
               h, threads, from, to - 1);
    ae_stream_free(r);
    ae_exec_free(x);
    return bad;
}

static int heights(const struct net_case *t, int threads,
                   enum ae_precision precision)
{
    static const int times[] = {1, 2, 3, 5, 8, 13, 29, 64};
    struct side s;
    int bad = 0;

    open_side(&s, t, threads, precision);
    for (size_t i = 0; i < AE_LEN(times) && !bad; i++)
        bad = streams(&s, t, t->fixed ? t->fixed : times[i] * t->step, threads);
    close_side(&s);
    return bad;
}

/* Rings of a picture of any height beyond some. */
static int grows(const struct net_case *t)
{
    struct side s;
    struct ae_stream *r;
    uint64_t bytes[2];
    int delay[2], bad;

    if (t->fixed)
        return 0;
    open_side(&s, t, 1, AE_PRECISION_F32);
    bad = ae_stream_new(s.ctx, s.g, s.w, &r, NULL) ||
          ae_stream_bytes(r, 1, 720, t->w, &bytes[0], &delay[0], NULL) ||
          ae_stream_bytes(r, 1, 7200, t->w, &bytes[1], &delay[1], NULL) ||
          ae_stream_start(r, 1, 720, t->w, NULL) || bytes[0] != bytes[1] ||
          (ae_stream_output(r).h == 720 && delay[0] != delay[1]);
    if (bad)
        printf("%s\n  its rings grow with the height\n", t->text);
    ae_stream_free(r);
    close_side(&s);
    return bad;
}

/* A chain of convolutions needs few rows of each. */
static int small(void)
{
    const struct net_case t = {NULL,
                               1,
                               100,
                               1,
                               0,
                               "x input c=1; a conv c=8;"
                               "b conv c=8; c conv c=8; d conv c=1"};
    struct side s;
    struct ae_stream *r;
    uint64_t bytes;

    open_side(&s, &t, 1, AE_PRECISION_F32);
    if (ae_stream_new(s.ctx, s.g, s.w, &r, NULL) ||
        ae_stream_bytes(r, 1, 5000, t.w, &bytes, NULL, NULL))
        return 1;
    const int bad = bytes > 4 * 100 * (3 * 8 + 2) * 10;
    if (bad)
        printf("%llu bytes for a chain\n", (unsigned long long)bytes);
    ae_stream_free(r);
    close_side(&s);
    return bad;
}

/* Plain C has products in bfloat16, avx2 has none. */
static int has_bf16(void)
{
    const struct ae_ctx_options o = {.precision = AE_PRECISION_BF16};
    struct ae_ctx *ctx;

    if (ae_ctx_new(&o, &ctx, NULL))
        return 0;
    ae_ctx_free(ctx);
    return 1;
}

static int check_net(const struct net_case *t, int bf16, int *total)
{
    int failed = 0;

    for (int threads = 1; threads <= 3; threads += 2, (*total)++)
        failed += heights(t, threads, AE_PRECISION_F32);
    for (int threads = 1; bf16 && threads <= 3; threads += 2, (*total)++)
        failed += heights(t, threads, AE_PRECISION_BF16);
    failed += grows(t);
    (*total)++;
    return failed;
}

int main(void)
{
    int failed = small(), total = 1;
    const int bf16 = has_bf16();

    for (size_t i = 0; i < AE_LEN(nets); i++)
        failed += check_net(&nets[i], bf16, &total);
    for (size_t i = 0; ae_layer_at(i); i++) {
        const struct net_case *c = net_case_of(ae_layer_at(i));

        if (c)
            failed += check_net(c, 0, &total);
        else
            failed++, total++;
    }
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
