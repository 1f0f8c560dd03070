/* net.c - see net.h.  Knows views, not pictures. */
#include "run/denoise/net.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "nn/graph/turn.h"

int ae_net_init(struct ae_net *net, struct ae_ctx *ctx,
                const struct ae_graph *g, float *weights, int turns,
                struct ae_err *e)
{
    *net = (struct ae_net){
        .ctx = ctx, .graph = g, .weights = weights, .turns = turns};
    return ae_stream_new_turns(ctx, g, weights, turns, &net->stream, e);
}

void ae_net_release(struct ae_net *net)
{
    ae_exec_free(net->exec);
    ae_stream_free(net->stream);
    ae_free_aligned(net->mean);
    memset(net, 0, sizeof(*net));
}

/* A denoiser's output has the size of its input. */
static int check_sizes(const struct ae_net *net, struct ae_err *e)
{
    const struct ae_view *x = &net->x, *y = &net->y;

    if (y->h != x->h || y->w != x->w || y->c != x->c)
        return ae_fail(
            e, AE_EUNSUPPORTED,
            "the model is not a denoiser: from %d x %d x %d it makes %d x %d x "
            "%d",
            x->w, x->h, x->c, y->w, y->h, y->c);
    return 0;
}

int ae_net_stream(struct ae_net *net, int n, int h, int w, struct ae_err *e)
{
    AE_TRY(ae_stream_start(net->stream, n, h, w, e));
    net->batch = 0;
    net->x = ae_stream_input(net->stream, "x");
    net->sigma = ae_stream_input(net->stream, "sigma");
    net->y = ae_stream_output(net->stream);
    return check_sizes(net, e);
}

void ae_net_rewind(struct ae_net *net)
{
    ae_stream_rewind(net->stream);
}

/* ---------------------------------------------------------------- batches */

/* The size of a batch's results, whose mean over the turns comes out. */
static size_t mean_floats(const struct ae_net *net, int n, int h, int w)
{
    const int c = net->graph->node[net->graph->output[0]].shape.c;

    return net->turns > 1 ? (size_t)n * (size_t)h * (size_t)w * (size_t)c : 0;
}

int ae_net_batch_bytes(const struct ae_net *net, int n, int h, int w,
                       uint64_t *bytes, struct ae_err *e)
{
    AE_TRY(ae_exec_bytes(net->ctx, net->graph, n, h, w, 0, bytes, e));
    *bytes += sizeof(float) * mean_floats(net, n, h, w);
    return 0;
}

/* Plans the net for n planes of that size, at least. */
static int plan_batch(struct ae_net *net, int n, int h, int w, struct ae_err *e)
{
    if (net->exec && net->h == h && net->w == w && net->items >= n)
        return 0;
    ae_exec_free(net->exec);
    ae_free_aligned(net->mean);
    net->exec = NULL;
    net->items = n;
    net->h = h;
    net->w = w;
    net->mean = ae_alloc_aligned(mean_floats(net, n, h, w), sizeof(float), e);
    if (!net->mean)
        return AE_EMEM;
    return ae_exec_new_packed(net->ctx, net->graph, net->weights,
                              ae_stream_packed(net->stream), n, h, w,
                              &net->exec, e);
}

int ae_net_batch(struct ae_net *net, int n, int h, int w, struct ae_err *e)
{
    AE_TRY(plan_batch(net, n, h, w, e));
    ae_exec_set_items(net->exec, n);
    net->batch = 1;
    net->turn = -1;
    net->x = ae_exec_input(net->exec, "x");
    net->sigma = ae_exec_input(net->exec, "sigma");
    net->y = ae_exec_output(net->exec, NULL);
    return check_sizes(net, e);
}

static struct ae_view mean_view(const struct ae_net *net)
{
    struct ae_view mean = net->y;

    mean.data = net->mean;
    mean.pix = mean.c;
    mean.row = mean.w * mean.pix;
    mean.item = mean.h * mean.row;
    return mean;
}

/* Runs one turn after another; each wants its inputs anew, since the turn
 * before may have overwritten them. */
static int next_of_batch(struct ae_net *net)
{
    const int i = net->turn++, n = net->turns;

    if (i < 0)
        return 0;
    ae_exec_set_turn(net->exec, ae_turns_of(n)[i],
                     ae_stream_turned(net->stream, i));
    ae_exec_forward(net->exec, 0, 0);
    if (n > 1) {
        const struct ae_view mean = mean_view(net);
        ae_turns_mean(net->ctx, &mean, &net->y, 0, mean.h, i, n);
        if (net->turn == n)
            net->y = mean;
    }
    return net->turn == n;
}

/* ------------------------------------------------------------------ a run */

int ae_net_next(struct ae_net *net, int *from, int *to)
{
    if (!net->batch)
        return ae_stream_run(net->stream, from, to);
    *from = 0;
    *to = net->x.h;
    return next_of_batch(net);
}

double ae_net_share(const struct ae_net *net)
{
    return net->batch ? (double)net->turn / net->turns
                      : ae_stream_share(net->stream);
}
