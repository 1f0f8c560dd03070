/* files.c - preloaded by crash.sh and full.sh: comes between a command and its
 * files.
 *
 * AE_KILL_AT=n ends the process as kill -9 does, before its n-th call that
 * changes a file or a folder: what was begun stays as it is then.
 * AE_FAIL=CALL:ERRNO:PART makes each write, sync, close or rename fail of a
 * file whose name has that part; of the first write half of the bytes arrive.
 * AE_CALLS=1 prints the number of calls at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../fail/syscall.h"

static atomic_long calls;

__attribute__((destructor)) static void end(void)
{
    if (getenv("AE_CALLS"))
        dprintf(2, "calls: %ld\n", (long)calls);
}

/* Counts a call, and ends the process where its turn has come. */
static void count(void)
{
    const char *text = getenv("AE_KILL_AT");
    const long n = atomic_fetch_add(&calls, 1) + 1;

    if (text && n == atol(text))
        kill(getpid(), SIGKILL);
}

/* Whether this call is to fail; errno is set. */
static int fails(const char *call, const char *path)
{
    const char *text = getenv("AE_FAIL");
    const size_t n = strlen(call);

    if (!text || strncmp(text, call, n) != 0 || text[n] != ':')
        return 0;
    text += n + 1;
    if (!strstr(path, strchr(text, ':') + 1))
        return 0;
    errno = strncmp(text, "EDQUOT:", 7) == 0 ? EDQUOT : EIO;
    return 1;
}

static int fails_open(const char *call, int fd)
{
    char link[64], path[4096];

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    return fails(call, path);
}

/* Only files count, and stdout where that is one. */
static int is_file(int fd)
{
    struct stat st;

    return fd != 2 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define NEXT(result, name, types)                                              \
    static result(*real) types;                                                \
    if (!real)                                                                 \
    *(void **)&real = next(#name)

ssize_t write(int fd, const void *p, size_t n)
{
    static int half;
    NEXT(ssize_t, write, (int, const void *, size_t));
    if (!is_file(fd))
        return real(fd, p, n);
    count();
    if (!fails_open("write", fd))
        return real(fd, p, n);
    return n > 1 && !half++ ? real(fd, p, n / 2) : -1;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    NEXT(ssize_t, pwrite, (int, const void *, size_t, off_t));
    count();
    return fails_open("write", fd) ? -1 : real(fd, p, n, at);
}

int fsync(int fd)
{
    NEXT(int, fsync, (int));
    count();
    return fails_open("sync", fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t n)
{
    NEXT(int, ftruncate, (int, off_t));
    count();
    return real(fd, n);
}

int close(int fd)
{
    NEXT(int, close, (int));
    const int flags = fcntl(fd, F_GETFL);
    const int written = is_file(fd) && (flags & O_ACCMODE) == O_WRONLY;

    if (written)
        count();
    const int lost = written && fails_open("close", fd);
    const int why = errno;
    const int rc = real(fd);
    errno = lost ? why : errno;
    return lost ? -1 : rc;
}

int open(const char *path, int flags, ...)
{
    NEXT(int, open, (const char *, int, ...));
    va_list list;

    va_start(list, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (flags & O_CREAT)
        count();
    return real(path, flags, mode);
}

int rename(const char *from, const char *to)
{
    NEXT(int, rename, (const char *, const char *));
    count();
    return fails("rename", to) ? -1 : real(from, to);
}

int link(const char *from, const char *to)
{
    NEXT(int, link, (const char *, const char *));
    count();
    return fails("rename", to) ? -1 : real(from, to);
}

int unlink(const char *path)
{
    NEXT(int, unlink, (const char *));
    count();
    return real(path);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int, mkdir, (const char *, mode_t));
    count();
    return real(path, mode);
}

static int answers(long number, const long a[6], long *result)
{
    if (number != SYS_renameat2)
        return 0;
    count();
    *result = -1;
    return fails("rename", (const char *)a[3]);
}
