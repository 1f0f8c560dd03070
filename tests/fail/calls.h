/* calls.h - requests for memory and calls for files, any of which may fail: a
 * template, linked (fail.c) or preloaded (nomem.c).
 *
 * The includer says which fail: `refuses_memory` of a request, `refuses_file`
 * of a call; `given` sees every block before the caller does.  They are seen by
 * libraries, too, whose blocks the program may give back.  Requests go to
 * glibc's own entry points, which need no look-up that would allocate.
 *
 * What some libraries ask for is always served: jansson (2.14) walks past a
 * buffer that could not grow (its issue 362); FFTW and the Fortran library of
 * OpenBLAS end the process when a request fails.  Under a sanitizer, which
 * brings its own malloc, only calls for files fail. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_MALLOC 0
#else
#define HAS_MALLOC 1

static int refuses_memory(const void *caller);
static void *given(void *p);

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static int is_served(const void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) && info.dli_fname &&
           (strstr(info.dli_fname, "jansson") ||
            strstr(info.dli_fname, "fftw") ||
            strstr(info.dli_fname, "gfortran"));
}

static int is_refused(const void *caller)
{
    if (is_served(caller) || !refuses_memory(caller))
        return 0;
    errno = ENOMEM;
    return 1;
}

#pragma GCC visibility push(default)

#define REFUSED is_refused(__builtin_return_address(0))

void *malloc(size_t size)
{
    return REFUSED ? NULL : given(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return REFUSED ? NULL : given(__libc_calloc(n, size));
}

/* A block that moves is the same block. */
void *realloc(void *p, size_t size)
{
    if (REFUSED)
        return NULL;
    return p ? __libc_realloc(p, size) : given(__libc_realloc(p, size));
}

void *memalign(size_t align, size_t size)
{
    return REFUSED ? NULL : given(__libc_memalign(align, size));
}

void *aligned_alloc(size_t align, size_t size)
{
    return REFUSED ? NULL : given(__libc_memalign(align, size));
}

int posix_memalign(void **out, size_t align, size_t size)
{
    void *p = REFUSED ? NULL : given(__libc_memalign(align, size));

    if (p)
        *out = p;
    return p ? 0 : ENOMEM;
}

#pragma GCC visibility pop
#endif

/* The call of that name that the one here hides; 1 and EIO where it is to
 * fail. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAILS (refuses_file() ? (errno = EIO, 1) : 0)

static int refuses_file(void);

int __open_2(const char *path, int flags);

int open(const char *path, int flags, ...)
{
    va_list list;
    mode_t mode = 0;

    va_start(list, flags);
    if (flags & (O_CREAT | __O_TMPFILE))
        mode = va_arg(list, mode_t);
    va_end(list);
    return FAILS ? -1 : REAL(open)(path, flags, mode);
}

/* What a fortified build calls. */
int __open_2(const char *path, int flags)
{
    return open(path, flags);
}

/* Linux closes the descriptor whatever it returns. */
int close(int fd)
{
    const int rc = REAL(close)(fd);

    return FAILS ? -1 : rc;
}

#define HIDE(type, name, parameters, ...)                                      \
    type name parameters                                                       \
    {                                                                          \
        return FAILS ? -1 : REAL(name)(__VA_ARGS__);                           \
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
