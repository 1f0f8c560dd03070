/* journal.c - see journal.h. */
#include "tune/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

static const uint64_t MOST = (uint64_t)1
                             << 30; /* bytes that are read at once */

int ae_journal_init(struct ae_journal *j, const char *path, struct ae_err *e)
{
    const size_t size = strlen(path) + 1;

    *j = (struct ae_journal){.fd = -1};
    j->path = ae_alloc(size, 1, e);
    if (!j->path)
        return AE_EMEM;
    memcpy(j->path, path, size);
    return ae_link_lock_init(&j->lock, path, e);
}

void ae_journal_release(struct ae_journal *j)
{
    free(j->path);
    ae_link_lock_release(&j->lock);
    j->path = NULL;
}

/* The bytes after those that were read, to be freed. */
static int read_rest(const struct ae_journal *j, char **text, size_t *size,
                     struct ae_err *e)
{
    struct stat st;
    size_t n = 0;
    ssize_t got = 1;

    *text = NULL;
    if (fstat(j->fd, &st))
        return ae_fail_errno(e, "%s", j->path);
    if ((uint64_t)st.st_size < j->read)
        return ae_fail(e, AE_EFORMAT, "%s: has become shorter", j->path);
    if ((uint64_t)st.st_size - j->read > MOST)
        return ae_fail(e, AE_ELIMIT, "%s: is too long", j->path);
    *size = (size_t)((uint64_t)st.st_size - j->read);
    *text = ae_alloc(*size + 1, 1, e);
    if (!*text)
        return AE_EMEM;
    for (; n < *size && got > 0; n += (size_t)(got > 0 ? got : 0))
        got = pread(j->fd, *text + n, *size - n, (off_t)(j->read + n));
    return n == *size ? 0 : ae_fail_errno(e, "%s", j->path);
}

/* Drops a line that was cut short, but nothing of a file that is no study. */
static int drop_cut(const struct ae_journal *j, const char *p, size_t n,
                    struct ae_err *e)
{
    static const char begin[] = AE_STUDY_BEGINS;

    if (j->line == 0 &&
        memcmp(p, begin, n < sizeof(begin) - 1 ? n : sizeof(begin) - 1) != 0)
        return ae_fail(e, AE_EFORMAT, "%s: is no study", j->path);
    return ftruncate(j->fd, (off_t)j->read) ? ae_fail_errno(e, "%s", j->path)
                                            : 0;
}

static int hand_on(struct ae_journal *j, const char *text, size_t size,
                   ae_journal_fn *fn, void *arg, struct ae_err *e)
{
    const char *p = text, *end = text + size, *stop;

    for (; (stop = memchr(p, '\n', (size_t)(end - p))); p = stop + 1) {
        AE_TRY(fn(arg, p, (size_t)(stop - p), j->line + 1, e));
        j->line++;
        j->read += (uint64_t)(stop - p) + 1;
    }
    return p < end ? drop_cut(j, p, (size_t)(end - p), e) : 0;
}

int ae_journal_read(struct ae_journal *j, ae_journal_fn *fn, void *arg,
                    struct ae_err *e)
{
    char *text;
    size_t size = 0;
    int rc = read_rest(j, &text, &size, e);

    if (!rc)
        rc = hand_on(j, text, size, fn, arg, e);
    free(text);
    return rc;
}

int ae_journal_begin(struct ae_journal *j, ae_journal_fn *fn, void *arg,
                     struct ae_err *e)
{
    AE_TRY(ae_link_lock_take(&j->lock, e));
    j->fd = open(j->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    const int rc = j->fd < 0 ? ae_fail_errno(e, "%s", j->path)
                             : ae_journal_read(j, fn, arg, e);
    if (rc < 0)
        ae_journal_end(j);
    return rc;
}

int ae_journal_add(struct ae_journal *j, const struct ae_str *lines,
                   struct ae_err *e)
{
    const off_t end = lseek(j->fd, 0, SEEK_END);
    size_t n = 0;

    if (!ae_link_lock_is_held(&j->lock))
        return ae_fail(e, AE_EIO, "%s: lost the lock", j->path);
    while (n < lines->len) {
        const ssize_t put = write(j->fd, lines->p + n, lines->len - n);
        if (put < 0) {
            const int rc = ae_fail_errno(e, "%s", j->path);
            (void)!ftruncate(j->fd, end); /* no part of them stays */
            return rc;
        }
        n += (size_t)put;
    }
    return fsync(j->fd) ? ae_fail_errno(e, "%s", j->path) : 0;
}

void ae_journal_end(struct ae_journal *j)
{
    if (j->fd >= 0)
        close(j->fd);
    j->fd = -1;
    ae_link_lock_drop(&j->lock);
}
