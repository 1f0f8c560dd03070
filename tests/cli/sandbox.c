/* sandbox.c - preloaded by sandbox.sh: plays a decoder that strangers' bytes
 * have taken over.
 *
 * When libpng reads the first row, or the file of the name AE_AT is read, it
 * tries, in the midst of the run, what AE_TRIES names, a word and its argument
 * each: "read /etc/passwd", "write FILE", "socket", "exec", "fork", ... and
 * prints a line "WORD RESULT" on stderr for each: "done", or the name of errno.
 *
 * AE_BLAS names the file that is loaded as OpenBLAS.
 *
 * AE_LANDLOCK=N plays a kernel whose Landlock has version N, 0 one that has
 * neither that nor seccomp. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../fail/syscall.h"

static long try_open(const char *path, int flags)
{
    const int fd = open(path, flags, 0644);

    return fd < 0 ? -1 : close(fd);
}

static long try_exec(const char *path)
{
    char *const none[] = {NULL};

    return execve(path, none, none);
}

static long try_fork(const char *arg)
{
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

    (void)arg;
    if (child == 0)
        _exit(0);
    return child;
}

static long try_code(int both)
{
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | (both ? PROT_EXEC : 0),
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long try_limit(void)
{
    const struct rlimit less = {64, 64};

    return setrlimit(RLIMIT_NOFILE, &less);
}

static long try(const char *what, const char *arg)
{
    static const struct timespec times[2];
    char byte = '\n';

#define IS(name) (strcmp(what, name) == 0)
    return IS("read")     ? try_open(arg, O_RDONLY)
           : IS("list")   ? try_open(arg, O_RDONLY | O_DIRECTORY)
           : IS("write")  ? try_open(arg, O_WRONLY)
           : IS("make")   ? try_open(arg, O_WRONLY | O_CREAT | O_EXCL)
           : IS("mkdir")  ? mkdir(arg, 0777)
           : IS("remove") ? unlink(arg)
           : IS("rename") ? rename(arg, "stolen")
           : IS("cut")    ? truncate(arg, 0)
           : IS("chmod")  ? chmod(arg, 0777)
           : IS("times")  ? utimensat(AT_FDCWD, arg, times, 0)
           : IS("xattr")  ? setxattr(arg, "user.x", "x", 1, 0)
           : IS("socket") ? socket(AF_INET, SOCK_STREAM, 0)
           : IS("unix")   ? socket(AF_UNIX, SOCK_STREAM, 0)
           : IS("exec")   ? try_exec(arg)
           : IS("fork")   ? try_fork(arg)
           : IS("kill")   ? kill(getppid(), 0)
           : IS("trace")  ? ptrace(PTRACE_ATTACH, getppid(), 0, 0)
           : IS("code")   ? try_code(0)
           : IS("both")   ? try_code(1)
           : IS("limit")  ? try_limit()
           : IS("type")   ? ioctl(0, TIOCSTI, &byte)
           : IS("newer")  ? syscall(100000)
           : IS("self")   ? raise(SIGCHLD)
                          : (errno = EINVAL, -1);
#undef IS
}

static void try_all(void)
{
    char *list = getenv("AE_TRIES");
    char *words = list ? strdup(list) : NULL, *rest = words, *line;

    while (words && (line = strtok_r(rest, "\n", &rest)) != NULL) {
        char *arg = strchr(line, ' ');
        if (arg)
            *arg++ = '\0';
        errno = 0;
        const long rc = try(line, arg ? arg : "");
        dprintf(2, "tried: %s %s\n", line,
                rc < 0 ? strerrorname_np(errno) : "done");
    }
    free(words);
}

void png_read_row(void *png, void *row, void *display);
void png_read_row(void *png, void *row, void *display)
{
    static void (*next)(void *, void *, void *);

    if (!next) {
        *(void **)&next = dlsym(RTLD_NEXT, "png_read_row");
        try_all();
    }
    next(png, row, display);
}

/* Whether a file of the name that AE_AT gives is read for the first time. */
static int is_there(int fd)
{
    static int was;
    const char *name = getenv("AE_AT");
    char link[64], path[4096];

    if (was || !name)
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    const char *slash = strrchr(path, '/');
    return was = slash && strcmp(slash + 1, name) == 0;
}

ssize_t read(int fd, void *p, size_t n)
{
    if (is_there(fd))
        try_all();
    return syscall(SYS_read, fd, p, n);
}

void *dlopen(const char *path, int flags)
{
    void *(*next)(const char *, int);
    const char *blas = getenv("AE_BLAS");
    const int meant = path && (strstr(path, "blas") || strstr(path, "lapack"));

    *(void **)&next = dlsym(RTLD_NEXT, "dlopen");
    return next(blas && meant ? blas : path, flags);
}

static int answers(long number, const long a[6], long *result)
{
    enum { CREATE_RULESET = 444, ASK_VERSION = 1 };
    const char *text = getenv("AE_LANDLOCK");

    if (text && atoi(text) == 0 &&
        (number == CREATE_RULESET || number == SYS_seccomp)) {
        errno = ENOSYS;
        *result = -1;
        return 1;
    }
    if (!text || number != CREATE_RULESET || a[2] != ASK_VERSION)
        return 0;
    *result = atoi(text);
    return 1;
}
