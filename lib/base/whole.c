/* whole.c - streams that are taken into memory whole, within a limit. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/gzip.h"
#include "base/io.h"
#include "base/mem.h"

enum { PART = 65536 };

int ae_io_read_all(struct ae_io *io, uint64_t limit, void **out, size_t *size,
                   struct ae_err *e)
{
    size_t cap = 0, len = 0, n = 1;
    char *data = NULL;
    int err = 0;

    while (!err && n) {
        if (cap - len < PART) {
            cap = cap * 2 + 2 * PART;
            err = ae_realloc(&data, cap, 1, e);
        }
        if (!err)
            err = ae_io_read_some(io, data + len, cap - len, &n, e);
        if (!err && n > limit - len)
            err = ae_fail(e, AE_ELIMIT, "has more than %" PRIu64 " bytes",
                          limit);
        if (!err)
            len += n;
    }
    if (err) {
        free(data);
        data = NULL;
    }
    *out = data;
    *size = err ? 0 : len;
    return err;
}

/* One byte first: the next may be long in coming where it is a line of text
 * that is being typed. */
static int begins_as_gzip(struct ae_io *io, int *yes, struct ae_err *e)
{
    const void *head;
    size_t got;
    int err = ae_io_peek(io, &head, 1, &got, e);

    if (!err && got && *(const unsigned char *)head == 0x1f)
        err = ae_io_peek(io, &head, 3, &got, e);
    *yes = !err && ae_is_gzip(head, got);
    return err;
}

int ae_io_unzip(struct ae_io **io, uint64_t limit, struct ae_err *e)
{
    struct ae_io *in = NULL;
    void *bytes;
    size_t size;
    int zipped, err = begins_as_gzip(*io, &zipped, e);

    if (err || !zipped)
        return err;
    err = ae_gunzip(*io, limit, &bytes, &size, e);
    if (!err)
        err = ae_io_take_memory(bytes, size, ae_io_name(*io), &in, e);
    if (err)
        return err;
    ae_io_close(*io);
    *io = in;
    return 0;
}
