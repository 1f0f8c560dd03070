/* nomem.c - preloaded by nomem.sh: memory runs out at the n-th request.
 *
 * AE_FAIL_AT=n fails request n alone, AE_FAIL_FROM=n all from n on; AE_COUNT
 * names a file that gets the number of requests at the end.  Forwards to
 * glibc's own entry points, which need no look-up that would allocate.
 *
 * What some libraries ask for is always served: jansson's lexer (2.14) ignores
 * that its text buffer could not grow and then walks past it (its issue 362);
 * FFTW and the Fortran library of OpenBLAS end the process when a request
 * fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static atomic_long requests;
static long fail_at = -1, fail_from = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("AE_FAIL_AT"), *from = getenv("AE_FAIL_FROM");

    if (at)
        fail_at = atol(at);
    if (from)
        fail_from = atol(from);
    requests = 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *name = getenv("AE_COUNT");
    const long n = requests;
    FILE *f = name ? fopen(name, "w") : NULL;

    if (f) {
        fprintf(f, "%ld\n", n);
        fclose(f);
    }
}

static int is_served(const void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) && info.dli_fname &&
           (strstr(info.dli_fname, "jansson") ||
            strstr(info.dli_fname, "fftw") ||
            strstr(info.dli_fname, "gfortran"));
}

static int fails(const void *caller)
{
    if (is_served(caller))
        return 0;
    const long n = atomic_fetch_add(&requests, 1) + 1;
    const int yes = n == fail_at || (fail_from >= 0 && n >= fail_from);

    if (yes)
        errno = ENOMEM;
    return yes;
}

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, size);
}

void *memalign(size_t align, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL
                                              : __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL
                                              : __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    const void *caller = __builtin_return_address(0);
    void *p = fails(caller) ? NULL : __libc_memalign(align, size);

    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}
