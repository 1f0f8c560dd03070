/* The table of formats: every format, depth, number of channels and odd size
 * there and back; images one after another; files cut at every byte. */
#include <math.h>
#include <unistd.h>

#include "pictures.h"

static const int sizes[][2] = {
    {1, 1}, {1, 7}, {9, 1}, {3, 5}, {8, 2}, {17, 13}, {33, 4},
};

static const unsigned maxvals[] = {1, 3, 15, 100, 255, 256, 4095, 65535, 0};

/* Of 8 bits or 16: 8 only where they hold 0..m exactly. */
static unsigned whole(unsigned m)
{
    return m > 255 || 255 % m != 0 ? 65535 : 255;
}

/* The depth in which `format` gives back samples of 0..maxval, and the
 * channels; 0 channels: it refuses. */
static int kept(const char *format, int channels, int alpha, unsigned *maxval)
{
    const int colours = channels - alpha;
    const unsigned m = *maxval;
    const int picture = colours == 1 || colours == 3;

    if (strcmp(format, "png") == 0) {
        const int low = channels == 1 && (m == 1 || m == 3 || m == 15);
        *maxval = low ? m : m == 0 ? 65535 : whole(m);
        return channels;
    }
    if (strcmp(format, "tiff") == 0) {
        const int low = channels == 1 && (m == 1 || m == 3 || m == 15);
        *maxval = low || m == 0 ? m : whole(m);
        return channels;
    }
    if (strcmp(format, "npy") == 0) {
        *maxval = m == 0 ? 0 : whole(m);
        return channels;
    }
    if (strcmp(format, "idx") == 0) {
        *maxval = 255;
        return channels;
    }
    if (strcmp(format, "pfm") == 0) {
        *maxval = 0;
        return picture ? colours : 0;
    }
    if (strcmp(format, "jpeg") == 0) {
        *maxval = 255;
        return picture ? colours : 0;
    }
    if (strcmp(format, "webp") == 0) {
        *maxval = 255;
        return picture ? 3 + alpha : 0;
    }
    *maxval = m ? m : 65535;
    if (strcmp(format, "pam") == 0)
        return channels;
    if (!picture)
        return 0;
    if (strcmp(format, "pbm") == 0)
        return colours == 1 && m == 1 ? 1 : 0;
    if (strcmp(format, "pgm") == 0)
        return colours == 1 ? 1 : 0;
    return strcmp(format, "ppm") == 0 ? 3 : colours;
}

/* The sample that came back against the one written: equal if the depth is
 * kept, else the nearest of the new depth. */
static void check_sample(const char *format, float in, float out, unsigned from,
                         unsigned to)
{
    const float c = in > 0 ? in < 1 ? in : 1 : 0;

    if (to == 0 || from == to)
        cr_assert_eq(out, in, "%s: %.9g for %.9g", format, out, in);
    else
        cr_assert_leq(fabsf(out * (float)to - c * (float)to), 0.501f,
                      "%s: %.9g for %.9g", format, out, in);
}

/* What sample c of `n` channels must be: alpha is 1 where only the file has
 * it, gray becomes three equal channels. */
static float expected(const struct ae_image *in, size_t pixel, int c, int n)
{
    const int ci = in->info.channels;
    const float *p = in->data + pixel * (size_t)ci;

    if (ci == n)
        return p[c];
    if (n % 2 == 0 && c == n - 1)
        return in->info.alpha ? p[ci - 1] : 1;
    return p[ci <= 2 ? 0 : c];
}

static void check_picture(const char *format, const struct ae_image *in,
                          const struct ae_image *out, unsigned maxval)
{
    const int co = out->info.channels;
    const size_t n = (size_t)in->info.w * (size_t)in->info.h;

    cr_assert_eq(out->info.w, in->info.w);
    cr_assert_eq(out->info.h, in->info.h);
    cr_assert_eq(out->info.maxval, maxval, "%s: maxval %u, not %u", format,
                 out->info.maxval, maxval);
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < co; c++)
            check_sample(format, expected(in, i, c, co),
                         out->data[i * (size_t)co + (size_t)c], in->info.maxval,
                         maxval);
}

