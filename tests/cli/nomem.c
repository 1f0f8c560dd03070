/* nomem.c - preloaded by nomem.sh: memory runs out at the n-th request, or the
 * n-th call for files fails with EIO.
 *
 * AE_FAIL_AT=n fails request n alone, AE_FAIL_FROM=n all from n on,
 * AE_FAIL_IO=n call n for files; AE_COUNT names a file that gets the numbers of
 * requests and of calls at the end. */
#define _GNU_SOURCE
#include <stdatomic.h>

#include "../fail/calls.h"

static atomic_long requests, calls;
static long fail_at = -1, fail_from = -1, fail_call = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("AE_FAIL_AT"), *from = getenv("AE_FAIL_FROM"),
               *call = getenv("AE_FAIL_IO");

    if (at)
        fail_at = atol(at);
    if (from)
        fail_from = atol(from);
    if (call)
        fail_call = atol(call);
    requests = calls = 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *name = getenv("AE_COUNT");
    const long n = requests, m = calls;
    FILE *f = name ? fopen(name, "w") : NULL;

    if (f) {
        fprintf(f, "%ld %ld\n", n, m);
        fclose(f);
    }
}

static int refuses_memory(const void *caller)
{
    (void)caller;
    const long n = atomic_fetch_add(&requests, 1) + 1;

    return n == fail_at || (fail_from >= 0 && n >= fail_from);
}

static int refuses_file(void)
{
    return atomic_fetch_add(&calls, 1) + 1 == fail_call;
}

static void *given(void *p)
{
    return p;
}
