/* io_whole.c - streams that are taken into memory whole, within a limit.
 *
 * A block grows as its bytes come: a size that a file claims, and doesn't
 * have, costs nothing. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/gzip.h"
#include "base/io.h"
#include "base/mem.h"

enum { PART = 1 << 17 }; /* bytes of the first part; then it doubles */

/* At most `limit` bytes, fewer only at the stream's end. */
static int read_growing(struct ae_io *io, uint64_t limit, char **data,
                        size_t *len, struct ae_err *e)
{
    size_t cap = 0, n = 1;

    while (n && *len < limit) {
        if (*len == cap) {
            const uint64_t more = 2 * (uint64_t)cap + PART;
            cap = (size_t)(more < limit ? more : limit);
            AE_TRY(ae_realloc(data, cap, 1, e));
        }
        AE_TRY(ae_io_read_some(io, *data + *len, cap - *len, &n, e));
        *len += n;
    }
    return 0;
}

/* Fails where the stream has more than the `limit` bytes that were read. */
static int check_end(struct ae_io *io, uint64_t limit, struct ae_err *e)
{
    const void *more;
    size_t got;

    AE_TRY(ae_io_peek(io, &more, 1, &got, e));
    return got ? ae_fail(e, AE_ELIMIT, "has more than %" PRIu64 " bytes", limit)
               : 0;
}

int ae_io_read_all(struct ae_io *io, uint64_t limit, void **out, size_t *size,
                   struct ae_err *e)
{
    char *data = NULL;
    size_t len = 0;
    int rc;

    *out = NULL;
    *size = 0;
    rc = read_growing(io, limit, &data, &len, e);
    if (rc < 0)
        goto out;
    rc = len == limit ? check_end(io, limit, e) : 0;
    if (rc < 0)
        goto out;
    *out = data;
    *size = len;
    return 0;
out:
    free(data);
    return rc;
}

int ae_io_read_block(struct ae_io *io, size_t size, void **out,
                     struct ae_err *e)
{
    char *data = NULL;
    size_t len = 0;
    int rc;

    *out = NULL;
    rc = read_growing(io, size, &data, &len, e);
    if (rc < 0)
        goto out;
    if (len == size) {
        *out = data;
        return 0;
    }
    rc = ae_fail(e, AE_EFORMAT, "ends at offset %" PRIu64 ", %zu bytes early",
                 ae_io_offset(io), size - len);
out:
    free(data);
    return rc;
}

/* One byte first: the next may be long in coming where it is a line of text
 * that is being typed. */
static int begins_as_gzip(struct ae_io *io, int *yes, struct ae_err *e)
{
    const void *head;
    size_t got;

    *yes = 0;
    AE_TRY(ae_io_peek(io, &head, 1, &got, e));
    if (got && *(const unsigned char *)head == 0x1f)
        AE_TRY(ae_io_peek(io, &head, 3, &got, e));
    *yes = ae_is_gzip(head, got);
    return 0;
}

int ae_io_unzip(struct ae_io **io, uint64_t limit, struct ae_err *e)
{
    struct ae_io *in = NULL;
    void *bytes;
    size_t size;
    int zipped;

    AE_TRY(begins_as_gzip(*io, &zipped, e));
    if (!zipped)
        return 0;
    AE_TRY(ae_gunzip(*io, limit, &bytes, &size, e));
    AE_TRY(ae_io_take_memory(bytes, size, ae_io_name(*io), &in, e));
    ae_io_close(*io);
    *io = in;
    return 0;
}
