/* io.h - what the library needs of streams beyond ae.h. */
#ifndef AE_BASE_IO_H
#define AE_BASE_IO_H

#include "base/base.h"

/* As ae_io_open_memory(); the data become the stream's, to be freed with
 * free(), also where that fails. */
int ae_io_take_memory(void *data, size_t size, const char *name,
                      struct ae_io **out, struct ae_err *e);
/* All that is left, into memory to be freed with free(); AE_ELIMIT where that
 * is more than `limit` bytes. */
int ae_io_read_all(struct ae_io *io, uint64_t limit, void **out, size_t *size,
                   struct ae_err *e);
/* Exactly `size` bytes, into memory to be freed with free(), which grows as
 * they come: a header that lies costs no more than the stream has bytes. */
int ae_io_read_block(struct ae_io *io, size_t size, void **out,
                     struct ae_err *e);
/* Bytes left when the input is a regular file or memory, else -1: a header
 * can be checked against them before anything is allocated. */
int64_t ae_io_left(const struct ae_io *io);
/* All bytes that are there already, and `least` of them, unless the end comes
 * before.  Valid until the stream is used again. */
int ae_io_peek_some(struct ae_io *io, size_t least, const void **data,
                    size_t *got, struct ae_err *e);
/* 1 when a read would find something (or the end) without waiting. */
int ae_io_ready(const struct ae_io *io);
/* Calls fn before each read that has to wait for the other end; an error that
 * it returns is that of the read.  fn NULL: nothing is called. */
void ae_io_on_wait(struct ae_io *io, int (*fn)(void *arg, struct ae_err *e),
                   void *arg);
/* Overwrites bytes from `at` on (counted as by ae_io_offset()), all of which
 * were written before.  Only where ae_io_can_patch(): files, memory. */
int ae_io_can_patch(const struct ae_io *io);
int ae_io_patch(struct ae_io *io, uint64_t at, const void *bytes, size_t size,
                struct ae_err *e);
/* Reads exactly `size` bytes from `at` on (counted as by ae_io_offset()) while
 * the stream stays where it is.  Only where ae_io_left() isn't -1. */
int ae_io_read_at(struct ae_io *io, uint64_t at, void *buf, size_t size,
                  struct ae_err *e);
/* Goes to the end of the input, without reading where it can be sought. */
int ae_io_skip_all(struct ae_io *io, struct ae_err *e);
/* Attaches one thing to a stream (the state of a file of several images, say);
 * it is released when it is replaced and when the stream is closed. */
void ae_io_attach(struct ae_io *io, void *thing, void (*release)(void *));
void *ae_io_attached(const struct ae_io *io);
/* Takes it away again; `release` is still to be called, or it is attached
 * anew. */
struct ae_io_thing {
    void *thing;
    void (*release)(void *);
};
struct ae_io_thing ae_io_detach(struct ae_io *io);
/* Skips forward. */
int ae_io_skip(struct ae_io *io, uint64_t n, struct ae_err *e);

#endif
