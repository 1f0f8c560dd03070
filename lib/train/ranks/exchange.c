/* exchange.c - see exchange.h. */
#include "train/ranks/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kernel/kernel.h"
#include "train/loop/chunks.h"
#include "train/ranks/agree.h"

enum { LINE = 16 /* floats of a cache line, which runs begin at */ };

/* --------------------------------------------------------------- building */

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

uint64_t ae_exchange_bytes(size_t n, int is_bf16, int shards)
{
    const uint64_t run = n / (uint64_t)ae_ranks_count() + LINE;
    int most;

    if (ae_ranks_count() == 1)
        return 0;
    const uint64_t parts = (uint64_t)list_parts(shards, NULL, &most);
    const uint64_t blocks = (uint64_t)ae_tree_sum_blocks(0, shards);
    return sizeof(float) * run * (parts + blocks) +
           (is_bf16 ? sizeof(uint16_t) * (n * (uint64_t)most + run * parts)
                    : 0);
}

static int allocate_packed(struct ae_exchange *x, size_t n, size_t run,
                           struct ae_err *e)
{
    x->packed = ae_alloc_aligned(n * (size_t)x->most + 1, sizeof(*x->packed),
                                 e);
    x->arrived = ae_alloc_aligned(run * (size_t)x->parts + 1,
                                  sizeof(*x->arrived), e);
    return x->packed && x->arrived ? 0 : AE_EMEM;
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
                     int is_bf16, int shards, struct ae_err *e)
{
    *x = (struct ae_exchange){.is_bf16 = is_bf16};
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
    if (is_bf16)
        AE_TRY(allocate_packed(x, n, run, e));
    for (int i = 0; i < x->parts; i++)
        x->part[i].run = x->room + (size_t)i * run;
    return ae_tree_sum_init(&x->sum, ctx, run, is_bf16, 0, shards, e);
}

void ae_exchange_release(struct ae_exchange *x)
{
    free(x->at);
    free(x->part);
    ae_free_aligned(x->room);
    ae_free_aligned(x->packed);
    ae_free_aligned(x->arrived);
    free(x->sent);
    free(x->mine);
    ae_tree_sum_release(&x->sum);
    memset(x, 0, sizeof(*x));
}

/* --------------------------------------------------------------- bfloat16 */

/* Numbers as floats, and as two bytes. */
struct packing {
    const struct ae_kernels *k;
    float *wide;
    uint16_t *packed;
};

static void pack(void *arg, size_t at, size_t n)
{
    const struct packing *p = arg;

    p->k->pack_bf16(p->packed + at, p->wide + at, n);
}

static void unpack(void *arg, size_t at, size_t n)
{
    const struct packing *p = arg;

    p->k->unpack_bf16(p->wide + at, p->packed + at, n);
}

static void convert(const struct ae_exchange *x, ae_chunk_fn *fn, float *wide,
                    uint16_t *packed, size_t n)
{
    struct packing p = {x->sum.ctx->k, wide, packed};

    ae_chunks_run(x->sum.ctx->pool, n, fn, &p);
}

/* ---------------------------------------------------------------- running */

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

/* A part of this rank goes to the others, in their runs; those of this one's
 * stay. */
static void list_sent(struct ae_exchange *x, struct ae_exchange_part *p,
                      float *block, int mine, int *sent)
{
    const int me = ae_ranks_mine(), ranks = ae_ranks_count();
    uint16_t *packed = NULL;

    if (x->is_bf16) {
        packed = x->packed + x->at[ranks] * (size_t)mine;
        convert(x, pack, block, packed, x->at[ranks]);
    }
    for (int r = 0; r < ranks; r++)
        if (r != me)
            x->sent[(*sent)++] = (struct ae_parcel){
                r, packed ? (void *)(packed + x->at[r]) : block + x->at[r],
                x->at[r + 1] - x->at[r]};
    memcpy(p->run, block + x->at[me],
           (x->at[me + 1] - x->at[me]) * sizeof(float));
}

static size_t bytes_of_number(const struct ae_exchange *x)
{
    return x->is_bf16 ? sizeof(uint16_t) : sizeof(float);
}

/* Every part of this rank goes to the others; theirs come. */
static void trade_runs(struct ae_exchange *x, const struct ae_tree_sum *own)
{
    const int me = ae_ranks_mine();
    const size_t run = x->at[me + 1] - x->at[me];
    int sent = 0, received = 0, mine = 0;

    for (int i = 0; i < x->parts; i++) {
        struct ae_exchange_part *p = &x->part[i];
        if (p->rank == me) {
            list_sent(x, p, own->part[mine].block, mine, &sent);
            mine++;
            continue;
        }
        void *to = x->is_bf16 ? (void *)(x->arrived + (size_t)i * run) : p->run;
        x->received[received++] = (struct ae_parcel){p->rank, to, run};
    }
    ae_ranks_trade(x->sent, sent, x->received, received, bytes_of_number(x));
    for (int i = 0; x->is_bf16 && i < x->parts; i++)
        if (x->part[i].rank != me)
            convert(x, unpack, x->part[i].run, x->arrived + (size_t)i * run,
                    run);
}

/* All get the sum from those who added its runs. */
static void collect_runs(struct ae_exchange *x, const float *run, float *block)
{
    const size_t at = x->at[ae_ranks_mine()];
    const size_t n = x->at[ae_ranks_mine() + 1] - at;
    const size_t all = x->at[ae_ranks_count()];

    memcpy(block + at, run, n * sizeof(float));
    if (!x->is_bf16) {
        ae_ranks_collect(block, x->at, sizeof(float));
        return;
    }
    convert(x, pack, block + at, x->packed + at, n);
    ae_ranks_collect(x->packed, x->at, sizeof(uint16_t));
    convert(x, unpack, block, x->packed, all);
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
    if (tell_numbers(x, own, rc))
        return ae_ranks_agree(rc, e);
    trade_runs(x, own);
    const struct ae_tree_part *all = add_runs(x);
    collect_runs(x, all->block, own->part[0].block);
    *number = all->number;
    return 0;
}
