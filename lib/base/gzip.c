/* gzip.c - a gzip stream unpacked into memory, within a limit.
 *
 * Members that follow one another are one stream, as gzip(1) has it; what
 * follows the last one is left in the input. */
#include "base/gzip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"

enum { IN_BYTES = 32768 };

struct target {
    unsigned char *data;
    size_t len, cap;
    uint64_t limit;
};

int ae_is_gzip(const void *bytes, size_t n)
{
    const unsigned char *b = bytes;

    return n >= 3 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8;
}

static int check_limit(const struct target *t, struct ae_err *e)
{
    if (t->len > t->limit)
        return ae_fail(e, AE_ELIMIT,
                       "gzip: unpacks to more than %" PRIu64 " bytes",
                       t->limit);
    return 0;
}

/* Room for more output; doubles, so that the limit is met early. */
static int make_room(struct target *t, struct ae_err *e)
{
    if (t->cap > t->len)
        return 0;
    size_t cap = t->cap ? 2 * t->cap : 2 * IN_BYTES;

    AE_TRY(ae_realloc(&t->data, cap, 1, e));
    t->cap = cap;
    return 0;
}

static int inflate_error(const struct ae_io *io, int code, const char *why,
                         struct ae_err *e)
{
    if (code == Z_MEM_ERROR)
        return ae_fail(e, AE_EMEM, "out of memory (gzip)");
    return ae_fail(e, AE_EFORMAT, "gzip: near offset %" PRIu64 ": %s",
                   ae_io_offset(io), why ? why : "damaged");
}

/* One call of inflate() on what the stream has; *code is what it returned. */
static int inflate_part(struct ae_io *io, z_stream *z, struct target *t,
                        int *code, struct ae_err *e)
{
    const void *in;
    size_t got;

    AE_TRY(ae_io_peek(io, &in, IN_BYTES, &got, e));
    if (got == 0)
        return ae_fail(e, AE_EFORMAT, "gzip: ends early at offset %" PRIu64,
                       ae_io_offset(io));
    AE_TRY(make_room(t, e));
    size_t room = t->cap - t->len;
    room = room < UINT32_MAX ? room : UINT32_MAX;
    z->next_in = (z_const Bytef *)(uintptr_t)in;
    z->avail_in = (uInt)got;
    z->next_out = t->data + t->len;
    z->avail_out = (uInt)room;
    *code = inflate(z, Z_NO_FLUSH);
    t->len += room - z->avail_out;
    if (*code != Z_OK && *code != Z_STREAM_END && *code != Z_BUF_ERROR)
        return inflate_error(io, *code, z->msg, e);
    AE_TRY(ae_io_skip(io, got - z->avail_in, e));
    return check_limit(t, e);
}

/* Consumes exactly one member. */
static int unpack_member(struct ae_io *io, struct target *t, struct ae_err *e)
{
    z_stream z = {0};
    int code = inflateInit2(&z, 15 + 32), rc = 0;

    if (code != Z_OK)
        return inflate_error(io, code, z.msg, e);
    while (!rc && code != Z_STREAM_END)
        rc = inflate_part(io, &z, t, &code, e);
    inflateEnd(&z);
    return rc;
}

/* Members follow one another until something else does, or the end. */
static int unpack_members(struct ae_io *io, struct target *t, struct ae_err *e)
{
    const void *next;
    size_t got;

    do {
        AE_TRY(unpack_member(io, t, e));
        AE_TRY(ae_io_peek(io, &next, 3, &got, e));
    } while (ae_is_gzip(next, got));
    return t->data ? 0 : ae_realloc(&t->data, 1, 1, e);
}

int ae_gunzip(struct ae_io *io, uint64_t limit, void **out, size_t *size,
              struct ae_err *e)
{
    struct target t = {.limit = limit};
    const int rc = unpack_members(io, &t, e);

    if (rc) {
        free(t.data);
        t = (struct target){0};
    }
    *out = t.data;
    *size = t.len;
    return rc;
}

uint32_t ae_crc32(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;

    while (n) {
        uInt part = n < 1u << 30 ? (uInt)n : 1u << 30;
        crc = (uint32_t)crc32(crc, b, part);
        b += part;
        n -= part;
    }
    return crc;
}

int ae_deflate(const void *data, size_t n, void **out, size_t *size,
               struct ae_err *e)
{
    uLongf len = compressBound((uLong)n);
    const int code = (*out = ae_alloc(len, 1, e)) == NULL
                         ? Z_MEM_ERROR
                         : compress2(*out, &len, data, (uLong)n,
                                     Z_BEST_COMPRESSION);

    *size = len;
    if (code == Z_OK)
        return 0;
    free(*out);
    *out = NULL;
    return ae_fail(e, AE_EMEM, "out of memory (zlib)");
}
