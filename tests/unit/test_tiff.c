/* TIFF that lies: loops, far offsets, absurd sizes and every byte changed in
 * turn give a picture or a reason; and the spool that its bytes go through. */
#include "base/io.h"
#include "base/spool.h"
#include "pictures.h"

#include <unistd.h>

Test(spool, memory_and_file_hold_the_same)
{
    static const uint64_t bounds[] = {0, 10, 100000, 1 << 20};
    unsigned char part[777], back[777];
    struct ae_err e;

    for (size_t k = 0; k < sizeof(bounds) / sizeof(*bounds); k++) {
        struct ae_spool *s;
        cr_assert_eq(ae_spool_new(bounds[k], &s, &e), 0);
        for (int i = 0; i < 200; i++) {
            memset(part, i, sizeof(part));
            cr_assert_eq(
                ae_spool_write(s, (uint64_t)i * 1000, part, sizeof(part), &e),
                0, "%s", e.msg);
        }
        cr_assert_eq(ae_spool_size(s), 199 * 1000 + 777);
        for (int i = 0; i < 200; i++) {
            cr_assert_eq(
                ae_spool_read(s, (uint64_t)i * 1000 + 700, back, 77, &e), 0);
            cr_assert_eq(back[0], i);
            cr_assert_eq(back[76], i);
        }
        cr_assert_eq(ae_spool_read(s, 800, back, 1, &e), 0);
        cr_assert_eq(back[0], 0); /* was skipped */
        cr_assert_eq(ae_spool_read(s, 199777, back, 1, &e), AE_EFORMAT);
        cr_assert_eq(ae_spool_read(s, UINT64_MAX, back, 2, &e), AE_EFORMAT);
        ae_spool_free(s);
    }
}

/* From a file in place and from a pipe, after what was read already. */
Test(spool, takes_what_is_left)
{
    char name[] = "spool-XXXXXX", text[5000];
    const int fd = mkstemp(name);
    struct ae_err e;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i % 251);
    cr_assert_eq(write(fd, text, sizeof(text)), (ssize_t)sizeof(text));
    for (int pipes = 0; pipes < 2; pipes++) {
        struct ae_io *io;
        struct ae_spool *s;
        char part[100];
        int ends[2];
        lseek(fd, 0, SEEK_SET);
        cr_assert_eq(pipe(ends), 0);
        cr_assert_eq(write(ends[1], text, sizeof(text)), (ssize_t)sizeof(text));
        close(ends[1]);
        cr_assert_eq(ae_io_open_fd(pipes ? ends[0] : fd, 0, "x", &io, &e), 0);
        cr_assert_eq(ae_io_read(io, part, 37, &e), 0);
        cr_assert_eq(ae_spool_take(io, 1000, &s, &e), 0, "%s", e.msg);
        cr_assert_eq(ae_spool_size(s), sizeof(text) - 37);
        cr_assert_eq(ae_spool_read(s, 4900, part, 63, &e), 0);
        cr_assert_eq(memcmp(part, text + 4937, 63), 0);
        cr_assert_eq(ae_io_offset(io), sizeof(text));
        ae_spool_free(s);
        ae_io_close(io);
        close(ends[0]);
    }
    close(fd);
    unlink(name);
}

#if AE_WITH_TIFF
static struct bytes sample(struct ae_ctx *ctx, int channels, unsigned maxval)
{
    struct ae_image im = pic_make(ctx, 19, 11, channels, channels == 4, maxval);
    struct bytes b = pic_write(ctx, "tiff", &im, NULL, 0);

    ae_image_release(&im);
    return b;
}

/* A picture or a reason, and nothing that the sanitizers see. */
Test(tiff, every_byte_changed, .timeout = 120)
{
    static const unsigned char masks[] = {1, 0x80, 0xff};
    struct ae_ctx *ctx = pic_context(1 << 18, 32 << 20);

    for (unsigned maxval = 0; maxval < 256; maxval += 255) {
        struct bytes b = sample(ctx, 4, maxval);
        for (size_t i = 4; i < b.n; i++)
            for (size_t k = 0; k < sizeof(masks); k++) {
                struct ae_image im;
                struct ae_err e = {0};
                b.p[i] ^= masks[k];
                const int rc = pic_read(ctx, b.p, b.n, &im, NULL, &e);
                cr_assert(rc == 0 || (e.code == rc && e.msg[0]));
                ae_image_release(&im);
                b.p[i] ^= masks[k];
                pic_notes[0] = 0;
            }
        free(b.p);
    }
    ae_ctx_free(ctx);
}

