/* io_hold.c - outputs of which the last part can be taken back: a picture that
 * turns out to be damaged leaves nothing behind.
 *
 * A regular file that ends where it is written is cut again; memory, too.
 * Everywhere else the bytes wait in a spool until they are let go. */
#include "base/io_state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

/* The place in a regular file that ends here and isn't appended to, as another
 * process may do so as well; else -1. */
static int64_t place_to_cut(const struct ae_io *io)
{
    const int flags = fcntl(io->fd, F_GETFL);
    const off_t here = lseek(io->fd, 0, SEEK_CUR);
    struct stat st;

    if (flags < 0 || flags & O_APPEND || here < 0 || fstat(io->fd, &st) ||
        !S_ISREG(st.st_mode) || st.st_size > here)
        return -1;
    return here;
}

int ae_io_hold(struct ae_io *io, uint64_t memory, struct ae_err *e)
{
    AE_TRY(ae_io_flush(io, e));
    io->hold = (struct ae_io_hold){.on = 1,
                                   .from = io->offset,
                                   .memory = memory,
                                   .thing = io->thing,
                                   .place = io->fd < 0 ? 0 : place_to_cut(io)};
    io->hold.cuts = io->fd < 0 || io->hold.place >= 0;
    return 0;
}

int ae_io_push_held(struct ae_io *io, const unsigned char *from, size_t size,
                    struct ae_err *e)
{
    struct ae_io_hold *h = &io->hold;

    if (!h->spool)
        AE_TRY(ae_spool_new(h->memory, &h->spool, e));
    return ae_spool_write(h->spool, ae_spool_size(h->spool), from, size, e);
}

uint64_t ae_io_held_size(const struct ae_io *io)
{
    return io->hold.spool ? ae_spool_size(io->hold.spool) : 0;
}

int ae_io_is_held(const struct ae_io *io, uint64_t at)
{
    return io->hold.on && !io->hold.cuts && at >= io->hold.from;
}

int ae_io_patch_held(struct ae_io *io, uint64_t at, const void *bytes,
                     size_t size, struct ae_err *e)
{
    return ae_spool_write(io->hold.spool, at - io->hold.from, bytes, size, e);
}

void ae_io_release_held(struct ae_io *io)
{
    ae_spool_free(io->hold.spool);
    io->hold = (struct ae_io_hold){0};
}

int ae_io_let_go(struct ae_io *io, struct ae_err *e)
{
    struct ae_spool *s = io->hold.spool;
    const uint64_t offset = io->offset;
    int rc = 0;

    if (s) {
        AE_TRY(ae_io_flush(io, e)); /* behind what waits */
        io->hold.spool = NULL;
        io->hold.on = 0;
        rc = ae_spool_copy(s, 0, io, e);
        ae_spool_free(s);
        io->offset = offset; /* they were counted when they came */
    }
    ae_io_release_held(io);
    return rc ? rc : ae_io_flush(io, e);
}

int ae_io_take_back(struct ae_io *io, struct ae_err *e)
{
    const struct ae_io_hold h = io->hold;

    if (io->thing != h.thing)
        ae_io_attach(io, NULL, NULL);
    io->len = io->fd < 0 ? io->len - (size_t)(io->offset - h.from) : 0;
    io->offset = h.from;
    ae_io_release_held(io);
    if (io->fd >= 0 && h.cuts &&
        (ftruncate(io->fd, (off_t)h.place) ||
         lseek(io->fd, (off_t)h.place, SEEK_SET) < 0))
        return ae_fail_errno(e, "can't be cut at offset %lld",
                             (long long)h.place);
    return 0;
}
