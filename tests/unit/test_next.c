/* test_next.c - streams in which a picture is damaged or cut short: it is an
 * error by itself, and those before and behind it are read whole. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "hostile.h"

/* Good pictures are 11 x 7; the damaged one is larger. */
static struct bytes good(struct ae_ctx *ctx, const char *format)
{
    struct ae_image im = pic_make(ctx, 11, 7, 3, 0, 255);
    struct bytes b = pic_write(ctx, format, &im, NULL, 95);

    ae_image_release(&im);
    return b;
}

static struct bytes to_be_damaged(struct ae_ctx *ctx, const char *format)
{
    const int real = strcmp(format, "pfm") == 0;
    struct ae_meta jpeg = {.is_jpeg = 1,
                           .components = 3,
                           .progressive = 1,
                           .sampling_h = {2, 1, 1},
                           .sampling_v = {2, 1, 1}};
    const int progressive = strcmp(format, "progressive") == 0;
    struct ae_image im = pic_make(ctx, 90, 70, 3, 0, real ? 0 : 255);

    for (int i = 0; i < 64; i++)
        jpeg.quant[0][i] = 4;
    struct bytes b = pic_write(ctx, progressive ? "jpeg" : format, &im,
                               progressive ? &jpeg : NULL, 95);
    ae_image_release(&im);
    return b;
}

/* Reads a good picture, an error, a good picture and the end. */
static void check_stream(struct ae_ctx *ctx, const struct bytes *bad,
                         const char *what, const char *next, int on_pipe)
{
    struct bytes all = good(ctx, "png"), third = good(ctx, next);
    struct ae_image want = pic_make(ctx, 11, 7, 3, 0, 255);
    struct ae_image im;
    struct ae_io *io = NULL;
    struct ae_err e;
    int fd[2];

    pic_append(&all, bad->p, bad->n);
    pic_append(&all, third.p, third.n);
    if (on_pipe) {
        cr_assert_eq(pipe(fd), 0);
        if (fork() == 0)
            _exit(write(fd[1], all.p, all.n) != (ssize_t)all.n);
        close(fd[1]);
        cr_assert_eq(ae_io_open_fd(fd[0], 1, "pipe", &io, &e), 0);
    } else {
        cr_assert_eq(ae_io_open_memory(all.p, all.n, "memory", &io, &e), 0);
    }
    cr_assert_eq(ae_image_read(ctx, io, 1, &im, NULL, &e), 0);
    cr_expect(pic_equal(&im, &want));
    ae_image_release(&im);
    cr_expect_lt(ae_image_read(ctx, io, 0, &im, NULL, &e), 0, "%s was read",
                 what);
    const int rc = ae_image_read(ctx, io, 0, &im, NULL, &e);
    cr_expect_eq(rc, 0, "%s, then %s: %d", what, next, rc);
    if (!rc) {
        cr_expect_eq(im.info.w, 11, "%s, then %s", what, next);
        if (strcmp(next, "jpeg") != 0)
            cr_expect(pic_equal(&im, &want), "%s, then %s", what, next);
        ae_image_release(&im);
    }
    cr_expect_eq(ae_image_read(ctx, io, 0, &im, NULL, &e), AE_END, "%s, %s",
                 what, next);
    ae_io_close(io);
    if (on_pipe)
        wait(NULL);
    ae_image_release(&want);
    free(all.p);
    free(third.p);
}

static void check_all(struct ae_ctx *ctx, const struct bytes *bad,
                      const char *what)
{
    static const char *const formats[] = {"png", "jpeg", "ppm", "pam", "npy"};

    for (size_t i = 0; i < AE_LEN(formats); i++)
        for (int on_pipe = 0; on_pipe < 2; on_pipe++)
            check_stream(ctx, bad, what, formats[i], on_pipe);
}

TestSuite(next, .init = pic_set_up, .fini = pic_tear_down);

Test(next, a_picture_cut_short)
{
    static const char *const formats[] = {"png", "jpeg", "progressive"};
    char what[64];

    for (size_t i = 0; i < AE_LEN(formats); i++) {
        struct bytes b = to_be_damaged(pic_ctx, formats[i]);
        const size_t whole = b.n;
        for (size_t cut = 1; cut < 9; cut++) {
            b.n = whole * cut / 9;
            snprintf(what, sizeof(what), "%s of %zu bytes", formats[i], b.n);
            check_all(pic_ctx, &b, what);
        }
        free(b.p);
    }
}

/* Noise of ten bytes somewhere behind the header. */
Test(next, a_damaged_picture)
{
    static const char *const formats[] = {"png", "jpeg", "progressive"};
    char what[64];

    for (size_t i = 0; i < AE_LEN(formats); i++) {
        struct bytes b = to_be_damaged(pic_ctx, formats[i]);
        for (size_t at = 4; at < 9; at++) {
            const size_t from = b.n * at / 9;
            unsigned char kept[10];
            memcpy(kept, b.p + from, 10);
            memcpy(b.p + from, "\377\304\1\2\377\300\3\4\377\305", 10);
            snprintf(what, sizeof(what), "%s damaged at %zu", formats[i], from);
            check_all(pic_ctx, &b, what);
            /* a signature of four bytes counts behind an end mark only */
            if (ae_format_by_name("tiff"))
                check_stream(pic_ctx, &b, what, "tiff", 1);
            memcpy(b.p + from, kept, 10);
        }
        free(b.p);
    }
}

