/* io_state.h - a stream from within: for io.c, and for io_hold.c, which lets an
 * output be taken back. */
#ifndef AE_BASE_IO_STATE_H
#define AE_BASE_IO_STATE_H

#include "base/io.h"
#include "base/spool.h"

enum { AE_IO_BUFFER = 65536 }; /* what may be peeked */

enum ae_io_state { FRESH, READING, WRITING };

/* An output from `from` on can be taken back. */
struct ae_io_hold {
    int on;
    int cuts;        /* by cutting the file at `place`; else the bytes wait */
    uint64_t from;   /* offset in the stream */
    uint64_t memory; /* bytes that may wait in memory */
    int64_t place;   /* offset in the file */
    void *thing;     /* that was attached then */
    struct ae_spool *spool; /* NULL: nothing waits but the buffer */
};

struct ae_io {
    char *name;
    int fd, own; /* fd -1: memory */
    enum ae_io_state state;
    int broken;         /* a write failed */
    uint64_t offset;    /* bytes the caller read or wrote */
    unsigned char *buf; /* pending bytes: pos..len-1 */
    size_t pos, len, cap;
    const unsigned char *data; /* memory that is read */
    struct ae_tempfile *temp;  /* what commit renames */
    void *thing;               /* what goes along, and its end */
    void (*release)(void *);
    int (*wait)(void *arg, struct ae_err *e); /* see ae_io_on_wait() */
    void *wait_arg;
    struct ae_io_hold hold;
};

/* Writes to the descriptor, or to what waits. */
int ae_io_push(struct ae_io *io, const unsigned char *from, size_t size,
               struct ae_err *e);

/* io_hold.c: bytes that wait, without those in the buffer. */
int ae_io_push_held(struct ae_io *io, const unsigned char *from, size_t size,
                    struct ae_err *e);
uint64_t ae_io_held_size(const struct ae_io *io);
/* Whether what lies at this offset of the stream waits. */
int ae_io_is_held(const struct ae_io *io, uint64_t at);
int ae_io_patch_held(struct ae_io *io, uint64_t at, const void *bytes,
                     size_t size, struct ae_err *e);
void ae_io_release_held(struct ae_io *io);

#endif
