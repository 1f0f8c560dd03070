/* nomem.c - preloaded by nomem.sh: memory runs out at the n-th request, or the
 * n-th call for files fails with EIO.
 *
 * AE_FAIL_AT=n fails request n alone, AE_FAIL_FROM=n all from n on,
 * AE_FAIL_IO=n call n for files; AE_COUNT names a file that gets the numbers of
 * requests and of calls at the end.  Forwards to glibc's own entry points,
 * which need no look-up that would allocate.
 *
 * What some libraries ask for is always served: jansson's lexer (2.14) ignores
 * that its text buffer could not grow and then walks past it (its issue 362);
 * FFTW and the Fortran library of OpenBLAS end the process when a request
 * fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

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

/* The call of that name that the one here hides. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int call_fails(void)
{
    if (atomic_fetch_add(&calls, 1) + 1 != fail_call)
        return 0;
    errno = EIO;
    return 1;
}

int __open_2(const char *path, int flags);

int open(const char *path, int flags, ...)
{
    va_list list;
    int mode = 0;

    va_start(list, flags);
    if (flags & (O_CREAT | __O_TMPFILE))
        mode = va_arg(list, int);
    va_end(list);
    return call_fails() ? -1 : REAL(open)(path, flags, mode);
}

int __open_2(const char *path, int flags)
{
    return call_fails() ? -1 : REAL(__open_2)(path, flags);
}

/* Linux closes the descriptor whatever it returns. */
int close(int fd)
{
    const int rc = REAL(close)(fd);

    return call_fails() ? -1 : rc;
}

#define HIDE(type, name, parameters, ...)                                      \
    type name parameters                                                       \
    {                                                                          \
        return call_fails() ? -1 : REAL(name)(__VA_ARGS__);                    \
    }

HIDE(ssize_t, read, (int fd, void *p, size_t n), fd, p, n)
HIDE(ssize_t, pread, (int fd, void *p, size_t n, off_t at), fd, p, n, at)
HIDE(ssize_t, write, (int fd, const void *p, size_t n), fd, p, n)
HIDE(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), fd, p, n, at)
HIDE(int, fsync, (int fd), fd)
HIDE(int, ftruncate, (int fd, off_t size), fd, size)
HIDE(off_t, lseek, (int fd, off_t at, int from), fd, at, from)
HIDE(int, rename, (const char *from, const char *to), from, to)
HIDE(int, link, (const char *from, const char *to), from, to)