static void there_and_back(struct ae_ctx *ctx, const char *format, int w, int h,
                           int channels, int alpha, unsigned m)
{
    struct ae_image in = pic_make(ctx, w, h, channels, alpha, m), out;
    struct bytes b = {0};
    struct ae_err e;
    unsigned want = m;
    const int back = kept(format, channels, alpha, &want);
    const int rc = pic_try_write(ctx, format, &in, NULL, 0, &b, &e);

    if (back == 0) {
        cr_assert_eq(rc, AE_EUNSUPPORTED, "%s took %d channels of 0..%u",
                     format, channels, m);
    } else {
        cr_assert_eq(rc, 0, "%s: %s", format, e.msg);
        cr_assert_eq(pic_read(ctx, b.p, b.n, &out, NULL, &e), 0, "%s: %s",
                     format, e.msg);
        cr_assert_eq(out.info.channels, back, "%s: %d channels for %d", format,
                     out.info.channels, channels);
        check_picture(format, &in, &out, want);
        ae_image_release(&out);
    }
    free(b.p);
    ae_image_release(&in);
}

Test(format, all_depths_and_sizes_come_back)
{
    static const int kinds[][2] = {
        /* channels, alpha */
        {1, 0}, {2, 1}, {3, 0}, {4, 1}, {2, 0}, {4, 0},
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t f = 0; ae_format_at(f); f++) {
        const char *name = ae_format_name(ae_format_at(f));
        if (strcmp(name, "jpeg") == 0)
            continue; /* below */
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++)
            for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
                for (size_t m = 0; m < sizeof(maxvals) / sizeof(*maxvals); m++)
                    there_and_back(ctx, name, sizes[s][0], sizes[s][1],
                                   kinds[k][0], kinds[k][1], maxvals[m]);
    }
    ae_ctx_free(ctx);
}

Test(format, every_16_bit_value_comes_back)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct ae_image in = pic_make(ctx, 256, 256, 1, 0, 65535), out;
    static const char *const names[] = {"png", "pgm", "pam", "npy",
                                        AE_WITH_TIFF ? "tiff" : "npy"};
    struct ae_err e;

    for (int i = 0; i < 65536; i++)
        in.data[i] = (float)i / 65535.0f;
    for (size_t f = 0; f < sizeof(names) / sizeof(*names); f++) {
        struct bytes b = pic_write(ctx, names[f], &in, NULL, 0);
        cr_assert_eq(pic_read(ctx, b.p, b.n, &out, NULL, &e), 0);
        cr_assert(pic_equal(&in, &out), "%s", names[f]);
        ae_image_release(&out);
        free(b.p);
    }
    ae_image_release(&in);
    ae_ctx_free(ctx);
}

/* A smooth ramp, which JPEG's best quality keeps within two levels. */
Test(format, jpeg_is_near)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct ae_err e;

    for (int channels = 1; channels <= 4; channels++) {
        for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
            const int w = sizes[s][0], h = sizes[s][1];
            struct ae_image in = pic_make(ctx, w, h, channels,
                                          channels % 2 == 0, 255),
                            out;
            const int colours = channels - in.info.alpha;
            for (int i = 0; i < w * h * channels; i++)
                in.data[i] = (float)(60 + 3 * (i / channels % w) +
                                     2 * (i / channels / w)) /
                             255;
            struct bytes b = pic_write(ctx, "jpeg", &in, NULL, 100);
            cr_assert_eq(pic_read(ctx, b.p, b.n, &out, NULL, &e), 0);
            cr_assert_eq(out.info.channels, colours);
            for (int i = 0; i < w * h; i++)
                for (int c = 0; c < colours; c++)
                    cr_assert_leq(fabsf(out.data[i * colours + c] -
                                        in.data[i * channels + c]),
                                  2.1 / 255);
            ae_image_release(&in);
            ae_image_release(&out);
            free(b.p);
        }
    }
    cr_assert(strstr(pic_notes, "no alpha"), "%s", pic_notes);
    ae_ctx_free(ctx);
}

