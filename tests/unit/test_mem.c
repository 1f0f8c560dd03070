/* Products, alignment, slack, arenas. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The address sanitizer reports a hopeless request instead of refusing it. */
#ifdef __SANITIZE_ADDRESS__
enum { ASKS_TOO_MUCH = 0 };
#else
enum { ASKS_TOO_MUCH = 1 };
#endif

Test(mem, products_are_checked)
{
    struct ae_err e = {0};
    size_t n;

    cr_assert_eq(ae_mul(3, 5, &n, &e), 0);
    cr_assert_eq(n, 15);
    cr_assert_eq(ae_mul(0, SIZE_MAX, &n, &e), 0);
    cr_assert_eq(ae_mul(SIZE_MAX / 2, 3, &n, &e), AE_ELIMIT);
    cr_assert_null(ae_alloc(SIZE_MAX / 2, 3, &e));
    cr_assert_null(ae_alloc_aligned(SIZE_MAX, 1, &e));
    cr_assert_eq(e.code, AE_EMEM);
    if (ASKS_TOO_MUCH) {
        cr_assert_null(ae_alloc(SIZE_MAX / 4, 1, &e));
        cr_assert(strstr(e.msg, "out of memory"), "%s", e.msg);
    }
}

Test(mem, aligned_blocks_are_zero_with_slack)
{
    for (size_t n = 0; n < 5000; n = n * 2 + 1) {
        unsigned char *p = ae_alloc_aligned(n, 3, NULL);
        cr_assert_not_null(p);
        cr_assert_eq((uintptr_t)p % 64, 0);
        for (size_t i = 0; i < 3 * n + 64; i++)
            cr_assert_eq(p[i], 0);
        memset(p, 0xff, 3 * n + 64);
        ae_free_aligned(p);
    }
    ae_free_aligned(NULL);
}

Test(mem, failed_growth_keeps_the_block)
{
    char *p = NULL;
    struct ae_err e;

    cr_assert_eq(ae_realloc(&p, 4, 1, &e), 0);
    memcpy(p, "abc", 4);
    if (ASKS_TOO_MUCH)
        cr_assert_eq(ae_realloc(&p, SIZE_MAX / 4, 1, &e), AE_EMEM);
    cr_assert_str_eq(p, "abc");
    free(p);
}

Test(mem, arena_gives_zeroed_aligned_pieces)
{
    struct ae_arena a = {0};

    for (size_t n = 1; n < 60000; n = n * 3 + 1) {
        unsigned char *p = ae_arena_alloc(&a, n, 1, NULL);
        cr_assert_eq((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            cr_assert_eq(p[i], 0);
        memset(p, 1, n);
    }
    cr_assert_str_eq(ae_arena_strdup(&a, "name", NULL), "name");
    cr_assert_str_eq(ae_arena_printf(&a, NULL, "%s.%d", "e", 3), "e.3");
    ae_arena_release(&a);
    ae_arena_release(&a);
}
