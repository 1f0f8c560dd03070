/* tree_sum.c - see tree_sum.h.
 *
 * The parts are the digits of a binary counter: a leaf that completes a run
 * joins it, which may complete a longer one. */
#include "train/loop/tree_sum.h"

#include <string.h>

#include "kernel/kernel.h"
#include "train/loop/chunks.h"

/* Whether the run that ends where `b` begins is b's left half. */
static int pairs_with(const struct ae_tree_part *a,
                      const struct ae_tree_part *b)
{
    return a->count == b->count && a->first % (2 * a->count) == 0;
}

/* How many parts there are after a leaf joined, and joined again. */
static int count_joined(struct ae_tree_part *part, int held)
{
    while (held > 1 && pairs_with(&part[held - 2], &part[held - 1]))
        part[--held - 1].count *= 2;
    return held;
}

/* Lists the parts, and finds how many there are at most on the way. */
static int list_parts(int first, int count, struct ae_tree_part *part,
                      int *most)
{
    int held = 0;

    *most = 1;
    for (int i = 0; i < count; i++) {
        part[held++] = (struct ae_tree_part){.first = first + i, .count = 1};
        held = count_joined(part, held);
        *most = ae_max(*most, held);
    }
    return held;
}

int ae_tree_sum_parts(int first, int count, struct ae_tree_part *part)
{
    int most;

    return list_parts(first, count, part, &most);
}

int ae_tree_sum_blocks(int first, int count)
{
    struct ae_tree_part part[AE_TREE_PARTS];
    int most;

    list_parts(first, count, part, &most);
    return most;
}

int ae_tree_sum_init(struct ae_tree_sum *t, const struct ae_ctx *ctx, size_t n,
                     int is_bf16, int first, int count, struct ae_err *e)
{
    const int blocks = ae_tree_sum_blocks(first, count);

    *t = (struct ae_tree_sum){.ctx = ctx, .n = n, .is_bf16 = is_bf16};
    for (int i = 0; i < blocks; i++) {
        t->part[i].block = ae_alloc_aligned(n + 1, sizeof(float), e);
        if (!t->part[i].block)
            return AE_EMEM;
    }
    return 0;
}

void ae_tree_sum_release(struct ae_tree_sum *t)
{
    for (int i = 0; i < AE_TREE_PARTS; i++)
        ae_free_aligned(t->part[i].block);
    memset(t, 0, sizeof(*t));
}

void ae_tree_sum_clear(struct ae_tree_sum *t)
{
    t->held = 0;
}

struct pass {
    void (*kernel)(float *to, const float *from, size_t n);
    float *to;
    const float *from;
};

static void pass_chunk(void *arg, size_t at, size_t n)
{
    const struct pass *p = arg;

    p->kernel(p->to + at, p->from + at, n);
}

static void pass(const struct ae_tree_sum *t,
                 void (*kernel)(float *to, const float *from, size_t n),
                 float *to, const float *from)
{
    struct pass p = {kernel, to, from};

    ae_chunks_run(t->ctx->pool, t->n, pass_chunk, &p);
}

/* Adds b, which is a's right part. */
static void join(const struct ae_tree_sum *t, struct ae_tree_part *a,
                 const struct ae_tree_part *b)
{
    const struct ae_kernels *k = t->ctx->k;

    pass(t, t->is_bf16 ? k->add_bf16 : k->add, a->block, b->block);
    a->number += b->number;
    a->count += b->count;
}

static void copy(float *to, const float *from, size_t n)
{
    memcpy(to, from, n * sizeof(*to));
}

static void join_last(struct ae_tree_sum *t)
{
    struct ae_tree_part *last = &t->part[--t->held];

    join(t, last - 1, last);
}

void ae_tree_sum_add(struct ae_tree_sum *t, const struct ae_tree_part *leaf)
{
    struct ae_tree_part *end = &t->part[t->held];

    if (t->held == 0 || !pairs_with(end - 1, leaf)) {
        pass(t, t->is_bf16 ? t->ctx->k->round_bf16 : copy, end->block,
             leaf->block);
        end->first = leaf->first;
        end->count = leaf->count;
        end->number = leaf->number;
        t->held++;
        return;
    }
    join(t, end - 1, leaf);
    while (t->held > 1 &&
           pairs_with(&t->part[t->held - 2], &t->part[t->held - 1]))
        join_last(t);
}

const struct ae_tree_part *ae_tree_sum_whole(struct ae_tree_sum *t)
{
    while (t->held > 1)
        join_last(t);
    return &t->part[0];
}
