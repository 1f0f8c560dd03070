/* What files carry beside samples: ICC, EXIF, density, JPEG's tables, within
 * a format and from one to the other. */
#include "pictures.h"

TestSuite(meta, .init = pic_set_up, .fini = pic_tear_down);

/* The shortest profile libpng takes: a header and an empty tag table. */
static void profile(unsigned char *p, size_t n, int gray)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i >= 132 ? i * 31 + i / 251 : 0);
    p[0] = (unsigned char)(n >> 24);
    p[1] = (unsigned char)(n >> 16);
    p[2] = (unsigned char)(n >> 8);
    p[3] = (unsigned char)n;
    p[8] = 2; /* version */
    memcpy(p + 12, gray ? "mntrGRAYXYZ " : "mntrRGB XYZ ", 12);
    memcpy(p + 36, "acsp", 4);
    memcpy(p + 68, "\0\0\366\326\0\1\0\0\0\0\323\055", 12); /* D50 */
    memset(p + 128, 0, 4);
}

static struct ae_meta *with_blobs(size_t icc_size, int gray)
{
    static const unsigned char exif[] =
        "II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0";
    unsigned char *icc = malloc(icc_size);
    struct ae_meta *m;
    struct ae_err e;

    profile(icc, icc_size, gray);
    cr_assert_eq(ae_meta_new(&m, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_ICC, icc, icc_size, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_EXIF, exif, sizeof(exif) - 1, &e), 0);
    free(icc);
    return m;
}

static void same_blob(const struct ae_meta *a, const struct ae_meta *b,
                      enum ae_blob_kind kind, const char *what)
{
    const struct ae_blob *x = ae_meta_get(a, kind), *y = ae_meta_get(b, kind);

    cr_assert(x && y, "%s: lost", what);
    cr_assert_eq(x->size, y->size, "%s: %zu bytes for %zu", what, y->size,
                 x->size);
    cr_assert_arr_eq(x->data, y->data, x->size, "%s", what);
}

/* The metadata that come back from a file with those of `m`. */
static struct ae_meta *carry(const char *format, const struct ae_meta *m,
                             int channels, int quality)
{
    struct ae_image in = pic_make(pic_ctx, 40, 24, channels, 0, 255);
    struct ae_meta *back;
    struct ae_image out = pic_there_and_back(pic_ctx, format, &in, m, quality,
                                             &back);

    ae_image_release(&in);
    ae_image_release(&out);
    return back;
}

Test(meta, blobs_go_along)
{
    static const char *const formats[] = {"png", "jpeg"};
    static const size_t sizes[] = {132, 500, 65519, 65520, 200000};

    for (int f = 0; f < 2; f++)
        for (size_t s = 0; s < 5; s++)
            for (int channels = 1; channels <= 3; channels += 2) {
                struct ae_meta *m = with_blobs(sizes[s], channels == 1);
                struct ae_meta *back = carry(formats[f], m, channels, 0);
                same_blob(m, back, AE_BLOB_ICC, formats[f]);
                same_blob(m, back, AE_BLOB_EXIF, formats[f]);
                /* and on into the other format */
                struct ae_meta *on = carry(formats[!f], back, channels, 0);
                same_blob(m, on, AE_BLOB_ICC, "across");
                same_blob(m, on, AE_BLOB_EXIF, "across");
                ae_meta_free(m);
                ae_meta_free(back);
                ae_meta_free(on);
            }
}

Test(meta, what_is_too_long_is_left_out_with_a_note)
{
    struct ae_image im = pic_make(pic_ctx, 8, 8, 3, 0, 255), out;
    struct ae_meta *m, *back;
    struct ae_err e;
    unsigned char *big = calloc(1, 70000);

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    cr_assert_eq(ae_meta_add(m, AE_BLOB_EXIF, big, 70000, &e), 0);
    struct bytes b = pic_write(pic_ctx, "jpeg", &im, m, 0);
    cr_assert(strstr(pic_notes, "EXIF"), "%s", pic_notes);
    cr_assert_eq(pic_read(pic_ctx, b.p, b.n, &out, &back, &e), 0);
    cr_assert_null(ae_meta_get(back, AE_BLOB_EXIF));
    ae_meta_free(m);
    ae_meta_free(back);
    ae_image_release(&im);
    ae_image_release(&out);
    free(b.p);
    free(big);
}

