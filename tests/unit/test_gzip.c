/* gzip: members in a row, damage, ends, bombs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/gzip.h"

static unsigned char packed[1 << 20];

/* One member at `at`; the offset behind it. */
static size_t pack(size_t at, const void *data, size_t n)
{
    z_stream z = {0};

    cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, 0), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)n;
    z.next_out = packed + at;
    z.avail_out = (uInt)(sizeof(packed) - at);
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return at + z.total_out;
}

static int unpack(size_t n, uint64_t limit, char **out, size_t *size,
                  uint64_t *left, struct ae_err *e)
{
    struct ae_io *io;
    void *data;
    int err;

    cr_assert_eq(ae_io_open_memory(packed, n, "z", &io, NULL), 0);
    err = ae_gunzip(io, limit, &data, size, e);
    *out = data;
    *left = n - ae_io_offset(io);
    ae_io_close(io);
    return err;
}

Test(gzip, members_and_what_follows)
{
    char *out;
    size_t size, n = pack(0, "one", 3);
    uint64_t left;

    n = pack(n, "", 0);
    n = pack(n, "two", 3);
    cr_assert(ae_is_gzip(packed, n));
    cr_assert(!ae_is_gzip("\x1f\x8b", 2));
    memcpy(packed + n, "\x89PNG", 4);
    cr_assert_eq(unpack(n + 4, 6, &out, &size, &left, NULL), 0);
    cr_assert_eq(size, 6);
    cr_assert_arr_eq(out, "onetwo", 6);
    cr_assert_eq(left, 4);
    free(out);
}

Test(gzip, every_cut_and_flip_is_noticed)
{
    char text[] = "the quick brown fox jumps over the lazy dog", *out;
    size_t size, n = pack(0, text, sizeof(text));
    uint64_t left;
    struct ae_err e;

    for (size_t cut = 0; cut < n; cut++) {
        cr_assert_eq(unpack(cut, 1000, &out, &size, &left, &e), AE_EFORMAT);
        cr_assert(strstr(e.msg, "ends early"), "%s", e.msg);
        cr_assert_null(out);
    }
    /* Bytes 4 to 9 of the header are time, hint and system; the last byte
     * before the sums ends in bits that mean nothing. */
    for (size_t at = 10; at < n; at++) {
        packed[at] ^= 1;
        int err = unpack(n, 1000, &out, &size, &left, &e);
        cr_assert_eq(err, AE_EFORMAT, "byte %zu", at);
        packed[at] ^= 1;
    }
}

Test(gzip, a_bomb_meets_the_limit)
{
    char *zeros = calloc(64, 1 << 20), *out;
    size_t size, n = pack(0, zeros, (size_t)64 << 20);
    uint64_t left;
    struct ae_err e;

    cr_assert_lt(n, 100000);
    cr_assert_eq(unpack(n, 1 << 20, &out, &size, &left, &e), AE_ELIMIT);
    cr_assert_eq(unpack(n, ((uint64_t)64 << 20) - 1, &out, &size, &left, &e),
                 AE_ELIMIT);
    cr_assert_eq(unpack(n, (uint64_t)64 << 20, &out, &size, &left, &e), 0);
    cr_assert_eq(size, (size_t)64 << 20);
    free(out);
    free(zeros);
}
