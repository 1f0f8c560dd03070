/* row_store.c - see row_store.h.  Knows bytes, not samples. */
#include "base/row_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/tempfile.h"

int ae_row_store_init(struct ae_row_store *s, size_t row_bytes, int cap,
                      int file, struct ae_err *e)
{
    int rc = 0;

    memset(s, 0, sizeof(*s));
    if (file)
        rc = ae_tempfile_nameless(&s->fd, e);
    else if (!(s->ring = ae_alloc((size_t)cap, row_bytes, e)))
        rc = AE_EMEM;
    if (rc) { /* nothing is open, descriptor 0 least of all */
        memset(s, 0, sizeof(*s));
        return rc;
    }
    s->row_bytes = row_bytes;
    s->cap = cap;
    return 0;
}

void ae_row_store_release(struct ae_row_store *s)
{
    if (s->row_bytes && !s->ring && s->fd >= 0)
        close(s->fd);
    free(s->ring);
    memset(s, 0, sizeof(*s));
}

static unsigned char *in_ring(const struct ae_row_store *s, int y, size_t at)
{
    return s->ring + (size_t)(y % s->cap) * s->row_bytes + at;
}

static off_t in_file(const struct ae_row_store *s, int y, size_t at)
{
    return (off_t)y * (off_t)s->row_bytes + (off_t)at;
}

/* After a part of n bytes went through (0: the end, -1: errno): how many. */
static size_t step(struct ae_row_store *s, ssize_t part)
{
    int none = 0;

    if (part > 0 || (part < 0 && errno == EINTR))
        return part > 0 ? (size_t)part : 0;
    atomic_compare_exchange_strong(&s->failed, &none, part ? errno : EIO);
    return 0;
}

void ae_row_store_put(struct ae_row_store *s, int y, size_t at,
                      const void *bytes, size_t n)
{
    const char *from = bytes;

    if (s->ring) {
        memcpy(in_ring(s, y, at), bytes, n);
        return;
    }
    for (size_t done = 0; done < n && !atomic_load(&s->failed);)
        done += step(
            s, pwrite(s->fd, from + done, n - done, in_file(s, y, at + done)));
}

void ae_row_store_get(struct ae_row_store *s, int y, size_t at, void *bytes,
                      size_t n)
{
    char *to = bytes;

    if (s->ring) {
        memcpy(bytes, in_ring(s, y, at), n);
        return;
    }
    for (size_t done = 0; done < n && !atomic_load(&s->failed);)
        done += step(
            s, pread(s->fd, to + done, n - done, in_file(s, y, at + done)));
}

int ae_row_store_check(struct ae_row_store *s, struct ae_err *e)
{
    const int failed = atomic_load(&s->failed);

    return failed ? ae_fail(e, AE_EIO,
                            "the file for what doesn't fit the bound on "
                            "memory: %s",
                            strerror(failed))
                  : 0;
}
