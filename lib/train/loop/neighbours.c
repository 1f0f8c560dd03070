/* neighbours.c - see neighbours.h. */
#include "train/loop/neighbours.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/level.h"
#include "train/data/self.h"

enum { AT_ONCE = 4 /* whole pictures, which takes little memory */ };

static size_t values(const struct ae_neighbours *n)
{
    return (size_t)n->shape.h * (size_t)n->shape.w * (size_t)n->shape.c;
}

int ae_neighbours_init(struct ae_neighbours *n, const struct ae_ctx *ctx,
                       const struct ae_graph *g, float *weights, int items,
                       struct ae_shape shape, struct ae_err *e)
{
    *n = (struct ae_neighbours){
        .ctx = ctx, .g = g, .items = items, .shape = shape};
    const size_t one = values(n), all = (size_t)items * one;

    n->whole = ae_alloc_aligned(4 * one, sizeof(float), e);
    n->shown = ae_alloc_aligned(one, sizeof(float), e);
    n->beside = ae_alloc_aligned(one, sizeof(float), e);
    n->target = ae_alloc_aligned(all, sizeof(float), e);
    n->grad = ae_alloc_aligned(all, sizeof(float), e);
    if (!n->whole || !n->shown || !n->beside || !n->target || !n->grad)
        return AE_EMEM;
    AE_TRY(ae_exec_new(ctx, g, weights, ae_min(items, AT_ONCE), 2 * shape.h,
                       2 * shape.w, 0, &n->exec, e));
    ae_feed_init(&n->feed, n->exec);
    return 0;
}

void ae_neighbours_release(struct ae_neighbours *n)
{
    ae_exec_free(n->exec);
    ae_free_aligned(n->whole);
    ae_free_aligned(n->shown);
    ae_free_aligned(n->beside);
    ae_free_aligned(n->target);
    ae_free_aligned(n->grad);
    memset(n, 0, sizeof(*n));
}

int ae_neighbours_bytes(const struct ae_ctx *ctx, const struct ae_graph *g,
                        int items, struct ae_shape shape, uint64_t *bytes,
                        struct ae_err *e)
{
    const uint64_t one = sizeof(float) * (uint64_t)shape.h * (uint64_t)shape.w *
                         (uint64_t)shape.c;

    AE_TRY(ae_exec_bytes(ctx, g, ae_min(items, AT_ONCE), 2 * shape.h,
                         2 * shape.w, 0, bytes, e));
    *bytes += (6 + 2 * (uint64_t)items) * one;
    return 0;
}

void ae_neighbours_feed(struct ae_neighbours *n, const struct ae_batch *b,
                        int first)
{
    n->batch = b;
    n->first = first;
}

/* Target i: the noisy pixel beside, and what the two show apart. */
static void make_target(struct ae_neighbours *n, int i, int of_run)
{
    const struct ae_view out = ae_exec_output(n->exec, NULL);
    const size_t one = values(n), pixels = one / (size_t)n->shape.c;
    const size_t from = (size_t)(n->first + i);
    const float *beside = n->batch->clean + from * one;
    float *to = n->target + (size_t)i * one;

    ae_view_get(&out, of_run, 1, n->whole);
    ae_neighbours_split(n->whole, n->batch->pick + from * pixels, n->shape,
                        n->shown, n->beside);
    for (size_t k = 0; k < one; k++)
        to[k] = beside[k] + n->shown[k] - n->beside[k];
}

/* Cleans the whole pictures, some at a time. */
static void make_targets(struct ae_neighbours *n)
{
    const size_t one = values(n);
    int run;

    ae_exec_pack(n->exec);
    for (int i = 0; i < n->items; i += run) {
        run = ae_min(AT_ONCE, n->items - i);
        ae_exec_set_items(n->exec, run);
        for (int k = 0; k < run; k++) {
            ae_view_put(&n->feed.x, k, 1,
                        n->batch->whole + (size_t)(n->first + i + k) * 4 * one);
            if (n->feed.sigma.data)
                ae_view_fill(&n->feed.sigma, k, AE_LEVEL_UNKNOWN);
        }
        ae_exec_forward(n->exec, 0, 0);
        for (int k = 0; k < run; k++)
            make_target(n, i + k, k);
    }
}

static void add_view(const struct ae_view *to, const float *from, float by)
{
    for (int y = 0; y < to->n * to->h; y++) {
        float *p = ae_row(to, y / to->h, y % to->h);
        for (int x = 0; x < to->w; x++, p += to->pix, from += to->c)
            for (int c = 0; c < to->c; c++)
                p[c] += by * from[c];
    }
}

double ae_neighbours_term(struct ae_neighbours *n, const struct ae_loss *loss,
                          const struct ae_view *out, const struct ae_view *dout,
                          double weight)
{
    const struct ae_view target = ae_view_of(n->target, n->items, n->shape);
    struct ae_view grad = ae_view_of(dout->data ? n->grad : NULL, n->items,
                                     n->shape);

    make_targets(n);
    const double term = ae_loss_eval(loss, n->ctx, out, &target, 1, &grad);
    if (dout->data)
        add_view(dout, n->grad, (float)weight);
    return weight * term;
}
