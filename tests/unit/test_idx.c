/* Files in idx: which headers are refused, and why; what is written knows at
 * its end how many pictures came. */
#include "pictures.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"
#include "image/array/idx.h"

TestSuite(idx, .init = pic_set_up, .fini = pic_tear_down);

/* A header with that type, those sizes and n bytes behind them. */
static struct bytes idx(int type, int axes, const uint32_t *size, size_t n)
{
    const unsigned char head[] = {0, 0, (unsigned char)type,
                                  (unsigned char)axes};
    struct bytes b = {0};

    pic_append(&b, head, 4);
    for (int i = 0; i < axes && i < 4; i++) {
        const unsigned char be[] = {
            (unsigned char)(size[i] >> 24), (unsigned char)(size[i] >> 16),
            (unsigned char)(size[i] >> 8), (unsigned char)size[i]};
        pic_append(&b, be, 4);
    }
    for (size_t i = 0; i < n; i++)
        pic_append(&b, "x", 1);
    return b;
}

struct header {
    int type, axes;
    uint32_t size[4];
    size_t n; /* bytes of samples */
    const char *says;
};

static void refused(const struct header *h, int items)
{
    struct bytes b = idx(h->type, h->axes, h->size, h->n);
    struct ae_io *io;
    struct ae_idx out;
    struct ae_err e = {0};

    cr_assert_eq(ae_io_open_memory(b.p, b.n, "test", &io, &e), 0);
    const int rc = items ? ae_idx_read_items(pic_ctx, io, &out, &e)
                         : ae_idx_read(pic_ctx, io, &out, &e);
    cr_expect_lt(rc, 0, "%s is accepted", h->says);
    cr_expect(strstr(e.msg, h->says), "'%s' lacks '%s'", e.msg, h->says);
    ae_io_close(io);
    free(b.p);
}

Test(idx, headers_of_pictures)
{
    static const struct header cases[] = {
        {8, 5, {1, 1, 1, 1}, 4, "5 dimensions"},
        {8, 0, {0}, 4, "0 dimensions"},
        {11, 3, {1, 2, 2}, 8, "type 0x0b; those of pictures"},
        {8, 1, {4}, 4, "labels"},
        {8, 2, {2, 2}, 4, "vectors"},
        {8, 4, {1, 2, 2, 5}, 20, "5 channels"},
        {8, 4, {1, 2, 2, 0}, 0, "0 channels"},
        {8, 3, {2, 2, 2}, 7, "7 follow"},
        {8, 3, {1, 0, 2}, 0, "idx"},
        {8, 3, {1, 1u << 31, 1u << 31}, 0, "idx"},
        {8, 4, {4294967295u, 65535, 65535, 4}, 9, "idx"},
    };

    for (size_t i = 0; i < AE_LEN(cases); i++)
        refused(&cases[i], 0);
}

Test(idx, headers_of_items)
{
    static const struct header cases[] = {
        {8, 1, {4}, 4, "labels, not items"},
        {10, 3, {1, 2, 2}, 4, "unknown type 0x0a"},
        {14, 2, {0, 2}, 0, "no items"},
        {14, 2, {1, 2}, 15, "need 16 bytes"},
        {8, 2, {1, 2}, 3, "need 2 bytes"}, /* nothing may follow */
    };

    for (size_t i = 0; i < AE_LEN(cases); i++)
        refused(&cases[i], 1);
}

/* ---------------------------------------------------------------- written */

/* Writes n pictures of 3 x 2 pixels, the last `odd` of them of 2 x 2, and ends
 * the stream. */
static int put(struct ae_io *io, int n, int odd, struct ae_err *e)
{
    int rc = 0;

    for (int i = 0; !rc && i < n; i++) {
        struct ae_image im = pic_make(pic_ctx, i < n - odd ? 3 : 2, 2, 1, 0,
                                      255);
        rc = ae_image_write(pic_ctx, io, ae_format_by_name("idx"), &im, NULL,
                            NULL, e);
        ae_image_release(&im);
    }
    return rc ? rc : ae_writer_end(io, e);
}

Test(idx, a_file_counts_its_pictures)
{
    struct ae_io *io;
    struct ae_err e = {0};
    int rc;
    size_t n;

    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    cr_assert_eq(put(io, 3, 0, &e), 0, "%s", e.msg);
    const void *p = ae_io_memory(io, &n);
    cr_assert_eq(n, 16 + 3 * 6);
    cr_assert_eq(pic_count(pic_ctx, p, n, &rc, &e), 3);
    cr_assert_eq(rc, AE_END, "%s", e.msg);
    ae_io_close(io);
}

Test(idx, pictures_have_one_size)
{
    struct ae_io *io;
    struct ae_err e = {0};

    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    cr_assert_eq(put(io, 3, 1, &e), AE_EARG);
    cr_assert(strstr(e.msg, "one size for all"), "%s", e.msg);
    ae_io_close(io);
}

/* Its header promises more than there is: nothing is read. */
Test(idx, a_file_that_is_cut)
{
    static const uint32_t size[] = {3, 2, 2};
    struct bytes b = idx(8, 3, size, 12);
    struct ae_err e = {0};
    int rc;

    cr_assert_eq(pic_count(pic_ctx, b.p, b.n, &rc, &e), 3);
    cr_assert_eq(rc, AE_END, "%s", e.msg);
    cr_assert_eq(pic_count(pic_ctx, b.p, b.n - 1, &rc, &e), 0);
    cr_assert_eq(rc, AE_EFORMAT);
    cr_assert(strstr(e.msg, "11 follow"), "%s", e.msg);
    free(b.p);
}

/* A pipe's header can't be mended: more pictures than it says are refused. */
Test(idx, a_pipe_holds_what_its_header_says)
{
    struct ae_io *io;
    struct ae_err e = {0};
    int end[2];

    cr_assert_eq(pipe(end), 0);
    cr_assert_eq(ae_io_open_fd(end[1], 1, "pipe", &io, &e), 0);
    cr_assert_eq(put(io, 1, 0, &e), 0, "%s", e.msg);
    cr_assert_eq(put(io, 1, 0, &e), AE_EARG);
    cr_assert(strstr(e.msg, "more images than its header says"), "%s", e.msg);
    ae_io_close(io);
    close(end[0]);
    close(end[1]);
}
