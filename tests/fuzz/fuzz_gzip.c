/* fuzz_gzip.c - gzip and zlib streams: unpacked within a limit or refused with
 * a word; and what is packed is unpacked to the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/gzip.h"
#include "base/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1 << 20 };

/* NULL: it was refused. */
static void *unpack(const void *p, size_t n, size_t *size)
{
    struct ae_io *io;
    struct ae_err e = {0};
    void *out;

    if (ae_io_open_memory(p, n, "fuzz", &io, NULL))
        abort();
    const int rc = ae_gunzip(io, LIMIT, &out, size, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0 && *size > LIMIT)
        abort();
    ae_io_close(io);
    return rc == 0 ? out : NULL;
}

/* The bytes as a member whose header is right. */
static void *as_member(const uint8_t *data, size_t size)
{
    uint8_t *p = malloc(10 + size);

    if (!p)
        abort();
    memcpy(p, "\37\213\10\0\0\0\0\0\0\3", 10);
    if (size)
        memcpy(p + 10, data, size);
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *packed, *out;
    size_t n, m;

    free(unpack(data, size, &n));
    packed = as_member(data, size);
    free(unpack(packed, 10 + size, &n));
    free(packed);
    if (ae_deflate(data, size, &packed, &n, NULL))
        abort();
    out = unpack(packed, n, &m);
    if (!out || m != size || memcmp(out, data, size) != 0)
        abort();
    free(packed);
    free(out);
    return 0;
}