/* The header tells where such a picture ends, whatever its samples say. */
Test(next, a_picture_of_known_size)
{
    struct bytes b = to_be_damaged(pic_ctx, "pfm");

    memset(b.p + b.n / 2 / 4 * 4, 0xFF, 64);
    memcpy(b.p + b.n - 200, "P6\n1 1\n255\nrgb", 15);
    check_all(pic_ctx, &b, "pfm with NaN");
    free(b.p);
    b = to_be_damaged(pic_ctx, "ppm");
    cr_assert_eq(memcmp(b.p, "P6\n90 70\n255\n", 13), 0);
    memcpy(b.p, "P6\n90 70\n100\n", 13);
    memcpy(b.p + b.n - 200, "P6\n1 1\n255\nrgb", 15);
    check_all(pic_ctx, &b, "ppm past its maxval");
    free(b.p);
}

Test(next, a_header_that_says_nothing)
{
    struct bytes b = {0};

    pic_append(&b, "P6\n90 x 255\n", 12);
    for (int i = 0; i < 9999; i++)
        pic_append(&b, (const char[]){(char)(i * 7 + i / 256 * 3)}, 1);
    check_all(pic_ctx, &b, "ppm without a size");
    free(b.p);
}

/* A thumbnail within a segment of metadata is no next picture. */
Test(next, a_thumbnail_of_a_damaged_jpeg)
{
    struct bytes b = to_be_damaged(pic_ctx, "jpeg"),
                 small = good(pic_ctx, "jpeg");
    unsigned char head[4] = {0xFF, 0xE1, 0, 0};

    head[2] = (unsigned char)((small.n + 2) >> 8);
    head[3] = (unsigned char)(small.n + 2);
    splice(&b, 2, 0, small.p, small.n);
    splice(&b, 2, 0, head, sizeof(head));
    b.n = b.n * 3 / 4;
    check_all(pic_ctx, &b, "jpeg with a thumbnail");
    /* a frame of 12 bits, so that nothing but the header is read */
    for (size_t i = 6 + small.n; i + 5 < b.n; i++)
        if (b.p[i] == 0xFF && b.p[i + 1] == 0xC0) {
            b.p[i + 4] = 12;
            break;
        }
    check_all(pic_ctx, &b, "jpeg of 12 bits with a thumbnail");
    free(b.p);
    free(small.p);
}

/* Pictures of an array are found by their places. */
Test(next, a_picture_of_an_array)
{
    struct ae_io *io = NULL;
    struct ae_image im = pic_make(pic_ctx, 9, 8, 3, 0, 0);
    struct ae_err e;
    size_t n;

    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    im.info.items = 4;
    for (im.info.item = 0; im.info.item < 4; im.info.item++)
        cr_assert_eq(ae_image_write(pic_ctx, io, ae_format_by_name("npy"), &im,
                                    NULL, NULL, &e),
                     0);
    unsigned char *p = malloc(100000);
    const void *from = ae_io_memory(io, &n);
    memcpy(p, from, n);
    ae_io_close(io);
    memset(p + n - 3 * 9 * 8 * 3 * 4 + 100, 0xFF, 8); /* in the second */
    cr_assert_eq(ae_io_open_memory(p, n, "array", &io, &e), 0);
    for (int i = 0; i < 4; i++) {
        struct ae_image out;
        const int rc = ae_image_read(pic_ctx, io, i == 0, &out, NULL, &e);
        cr_expect_eq(rc, i == 1 ? AE_ENUMERIC : 0, "%d: %d", i, rc);
        if (rc)
            continue;
        cr_expect_eq(out.info.item, (uint64_t)i);
        cr_expect(pic_equal(&out, &im));
        ae_image_release(&out);
    }
    struct ae_image none;
    cr_expect_eq(ae_image_read(pic_ctx, io, 0, &none, NULL, &e), AE_END);
    ae_image_release(&im);
    ae_io_close(io);
    free(p);
}

/* A picture that wasn't read to its end is passed. */
Test(next, a_picture_that_is_given_up)
{
    struct bytes all = to_be_damaged(pic_ctx, "progressive");
    struct bytes more = good(pic_ctx, "png");
    struct ae_reader *r;
    struct ae_image im;
    struct ae_io *io;
    struct ae_err e;

    pic_append(&all, more.p, more.n);
    cr_assert_eq(ae_io_open_memory(all.p, all.n, "test", &io, &e), 0);
    cr_assert_eq(ae_reader_open(pic_ctx, io, 1, &r, &e), 0);
    ae_reader_free(r);
    cr_assert_eq(ae_image_read(pic_ctx, io, 0, &im, NULL, &e), 0, "%s", e.msg);
    cr_assert_eq(im.info.w, 11);
    ae_image_release(&im);
    ae_io_close(io);
    free(all.p);
    free(more.p);
}