static void put(unsigned char *p, int n, uint32_t v)
{
    for (int i = 0; i < n; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

/* One entry of a little-endian directory at `at`. */
static void entry(unsigned char *at, int i, unsigned tag, unsigned type,
                  uint32_t count, uint32_t value)
{
    unsigned char *p = at + 2 + 12 * i;

    put(p, 2, tag);
    put(p + 2, 2, type);
    put(p + 4, 4, count);
    put(p + 8, 4, value);
}

/* Gray of w x h, one strip of a byte, in a directory of 8 entries. */
static void directory(unsigned char *at, uint32_t w, uint32_t h, uint32_t next)
{
    put(at, 2, 8);
    entry(at, 0, 256, 4, 1, w);
    entry(at, 1, 257, 4, 1, h);
    entry(at, 2, 258, 3, 1, 8);
    entry(at, 3, 259, 3, 1, 1);
    entry(at, 4, 262, 3, 1, 1);
    entry(at, 5, 273, 4, 1, 8);
    entry(at, 6, 278, 4, 1, h);
    entry(at, 7, 279, 4, 1, 1);
    put(at + 98, 4, next);
}

static int try(uint64_t pixels, uint32_t n, uint32_t w, uint32_t h,
               uint32_t last, struct ae_err *e)
{
    const size_t size = 10 + (size_t)n * 102;
    unsigned char *p = calloc(1, size);
    struct ae_ctx *ctx = pic_context(pixels, 32 << 20);
    int rc;

    memcpy(p, "II*\0\12\0\0\0", 8);
    for (uint32_t i = 0; i < n; i++)
        directory(p + 10 + i * 102, w, h,
                  i + 1 < n ? 10 + (i + 1) * 102 : last);
    const int count = pic_count(ctx, p, size, &rc, e);
    ae_ctx_free(ctx);
    free(p);
    return rc == AE_END ? count : rc;
}

Test(tiff, directories_that_lie, .timeout = 60)
{
    struct ae_err e;

    cr_assert_eq(try(0, 1, 1, 1, 0, &e), 1, "%s", e.msg);
    cr_assert_eq(try(0, 3000, 1, 1, 0, &e), 3000, "%s", e.msg);
    cr_assert_eq(try(2999, 3000, 1, 1, 0, &e), AE_ELIMIT);
    cr_assert(strstr(e.msg, "2999 pixels together"), "%s", e.msg);
    cr_assert_eq(try(0, 70000, 1, 1, 0, &e), AE_ELIMIT);
    cr_assert(strstr(e.msg, "65535 directories"), "%s", e.msg);
    for (uint32_t n = 1; n < 9; n++)
        for (uint32_t to = 0; to < n; to++) {
            cr_assert_eq(try(0, n, 1, 1, 10 + to * 102, &e), AE_EFORMAT);
            cr_assert(strstr(e.msg, "loop"), "%s", e.msg);
        }
    cr_assert_eq(try(0, 2, 1, 1, 1u << 30, &e), AE_EFORMAT);
    cr_assert(strstr(e.msg, "a directory: ends"), "%s", e.msg);
    cr_assert_eq(try(0, 1, 0, 1, 0, &e), AE_EFORMAT);
    cr_assert_eq(try(0, 1, 1u << 31, 1u << 31, 0, &e), AE_ELIMIT);
    /* more samples than the file has, in one piece and row by row */
    cr_assert_eq(try(0, 1, 50, 50, 0, &e), AE_EFORMAT);
    cr_assert_eq(try(0, 1, 9999, 9999, 0, &e), AE_EFORMAT);
    cr_assert(strstr(e.msg, "tiff: ends at"), "%s", e.msg);
}
#endif