/* One small file of each format, by the table. */
static struct bytes sample_file(struct ae_ctx *ctx, size_t f)
{
    const char *name = ae_format_name(ae_format_at(f));
    struct ae_image im = pic_make(ctx, 5 + (int)f, 3, 1, 0, 1);
    struct bytes b = pic_write(ctx, name, &im, NULL, 0);

    ae_image_release(&im);
    return b;
}

/* Nothing follows a TIFF, whose offsets may point anywhere. */
static int ends_stream(size_t f)
{
    return strcmp(ae_format_name(ae_format_at(f)), "tiff") == 0;
}

Test(format, any_two_follow_one_another)
{
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t a = 0; ae_format_at(a); a++)
        for (size_t b = 0; !ends_stream(a) && ae_format_at(b); b++) {
            struct bytes one = sample_file(ctx, a), two = sample_file(ctx, b);
            struct ae_io *io;
            struct ae_image im;
            struct ae_err e;
            pic_append(&one, two.p, two.n);
            cr_assert_eq(ae_io_open_memory(one.p, one.n, "two", &io, &e), 0);
            cr_assert_eq(ae_image_read(ctx, io, 1, &im, NULL, &e), 0);
            cr_assert_eq(im.info.w, 5 + (int)a);
            ae_image_release(&im);
            cr_assert_eq(ae_image_read(ctx, io, 0, &im, NULL, &e), 0,
                         "%s then %s: %s", ae_format_name(ae_format_at(a)),
                         ae_format_name(ae_format_at(b)), e.msg);
            cr_assert_eq(im.info.w, 5 + (int)b);
            ae_image_release(&im);
            cr_assert_eq(ae_image_read(ctx, io, 0, &im, NULL, &e), AE_END);
            ae_io_close(io);
            free(one.p);
            free(two.p);
        }
    cr_assert_str_empty(pic_notes);
    ae_ctx_free(ctx);
}

/* The same through a pipe, whose reads come in pieces. */
Test(format, all_follow_one_another_on_a_pipe)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes all = {0};
    struct ae_io *io;
    struct ae_image im;
    struct ae_err e;
    int fd[2], n = 0, rc;

    for (size_t f = 0; ae_format_at(f); f++) {
        struct bytes b = sample_file(ctx, f);
        pic_append(&all, b.p, b.n);
        free(b.p);
    }
    cr_assert_lt(all.n, 60000); /* fits the pipe */
    cr_assert_eq(pipe(fd), 0);
    cr_assert_eq(write(fd[1], all.p, all.n), (ssize_t)all.n);
    close(fd[1]);
    cr_assert_eq(ae_io_open_fd(fd[0], 1, "pipe", &io, &e), 0);
    while ((rc = ae_image_read(ctx, io, n == 0, &im, NULL, &e)) == 0) {
        cr_assert_eq(im.info.w, 5 + n++);
        ae_image_release(&im);
    }
    cr_assert_eq(rc, AE_END);
    cr_assert_null(ae_format_at((size_t)n));
    ae_io_close(io);
    free(all.p);
    ae_ctx_free(ctx);
}

/* A picture is complete before the next one has come: whoever waits for an
 * answer on the other end of a pipe gets it. */
