/* JPEGs of inks: plain and by profile, Adobe's way round and the other, and
 * what is written of them. */
#include "pictures.h"

#include <jpeglib.h>
#include <lcms2.h>

enum { W = 48, H = 16, PATCH = 8 };

/* Inks of the patches, 0..255 each, and what they leave of white. */
static const struct {
    unsigned char cmyk[4], rgb[3];
} patches[W / PATCH] = {
    {{0, 0, 0, 0}, {255, 255, 255}},  {{0, 0, 0, 255}, {0, 0, 0}},
    {{255, 0, 0, 0}, {0, 255, 255}},  {{0, 255, 0, 0}, {255, 0, 255}},
    {{0, 0, 255, 51}, {204, 204, 0}}, {{51, 51, 51, 0}, {204, 204, 204}},
};

/* adobe: with the marker and shares of paper instead of ink. */
static struct bytes encode(int adobe, int ycck, const void *icc, size_t n)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr err;
    struct bytes b = {0};
    unsigned long size = 0;
    unsigned char row[4 * W], *rows = row;

    c.err = jpeg_std_error(&err);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &b.p, &size);
    c.image_width = W;
    c.image_height = H;
    c.input_components = 4;
    c.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 100, TRUE);
    jpeg_set_colorspace(&c, ycck ? JCS_YCCK : JCS_CMYK);
    c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
    c.comp_info[3].h_samp_factor = c.comp_info[3].v_samp_factor = 1;
    c.write_Adobe_marker = (boolean)adobe;
    jpeg_start_compress(&c, TRUE);
    if (icc)
        jpeg_write_icc_profile(&c, icc, (unsigned)n);
    for (int i = 0; i < 4 * W; i++) {
        const unsigned char ink = patches[i / 4 / PATCH].cmyk[i % 4];
        row[i] = adobe ? 255 - ink : ink;
    }
    for (int y = 0; y < H; y++)
        jpeg_write_scanlines(&c, &rows, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    b.n = size;
    return b;
}

static struct ae_image decode(struct ae_ctx *ctx, const struct bytes *b,
                              struct ae_meta **m)
{
    struct ae_image im;
    struct ae_err e;

    cr_assert_eq(pic_read(ctx, b->p, b->n, &im, m, &e), 0, "%s", e.msg);
    cr_assert_eq(im.info.channels, 3);
    cr_assert_eq(im.info.w, W);
    cr_assert_null(ae_meta_get(*m, AE_BLOB_ICC));
    return im;
}

static void check_patch(const struct ae_image *im, int patch,
                        const unsigned char *rgb)
{
    const float *p = im->data + 3 * (H / 2 * W + patch * PATCH + PATCH / 2);

    for (int c = 0; c < 3; c++)
        cr_expect(p[c] * 255 > rgb[c] - 3.1f && p[c] * 255 < rgb[c] + 3.1f,
                  "patch %d, channel %d: %g, not %d", patch, c, p[c] * 255,
                  rgb[c]);
}

Test(cmyk, plain_conversion_either_way_round)
{
    static const int kinds[][2] = {{0, 0}, {1, 0}, {1, 1}}; /* adobe, ycck */
    struct ae_ctx *ctx = pic_context(0, 0);

    for (int k = 0; k < 3; k++) {
        struct bytes b = encode(kinds[k][0], kinds[k][1], NULL, 0);
        struct ae_meta *m;
        pic_notes[0] = 0;
        struct ae_image im = decode(ctx, &b, &m);
        for (int i = 0; i < W / PATCH; i++)
            check_patch(&im, i, patches[i].rgb);
        cr_expect(strstr(pic_notes, "no profile"), "%s", pic_notes);
        ae_meta_free(m);
        ae_image_release(&im);
        free(b.p);
    }
    ae_ctx_free(ctx);
}

/* A press whose only ink is black: Lab of K alone. */
static cmsInt32Number black_alone(const cmsUInt16Number in[],
                                  cmsUInt16Number out[], void *arg)
{
    const cmsCIELab lab = {100 - 100.0 * in[3] / 65535, 0, 0};

    (void)arg;
    cmsFloat2LabEncodedV2(out, &lab);
    return TRUE;
}

