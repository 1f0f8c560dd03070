/* attributes.c - see attributes.h. */
#include "base/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include "base/err.h"
#include "base/mem.h"

int ae_attributes_open(const char *path, struct ae_attributes *a,
                       struct ae_err *e)
{
    do
        a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (a->fd < 0 && errno == EINTR);
    if (a->fd < 0 || fstat(a->fd, &a->st))
        return ae_fail_errno(e, "%s: its attributes can't be read", path);
    return 0;
}

void ae_attributes_close(struct ae_attributes *a)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
}

#ifdef __linux__
/* Where the target can't have them, or only the system may set them. */
static int is_refused(int why)
{
    return why == ENOTSUP || why == EPERM || why == EACCES || why == EINVAL;
}

/* The value of one attribute, which another process may have removed. */
static int copy_value(int from, int to, const char *name, struct ae_err *e)
{
    enum { MOST = 1 << 16 }; /* XATTR_SIZE_MAX of Linux */
    char *value = ae_alloc(MOST, 1, e);
    int rc = 0;

    if (!value)
        return AE_EMEM;
    const ssize_t n = fgetxattr(from, name, value, MOST);
    if (n >= 0 && fsetxattr(to, name, value, (size_t)n, 0) &&
        !is_refused(errno))
        rc = ae_fail_errno(e, "attribute %s can't be kept", name);
    free(value);
    return rc;
}

/* All names, one after another with a 0 behind each. */
static int copy_extended(int from, int to, struct ae_err *e)
{
    enum { MOST = 1 << 16 }; /* XATTR_LIST_MAX of Linux */
    char *list = ae_alloc(MOST, 1, e);
    int rc = 0;

    if (!list)
        return AE_EMEM;
    const ssize_t size = flistxattr(from, list, MOST);
    for (ssize_t at = 0; !rc && at < size;) {
        rc = copy_value(from, to, list + at, e);
        at += (ssize_t)strlen(list + at) + 1;
    }
    free(list);
    return rc;
}
#else
static int copy_extended(int from, int to, struct ae_err *e)
{
    (void)from;
    (void)to;
    (void)e;
    return 0;
}
#endif

int ae_attributes_give(const struct ae_attributes *a, int fd, int deny,
                       struct ae_err *e)
{
    const struct timespec times[] = {a->st.st_atim, a->st.st_mtim};

    AE_TRY(copy_extended(a->fd, fd, e)); /* first, as an ACL sets the mode */
    if (fchmod(fd, a->st.st_mode & 0777 & ~(mode_t)deny))
        return ae_fail_errno(e, "can't be given its mode");
    if (futimens(fd, times))
        return ae_fail_errno(e, "can't be given its times");
    return 0;
}
