/* Pictures turned upright: all eight orientations, in memory and by a file,
 * and what goes along with the sides. */
#include "pictures.h"

#include "image/meta/exif.h"

static struct ae_meta *oriented(int orientation)
{
    static const char xmp[] = "tiff:Orientation='5' exif:PixelXDimension='40'"
                              " exif:PixelYDimension='7'";
    unsigned char exif[26];
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    ae_exif_make(exif, orientation);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_EXIF, exif, 26, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_XMP, xmp, sizeof(xmp) - 1, &e), 0);
    m->has_density = m->density_unit = 1;
    m->density_x = 1000;
    m->density_y = 2000;
    return m;
}

/* Where EXIF 2.32, 4.6.5.1, says that the sample shown at (x, y) is stored:
 * the orientation names the sides where row 0 and column 0 are shown. */
static const float *stored(const struct ae_image *im, int o, int x, int y)
{
    static const char row0[] = "?ttbblrrl", column0[] = "?lrrlttbb";
    const int w = im->info.w, h = im->info.h;
    const char sides[2] = {row0[o], column0[o]};
    int at[2]; /* row, column */

    for (int i = 0; i < 2; i++) {
        const int n = i ? w : h;
        at[i] = sides[i] == 't'   ? y
                : sides[i] == 'b' ? n - 1 - y
                : sides[i] == 'l' ? x
                                  : n - 1 - x;
    }
    return im->data + ((size_t)at[0] * (size_t)w + (size_t)at[1]) *
                          (size_t)im->info.channels;
}

static void check_turn(uint64_t memory, int o, int w, int h, int channels,
                       unsigned maxval, const char *format)
{
    struct ae_ctx *ctx = pic_context(0, memory);
    struct ae_image in = pic_make(ctx, w, h, channels, channels % 2 == 0,
                                  maxval),
                    out;
    const struct ae_write_options opt = {.auto_orient = 1};
    struct ae_meta *m = oriented(o), *back;
    struct ae_io *io;
    struct ae_err e = {0};
    size_t n;

    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    cr_assert_eq(
        ae_image_write(ctx, io, ae_format_by_name(format), &in, m, &opt, &e), 0,
        "%s", e.msg);
    const void *p = ae_io_memory(io, &n);
    cr_assert_eq(pic_read(ctx, p, n, &out, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(out.info.w, o >= 5 ? h : w);
    cr_assert_eq(out.info.h, o >= 5 ? w : h);
    for (int y = 0; y < out.info.h; y++)
        for (int x = 0; x < out.info.w; x++) {
            const float *got = out.data +
                               ((size_t)y * (size_t)out.info.w + (size_t)x) *
                                   (size_t)channels;
            cr_assert_arr_eq(got, stored(&in, o, x, y),
                             (size_t)channels * sizeof(float),
                             "orientation %d: %d, %d", o, x, y);
        }
    if (strcmp(format, "png") == 0) {
        const struct ae_blob *x = ae_meta_get(back, AE_BLOB_XMP);
        cr_assert_eq(ae_meta_orientation(back), 1);
        cr_assert_eq(back->density_x, o >= 5 ? 2000 : 1000);
        cr_assert_arr_eq(
            (char *)x->data,
            o == 1 ? "tiff:Orientation='5'" : "tiff:Orientation='1'", 20);
        cr_assert_arr_eq(
            (char *)x->data + 21,
            o >= 5 ? "exif:PixelXDimension='7' exif:PixelYDimension='40'"
                   : "exif:PixelXDimension='40' exif:PixelYDimension='7'",
            50);
    }
    ae_meta_free(m);
    ae_meta_free(back);
    ae_image_release(&in);
    ae_image_release(&out);
    ae_io_close(io);
    ae_ctx_free(ctx);
}

Test(turn, every_orientation)
{
    for (int o = 1; o <= 8; o++) {
        check_turn(0, o, 40, 7, 3, 255, "png");
        check_turn(0, o, 7, 40, 1, 15, "png");
        check_turn(0, o, 1, 9, 4, 65535, "png");
        check_turn(0, o, 9, 5, 3, 0, "pfm");
    }
}

/* Too large to wait in memory, and for all columns at once. */
Test(turn, by_a_file_in_bands)
{
    for (int o = 1; o <= 8; o++) {
        check_turn(1 << 20, o, 300, 200, 4, 65535, "png");
        check_turn(1 << 20, o, 3, 9000, 3, 65535, "png");
    }
}

Test(turn, tables_and_sampling_turn_along)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct ae_image in = pic_make(ctx, 40, 24, 3, 0, 255), out;
    const struct ae_write_options opt = {.auto_orient = 1};
    struct ae_meta *m = oriented(6), *back;
    struct ae_io *io;
    struct ae_err e = {0};
    size_t n;

    m->is_jpeg = 1;
    m->components = 3;
    for (int i = 0; i < 3; i++)
        m->sampling_h[i] = m->sampling_v[i] = 1;
    m->sampling_h[0] = 2;
    for (int j = 0; j < 64; j++)
        m->quant[0][j] = (uint16_t)(j + 1);
    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    cr_assert_eq(
        ae_image_write(ctx, io, ae_format_by_name("jpeg"), &in, m, &opt, &e), 0,
        "%s", e.msg);
    const void *p = ae_io_memory(io, &n);
    cr_assert_eq(pic_read(ctx, p, n, &out, &back, &e), 0, "%s", e.msg);
    cr_assert_eq(back->sampling_h[0], 1);
    cr_assert_eq(back->sampling_v[0], 2);
    for (int j = 0; j < 64; j++)
        cr_assert_eq(back->quant[0][j], j % 8 * 8 + j / 8 + 1);
    cr_assert_eq(ae_meta_orientation(back), 1);
    ae_meta_free(m);
    ae_meta_free(back);
    ae_image_release(&in);
    ae_image_release(&out);
    ae_io_close(io);
    ae_ctx_free(ctx);
}

Test(turn, subsampling_as_asked)
{
    static const int factors[][2] = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {4, 1}};
    struct ae_ctx *ctx = pic_context(0, 0);
    struct ae_err e = {0};

    for (int s = 0; s < 5; s++)
        for (int channels = 1; channels <= 3; channels += 2) {
            struct ae_image in = pic_make(ctx, 40, 24, channels, 0, 255), out;
            const struct ae_write_options opt = {
                .subsampling = (enum ae_subsampling)(s + 1)};
            struct ae_meta *back;
            struct ae_io *io;
            size_t n;
            cr_assert_eq(ae_io_create_memory(&io, &e), 0);
            cr_assert_eq(ae_image_write(ctx, io, ae_format_by_name("jpeg"), &in,
                                        NULL, &opt, &e),
                         0, "%s", e.msg);
            const void *p = ae_io_memory(io, &n);
            cr_assert_eq(pic_read(ctx, p, n, &out, &back, &e), 0, "%s", e.msg);
            cr_assert_eq(back->sampling_h[0],
                         channels == 3 ? factors[s][0] : 1);
            cr_assert_eq(back->sampling_v[0],
                         channels == 3 ? factors[s][1] : 1);
            ae_meta_free(back);
            ae_image_release(&in);
            ae_image_release(&out);
            ae_io_close(io);
        }
    ae_ctx_free(ctx);
}
