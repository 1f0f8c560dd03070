/* tempfile.c - see tempfile.h.
 *
 * The temporary names of NAME are .NAME.ae-0.tmp, .NAME.ae-1.tmp and so on,
 * and a writer holds a lock on its own.  So a temporary file that nobody has
 * locked was left by a killed writer: the next one removes it, without a list
 * of processes and without reading the folder. */
#define _GNU_SOURCE /* syscall(), O_TMPFILE */
#include "base/tempfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"

enum {
    SWEEP = 4,        /* names that are always checked */
    TRIES = 1000,     /* writers of one name at once */
    NAME_BYTES = 200, /* a longer name is cut, and its hash added */
    CUT_BYTES = 160,
    LINKS = 40
};

struct ae_tempfile {
    struct ae_tempfile *next; /* of this process */
    struct ae_create_options o;
    char *target; /* links followed */
    char *name;   /* NULL until one is taken */
    int replaces; /* 1: an old file, of that mode */
    mode_t mode;
    struct ae_attributes like;
    char *backup; /* NULL: the old file goes */
};

/* ------------------------------------------------- those of this process */

static struct ae_tempfile *all;
static atomic_flag busy = ATOMIC_FLAG_INIT; /* names are changing */

static void wait_for_lock(void)
{
    while (atomic_flag_test_and_set(&busy))
        poll(NULL, 0, 1); /* milliseconds; a handler may call it */
}

/* Signals wait meanwhile: their handler would wait for its own thread. */
static void lock_names(sigset_t *before)
{
    sigset_t every;

    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, before);
    wait_for_lock();
}

static void unlock_names(const sigset_t *before)
{
    const int why = errno;

    atomic_flag_clear(&busy);
    pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = why;
}

void ae_tempfile_remove_all(void)
{
    wait_for_lock();
    for (const struct ae_tempfile *a = all; a; a = a->next)
        if (a->name)
            unlink(a->name);
}

/* With the lock. */
static void forget(const struct ae_tempfile *a)
{
    struct ae_tempfile **at = &all;

    while (*at && *at != a)
        at = &(*at)->next;
    if (*at)
        *at = a->next;
}

/* ----------------------------------------------------------------- names */

/* mode: of a file that is made. */
static int open_fd(const char *path, int flags, mode_t mode)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

/* Where the file system has no files without a name, one is removed at once,
 * and no signal ends the process in between. */
static int open_nameless(const char *folder, char *pattern)
{
    sigset_t before;
    int fd = -1;

#ifdef O_TMPFILE
    fd = open_fd(folder, O_TMPFILE | O_RDWR | O_EXCL, 0600);
#endif
    if (fd >= 0)
        return fd;
    lock_names(&before);
    fd = mkstemp(pattern);
    if (fd >= 0 && (unlink(pattern) || fcntl(fd, F_SETFD, FD_CLOEXEC))) {
        close(fd);
        fd = -1;
    }
    unlock_names(&before);
    return fd;
}

int ae_tempfile_nameless(int *fd, struct ae_err *e)
{
    const char *folder = getenv("TMPDIR");
    struct ae_str name = {0};

    *fd = -1;
    folder = folder && *folder ? folder : "/var/tmp";
    AE_TRY(ae_str_printf(&name, e, "%s/ae-XXXXXX", folder));
    *fd = open_nameless(folder, name.p);
    const int rc = *fd < 0
                       ? ae_fail_errno(e, "no temporary file can be made in %s",
                                       folder)
                       : 0;
    ae_str_release(&name);
    return rc;
}

/* N of /dev/stdout, /dev/fd/N..., else -1: such a name means the descriptor,
 * with its position, even when that is a regular file. */
static int named_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    int64_t n;

    if (strcmp(path, "/dev/stdout") == 0)
        return 1;
    if (strcmp(path, "/dev/stderr") == 0)
        return 2;
    for (size_t i = 0; i < AE_LEN(folders); i++) {
        size_t len = strlen(folders[i]);
        if (strncmp(path, folders[i], len) == 0 &&
            ae_parse_int(path + len, 0, INT_MAX, &n, NULL) == 0)
            return (int)n;
    }
    return -1;
}

