/* io.c - one stream type over descriptors and memory.
 *
 * Short reads and writes, interrupts and descriptors that don't block are
 * handled here only.  It knows nothing of what the bytes mean; temporary
 * files are tempfile.c's. */
#include "base/io_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tempfile.h"
#include "base/err.h"
#include "base/mem.h"

static int new_io(const char *name, size_t cap, struct ae_io **out,
                  struct ae_err *e)
{
    size_t n = strlen(name) + 1;
    struct ae_io *io = ae_alloc(1, sizeof(*io), e);

    *out = io;
    if (!io)
        return AE_EMEM;
    io->fd = -1;
    io->name = ae_alloc(n, 1, e);
    io->buf = cap ? ae_alloc(cap, 1, e) : NULL;
    io->cap = cap;
    if (!io->name || (cap && !io->buf)) {
        ae_io_close(io);
        *out = NULL;
        return AE_EMEM;
    }
    memcpy(io->name, name, n);
    return 0;
}

int ae_io_open_fd(int fd, int own, const char *name, struct ae_io **out,
                  struct ae_err *e)
{
    int rc = new_io(name, AE_IO_BUFFER, out, e);

    if (rc) {
        if (own)
            close(fd);
        return rc;
    }
    (*out)->fd = fd;
    (*out)->own = own;
    return 0;
}

int ae_io_open_path(const char *path, struct ae_io **out, struct ae_err *e)
{
    struct stat st;
    int fd;

    *out = NULL;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return ae_fail_errno(e, "can't be opened");
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return ae_fail(e, AE_EIO, "is a folder");
    }
    return ae_io_open_fd(fd, 1, path, out, e);
}

int ae_io_open_memory(const void *data, size_t size, const char *name,
                      struct ae_io **out, struct ae_err *e)
{
    AE_TRY(new_io(name, 0, out, e));
    (*out)->state = READING;
    (*out)->data = data;
    (*out)->len = size;
    return 0;
}

int ae_io_take_memory(void *data, size_t size, const char *name,
                      struct ae_io **out, struct ae_err *e)
{
    int rc = new_io(name, 0, out, e);

    if (rc) {
        free(data);
        return rc;
    }
    (*out)->state = READING;
    (*out)->buf = data;
    (*out)->len = (*out)->cap = size;
    return 0;
}

int ae_io_create_memory(struct ae_io **out, struct ae_err *e)
{
    AE_TRY(new_io("memory", 0, out, e));
    (*out)->state = WRITING;
    return 0;
}

int ae_io_create(const char *path, struct ae_io **out, struct ae_err *e)
{
    return ae_io_create_as(path, &(struct ae_create_options){0}, out, e);
}

int ae_io_create_as(const char *path, const struct ae_create_options *o,
                    struct ae_io **out, struct ae_err *e)
{
    int rc = new_io(path, AE_IO_BUFFER, out, e);

    if (rc)
        return rc;
    (*out)->state = WRITING;
    (*out)->own = 1;
    rc = ae_tempfile_open(path, o, &(*out)->fd, &(*out)->temp, e);
    if (rc) {
        ae_io_close(*out);
        *out = NULL;
    }
    return rc;
}

int ae_io_target(const char *path, char **out, struct ae_err *e)
{
    return ae_tempfile_target(path, out, e);
}

int ae_io_has_writer(const char *path, int wait)
{
    return ae_tempfile_has_writer(path, wait);
}

void ae_io_remove_all_temps(void)
{
    ae_tempfile_remove_all();
}

void ae_io_remove_temps(const char *path)
{
    ae_tempfile_clean(path);
}