Test(format, no_waiting_for_what_follows, .timeout = 20)
{
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t f = 0; ae_format_at(f); f++) {
        struct bytes b = sample_file(ctx, f);
        struct ae_io *io;
        struct ae_image im;
        struct ae_err e;
        int fd[2];
        if (ends_stream(f)) { /* it must seek */
            free(b.p);
            continue;
        }
        if (b.n < 64) { /* recognition looks that far */
            struct ae_image big = pic_make(ctx, 31, 31, 1, 0, 1);
            free(b.p);
            b = pic_write(ctx, ae_format_name(ae_format_at(f)), &big, NULL, 0);
            ae_image_release(&big);
        }
        cr_assert_eq(pipe(fd), 0);
        cr_assert_eq(write(fd[1], b.p, b.n), (ssize_t)b.n);
        cr_assert_eq(ae_io_open_fd(fd[0], 1, "pipe", &io, &e), 0);
        cr_assert_eq(ae_image_read(ctx, io, 1, &im, NULL, &e), 0, "%s", e.msg);
        ae_image_release(&im);
        ae_io_close(io);
        close(fd[1]);
        free(b.p);
    }
    ae_ctx_free(ctx);
}

/* Whether files of the f-th format end by a mark. */
static int has_mark(size_t f)
{
    const char *name = ae_format_name(ae_format_at(f));

    return strcmp(name, "png") == 0 || strcmp(name, "jpeg") == 0;
}

/* Without a mark it may be the rest of a picture, of which the one before, cut
 * short, took the beginning: a fault. */
Test(format, what_follows_and_is_no_picture_is_noted)
{
    static const char *const tails[] = {
        "junk", "<html>", "SEFH", "P9 1 1\n", "BMW", "\377\377\377",
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t f = 0; ae_format_at(f); f++)
        for (size_t t = 0;
             !ends_stream(f) && t < sizeof(tails) / sizeof(*tails); t++) {
            struct bytes b = sample_file(ctx, f);
            struct ae_err e;
            int rc;
            pic_append(&b, tails[t], strlen(tails[t]));
            pic_notes[0] = 0;
            cr_assert_eq(pic_count(ctx, b.p, b.n, &rc, &e), 1);
            cr_assert_eq(rc, has_mark(f) ? AE_END : AE_EFORMAT, "%s: %s",
                         ae_format_name(ae_format_at(f)), e.msg);
            cr_assert(strstr(has_mark(f) ? pic_notes : e.msg,
                             has_mark(f) ? "not a picture" : "cut short"),
                      "%s %s", pic_notes, e.msg);
            free(b.p);
        }
    ae_ctx_free(ctx);
}

Test(format, blanks_between_and_behind_are_no_ones)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes all = {0};
    struct ae_err e;
    int rc, n = 0;

    for (; ae_format_at((size_t)n); n++) {
        struct bytes b = sample_file(ctx, (size_t)n);
        pic_append(&all, b.p, b.n);
        pic_append(&all, "\n \r\n", 4);
        free(b.p);
    }
    cr_assert_eq(pic_count(ctx, all.p, all.n, &rc, &e), n);
    cr_assert_eq(rc, AE_END);
    cr_assert_str_empty(pic_notes);
    free(all.p);
    ae_ctx_free(ctx);
}

/* Every proper beginning of a file is an error that says something; a JPEG
 * that lacks its end marker only is whole. */
static void cut_everywhere(struct ae_ctx *ctx, const char *what,
                           const struct bytes *b)
{
    const size_t end = b->p[0] == 0xFF ? b->n - 2 : b->n;

    for (size_t n = 0; n < end; n++) {
        unsigned char *exact = malloc(n ? n : 1);
        struct ae_image im;
        struct ae_err e = {0};
        memcpy(exact, b->p, n);
        const int rc = pic_read(ctx, exact, n, &im, NULL, &e);
        cr_assert_lt(rc, 0, "%s cut to %zu of %zu bytes was read", what, n,
                     b->n);
        cr_assert(e.msg[0]);
        free(exact);
    }
}