Test(meta, density)
{
    const struct ae_meta png = {
        .has_density = 1,
        .density_unit = 1,
        .density_x = 11811,
        .density_y = 5906,
    };
    struct ae_meta *m = carry("png", &png, 3, 0);

    cr_assert_eq(m->density_x, 11811);
    cr_assert_eq(m->density_y, 5906);
    cr_assert_eq(m->density_unit, 1);
    ae_meta_free(m);
    m = carry("jpeg", &png, 3, 0); /* 300 x 150 an inch */
    cr_assert_eq(m->density_x, 300);
    cr_assert_eq(m->density_y, 150);
    cr_assert_eq(m->density_unit, 1);
    struct ae_meta *back = carry("png", m, 3, 0);
    cr_assert_eq(back->density_x, 11811);
    ae_meta_free(back);
    m->density_unit = 2; /* a centimetre */
    back = carry("jpeg", m, 3, 0);
    cr_assert_eq(back->density_unit, 2);
    cr_assert_eq(back->density_x, 300);
    ae_meta_free(back);
    back = carry("png", m, 3, 0);
    cr_assert_eq(back->density_x, 30000);
    ae_meta_free(m);
    ae_meta_free(back);
}

static struct ae_meta tables(int components, int h, int v, int progressive)
{
    struct ae_meta m = {
        .is_jpeg = 1,
        .components = components,
        .progressive = progressive,
        .quant_index = {0, 1, 1},
        .sampling_h = {h, 1, 1},
        .sampling_v = {v, 1, 1},
    };

    for (int k = 0; k < 2; k++)
        for (int j = 0; j < 64; j++)
            m.quant[k][j] = (uint16_t)(1 + k * 7 + j / 4);
    m.quant[1][63] = 700; /* needs 16-bit tables */
    return m;
}

Test(meta, jpeg_keeps_tables_sampling_and_kind)
{
    static const int samplings[][2] = {
        {1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {1, 4}, {4, 2},
    };

    for (size_t s = 0; s < sizeof(samplings) / sizeof(*samplings); s++)
        for (int progressive = 0; progressive < 2; progressive++) {
            const struct ae_meta in = tables(3, samplings[s][0],
                                             samplings[s][1], progressive);
            struct ae_meta *out = carry("jpeg", &in, 3, 0);
            cr_assert(out->is_jpeg);
            cr_assert_eq(out->progressive, progressive);
            cr_assert_eq(out->components, 3);
            for (int i = 0; i < 3; i++) {
                cr_assert_eq(out->sampling_h[i], in.sampling_h[i]);
                cr_assert_eq(out->sampling_v[i], in.sampling_v[i]);
                cr_assert_arr_eq(out->quant[out->quant_index[i]],
                                 in.quant[in.quant_index[i]],
                                 sizeof(in.quant[0]));
            }
            cr_assert_eq(out->quant_index[1], out->quant_index[2]);
            ae_meta_free(out);
        }
}

Test(meta, jpeg_that_is_gray_or_rgb_stays_so)
{
    struct ae_meta in = tables(1, 2, 2, 0);
    struct ae_meta *out = carry("jpeg", &in, 1, 0);

    cr_assert_eq(out->components, 1);
    cr_assert_arr_eq(out->quant[0], in.quant[0], sizeof(in.quant[0]));
    ae_meta_free(out);
    in = tables(3, 1, 1, 0);
    in.is_rgb = 1;
    out = carry("jpeg", &in, 3, 0);
    cr_assert(out->is_rgb);
    ae_meta_free(out);
}

Test(meta, quality_overrides_tables_but_not_sampling)
{
    const struct ae_meta in = tables(3, 2, 2, 1);
    struct ae_meta *low = carry("jpeg", &in, 3, 20);
    struct ae_meta *plain = carry("jpeg", NULL, 3, 0);
    struct ae_meta *high = carry("jpeg", NULL, 3, 95);

    cr_assert_eq(low->sampling_h[0], 2);
    cr_assert_gt(low->quant[0][0], 30);
    cr_assert(low->progressive);
    cr_assert_eq(plain->sampling_h[0], 1, "4:4:4 from elsewhere");
    cr_assert_arr_eq(plain->quant, high->quant, sizeof(high->quant),
                     "quality 95 from elsewhere");
    ae_meta_free(low);
    ae_meta_free(plain);
    ae_meta_free(high);
}

Test(meta, tables_of_colour_do_not_go_to_gray)
{
    const struct ae_meta in = tables(3, 2, 2, 0);
    struct ae_meta *out = carry("jpeg", &in, 1, 0);
    struct ae_meta *plain = carry("jpeg", NULL, 1, 95);

    cr_assert_arr_eq(out->quant[0], plain->quant[0], sizeof(in.quant[0]));
    ae_meta_free(out);
    ae_meta_free(plain);
}

/* Factors that no single scan can hold fall back to 4:4:4. */
Test(meta, impossible_sampling)
{
    struct ae_meta in = tables(3, 4, 4, 0);
    struct ae_meta *out = carry("jpeg", &in, 3, 0);

    cr_assert_eq(out->sampling_h[0], 1);
    ae_meta_free(out);
    in = tables(3, 3, 1, 0);
    in.sampling_h[1] = in.sampling_h[2] = 2;
    out = carry("jpeg", &in, 3, 0);
    cr_assert_eq(out->sampling_h[0], 1);
    ae_meta_free(out);
}