/* Nonzero when the call is worth another try. */
static int again(int fd, short event)
{
    if (errno == EINTR)
        return 1;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return 0;
    struct pollfd p = {.fd = fd, .events = event};
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* 1 when read() would return at once. */
static int is_ready(const struct ae_io *io)
{
    struct pollfd p = {.fd = io->fd, .events = POLLIN};

    return poll(&p, 1, 0) != 0;
}

/* One read() that gives something, unless at the end. */
static int pull(struct ae_io *io, void *to, size_t size, size_t *got,
                struct ae_err *e)
{
    ssize_t n;

    if (io->state == WRITING)
        return ae_fail(e, AE_EARG, "an output can't be read");
    io->state = READING;
    *got = 0;
    if (io->fd < 0)
        return 0;
    if (io->wait && !is_ready(io))
        AE_TRY(io->wait(io->wait_arg, e));
    do
        n = read(io->fd, to, size);
    while (n < 0 && again(io->fd, POLLIN));
    if (n < 0)
        return ae_fail_errno(e, "can't be read at offset %" PRIu64, io->offset);
    *got = (size_t)n;
    return 0;
}

static const unsigned char *pending(const struct ae_io *io)
{
    return (io->data ? io->data : io->buf) + io->pos;
}

int ae_io_peek(struct ae_io *io, const void **data, size_t want, size_t *got,
               struct ae_err *e)
{
    size_t have = io->len - io->pos;
    int rc;

    *data = NULL;
    *got = 0;
    if (want > AE_IO_BUFFER)
        return ae_fail(e, AE_EARG, "%zu bytes can't be peeked", want);
    if (io->fd >= 0 && have < want && io->state != WRITING) {
        if (io->pos)
            memmove(io->buf, io->buf + io->pos, have);
        io->pos = 0;
        io->len = have;
        while (io->len < want) {
            size_t n;
            rc = pull(io, io->buf + io->len, io->cap - io->len, &n, e);
            if (rc)
                return rc;
            if (n == 0)
                break;
            io->len += n;
        }
        have = io->len;
    }
    *data = have ? (const void *)pending(io) : "";
    *got = have < want ? have : want;
    return 0;
}

int ae_io_peek_some(struct ae_io *io, size_t least, const void **data,
                    size_t *got, struct ae_err *e)
{
    AE_TRY(ae_io_peek(io, data, least, got, e));
    *got = io->len - io->pos;
    return 0;
}

int ae_io_ready(const struct ae_io *io)
{
    return io->pos < io->len || io->fd < 0 || is_ready(io);
}

void ae_io_on_wait(struct ae_io *io, int (*fn)(void *arg, struct ae_err *e),
                   void *arg)
{
    io->wait = fn;
    io->wait_arg = arg;
}

void ae_io_attach(struct ae_io *io, void *thing, void (*release)(void *))
{
    if (io->thing)
        io->release(io->thing);
    io->thing = thing;
    io->release = release;
}

void *ae_io_attached(const struct ae_io *io)
{
    return io->thing;
}

struct ae_io_thing ae_io_detach(struct ae_io *io)
{
    const struct ae_io_thing t = {io->thing, io->release};

    io->thing = NULL;
    io->release = NULL;
    return t;
}

int ae_io_read_some(struct ae_io *io, void *buf, size_t size, size_t *got,
                    struct ae_err *e)
{
    size_t have = io->len - io->pos;
    int rc = 0;

    *got = 0;
    if (size == 0)
        return 0;
    if (have == 0 && !io->data && size >= AE_IO_BUFFER) {
        rc = pull(io, buf, size, got, e);
        io->offset += *got;
        return rc;
    }
    if (have == 0 && !io->data) {
        io->pos = io->len = 0;
        rc = pull(io, io->buf, io->cap, &have, e);
        if (rc)
            return rc;
        io->len = have;
    }
    *got = have < size ? have : size;
    if (*got)
        memcpy(buf, pending(io), *got);
    io->pos += *got;
    io->offset += *got;
    return 0;
}

int ae_io_read(struct ae_io *io, void *buf, size_t size, struct ae_err *e)
{
    size_t done = 0, n;

    while (done < size) {
        int rc = ae_io_read_some(io, (char *)buf + done, size - done, &n, e);
        if (rc)
            return rc;
        if (n == 0)
            return ae_fail(e, AE_EFORMAT,
                           "ends at offset %" PRIu64 ", %zu "
                           "bytes early",
                           io->offset, size - done);
        done += n;
    }
    return 0;
}

int ae_io_skip(struct ae_io *io, uint64_t n, struct ae_err *e)
{
    unsigned char part[4096];

    while (n > 0) {
        size_t take = n < sizeof(part) ? (size_t)n : sizeof(part);
        int rc = ae_io_read(io, part, take, e);
        if (rc)
            return rc;
        n -= take;
    }
    return 0;
}

int64_t ae_io_left(const struct ae_io *io)
{
    struct stat st;

    if (io->data || io->fd < 0)
        return (int64_t)(io->len - io->pos);
    /* A size of 0 may be a file of /proc, whose end nobody knows. */
    if (fstat(io->fd, &st) || !S_ISREG(st.st_mode) || st.st_size == 0)
        return -1;
    off_t at = lseek(io->fd, 0, SEEK_CUR);
    if (at < 0)
        return -1;
    int64_t left = (int64_t)(st.st_size - at);
    return (left < 0 ? 0 : left) + (int64_t)(io->len - io->pos);
}

static int read_memory_at(const struct ae_io *io, uint64_t at, void *buf,
                          size_t size, struct ae_err *e)
{
    if (at > io->len || size > io->len - at)
        return ae_fail(e, AE_EFORMAT,
                       "ends at offset %zu, before offset %" PRIu64, io->len,
                       at + size);
    if (size)
        memcpy(buf, (io->data ? io->data : io->buf) + at, size);
    return 0;
}

int ae_io_read_at(struct ae_io *io, uint64_t at, void *buf, size_t size,
                  struct ae_err *e)
{
    if (io->data || io->fd < 0)
        return read_memory_at(io, at, buf, size, e);
    /* Where the descriptor stands, what is pending was read already. */
    const off_t here = lseek(io->fd, 0, SEEK_CUR);
    const off_t begin = here - (off_t)(io->len - io->pos + io->offset);
    char *to = buf;

    if (here < 0)
        return ae_fail_errno(e, "can't be sought");
    while (size > 0) {
        const ssize_t n = pread(io->fd, to, size, begin + (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ae_fail_errno(e, "can't be read at offset %" PRIu64, at);
        if (n == 0)
            return ae_fail(e, AE_EFORMAT,
                           "ends at offset %" PRIu64 ", %zu bytes early", at,
                           size);
        to += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return 0;
}

int ae_io_skip_all(struct ae_io *io, struct ae_err *e)
{
    const int64_t left = ae_io_left(io);
    unsigned char part[4096];
    size_t got = 1;

    if (left >= 0) {
        const size_t pending_bytes = io->len - io->pos;
        if (!io->data && io->fd >= 0 &&
            lseek(io->fd, (off_t)left - (off_t)pending_bytes, SEEK_CUR) < 0)
            return ae_fail_errno(e, "can't be sought");
        io->offset += (uint64_t)left;
        io->pos = io->len;
        return 0;
    }
    while (got)
        AE_TRY(ae_io_read_some(io, part, sizeof(part), &got, e));
    return 0;
}

int ae_io_push(struct ae_io *io, const unsigned char *from, size_t size,
               struct ae_err *e)
{
    if (io->hold.on && !io->hold.cuts)
        return ae_io_push_held(io, from, size, e);
    while (size > 0) {
        ssize_t n = write(io->fd, from, size);
        if (n < 0 && again(io->fd, POLLOUT))
            continue;
        if (n < 0) {
            io->broken = 1;
            return ae_fail_errno(e, "can't be written");
        }
        from += n;
        size -= (size_t)n;
    }
    return 0;
}

static int write_memory(struct ae_io *io, const void *buf, size_t size,
                        struct ae_err *e)
{
    if (size > io->cap - io->len) {
        if (size > SIZE_MAX / 4 - io->len)
            return ae_fail(e, AE_EMEM, "out of memory (%zu bytes)", size);
        size_t cap = 2 * (io->len + size) + 4096;
        AE_TRY(ae_realloc(&io->buf, cap, 1, e));
        io->cap = cap;
    }
    if (size)
        memcpy(io->buf + io->len, buf, size);
    io->len += size;
    io->offset += size;
    return 0;
}

int ae_io_flush(struct ae_io *io, struct ae_err *e)
{
    if (io->fd < 0 || io->state != WRITING)
        return 0;
    size_t n = io->len;
    io->len = 0; /* lost, not repeated, when it fails */
    return ae_io_push(io, io->buf, n, e);
}

int ae_io_write(struct ae_io *io, const void *buf, size_t size,
                struct ae_err *e)
{
    if (io->state == READING)
        return ae_fail(e, AE_EARG, "an input can't be written");
    io->state = WRITING;
    if (io->fd < 0)
        return write_memory(io, buf, size, e);
    if (size > io->cap - io->len)
        AE_TRY(ae_io_flush(io, e));
    if (size >= io->cap) {
        AE_TRY(ae_io_push(io, buf, size, e));
    } else if (size) {
        memcpy(io->buf + io->len, buf, size);
        io->len += size;
    }
    io->offset += size;
    return 0;
}

int ae_io_can_patch(const struct ae_io *io)
{
    struct stat st;

    if (io->fd < 0)
        return !io->data;
    /* A file that is only appended to would get the patch at its end. */
    const int flags = fcntl(io->fd, F_GETFL);
    return fstat(io->fd, &st) == 0 && S_ISREG(st.st_mode) && flags >= 0 &&
           !(flags & O_APPEND) && lseek(io->fd, 0, SEEK_CUR) >= 0;
}

int ae_io_patch(struct ae_io *io, uint64_t at, const void *bytes, size_t size,
                struct ae_err *e)
{
    const unsigned char *from = bytes;
    int rc = ae_io_flush(io, e);

    if (rc || io->fd < 0) {
        if (!rc)
            memcpy(io->buf + at, bytes, size);
        return rc;
    }
    if (ae_io_is_held(io, at))
        return ae_io_patch_held(io, at, bytes, size, e);
    /* What this stream has written need not begin the file. */
    off_t to = lseek(io->fd, 0, SEEK_CUR) -
               (off_t)(io->offset - ae_io_held_size(io) - at);
    while (size > 0) {
        const ssize_t n = pwrite(io->fd, from, size, to);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ae_fail_errno(e, "can't be written");
        from += n;
        to += n;
        size -= (size_t)n;
    }
    return 0;
}

static int close_own(struct ae_io *io, struct ae_err *e)
{
    const int fd = io->fd;

    if (!io->own || fd < 0)
        return 0;
    io->fd = -1;
    io->len = io->pos = 0;
    return close(fd) && errno != EINTR ? ae_fail_errno(e, "can't be closed")
                                       : 0;
}

/* The last of those that lie in one folder syncs it for all. */
static int syncs_folder(struct ae_io *const *io, int n, int i,
                        const struct ae_err *e)
{
    for (int k = i + 1; k < n; k++)
        if (!e[k].code && io[k]->temp)
            return !ae_tempfile_same_folder(io[i]->temp, io[k]->temp);
    return 1;
}

void ae_io_sync_all(struct ae_io *const *io, int n, struct ae_err *e)
{
    for (int i = 0; i < n; i++) {
        e[i].code = 0;
        if (!ae_io_flush(io[i], &e[i]) && io[i]->temp)
            ae_tempfile_begin(io[i]->fd);
    }
    for (int i = 0; i < n; i++)
        if (!e[i].code && io[i]->temp)
            ae_tempfile_sync(io[i]->fd, &e[i]);
}

void ae_io_commit_all(struct ae_io *const *io, int n, struct ae_err *e)
{
    ae_io_sync_all(io, n, e);
    for (int i = 0; i < n; i++)
        if (!e[i].code && io[i]->temp)
            ae_tempfile_rename(io[i]->temp, io[i]->fd, &e[i]);
    for (int i = 0; i < n; i++)
        if (!e[i].code && io[i]->temp && syncs_folder(io, n, i, e))
            ae_tempfile_sync_folder(io[i]->temp, &e[i]);
    for (int i = 0; i < n; i++) {
        if (!e[i].code)
            ae_tempfile_drop(&io[i]->temp);
        if (!e[i].code)
            close_own(io[i], &e[i]);
    }
}

int ae_io_commit(struct ae_io *io, struct ae_err *e)
{
    struct ae_err err;

    ae_io_commit_all(&io, 1, &err);
    if (err.code && e)
        *e = err;
    return err.code;
}

void ae_io_close(struct ae_io *io)
{
    if (!io)
        return;
    ae_io_attach(io, NULL, NULL);
    ae_io_release_held(io);
    ae_tempfile_drop(&io->temp); /* before its lock goes with the descriptor */
    if (io->own && io->fd >= 0)
        close(io->fd);
    free(io->buf);
    free(io->name);
    free(io);
}

const void *ae_io_memory(const struct ae_io *io, size_t *size)
{
    *size = io->len;
    return io->len ? (const void *)(io->data ? io->data : io->buf) : "";
}

uint64_t ae_io_offset(const struct ae_io *io)
{
    return io->offset;
}

const char *ae_io_name(const struct ae_io *io)
{
    return io->name;
}

int ae_io_broken(const struct ae_io *io)
{
    return io->broken;
}