static struct bytes make_profile(void)
{
    cmsHPROFILE p = cmsCreateProfilePlaceholder(NULL);
    cmsPipeline *lut = cmsPipelineAlloc(NULL, 4, 3);
    cmsStage *clut = cmsStageAllocCLut16bit(NULL, 3, 4, 3, NULL);
    struct bytes b = {0};
    cmsUInt32Number n = 0;

    cmsSetProfileVersion(p, 2.4);
    cmsSetDeviceClass(p, cmsSigOutputClass);
    cmsSetColorSpace(p, cmsSigCmykData);
    cmsSetPCS(p, cmsSigLabData);
    cr_assert(cmsStageSampleCLut16bit(clut, black_alone, NULL, 0));
    cr_assert(cmsPipelineInsertStage(lut, cmsAT_BEGIN, clut));
    cr_assert(cmsWriteTag(p, cmsSigAToB0Tag, lut));
    cr_assert(cmsWriteTag(p, cmsSigAToB1Tag, lut));
    cr_assert(cmsSaveProfileToMem(p, NULL, &n));
    b.p = malloc(n);
    cr_assert(cmsSaveProfileToMem(p, b.p, &n));
    b.n = n;
    cmsPipelineFree(lut);
    cmsCloseProfile(p);
    return b;
}

Test(cmyk, by_the_profile_which_goes)
{
    static const unsigned char white[3] = {255, 255, 255}, black[3] = {0};
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes icc = make_profile();

    for (int adobe = 0; adobe < 2; adobe++) {
        struct bytes b = encode(adobe, 0, icc.p, icc.n);
        struct ae_meta *m;
        pic_notes[0] = 0;
        struct ae_image im = decode(ctx, &b, &m);
        check_patch(&im, 0, white);
        check_patch(&im, 1, black);
        check_patch(&im, 2, white); /* cyan that isn't */
        check_patch(&im, 3, white);
        cr_expect(strstr(pic_notes, "by its profile"), "%s", pic_notes);
        ae_meta_free(m);
        ae_image_release(&im);
        free(b.p);
    }
    free(icc.p);
    ae_ctx_free(ctx);
}

Test(cmyk, a_profile_that_does_not_fit_goes_too)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes icc = make_profile();

    for (int k = 0; k < 3; k++) {
        if (k == 0)
            memset(icc.p + 150, 0x55, icc.n - 150); /* tags are junk */
        if (k == 1)
            memcpy(icc.p + 16, "RGB ", 4);
        struct bytes b = encode(1, 1, icc.p, k == 2 ? 5 : icc.n);
        struct ae_meta *m;
        pic_notes[0] = 0;
        struct ae_image im = decode(ctx, &b, &m);
        for (int i = 0; i < W / PATCH; i++)
            check_patch(&im, i, patches[i].rgb);
        cr_expect(strstr(pic_notes, "plainly"), "%d: %s", k, pic_notes);
        ae_meta_free(m);
        ae_image_release(&im);
        free(b.p);
    }
    free(icc.p);
    ae_ctx_free(ctx);
}

/* Written, it is YCbCr of three components; tables follow where the source
 * had some for brightness and colour. */
Test(cmyk, is_written_as_rgb)
{
    struct ae_ctx *ctx = pic_context(0, 0);

    for (int ycck = 0; ycck < 2; ycck++) {
        struct bytes b = encode(1, ycck, NULL, 0);
        struct ae_meta *m, *again;
        struct ae_image im = decode(ctx, &b, &m), out;
        struct ae_err e;
        struct bytes w = pic_write(ctx, "jpeg", &im, m, 0);
        cr_assert_eq(pic_read(ctx, w.p, w.n, &out, &again, &e), 0);
        cr_assert_eq(again->components, 3);
        cr_assert_eq(again->is_rgb, 0);
        cr_expect_eq(again->quant[0][0], ycck ? 1 : 2); /* 100, 95 */
        for (int i = 0; i < W / PATCH; i++)
            check_patch(&out, i, patches[i].rgb);
        ae_meta_free(m);
        ae_meta_free(again);
        ae_image_release(&im);
        ae_image_release(&out);
        free(b.p);
        free(w.p);
    }
    ae_ctx_free(ctx);
}