Test(format, cut_at_every_byte)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct ae_meta jpeg = {
        .is_jpeg = 1,
        .components = 3,
        .progressive = 1,
        .sampling_h = {2, 1, 1},
        .sampling_v = {2, 1, 1},
    };

    for (int j = 0; j < 64; j++)
        jpeg.quant[0][j] = 4;
    for (size_t f = 0; ae_format_at(f); f++) {
        const char *name = ae_format_name(ae_format_at(f));
        struct bytes b = sample_file(ctx, f);
        cut_everywhere(ctx, name, &b);
        free(b.p);
    }
    struct ae_image im = pic_make(ctx, 9, 17, 3, 0, 255);
    struct bytes b = pic_write(ctx, "jpeg", &im, &jpeg, 0);
    cut_everywhere(ctx, "progressive", &b);
    free(b.p);
    b = pic_write(ctx, "jpeg", &im, NULL, 0);
    cut_everywhere(ctx, "baseline", &b);
    free(b.p);
    ae_image_release(&im);
    ae_ctx_free(ctx);
}

Test(format, names_and_endings)
{
    cr_assert_str_eq(ae_format_name(ae_format_by_name("JPG")), "jpeg");
    cr_assert_str_eq(ae_format_name(ae_format_by_ending("a/b.c/x.JPeG")),
                     "jpeg");
    cr_assert_str_eq(ae_format_ending(ae_format_by_name("jpeg")), "jpg");
    cr_assert_null(ae_format_by_ending("a.png/x"));
    cr_assert_null(ae_format_by_ending("png"));
    cr_assert_null(ae_format_by_name("jxl"));
    for (size_t f = 0; ae_format_at(f); f++) {
        const char *name = ae_format_name(ae_format_at(f));
        cr_assert_eq(ae_format_by_name(name), ae_format_at(f));
    }
}

Test(format, sizes_meet_the_limits_first)
{
    struct ae_ctx *big = pic_context(0, 0);
    struct ae_err e;

    for (size_t f = 0; ae_format_at(f); f++) {
        const char *name = ae_format_name(ae_format_at(f));
        struct ae_image in = pic_make(big, 11, 10, 1, 0, 1), out;
        struct bytes b = pic_write(big, name, &in, NULL, 0);
        struct ae_ctx *ctx = pic_context(109, 0);
        cr_assert_eq(pic_read(ctx, b.p, b.n, &out, NULL, &e), AE_ELIMIT, "%s",
                     name);
        cr_assert_eq(pic_try_write(ctx, name, &in, NULL, 0, &b, &e), AE_ELIMIT,
                     "%s", name);
        ae_ctx_free(ctx);
        ctx = pic_context(110, 0);
        cr_assert_eq(pic_read(ctx, b.p, b.n, &out, NULL, &e), 0, "%s: %s", name,
                     e.msg);
        ae_image_release(&out);
        ae_image_release(&in);
        ae_ctx_free(ctx);
        free(b.p);
    }
    ae_ctx_free(big);
}

Test(format, rows_are_counted)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes b = sample_file(ctx, 0);
    struct ae_reader *r;
    struct ae_io *io;
    struct ae_err e;
    float row[64];

    cr_assert_eq(ae_io_open_memory(b.p, b.n, "rows", &io, &e), 0);
    cr_assert_eq(ae_reader_open(ctx, io, 1, &r, &e), 0);
    cr_assert_eq(ae_reader_finish(r, &e), AE_EARG);
    ae_reader_free(r);
    ae_io_close(io);
    cr_assert_eq(ae_io_open_memory(b.p, b.n, "rows", &io, &e), 0);
    cr_assert_eq(ae_reader_open(ctx, io, 1, &r, &e), 0);
    for (int y = 0; y < ae_reader_info(r)->h; y++)
        cr_assert_eq(ae_reader_row(r, row, &e), 0);
    cr_assert_eq(ae_reader_row(r, row, &e), AE_EARG);
    cr_assert_eq(ae_reader_finish(r, &e), 0);
    ae_reader_free(r);
    ae_io_close(io);
    free(b.p);
    ae_ctx_free(ctx);
}
