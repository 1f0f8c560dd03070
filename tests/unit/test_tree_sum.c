/* test_tree_sum.c - the order of a sum: as drawn in tree_sum.h for any number
 * of leaves, whoever adds which run of them; with sums rounded or not.  And the
 * pieces of a block: each number is in one of them. */
#include <criterion/criterion.h>

#include "base/half.h"
#include "train/loop/chunks.h"
#include "train/loop/tree_sum.h"

enum { MOST = 37, N = 3 };

/* Numbers of all sizes, whose sum tells its order. */
static float leaf(int i, int k)
{
    const float size[] = {1e-4f, 3e3f, 0.7f, 5e-2f, 1.3f};

    return size[(i + k) % 5] * (float)(1 + (7 * i + 3 * k) % 11) / 7;
}

static float rounded(float x, int is_bf16)
{
    return is_bf16 ? ae_bf16_to_float(ae_float_to_bf16(x)) : x;
}

static float reference(int first, int count, int k, int is_bf16)
{
    int left = 1;

    if (count == 1)
        return rounded(leaf(first, k), is_bf16);
    while (2 * left < count)
        left *= 2;
    return rounded(reference(first, left, k, is_bf16) +
                       reference(first + left, count - left, k, is_bf16),
                   is_bf16);
}

static void add_leaves(struct ae_tree_sum *t, int first, int end)
{
    float block[N];

    for (int i = first; i < end; i++) {
        const struct ae_tree_part one = {i, 1, block, i};
        for (int k = 0; k < N; k++)
            block[k] = leaf(i, k);
        ae_tree_sum_add(t, &one);
    }
}

static void expect_whole(struct ae_tree_sum *t, int count)
{
    const struct ae_tree_part *all = ae_tree_sum_whole(t);

    cr_assert_eq(all->first, 0);
    cr_assert_eq(all->count, count);
    cr_assert_eq(all->number, count * (count - 1) / 2);
    for (int k = 0; k < N; k++) {
        const float want = reference(0, count, k, t->is_bf16);
        cr_assert_eq(memcmp(&all->block[k], &want, sizeof(want)), 0,
                     "%d leaves: %.9g, not %.9g", count, (double)all->block[k],
                     (double)want);
    }
}

static struct ae_ctx *ctx_new(void)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    return ctx;
}

static void add_twice(struct ae_ctx *ctx, int n, int is_bf16)
{
    struct ae_tree_sum t;

    cr_assert_eq(ae_tree_sum_init(&t, ctx, N, is_bf16, 0, n, NULL), 0);
    for (int again = 0; again < 2; again++) {
        ae_tree_sum_clear(&t);
        add_leaves(&t, 0, n);
        expect_whole(&t, n);
    }
    ae_tree_sum_release(&t);
}

Test(tree_sum, leaves_are_added_along_the_tree)
{
    struct ae_ctx *ctx = ctx_new();

    for (int n = 1; n <= MOST; n++)
        for (int is_bf16 = 0; is_bf16 < 2; is_bf16++)
            add_twice(ctx, n, is_bf16);
    ae_ctx_free(ctx);
}

/* Several add contiguous runs, each its own, and one adds what they have. */
static void share_out(struct ae_ctx *ctx, int n, int is_bf16, int sharers)
{
    struct ae_tree_sum all, own;

    cr_assert_eq(ae_tree_sum_init(&all, ctx, N, is_bf16, 0, n, NULL), 0);
    for (int r = 0; r < sharers; r++) {
        const int first = n * r / sharers, end = n * (r + 1) / sharers;
        cr_assert_eq(
            ae_tree_sum_init(&own, ctx, N, is_bf16, first, end - first, NULL),
            0);
        add_leaves(&own, first, end);
        for (int i = 0; i < own.held; i++)
            ae_tree_sum_add(&all, &own.part[i]);
        ae_tree_sum_release(&own);
    }
    expect_whole(&all, n);
    ae_tree_sum_release(&all);
}

Test(tree_sum, it_does_not_matter_who_adds_what)
{
    struct ae_ctx *ctx = ctx_new();

    for (int n = 1; n <= MOST; n++)
        for (int sharers = 1; sharers <= n; sharers++)
            for (int is_bf16 = 0; is_bf16 < 2; is_bf16++)
                share_out(ctx, n, is_bf16, sharers);
    ae_ctx_free(ctx);
}

Test(tree_sum, it_holds_as_many_blocks_as_digits)
{
    cr_assert_eq(ae_tree_sum_blocks(0, 1), 1);
    cr_assert_eq(ae_tree_sum_blocks(0, 7), 3);
    cr_assert_eq(ae_tree_sum_blocks(0, 16), 4);
    cr_assert_eq(ae_tree_sum_blocks(1, 14), 6);
    cr_assert_leq(ae_tree_sum_blocks(1, 65534), AE_TREE_PARTS);
}

static void count_each(void *arg, size_t at, size_t n)
{
    unsigned char *seen = arg;

    for (size_t i = at; i < at + n; i++)
        seen[i]++;
}

Test(chunks, each_number_is_in_one)
{
    static const size_t size[] = {0, 1, 16383, 16384, 16385, 50000};
    struct ae_ctx *ctx = ctx_new();

    for (size_t k = 0; k < AE_LEN(size); k++) {
        unsigned char seen[50001] = {0};
        ae_chunks_run(ctx->pool, size[k], count_each, seen);
        for (size_t i = 0; i < sizeof(seen); i++)
            cr_assert_eq(seen[i], i < size[k], "%zu of %zu", i, size[k]);
    }
    ae_ctx_free(ctx);
}
