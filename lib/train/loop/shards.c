/* shards.c - see shards.h. */
#include "train/loop/shards.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "nn/layer/layer.h"
#include "train/ranks/ranks.h"

enum {
    LEAST_FOR_NORM = 8, /* items that a batch norm's statistics are of */
    MOST_BY_ITSELF = 16 /* shards, among ranks */
};

/* --------------------------------------------------------------- choosing */

/* The largest divisor of the batch up to `most`. */
static int largest_divisor(int batch, int most)
{
    int n = ae_min(batch, most);

    while (batch % n != 0)
        n--;
    return n;
}

int ae_shards_parse(const struct ae_train_options *o, int *shards,
                    struct ae_err *e)
{
    int64_t n = 0;

    *shards = 0;
    if (!o->accumulate || strcmp(o->accumulate, "auto") == 0)
        return 0;
    if (ae_parse_int(o->accumulate, 1, 65536, &n, e) < 0)
        return ae_err_at(e, AE_EARG, "`accumulate` (N or auto)");
    if (n > o->batch || o->batch % n != 0)
        return ae_fail(e, AE_EARG,
                       "`accumulate` %d doesn't cut `batch` %d into equal "
                       "shards; %d does",
                       (int)n, o->batch, largest_divisor(o->batch, (int)n));
    *shards = (int)n;
    return 0;
}

static int has_kind(const struct ae_graph *g, const struct ae_layer_kind *kind)
{
    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind == kind)
            return 1;
    return 0;
}

static int has_sparse_code(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind == &ae_layer_code &&
            ae_node_real(&g->node[i], "kl") > 0)
            return 1;
    return 0;
}

/* Of gradients that nobody adds nothing is saved, and of running statistics,
 * which travel with them, eight bits don't move. */
static int check_wire(const struct ae_train_options *o,
                      const struct ae_graph *g, int shards, struct ae_err *e)
{
    if (o->wire == AE_PRECISION_F32)
        return 0;
    if (shards == 1)
        return ae_fail(e, AE_EARG,
                       "`wire` bf16 rounds what shards of a batch add, and "
                       "this one has 1 shard (`accumulate`)");
    if (has_kind(g, &ae_layer_bnorm))
        return ae_fail(e, AE_EARG,
                       "`wire` bf16 is too coarse for the running statistics "
                       "of a batch norm");
    return 0;
}

static int check_net(const struct ae_train_options *o, const struct ae_graph *g,
                     int shards, struct ae_err *e)
{
    const int items = o->batch / shards;

    if (shards == 1)
        return 0;
    if (o->free_bits > 0)
        return ae_fail(e, AE_EARG,
                       "`free-bits` bounds means over the whole batch, which "
                       "`accumulate` %d would cut",
                       shards);
    if (has_sparse_code(g))
        return ae_fail(e, AE_EARG,
                       "the code's kl= is of means over the whole batch, which "
                       "`accumulate` %d would cut",
                       shards);
    if (has_kind(g, &ae_layer_bnorm) && items < LEAST_FOR_NORM)
        return ae_fail(e, AE_EARG,
                       "`accumulate` %d leaves %d item%s to a batch norm's "
                       "statistics, which need %d",
                       shards, items, items == 1 ? "" : "s", LEAST_FOR_NORM);
    return 0;
}

/* Among ranks, the largest divisor that the net and the options let be. */
static int choose_auto(const struct ae_train_options *o,
                       const struct ae_graph *g)
{
    int n = ae_ranks_launched() ? largest_divisor(o->batch, MOST_BY_ITSELF) : 1;

    while (n > 1 && check_net(o, g, n, NULL) < 0)
        n = largest_divisor(o->batch, n - 1);
    return n;
}

int ae_shards_choose(struct ae_shards *s, const struct ae_train_options *o,
                     const struct ae_graph *g, struct ae_err *e)
{
    AE_TRY(ae_shards_parse(o, &s->count, e));
    if (s->count)
        AE_TRY(check_net(o, g, s->count, e));
    else
        s->count = choose_auto(o, g);
    if (s->count < ae_ranks_count())
        return ae_fail(e, AE_EARG,
                       "%d ranks, but `batch` %d is in %d shard%s "
                       "(`accumulate`): each needs one",
                       ae_ranks_count(), o->batch, s->count,
                       s->count == 1 ? "" : "s");
    AE_TRY(check_wire(o, g, s->count, e));
    s->is_bf16 = o->wire == AE_PRECISION_BF16;
    s->items = o->batch / s->count;
    s->first = ae_exchange_first(s->count, ae_ranks_mine());
    s->end = ae_exchange_first(s->count, ae_ranks_mine() + 1);
    return 0;
}

int ae_shards_init(struct ae_shards *s, const struct ae_ctx *ctx,
                   const struct ae_graph *g, struct ae_err *e)
{
    if (s->count == 1)
        return 0;
    AE_TRY(ae_tree_sum_init(&s->sum, ctx, g->weights, s->is_bf16, s->first,
                            s->end - s->first, e));
    AE_TRY(ae_exchange_init(&s->exchange, ctx, g->weights, s->is_bf16, s->count,
                            e));
    return ae_running_stats_init(&s->running, g, e);
}

void ae_shards_release(struct ae_shards *s)
{
    ae_tree_sum_release(&s->sum);
    ae_exchange_release(&s->exchange);
    ae_running_stats_release(&s->running);
}

uint64_t ae_shards_bytes(const struct ae_shards *s, const struct ae_graph *g)
{
    const int blocks = ae_tree_sum_blocks(s->first, s->end - s->first);

    return s->count == 1
               ? 0
               : (uint64_t)blocks * g->weights * sizeof(float) +
                     ae_exchange_bytes(g->weights, s->is_bf16, s->count);
}

/* ---------------------------------------------------------------- a step */

void ae_shards_begin(struct ae_shards *s, const float *weights)
{
    ae_tree_sum_clear(&s->sum);
    ae_running_stats_keep(&s->running, weights);
}

void ae_shards_add(struct ae_shards *s, int i, float *weights, float *grad,
                   double loss)
{
    const struct ae_tree_part leaf = {i, 1, grad, loss};

    ae_running_stats_move(&s->running, weights, grad);
    ae_tree_sum_add(&s->sum, &leaf);
}

int ae_shards_end(struct ae_shards *s, float *weights, int rc, float **grad,
                  double *loss, struct ae_err *e)
{
    if (ae_ranks_count() > 1) {
        AE_TRY(ae_exchange_run(&s->exchange, &s->sum, rc, loss, e));
        *grad = s->sum.part[0].block;
    } else {
        AE_TRY(rc);
        *grad = ae_tree_sum_whole(&s->sum)->block;
        *loss = s->sum.part[0].number;
    }
    ae_running_stats_take(&s->running, weights, *grad, s->count);
    *loss /= s->count;
    return 0;
}
