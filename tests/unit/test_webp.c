/* WebP: what is kept exactly and what isn't, its bounds, its metadata, files
 * that are cut, padded or animated. */
#include "pictures.h"

#include <math.h>

#if AE_WITH_WEBP

TestSuite(webp, .init = pic_set_up, .fini = pic_tear_down);

static void fail_with(int rc, int code, const struct ae_err *e,
                      const char *reason)
{
    cr_assert_eq(rc, code, "%d, not %d: %s", rc, code, e->msg);
    cr_assert(strstr(e->msg, reason), "\"%s\" has no \"%s\"", e->msg, reason);
}

/* How the picture is coded when it is written so: 1 lossy. */
static int is_lossy(struct ae_ctx *ctx, const struct ae_image *im,
                    const struct ae_meta *meta, int quality)
{
    struct bytes b = pic_write(ctx, "webp", im, meta, quality);
    struct ae_image out;
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(pic_read(ctx, b.p, b.n, &out, &m, &e), 0, "%s", e.msg);
    const int lossy = m->lossy;
    cr_assert_eq(memcmp(b.p + 12, lossy ? "VP8 " : "VP8L", 4), 0);
    ae_meta_free(m);
    ae_image_release(&out);
    free(b.p);
    return lossy;
}

Test(webp, lossless_unless_the_source_was_lossy_or_a_quality_is_asked_for)
{
    struct ae_image im = pic_make(pic_ctx, 33, 21, 3, 0, 255);
    const struct ae_meta jpeg = {.is_jpeg = 1}, lossy = {.lossy = 1},
                         neither = {0};

    cr_expect_eq(is_lossy(pic_ctx, &im, NULL, 0), 0);
    cr_expect_eq(is_lossy(pic_ctx, &im, &neither, 0), 0);
    cr_expect_eq(is_lossy(pic_ctx, &im, &lossy, 0), 1);
    cr_expect_eq(is_lossy(pic_ctx, &im, &jpeg, 0), 1);
    cr_expect_eq(is_lossy(pic_ctx, &im, NULL, 80), 1);
    ae_image_release(&im);
}

Test(webp, quality_90_unless_told)
{
    struct ae_image im = pic_make(pic_ctx, 64, 64, 3, 0, 255);
    const struct ae_meta lossy = {.lossy = 1};
    struct bytes usual = pic_write(pic_ctx, "webp", &im, &lossy, 0);
    struct bytes same = pic_write(pic_ctx, "webp", &im, &lossy, 90);
    struct bytes less = pic_write(pic_ctx, "webp", &im, &lossy, 30);

    cr_assert_eq(usual.n, same.n);
    cr_assert_eq(memcmp(usual.p, same.p, usual.n), 0);
    cr_assert_lt(less.n, usual.n * 3 / 4);
    free(usual.p);
    free(same.p);
    free(less.p);
    ae_image_release(&im);
}

Test(webp, colour_under_alpha_0_comes_back)
{
    struct ae_image im = pic_make(pic_ctx, 40, 30, 4, 1, 255);

    for (int i = 0; i < 40 * 30; i++)
        if (i % 3)
            im.data[4 * i + 3] = 0;
    struct ae_image out = pic_there_and_back(pic_ctx, "webp", &im, NULL, 0,
                                             NULL);
    cr_assert(pic_equal(&im, &out));
    ae_image_release(&out);
    ae_image_release(&im);
}

Test(webp, alpha_that_is_opaque_stays_a_channel)
{
    struct ae_image im = pic_make(pic_ctx, 12, 9, 4, 1, 255);

    for (int i = 0; i < 12 * 9; i++)
        im.data[4 * i + 3] = 1;
    struct ae_image out = pic_there_and_back(pic_ctx, "webp", &im, NULL, 0,
                                             NULL);
    cr_assert(out.info.alpha && pic_equal(&im, &out));
    ae_image_release(&out);
    ae_image_release(&im);
}

/* Half gray, half transparent over `hidden`; the visible half as it comes
 * back from lossy coding. */
static struct ae_image rim(struct ae_ctx *ctx, float hidden)
{
    struct ae_image im = pic_make(ctx, 64, 64, 4, 1, 255);

    for (int i = 0; i < 64 * 64; i++) {
        const int seen = i % 64 < 35;
        for (int c = 0; c < 3; c++)
            im.data[4 * i + c] = seen     ? 128.0f / 255
                                 : c == 0 ? hidden
                                          : 1 - hidden;
        im.data[4 * i + 3] = (float)seen;
    }
    struct ae_image out = pic_there_and_back(ctx, "webp", &im, NULL, 90, NULL);
    ae_image_release(&im);
    return out;
}

