/* spool.c - see spool.h.  Knows nothing of what the bytes mean. */
#include "base/spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/tempfile.h"

enum { PART = 65536 }; /* bytes copied at once */

struct ae_spool {
    struct ae_io *io; /* read in place, from `begin` on; or NULL */
    uint64_t begin;
    uint64_t size, memory;
    unsigned char *data; /* while fd is -1 */
    size_t cap;
    int fd;
};

int ae_spool_new(uint64_t memory, struct ae_spool **out, struct ae_err *e)
{
    *out = ae_alloc(1, sizeof(**out), e);
    if (!*out)
        return AE_EMEM;
    (*out)->memory = memory;
    (*out)->fd = -1;
    return 0;
}

void ae_spool_free(struct ae_spool *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    free(s->data);
    free(s);
}

uint64_t ae_spool_size(const struct ae_spool *s)
{
    return s->size;
}

static int write_file(int fd, uint64_t at, const void *buf, size_t size,
                      struct ae_err *e)
{
    const char *from = buf;

    while (size > 0) {
        const ssize_t n = pwrite(fd, from, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ae_fail_errno(e, "a temporary file can't be written");
        from += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static int to_file(struct ae_spool *s, struct ae_err *e)
{
    int rc = ae_tempfile_nameless(&s->fd, e);

    if (!rc)
        rc = write_file(s->fd, 0, s->data, (size_t)s->size, e);
    free(s->data);
    s->data = NULL;
    s->cap = 0;
    return rc;
}

/* Room for `size` bytes in memory: doubled, within the bound. */
static int grow(struct ae_spool *s, uint64_t size, struct ae_err *e)
{
    uint64_t cap = 2 * (uint64_t)s->cap + PART;

    if (size <= s->cap)
        return 0;
    if (cap > s->memory)
        cap = s->memory;
    if (cap < size)
        cap = size;
    AE_TRY(ae_realloc(&s->data, (size_t)cap, 1, e));
    memset(s->data + s->cap, 0, (size_t)cap - s->cap);
    s->cap = (size_t)cap;
    return 0;
}

int ae_spool_write(struct ae_spool *s, uint64_t at, const void *buf,
                   size_t size, struct ae_err *e)
{
    const uint64_t end = at + size;

    if (s->io)
        return ae_fail(e, AE_EARG, "an input can't be written");
    if (end < at || end > INT64_MAX)
        return ae_fail(e, AE_ELIMIT, "offset %" PRIu64 " is past any file", at);
    if (s->fd < 0 && end > s->memory)
        AE_TRY(to_file(s, e));
    if (s->fd >= 0)
        AE_TRY(write_file(s->fd, at, buf, size, e));
    else
        AE_TRY(grow(s, end, e));
    if (s->fd < 0 && size) {
        assert(s->data);
        memcpy(s->data + at, buf, size);
    }
    if (end > s->size)
        s->size = end;
    return 0;
}

int ae_spool_read(struct ae_spool *s, uint64_t at, void *buf, size_t size,
                  struct ae_err *e)
{
    char *to = buf;

    if (at > s->size || size > s->size - at)
        return ae_fail(e, AE_EFORMAT,
                       "ends at offset %" PRIu64 ", before "
                       "offset %" PRIu64,
                       s->size, at + size);
    if (s->io)
        return ae_io_read_at(s->io, s->begin + at, buf, size, e);
    if (s->fd < 0) {
        if (size)
            memcpy(buf, s->data + at, size);
        return 0;
    }
    while (size > 0) {
        const ssize_t n = pread(s->fd, to, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ae_fail_errno(e, "a temporary file can't be read");
        to += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static int take_all(struct ae_spool *s, struct ae_io *io, struct ae_err *e)
{
    const void *part;
    size_t n;
    int rc;

    while (!(rc = ae_io_peek_some(io, 1, &part, &n, e)) && n) {
        rc = ae_spool_write(s, s->size, part, n, e);
        if (!rc)
            rc = ae_io_skip(io, n, e);
        if (rc)
            return rc;
    }
    return rc;
}

int ae_spool_take(struct ae_io *io, uint64_t memory, struct ae_spool **out,
                  struct ae_err *e)
{
    const int64_t left = ae_io_left(io);
    int rc = ae_spool_new(memory, out, e);

    if (rc)
        return rc;
    if (left >= 0) {
        (*out)->io = io;
        (*out)->begin = ae_io_offset(io);
        (*out)->size = (uint64_t)left;
        rc = ae_io_skip_all(io, e);
    } else {
        rc = take_all(*out, io, e);
    }
    if (rc) {
        ae_spool_free(*out);
        *out = NULL;
    }
    return rc;
}

int ae_spool_copy(struct ae_spool *s, uint64_t at, struct ae_io *out,
                  struct ae_err *e)
{
    unsigned char *part = ae_alloc(PART, 1, e);
    int rc = part ? 0 : AE_EMEM;

    while (!rc && at < s->size) {
        const size_t n = s->size - at < PART ? (size_t)(s->size - at) : PART;
        rc = ae_spool_read(s, at, part, n, e);
        if (!rc)
            rc = ae_io_write(out, part, n, e);
        at += n;
    }
    free(part);
    return rc;
}
