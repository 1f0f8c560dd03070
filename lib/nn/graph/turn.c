/* turn.c - see turn.h.  It knows filters, not how layers run. */
#include "nn/graph/turn.h"

#include <string.h>

#include "base/err.h"
#include "nn/graph/row_tasks.h"

const int *ae_turns_of(int n)
{
    static const int none[] = {0};
    /* With the photo model a quarter turn gains 60 % of what all eight do, a
     * half turn 57 %, and a mirror image 48 to 52 %. */
    static const int two[] = {0, AE_TRANSPOSE | AE_MIRROR};
    static const int all[AE_TURNS] = {0, 1, 2, 3, 4, 5, 6, 7};

    return n == 1 ? none : n == 2 ? two : n == AE_TURNS ? all : NULL;
}

/* ---------------------------------------------------------- has it? */

int ae_check_tap_turn(const int k[2], const int s[2], const int pad[2],
                      int turn, struct ae_err *e)
{
    static const int mirrored[2] = {AE_FLIP, AE_MIRROR};

    if (turn & AE_TRANSPOSE && (k[0] != k[1] || s[0] != s[1]))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "%dx%d in steps of %dx%d is not a square, so rows and "
                       "columns can't change places",
                       k[0], k[1], s[0], s[1]);
    for (int d = 0; d < 2; d++)
        if (turn & mirrored[d] && 2 * pad[d] != k[d] - s[d])
            return ae_fail(
                e, AE_EUNSUPPORTED,
                "%dx%d in steps of %dx%d reaches further to one side, so it "
                "has no mirror image",
                k[0], k[1], s[0], s[1]);
    return 0;
}

int ae_graph_check_turn(const struct ae_graph *g, int turn, struct ae_err *e)
{
    if (turn == 0)
        return 0;
    if (!ae_graph_is_fully_convolutional(g))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the net can't be turned: it takes one size only");
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        int rc = 0;

        if (nd->kind->check_turn)
            rc = nd->kind->check_turn(nd, turn, e);
        else if (!(nd->flags & AE_POINTWISE))
            rc = ae_fail(e, AE_EUNSUPPORTED, "such a layer has a direction");
        if (rc)
            return ae_err_at(e, rc, "the net can't be turned: %s (%s)",
                             nd->name, nd->kind->name);
    }
    return 0;
}

/* ------------------------------------------------------------- filters */

/* [kh][kw][...]: tap t goes to where the turn puts it. */
static void turn_filter(const struct ae_param *p, int turn, const float *from,
                        float *to)
{
    const int kh = p->dims[0], kw = p->dims[1];
    const size_t n = p->count / ((size_t)kh * (size_t)kw);

    for (int t = 0; t < kh * kw; t++) {
        int at[2] = {t / kw, t % kw};
        ae_turn_at(turn, kh, kw, at);
        memcpy(to + (size_t)(at[0] * kw + at[1]) * n, from + (size_t)t * n,
               n * sizeof(*to));
    }
}

int ae_graph_pack_turned(const struct ae_graph *g, const struct ae_run *run,
                         struct ae_err *e)
{
    float *turned = ae_alloc_aligned(g->weights, sizeof(*turned), e);
    struct ae_run r = *run;

    if (!turned)
        return AE_EMEM;
    r.weights = turned;
    r.packed = run->turned;
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        const size_t at = nd->nparam ? nd->param[0].offset : 0;

        if (!(nd->flags & AE_REPACK))
            continue;
        turn_filter(&nd->param[0], run->turn, run->weights + at, turned + at);
        nd->kind->pack(&r, nd);
    }
    ae_free_aligned(turned);
    return 0;
}

/* ---------------------------------------------------------------- mean */

static void mean_row(const struct ae_ctx *ctx, const struct ae_view *mean,
                     float *m, const struct ae_view *y, const float *v, int i,
                     int n)
{
    const struct ae_span sp = ae_span(mean, y);

    for (int s = 0; s < sp.count; s++, m += mean->pix, v += y->pix) {
        if (i == 0)
            memcpy(m, v, (size_t)sp.len * sizeof(*m));
        else
            ctx->k->add(m, v, (size_t)sp.len);
        if (i == n - 1)
            ctx->k->scale(m, 1 / (float)n, (size_t)sp.len);
    }
}

void ae_turns_mean(const struct ae_ctx *ctx, const struct ae_view *mean,
                   const struct ae_view *y, int from, int to, int i, int n)
{
    for (int item = 0; item < y->n; item++)
        for (int r = from; r < to; r++)
            mean_row(ctx, mean, ae_row(mean, item, r), y, ae_row(y, item, r), i,
                     n);
}