Test(webp, hidden_colour_does_not_bleed_into_the_rim)
{
    struct ae_image red = rim(pic_ctx, 1), blue = rim(pic_ctx, 0);

    for (int i = 0; i < 64 * 64; i++) {
        cr_assert_eq(red.data[4 * i + 3], (float)(i % 64 < 35));
        for (int c = 0; c < 3 && i % 64 < 35; c++) {
            cr_assert_leq(fabsf(red.data[4 * i + c] - 128.0f / 255), 3.1f / 255,
                          "column %d", i % 64);
            cr_assert_leq(fabsf(blue.data[4 * i + c] - 128.0f / 255),
                          3.1f / 255, "column %d", i % 64);
        }
    }
    ae_image_release(&red);
    ae_image_release(&blue);
}

Test(webp, finer_depths_are_rounded_with_a_note)
{
    struct ae_image im = pic_make(pic_ctx, 8, 8, 3, 0, 65535);
    struct bytes b = pic_write(pic_ctx, "webp", &im, NULL, 0);

    cr_assert(strstr(pic_notes, "8 bits"), "%s", pic_notes);
    free(b.p);
    ae_image_release(&im);
}

Test(webp, sizes_are_refused_before_any_work)
{
    struct ae_ctx *ctx = pic_context(0, 0), *small = pic_context(0, 40000);
    struct ae_image_info i = {.w = 16384, .h = 1, .channels = 3, .maxval = 255};
    const struct ae_write_options lossy = {.quality = 50};
    struct ae_io *io;
    struct ae_writer *w;
    struct ae_err e;

    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    const struct ae_format *f = ae_format_by_name("webp");
    fail_with(ae_writer_open(ctx, io, f, &i, NULL, NULL, &w, &e),
              AE_EUNSUPPORTED, &e, "at most 16383");
    i.w = 1;
    i.h = 16384;
    fail_with(ae_writer_open(ctx, io, f, &i, NULL, NULL, &w, &e),
              AE_EUNSUPPORTED, &e, "at most 16383");
    i.w = i.h = 50;
    fail_with(ae_writer_open(small, io, f, &i, NULL, NULL, &w, &e), AE_ELIMIT,
              &e, "bound on memory");
    cr_assert_eq(ae_writer_open(small, io, f, &i, NULL, &lossy, &w, &e), 0);
    ae_writer_free(w);
    i.h = 16383;
    i.w = 1;
    cr_assert_eq(ae_writer_open(ctx, io, f, &i, NULL, NULL, &w, &e), 0);
    ae_writer_free(w);
    ae_io_close(io);
    ae_ctx_free(ctx);
    ae_ctx_free(small);
}

/* A picture of one colour: a few bytes that unpack to many. */
Test(webp, bombs_are_refused)
{
    struct ae_ctx *ctx = pic_context(0, 0), *small = pic_context(0, 1 << 20);
    struct ae_ctx *few = pic_context(500 * 500 - 1, 0);
    struct ae_image im = pic_make(ctx, 500, 500, 3, 0, 255), out;
    struct ae_err e;

    memset(im.data, 0, 500 * 500 * 3 * sizeof(float));
    struct bytes b = pic_write(ctx, "webp", &im, NULL, 0);
    cr_assert_lt(b.n, 1000);
    fail_with(pic_read(small, b.p, b.n, &out, NULL, &e), AE_ELIMIT, &e,
              "bound on memory");
    fail_with(pic_read(few, b.p, b.n, &out, NULL, &e), AE_ELIMIT, &e,
              "500 x 500");
    cr_assert_eq(pic_read(ctx, b.p, b.n, &out, NULL, &e), 0);
    ae_image_release(&out);
    free(b.p);
    ae_image_release(&im);
    ae_ctx_free(ctx);
    ae_ctx_free(small);
    ae_ctx_free(few);
}

/* The header of an ICC profile of 133 bytes, whose length is odd. */
static unsigned char profile[133] = {[3] = 133};

static const unsigned char *profile_of(const char *space)
{
    memcpy(profile + 16, space, 4);
    memcpy(profile + 36, "acsp", 4);
    return profile;
}

static void put_size(unsigned char *p, size_t n)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(n >> 8 * i);
}

/* The file with its last `n` bytes gone and a header that agrees. */
static void cut_within(struct ae_ctx *ctx, const struct bytes *b, size_t n)
{
    unsigned char *p = malloc(b->n - n);
    struct ae_image out;
    struct ae_err e = {0};

    memcpy(p, b->p, b->n - n);
    put_size(p + 4, b->n - n - 8);
    cr_assert_eq(pic_read(ctx, p, b->n - n, &out, NULL, &e), AE_EFORMAT,
                 "%zu bytes less: %s", n, e.msg);
    free(p);
}

