/* link_lock.c - see link_lock.h. */
#include "tune/link_lock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

enum { TRIES = 6000, PAUSE_MS = 20, NAME = 256 };
#define OLD                                                                    \
    "-old" /* behind the name of a process' file: a lock that it broke */

const char *ae_this_host(void)
{
    /* of the PID namespace that Linux begins with: PROC_PID_INIT_INO */
    static const ino_t outermost = 0xEFFFFFFC;
    static char name[NAME];
    struct utsname all;
    struct stat st;

    if (*name)
        return name;
    const int n = ae_format(name, sizeof(name), "%.128s",
                            uname(&all) ? "unknown" : all.nodename);
    if (stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != outermost)
        ae_format(name + n, sizeof(name) - (size_t)n, "~%llu",
                  (unsigned long long)st.st_ino);
    return name;
}

int ae_process_is_gone(const char *host, long pid)
{
    return strcmp(host, ae_this_host()) == 0 && pid > 0 &&
           kill((pid_t)pid, 0) && errno == ESRCH;
}

/* The number of the process of this host whose file that is; 0: it is none.
 * own: the name of ours, up to the number. */
static long owner_of(const char *file, const char *own, size_t n)
{
    char *end;

    if (strncmp(file, own, n) != 0)
        return 0;
    const long pid = strtol(file + n, &end, 10);
    return !*end || strcmp(end, OLD) == 0 ? pid : 0;
}

/* Removes what processes of this host left that were killed while they held the
 * lock or waited for it. */
static void sweep(const char *mine)
{
    const char *slash = strrchr(mine, '/'), *own = slash ? slash + 1 : mine;
    const size_t n = (size_t)(strrchr(own, '-') - own) + 1;
    char *folder = strndup(mine, (size_t)(own - mine));
    DIR *d = folder ? opendir(*folder ? folder : ".") : NULL;
    const struct dirent *file;

    while (d && (file = readdir(d)))
        if (ae_process_is_gone(ae_this_host(), owner_of(file->d_name, own, n)))
            unlinkat(dirfd(d), file->d_name, 0);
    if (d)
        closedir(d);
    free(folder);
}

int ae_link_lock_init(struct ae_link_lock *l, const char *path,
                      struct ae_err *e)
{
    struct ae_str name = {0}, mine = {0};
    int rc = ae_str_printf(&name, e, "%s.lock", path);

    if (!rc)
        rc = ae_str_printf(&mine, e, "%s.lock-%s-%ld", path, ae_this_host(),
                           (long)getpid());
    *l = (struct ae_link_lock){.name = name.p, .mine = mine.p};
    if (!rc)
        sweep(l->mine);
    return rc;
}

void ae_link_lock_release(struct ae_link_lock *l)
{
    free(l->name);
    free(l->mine);
    *l = (struct ae_link_lock){NULL, NULL, 0};
}

/* ------------------------------------------------------------------ taking */

static double time_of(const struct stat *st)
{
    return (double)st->st_mtim.tv_sec + 1e-9 * (double)st->st_mtim.tv_nsec;
}

/* Makes our file anew, whose time is the file system's. */
static int make_mine(struct ae_link_lock *l, struct stat *st, struct ae_err *e)
{
    char text[NAME + 32];
    const int n = snprintf(text, sizeof(text), "%s %ld\n", ae_this_host(),
                           (long)getpid());

    unlink(l->mine);
    const int fd = open(l->mine, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return ae_fail_errno(e, "%s", l->mine);
    const int bad = write(fd, text, (size_t)n) != n || fstat(fd, st);
    const int rc = bad ? ae_fail_errno(e, "%s", l->mine) : 0;
    close(fd);
    l->now = bad ? 0 : time_of(st);
    return rc;
}

/* Whether the process that holds the lock is gone. */
static int holder_is_gone(const char *name)
{
    char text[NAME + 32] = "", host[NAME];
    long pid;
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    return n > 0 && sscanf(text, "%255s %ld", host, &pid) == 2 &&
           ae_process_is_gone(host, pid);
}

/* Takes away a lock that was left.  Where another has taken a new one meanwhile
 * it gets that back. */
static void break_old(const struct ae_link_lock *l)
{
    struct stat old, moved;
    char away[4096];

    if (stat(l->name, &old) ||
        (l->now - time_of(&old) < AE_LEASE && !holder_is_gone(l->name)) ||
        snprintf(away, sizeof(away), "%s" OLD, l->mine) >= (int)sizeof(away) ||
        rename(l->name, away))
        return;
    if (stat(away, &moved) == 0 && moved.st_ino != old.st_ino)
        (void)!link(away, l->name);
    unlink(away);
}

/* The answer of link() may be lost on the way; the number of links isn't. */
static int is_linked(const char *mine)
{
    struct stat st;

    return stat(mine, &st) == 0 && st.st_nlink == 2;
}

int ae_link_lock_take(struct ae_link_lock *l, struct ae_err *e)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    struct stat st;

    for (int i = 0; i < TRIES; i++) {
        AE_TRY(make_mine(l, &st, e));
        if (link(l->mine, l->name) == 0 || is_linked(l->mine))
            return 0;
        if (errno != EEXIST) {
            const int rc = ae_fail_errno(e, "%s", l->name);
            unlink(l->mine);
            return rc;
        }
        break_old(l);
        nanosleep(&pause, NULL);
    }
    unlink(l->mine);
    return ae_fail(e, AE_EIO, "%s: another process holds the lock", l->name);
}

int ae_link_lock_is_held(const struct ae_link_lock *l)
{
    struct stat a, b;

    return stat(l->name, &a) == 0 && stat(l->mine, &b) == 0 &&
           a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

void ae_link_lock_drop(struct ae_link_lock *l)
{
    if (ae_link_lock_is_held(l))
        unlink(l->name);
    unlink(l->mine);
}
