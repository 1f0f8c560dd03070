/* run_lock.c - a lock on a hidden file beside the one that a run writes.
 *
 * The lock goes with the process, however that ends, so it is never stale.  The
 * file is removed at the end, by who holds the lock only.  One that is left,
 * and isn't empty, tells that its run was killed in the midst of its work. */
#include "base/run_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/tempfile.h"

/* Opens and locks the file l->name. */
static int lock_name(const char *path, struct ae_run_lock *l, struct ae_err *e)
{
    struct stat st;

    for (;;) {
        l->fd = open(l->name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (l->fd < 0)
            return ae_fail_errno(e, "%s: can't be created", path);
        if (flock(l->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
            close(l->fd);
            l->fd = -1;
            return ae_fail(e, AE_EARG, "%s: another run is writing it", path);
        }
        /* its last holder may have removed it meanwhile */
        if (ae_tempfile_is_named(l->fd, l->name) && fstat(l->fd, &st) == 0) {
            l->left = st.st_size > 0;
            return 0;
        }
        close(l->fd);
    }
}

int ae_run_lock_take(const char *path, struct ae_run_lock *l, struct ae_err *e)
{
    struct stat st;
    char *target;

    *l = (struct ae_run_lock){.fd = -1};
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return 0;
    AE_TRY(ae_tempfile_target(path, &target, e));
    int rc = ae_tempfile_beside(target, "run", &l->name, e);
    free(target);
    if (!rc)
        rc = lock_name(path, l, e);
    if (rc < 0) {
        free(l->name);
        l->name = NULL;
    }
    return rc;
}

void ae_run_lock_begin(struct ae_run_lock *l)
{
    /* Where the disk is full the first checkpoint fails, and says so. */
    if (l->fd >= 0)
        (void)!pwrite(l->fd, "\n", 1, 0);
}

void ae_run_lock_end(struct ae_run_lock *l)
{
    /* Where it fails a run that is killed now begins anew. */
    if (l->fd >= 0)
        (void)!ftruncate(l->fd, 0);
}

void ae_run_lock_release(struct ae_run_lock *l, int keep)
{
    if (!l->name)
        return;
    if (!keep)
        unlink(l->name);
    close(l->fd); /* only now another may take it */
    free(l->name);
    *l = (struct ae_run_lock){.fd = -1};
}