Test(webp, cut_at_every_byte)
{
    struct ae_image im = pic_make(pic_ctx, 19, 17, 4, 1, 255), out;
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_ICC, profile_of("RGB "), 133, &e), 0);
    for (int quality = 0; quality <= 90; quality += 90) {
        struct bytes b = pic_write(pic_ctx, "webp", &im, m, quality);
        for (size_t n = 0; n < b.n; n++)
            cr_assert_lt(pic_read(pic_ctx, b.p, n, &out, NULL, &e), 0,
                         "%zu of %zu bytes", n, b.n);
        for (size_t n = 2; n < b.n - 30; n += 7)
            cut_within(pic_ctx, &b, n);
        free(b.p);
    }
    ae_meta_free(m);
    ae_image_release(&im);
}

Test(webp, profile_exif_and_xmp_come_back)
{
    struct ae_image im = pic_make(pic_ctx, 9, 7, 3, 0, 255), out;
    struct ae_meta *m, *back;
    struct ae_err e;

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    profile_of("RGB ");
    cr_assert_eq(ae_meta_add(m, AE_BLOB_ICC, profile, 133, &e), 0);
    cr_assert_eq(
        ae_meta_add(m, AE_BLOB_EXIF, "II*\0\10\0\0\0\0\0\0\0\0\0", 14, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_XMP, "<x:xmpmeta/>", 12, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_COMMENT, "word", 4, &e), 0);
    struct bytes b = pic_write(pic_ctx, "webp", &im, m, 0);
    cr_assert_eq(memcmp(b.p + 12, "VP8X", 4), 0);
    cr_assert_eq(pic_read(pic_ctx, b.p, b.n, &out, &back, &e), 0, "%s", e.msg);
    cr_assert(pic_equal(&im, &out));
    for (int kind = AE_BLOB_ICC; kind <= AE_BLOB_XMP; kind++) {
        const struct ae_blob *was = ae_meta_get(m, (enum ae_blob_kind)kind);
        const struct ae_blob *is = ae_meta_get(back, (enum ae_blob_kind)kind);
        cr_assert(is && is->size == was->size);
        cr_assert_eq(memcmp(is->data, was->data, is->size), 0);
    }
    cr_assert(strstr(pic_notes, "left out: comment"), "%s", pic_notes);
    cr_assert_null(ae_meta_get(back, AE_BLOB_COMMENT));
    ae_meta_free(back);
    ae_meta_free(m);
    free(b.p);
    ae_image_release(&out);
    ae_image_release(&im);
}

Test(webp, a_profile_of_gray_is_left_out)
{
    struct ae_image im = pic_make(pic_ctx, 9, 7, 1, 0, 255);
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_ICC, profile_of("GRAY"), 133, &e), 0);
    struct bytes b = pic_write(pic_ctx, "webp", &im, m, 0);
    cr_assert_eq(memcmp(b.p + 12, "VP8L", 4), 0);
    cr_assert(strstr(pic_notes, "profile of gray"), "%s", pic_notes);
    ae_meta_free(m);
    free(b.p);
    ae_image_release(&im);
}

/* The picture stays. */
Test(webp, damaged_metadata_are_noted)
{
    struct ae_image im = pic_make(pic_ctx, 9, 7, 3, 0, 255), out;
    struct ae_meta *m, *back;
    struct ae_err e;

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_ICC, profile_of("RGB "), 133, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_XMP, "<x:xmpmeta/>", 12, &e), 0);
    struct bytes b = pic_write(pic_ctx, "webp", &im, m, 0);
    b.n -= 4;
    put_size(b.p + 4, b.n - 8);
    cr_assert_eq(pic_read(pic_ctx, b.p, b.n, &out, &back, &e), 0, "%s", e.msg);
    cr_assert(pic_equal(&im, &out));
    cr_assert(strstr(pic_notes, "damaged chunks"), "%s", pic_notes);
    cr_assert_eq(back->count, 0);
    ae_meta_free(back);
    ae_meta_free(m);
    free(b.p);
    ae_image_release(&out);
    ae_image_release(&im);
}