/* Length of the folder in front of the last name, slash included. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) + 1 : 0;
}

int ae_tempfile_target(const char *path, char **out, struct ae_err *e)
{
    struct ae_str now = {0};
    char link[PATH_MAX];
    int rc = ae_str_add(&now, path, e);

    for (int i = 0; rc >= 0; i++) {
        ssize_t n = readlink(now.p, link, sizeof(link));
        if (n < 0)
            break; /* no link, or nothing there */
        if (i == LINKS || (size_t)n == sizeof(link)) {
            rc = ae_fail(e, AE_EIO, "too many links");
            break;
        }
        now.len = link[0] != '/' ? folder_length(now.p) : 0;
        rc = ae_str_addn(&now, link, (size_t)n, e);
    }
    if (rc < 0)
        ae_str_release(&now);
    *out = now.p;
    return rc;
}

int ae_tempfile_beside(const char *target, const char *mark, char **out,
                       struct ae_err *e)
{
    struct ae_str s = {0};
    size_t folder = folder_length(target);
    const char *last = target + folder;
    size_t n = strlen(last);
    int rc = ae_str_addn(&s, target, folder, e);

    if (rc < 0)
        goto out;
    if (n <= NAME_BYTES)
        rc = ae_str_printf(&s, e, ".%s", last);
    else
        rc = ae_str_printf(&s, e, ".%.*s~%016" PRIx64, CUT_BYTES, last,
                           ae_hash(last, n));
    if (rc < 0)
        goto out;
    rc = ae_str_printf(&s, e, ".ae-%s", mark);
out:
    if (rc < 0)
        ae_str_release(&s);
    *out = s.p;
    return rc;
}

/* The k-th temporary name of target. */
static int temp_name(const char *target, int k, char **out, struct ae_err *e)
{
    char mark[20];

    snprintf(mark, sizeof(mark), "%d.tmp", k);
    return ae_tempfile_beside(target, mark, out, e);
}

