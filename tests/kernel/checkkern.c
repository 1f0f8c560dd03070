/* checkkern.c - checks every kernel of every table that this machine runs,
 * and the layers made of them; with --bench it measures them instead, with
 * --floors what the machine can do at most.
 *
 * Ends with `N passed, N failed`; status 1 when something failed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "check.h"
#include "floors.h"
#include "kernel/ctx.h"
#include "kernel/kernel.h"

static int passed, failed;

int check(int ok, const char *what, ...)
{
    va_list ap;

    if (ok) {
        passed++;
        return 1;
    }
    failed++;
    va_start(ap, what);
    fputs("FAILED: ", stdout);
    vprintf(what, ap);
    va_end(ap);
    putchar('\n');
    return 0;
}

static int check_all(void)
{
    static const char *const isa[] = {"c", "neon", "avx2", "avx512",
                                      "avx512bf16"};

    for (size_t i = 0; i < AE_LEN(isa); i++) {
        struct ae_ctx ctx = {.k = ae_kernels_by_name(isa[i])};
        struct ae_err e;
        if (!ctx.k) {
            printf("%s: not on this machine\n", isa[i]);
            continue;
        }
        if (ae_pool_new(2, &ctx.pool, &e)) {
            fprintf(stderr, "checkkern: %s\n", e.msg);
            return 2;
        }
        check_table(ctx.k);
        check_narrow(ctx.k);
        check_wino(ctx.k);
        check_layers(&ctx);
        ae_pool_free(ctx.pool);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}

int main(int argc, char **argv)
{
    const struct ae_kernels *best;
    struct ae_err e;

    if (argc < 2)
        return check_all();
    if (argc == 2 && strcmp(argv[1], "--floors") == 0) {
        floors();
        return 0;
    }
    if (strcmp(argv[1], "--bench") != 0 || argc > 4) {
        fputs("usage: checkkern [--floors | --bench [ISA [THREADS]]]\n",
              stderr);
        return 2;
    }
    if (ae_kernels_get(&best, &e)) {
        fprintf(stderr, "checkkern: %s\n", e.msg);
        return 2;
    }
    for (int threads = 1; threads <= 2; threads++)
        if (argc < 4 || atoi(argv[3]) == threads)
            bench(argc > 2 ? argv[2] : best->name, threads);
    return 0;
}
