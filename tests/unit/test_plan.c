/* Offsets of slots: nothing that lives at the same time overlaps, and the
 * block is no larger than it must be in cases where that is known. */
#include <criterion/criterion.h>

#include "base/rng.h"
#include "nn/graph/memory_plan.h"

static int overlap(size_t a, size_t an, size_t b, size_t bn)
{
    return a < b + bn && b < a + an;
}

static void check(const struct ae_slot *s, int n, size_t floats)
{
    size_t end = 0;
    for (int i = 0; i < n; i++) {
        cr_assert_eq(s[i].offset % 16, 0);
        end = s[i].offset + s[i].size > end ? s[i].offset + s[i].size : end;
        for (int k = 0; k < i; k++)
            if (s[i].first <= s[k].last && s[k].first <= s[i].last)
                cr_assert_not(
                    overlap(s[i].offset, s[i].size, s[k].offset, s[k].size),
                    "slots %d and %d", i, k);
    }
    cr_assert_eq(end, floats);
}

Test(plan, random_intervals_do_not_overlap)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct ae_slot s[60];
        struct ae_rng r;
        size_t floats, asked[60];
        ae_rng_init(&r, seed, 0);
        int n = 1 + (int)ae_rng_below(&r, 60);
        for (int i = 0; i < n; i++) {
            int first = (int)ae_rng_below(&r, 30);
            asked[i] = 1 + ae_rng_below(&r, 1000);
            s[i] = (struct ae_slot){asked[i], 0, first,
                                    first + (int)ae_rng_below(&r, 10)};
        }
        cr_assert_eq(ae_plan_slots(s, n, &floats, NULL), 0);
        for (int i = 0; i < n; i++)
            cr_assert_geq(s[i].size, asked[i]);
        check(s, n, floats);
    }
}

Test(plan, a_chain_takes_two_buffers)
{
    struct ae_slot s[20];
    size_t floats;
    for (int i = 0; i < 20; i++)
        s[i] = (struct ae_slot){160, 0, i, i + 1};
    cr_assert_eq(ae_plan_slots(s, 20, &floats, NULL), 0);
    check(s, 20, floats);
    cr_assert_eq(floats, 320);
}

Test(plan, the_smallest_gap_is_taken)
{
    /* Two buffers of 64 and 32 die between others; then one of 32 fits both
     * gaps and must leave the larger one. */
    struct ae_slot s[] = {
        {320, 0, 0, 9}, {64, 0, 0, 3}, {48, 0, 0, 9}, {32, 0, 0, 3},
        {16, 0, 0, 9},  {32, 0, 5, 9}, {64, 0, 5, 9},
    };
    size_t floats;
    cr_assert_eq(ae_plan_slots(s, 7, &floats, NULL), 0);
    check(s, 7, floats);
    cr_assert_eq(floats, 480);
}

Test(plan, nothing_and_too_much)
{
    struct ae_slot s[2] = {{SIZE_MAX / 4, 0, 0, 1}, {16, 0, 0, 1}};
    struct ae_err e;
    size_t floats = 7;
    cr_assert_eq(ae_plan_slots(s, 0, &floats, NULL), 0);
    cr_assert_eq(floats, 0);
    cr_assert_eq(ae_plan_slots(s, 2, &floats, &e), AE_ELIMIT);
    cr_assert(e.msg[0]);
}