int ae_tempfile_is_named(int fd, const char *name)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && lstat(name, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* True when fd holds the lock and is still what `name` names. */
static int lock_own(int fd, const char *name)
{
    return flock(fd, LOCK_EX | LOCK_NB) == 0 && ae_tempfile_is_named(fd, name);
}

/* Removes `name` if its writer is dead: a lock that can be had, on the file
 * that the name still means. */
static void sweep(const char *name)
{
    struct stat st;

    if (lstat(name, &st) || !S_ISREG(st.st_mode))
        return;
    int fd = open_fd(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (lock_own(fd, name))
        unlink(name);
    close(fd);
}

/* Sweeps the first names and takes the first free one, whose mode is never
 * wider than the file's will be. */
static int take_name(struct ae_tempfile *a, int *fd, struct ae_err *e)
{
    const mode_t mode = (a->replaces ? a->mode : 0666) & ~(mode_t)a->o.deny;
    int rc = 0;

    *fd = -1;
    for (int k = 0; !rc && (k < SWEEP || *fd < 0); k++) {
        char *name;
        if (k == TRIES)
            return ae_fail(e, AE_EIO, "%d others are writing it", TRIES);
        rc = temp_name(a->target, k, &name, e);
        if (rc)
            return rc;
        sweep(name);
        if (*fd < 0) {
            *fd = open_fd(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
            if (*fd < 0 && errno != EEXIST)
                rc = ae_fail_errno(e, "can't be created");
            if (*fd >= 0 && lock_own(*fd, name)) {
                a->name = name;
                continue;
            }
            if (*fd >= 0) { /* another's sweep took it */
                close(*fd);
                *fd = -1;
            }
        }
        free(name);
    }
    return rc;
}

/* Takes a name that a signal's handler knows from the first moment. */
static int take_own(struct ae_tempfile *a, int *fd, struct ae_err *e)
{
    sigset_t before;

    lock_names(&before);
    const int rc = take_name(a, fd, e);
    a->next = all;
    all = a;
    unlock_names(&before);
    return rc;
}

/* Checks what is there; *direct 1: it is written directly. */
static int inspect(struct ae_tempfile *a, int *direct, struct ae_err *e)
{
    struct stat st;

    *direct = 0;
    if (stat(a->target, &st)) {
        if (errno == ENOENT)
            return 0;
        return ae_fail_errno(e, "can't be created");
    }
    if (S_ISDIR(st.st_mode))
        return ae_fail(e, AE_EIO, "is a folder");
    if (a->o.fresh)
        return ae_fail(e, AE_EEXIST, "exists");
    if (!S_ISREG(st.st_mode))
        *direct = 1;
    else if (access(a->target, W_OK))
        return ae_fail_errno(e, "can't be written");
    a->replaces = 1;
    a->mode = st.st_mode & 0777;
    return 0;
}

static int open_direct(const char *path, int *fd, struct ae_err *e)
{
    int named = named_descriptor(path);

    *fd = named >= 0 ? fcntl(named, F_DUPFD_CLOEXEC, 0)
                     : open_fd(path, O_WRONLY, 0);
    return *fd < 0 ? ae_fail_errno(e, "can't be opened for writing") : 0;
}

/* The old file's mode, which the umask doesn't narrow. */
static int keep_mode(const struct ae_tempfile *a, int fd, struct ae_err *e)
{
    return a->replaces && fchmod(fd, a->mode & ~(mode_t)a->o.deny)
               ? ae_fail_errno(e, "can't be given its mode")
               : 0;
}

int ae_tempfile_open(const char *path, const struct ae_create_options *o,
                     int *fd, struct ae_tempfile **out, struct ae_err *e)
{
    int direct = named_descriptor(path) >= 0, rc = 0;

    *fd = -1;
    *out = NULL;
    if (direct)
        return open_direct(path, fd, e);
    struct ae_tempfile *a = ae_alloc(1, sizeof(*a), e);
    if (!a)
        return AE_EMEM;
    a->o = *o;
    a->like.fd = -1;
    if ((rc = ae_tempfile_target(path, &a->target, e)) < 0 ||
        (rc = inspect(a, &direct, e)) < 0)
        goto out;
    if (o->like && (rc = ae_attributes_open(o->like, &a->like, e)) < 0)
        goto out;
    if (o->backup && a->replaces && !(a->backup = strdup(o->backup))) {
        rc = ae_fail_errno(e, "%s", o->backup);
        goto out;
    }
    rc = direct ? open_direct(a->target, fd, e) : take_own(a, fd, e);
    if (rc < 0 || !a->name || (rc = keep_mode(a, *fd, e)) < 0)
        goto out;
    *out = a;
    return 0;
out:
    ae_tempfile_drop(&a);
    return rc;
}

void ae_tempfile_begin(int fd)
{
    /* POSIX's only way to say so without waiting; what comes of it shows in
     * fsync(). */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* Renames where the file system has no way to do it without replacing: as a
 * second link, else after the name was taken by an empty file. */
static int rename_by_steps(const char *from, const char *to)
{
    if (link(from, to) == 0)
        return unlink(from);
    if (errno == EEXIST)
        return -1;
    const int fd = open_fd(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -1;
    close(fd);
    if (rename(from, to) == 0)
        return 0;
    const int why = errno;
    unlink(to);
    errno = why;
    return -1;
}

/* Renames to a name that must be free: two names that the file system takes for
 * one, another process or a race replace nothing. */
static int rename_fresh(const char *from, const char *to)
{
#ifdef SYS_renameat2
    enum { NOREPLACE = 1 }; /* RENAME_NOREPLACE */

    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return -1;
#endif
    return rename_by_steps(from, to);
}

int ae_tempfile_sync(int fd, struct ae_err *e)
{
    return fsync(fd) && errno != EINVAL && errno != EROFS
               ? ae_fail_errno(e, "can't be written")
               : 0;
}

static int is_same_file(const char *one, const char *other)
{
    struct stat a, b;

    return lstat(one, &a) == 0 && lstat(other, &b) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Gives the old file its second name, so that there is no moment without
 * either.  A run that was killed then may have done so already. */
static int keep_old(const struct ae_tempfile *a, struct ae_err *e)
{
    if (is_same_file(a->target, a->backup))
        return 0;
    if (a->o.renew && unlink(a->backup) && errno != ENOENT)
        return ae_fail_errno(e, "its backup %s can't be replaced", a->backup);
    return link(a->target, a->backup)
               ? ae_fail_errno(e, "can't be kept as %s", a->backup)
               : 0;
}

/* Closing a file may tell what became of its bytes, on a network above all, and
 * must do so before they replace others.  The lock stays with `fd`. */
static int try_close(int fd, struct ae_err *e)
{
    const int twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    return twin >= 0 && close(twin) && errno != EINTR
               ? ae_fail_errno(e, "can't be closed")
               : 0;
}

/* Renames; returns 0, or errno's reason. */
static int rename_own(struct ae_tempfile *a)
{
    sigset_t before;

    lock_names(&before);
    const int rc = (a->o.fresh ? rename_fresh : rename)(a->name, a->target);
    if (!rc) {
        free(a->name);
        a->name = NULL;
    }
    unlock_names(&before);
    return rc;
}

int ae_tempfile_rename(struct ae_tempfile *a, int fd, struct ae_err *e)
{
    if (a->like.fd >= 0)
        AE_TRY(ae_attributes_give(&a->like, fd, a->o.deny, e));
    AE_TRY(ae_tempfile_sync(fd, e));
    AE_TRY(try_close(fd, e));
    if (a->backup)
        AE_TRY(keep_old(a, e));
    if (rename_own(a))
        return errno == EEXIST && a->o.fresh
                   ? ae_fail(e, AE_EEXIST, "exists")
                   : ae_fail_errno(e, "can't be renamed into place");
    return 0;
}

/* Not every file system can. */
int ae_tempfile_sync_folder(const struct ae_tempfile *a, struct ae_err *e)
{
    size_t n = folder_length(a->target);
    char *folder = ae_alloc(n + 2, 1, e);
    int rc = 0;

    if (!folder)
        return AE_EMEM;
    memcpy(folder, n ? a->target : ".", n ? n : 1);
    int fd = open_fd(folder, O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0 && fsync(fd) && errno != EINVAL && errno != EROFS)
        rc = ae_fail_errno(e, "its folder can't be synced");
    if (fd >= 0)
        close(fd);
    free(folder);
    return rc;
}

int ae_tempfile_same_folder(const struct ae_tempfile *a,
                            const struct ae_tempfile *b)
{
    const size_t n = folder_length(a->target);

    return n == folder_length(b->target) &&
           memcmp(a->target, b->target, n) == 0;
}

void ae_tempfile_drop(struct ae_tempfile **a)
{
    struct ae_tempfile *me = *a;
    sigset_t before;

    if (!me)
        return;
    lock_names(&before);
    forget(me);
    if (me->name)
        unlink(me->name);
    unlock_names(&before);
    ae_attributes_close(&me->like);
    free(me->backup);
    free(me->name);
    free(me->target);
    free(me);
    *a = NULL;
}

/* Whether the temporary file's lock is another's; `wait`: waits for it. */
static int is_locked(const char *name, int wait)
{
    const int fd = open_fd(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

    if (fd < 0)
        return 0;
    int rc = flock(fd, LOCK_SH | LOCK_NB);
    const int locked = rc && errno == EWOULDBLOCK;
    while (locked && wait && rc)
        if ((rc = flock(fd, LOCK_SH)) && errno != EINTR)
            break;
    close(fd);
    return locked;
}

int ae_tempfile_has_writer(const char *path, int wait)
{
    char *target = NULL, *name;
    int locked = 0;

    if (named_descriptor(path) >= 0 || ae_tempfile_target(path, &target, NULL))
        return 0;
    for (int k = 0; k < SWEEP; k++) {
        if (temp_name(target, k, &name, NULL))
            break;
        locked |= is_locked(name, wait);
        free(name);
    }
    free(target);
    return locked;
}

void ae_tempfile_clean(const char *path)
{
    char *target = NULL, *name;

    if (named_descriptor(path) >= 0 || ae_tempfile_target(path, &target, NULL))
        return;
    for (int k = 0; k < SWEEP; k++) {
        if (temp_name(target, k, &name, NULL))
            break;
        sweep(name);
        free(name);
    }
    free(target);
}
