/* exchange.c - see exchange.h. */
#include "train/ranks/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "train/ranks/agree.h"

enum { LINE = 16 /* floats of a cache line, which runs begin at */ };

int ae_exchange_first(int shards, int rank)
{
    return (int)((int64_t)shards * rank / ae_ranks_count());
}

/* Lists the parts of all ranks; returns their number, in *most the largest of
 * one rank. */
static int list_parts(int shards, struct ae_exchange_part *to, int *most)
{
    struct ae_tree_part part[AE_TREE_PARTS];
    int n = 0;

    *most = 0;
    for (int r = 0; r < ae_ranks_count(); r++) {
        const int first = ae_exchange_first(shards, r);
        const int held = ae_tree_sum_parts(
            first, ae_exchange_first(shards, r + 1) - first, part);
        for (int i = 0; to && i < held; i++)
            to[n + i] = (struct ae_exchange_part){r, part[i].first,
                                                  part[i].count, NULL};
        n += held;
        *most = ae_max(*most, held);
    }
    return n;
}

static size_t run_begin(size_t n, int rank)
{
    const size_t lines = (n + LINE - 1) / LINE;
    const size_t at = lines * (size_t)rank / (size_t)ae_ranks_count() * LINE;

    return at < n ? at : n;
}

uint64_t ae_exchange_bytes(size_t n, int shards)
{
    const uint64_t run = n / (uint64_t)ae_ranks_count() + LINE;
    int most;

    if (ae_ranks_count() == 1)
        return 0;
    return sizeof(float) * run *
           (uint64_t)(list_parts(shards, NULL, &most) +
                      ae_tree_sum_blocks(0, shards));
}

static int allocate(struct ae_exchange *x, size_t run, struct ae_err *e)
{
    const size_t parts = (size_t)x->parts, ranks = (size_t)ae_ranks_count();
    const size_t numbers = (size_t)x->most + 1;

    x->room = ae_alloc_aligned(run * parts + 1, sizeof(float), e);
    x->sent = ae_alloc(2 * parts * ranks, sizeof(*x->sent), e);
    x->mine = ae_alloc(numbers * (ranks + 1), sizeof(double), e);
    if (!x->room || !x->sent || !x->mine)
        return AE_EMEM;
    x->received = x->sent + parts * ranks;
    x->all = x->mine + numbers;
    return 0;
}

int ae_exchange_init(struct ae_exchange *x, const struct ae_ctx *ctx, size_t n,
                     int shards, struct ae_err *e)
{
    memset(x, 0, sizeof(*x));
    if (ae_ranks_count() == 1)
        return 0;
    x->at = ae_alloc((size_t)ae_ranks_count() + 1, sizeof(*x->at), e);
    x->parts = list_parts(shards, NULL, &x->most);
    x->part = ae_alloc((size_t)x->parts, sizeof(*x->part), e);
    if (!x->at || !x->part)
        return AE_EMEM;
    list_parts(shards, x->part, &x->most);
    for (int r = 0; r <= ae_ranks_count(); r++)
        x->at[r] = run_begin(n, r);
    const size_t run = x->at[ae_ranks_mine() + 1] - x->at[ae_ranks_mine()];
    AE_TRY(allocate(x, run, e));
    for (int i = 0; i < x->parts; i++)
        x->part[i].run = x->room + (size_t)i * run;
    return ae_tree_sum_init(&x->sum, ctx, run, 0, shards, e);
}

void ae_exchange_release(struct ae_exchange *x)
{
    free(x->at);
    free(x->part);
    ae_free_aligned(x->room);
    free(x->sent);
    free(x->mine);
    ae_tree_sum_release(&x->sum);
    memset(x, 0, sizeof(*x));
}

/* Tells all how this rank fared, and its parts' numbers.  Returns 1 where a
 * rank failed. */
static int tell_numbers(struct ae_exchange *x, const struct ae_tree_sum *own,
                        int rc)
{
    const int numbers = x->most + 1;
    int failed = 0;

    memset(x->mine, 0, (size_t)numbers * sizeof(double));
    x->mine[0] = rc < 0;
    for (int i = 0; rc >= 0 && i < own->held; i++)
        x->mine[i + 1] = own->part[i].number;
    ae_ranks_gather(x->mine, x->all, (size_t)numbers * sizeof(double));
    for (int r = 0; r < ae_ranks_count(); r++)
        failed |= x->all[r * numbers] > 0;
    return failed;
}

/* Every part of this rank goes to the others, in their runs; theirs come. */
static void trade_runs(struct ae_exchange *x, const struct ae_tree_sum *own)
{
    const int me = ae_ranks_mine();
    const size_t run = x->at[me + 1] - x->at[me];
    int sent = 0, received = 0, mine = 0;

    for (int i = 0; i < x->parts; i++) {
        struct ae_exchange_part *p = &x->part[i];
        if (p->rank != me) {
            x->received[received++] = (struct ae_parcel){p->rank, p->run, run};
            continue;
        }
        float *block = own->part[mine++].block;
        for (int r = 0; r < ae_ranks_count(); r++)
            if (r != me)
                x->sent[sent++] = (struct ae_parcel){r, block + x->at[r],
                                                     x->at[r + 1] - x->at[r]};
        memcpy(p->run, block + x->at[me], run * sizeof(float));
    }
    ae_ranks_trade(x->sent, sent, x->received, received);
}

static const struct ae_tree_part *add_runs(struct ae_exchange *x)
{
    const double *number = x->all + 1; /* of the present rank's first part */

    ae_tree_sum_clear(&x->sum);
    for (int i = 0, k = 0; i < x->parts; i++, k++) {
        const struct ae_exchange_part *p = &x->part[i];
        if (i > 0 && p->rank != x->part[i - 1].rank) {
            number += x->most + 1;
            k = 0;
        }
        const struct ae_tree_part leaf = {p->first, p->count, p->run,
                                          number[k]};
        ae_tree_sum_add(&x->sum, &leaf);
    }
    return ae_tree_sum_whole(&x->sum);
}

int ae_exchange_run(struct ae_exchange *x, struct ae_tree_sum *own, int rc,
                    double *number, struct ae_err *e)
{
    const int me = ae_ranks_mine();

    if (tell_numbers(x, own, rc))
        return ae_ranks_agree(rc, e);
    trade_runs(x, own);
    const struct ae_tree_part *all = add_runs(x);
    float *block = own->part[0].block;
    memcpy(block + x->at[me], all->block,
           (x->at[me + 1] - x->at[me]) * sizeof(float));
    ae_ranks_collect(block, x->at);
    *number = all->number;
    return 0;
}