/* A simple file as an extended one with these flags and one chunk more. */
static struct bytes extended(const struct bytes *b, int flags, int w, int h,
                             const char *name, const void *data, size_t n)
{
    unsigned char x[18] = "VP8X\12", head[8];
    struct bytes out = {0};

    x[8] = (unsigned char)flags;
    x[12] = (unsigned char)(w - 1);
    x[15] = (unsigned char)(h - 1);
    pic_append(&out, b->p, 12);
    pic_append(&out, x, sizeof(x));
    pic_append(&out, b->p + 12, b->n - 12);
    memcpy(head, name, 4);
    put_size(head + 4, n);
    pic_append(&out, head, 8);
    pic_append(&out, data, n);
    if (n % 2)
        pic_append(&out, "", 1);
    put_size(out.p + 4, out.n - 8);
    return out;
}

Test(webp, exif_loses_the_name_that_jpeg_gives_it)
{
    struct ae_image im = pic_make(pic_ctx, 6, 5, 3, 0, 255), out;
    struct bytes b = pic_write(pic_ctx, "webp", &im, NULL, 0);
    struct bytes x = extended(&b, 8, 6, 5, "EXIF", "Exif\0\0II*\0\10\0\0\0\0\0",
                              16);
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(pic_read(pic_ctx, x.p, x.n, &out, &m, &e), 0, "%s", e.msg);
    const struct ae_blob *exif = ae_meta_get(m, AE_BLOB_EXIF);
    cr_assert(exif && exif->size == 10 && memcmp(exif->data, "II*", 4) == 0);
    ae_meta_free(m);
    ae_image_release(&out);
    free(b.p);
    free(x.p);
    ae_image_release(&im);
}

Test(webp, animations_are_refused)
{
    struct ae_image im = pic_make(pic_ctx, 6, 5, 3, 0, 255), out;
    struct bytes b = pic_write(pic_ctx, "webp", &im, NULL, 0);
    struct bytes x = extended(&b, 2, 6, 5, "ANIM", "\0\0\0\0\0\0", 6);
    struct ae_err e;

    fail_with(pic_read(pic_ctx, x.p, x.n, &out, NULL, &e), AE_EUNSUPPORTED, &e,
              "animated");
    cr_assert(strstr(e.msg, "webpmux -get frame"), "%s", e.msg);
    free(b.p);
    free(x.p);
    ae_image_release(&im);
}

/* An odd length is followed by a zero, or not. */
Test(webp, odd_lengths)
{
    struct ae_image im = pic_make(pic_ctx, 6, 5, 3, 0, 255);
    struct bytes b = pic_write(pic_ctx, "webp", &im, NULL, 0), two = {0};
    struct ae_err e;
    int rc;

    for (int padded = 0; padded < 2; padded++) {
        two.n = 0;
        pic_append(&two, b.p, b.n);
        pic_append(&two, "\1", 1);
        put_size(two.p + 4, b.n + 1 - 8);
        pic_append(&two, "", (size_t)padded);
        pic_append(&two, b.p, b.n);
        pic_notes[0] = 0;
        cr_assert_eq(pic_count(pic_ctx, two.p, two.n, &rc, &e), 2, "%s", e.msg);
        cr_assert_eq(rc, AE_END);
    }
    cr_assert(!strstr(pic_notes, "not a picture"), "%s", pic_notes);
    free(b.p);
    free(two.p);
    ae_image_release(&im);
}

/* A byte changed anywhere: read or refused with a word, never worse. */
Test(webp, any_byte_may_be_wrong)
{
    struct ae_ctx *ctx = pic_context(1 << 16, 8 << 20);
    struct ae_image im = pic_make(ctx, 16, 11, 4, 1, 255), out;

    for (int quality = 0; quality <= 50; quality += 50) {
        struct bytes b = pic_write(ctx, "webp", &im, NULL, quality);
        for (size_t i = 12; i < b.n; i++)
            for (int bit = 0; bit < 8; bit += 3) {
                struct ae_err e = {0};
                b.p[i] ^= (unsigned char)(1 << bit);
                if (pic_read(ctx, b.p, b.n, &out, NULL, &e) == 0)
                    ae_image_release(&out);
                else
                    cr_assert(e.msg[0]);
                b.p[i] ^= (unsigned char)(1 << bit);
            }
        free(b.p);
    }
    ae_image_release(&im);
    ae_ctx_free(ctx);
}

#else

Test(webp, a_build_without_it_says_so)
{
    struct ae_image im;
    struct ae_err e;

    cr_assert_eq(pic_read(pic_ctx, "RIFF\44\0\0\0WEBPVP8 ", 16, &im, NULL, &e),
                 AE_EUNREAD);
    cr_assert(strstr(e.msg, "without libwebp"), "%s", e.msg);
    cr_assert_eq(ae_format_refuse_name("x.webp", &e), AE_EUNSUPPORTED);
    cr_assert(strstr(e.msg, "without libwebp"), "%s", e.msg);
    cr_assert_null(ae_format_by_name("webp"));
}

#endif
