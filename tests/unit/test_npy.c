/* NPY: shapes, byte orders, orders of axes, arrays of several images, and
 * headers that are refused. */
#include "base/half.h"
#include "pictures.h"

/* An array of version 1 with this header text and n bytes of data. */
static struct bytes array(const char *header, const void *data, size_t n)
{
    struct bytes b = {0};
    const size_t len = strlen(header);
    unsigned char head[10] = "\223NUMPY\1";

    head[7] = 0;
    head[8] = (unsigned char)len;
    head[9] = (unsigned char)(len >> 8);
    pic_append(&b, head, 10);
    pic_append(&b, header, len);
    pic_append(&b, data, n);
    return b;
}

static struct bytes of_shape(const char *descr, const char *order,
                             const char *shape, const void *data, size_t n)
{
    char text[200];

    snprintf(text, sizeof(text),
             "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr,
             order, shape);
    return array(text, data, n);
}

Test(npy, shapes)
{
    static const struct {
        const char *shape;
        int n, h, w, c;
    } cases[] = {
        {"(6, 8)", 1, 6, 8, 1},    {"(6, 8,)", 1, 6, 8, 1},
        {"(6, 8, 1)", 1, 6, 8, 1}, {"(4, 4, 3)", 1, 4, 4, 3},
        {"(3, 4, 4)", 1, 3, 4, 4}, {"(2, 3, 8)", 2, 3, 8, 1},
        {"(2, 4, 6)", 2, 4, 6, 1}, {"(2, 2, 4, 3)", 2, 2, 4, 3},
        {"(1,3,4,4)", 1, 3, 4, 4}, {"(48, 1)", 1, 48, 1, 1},
    };
    struct ae_ctx *ctx = pic_context(0, 0);
    unsigned char data[48];

    for (int i = 0; i < 48; i++)
        data[i] = (unsigned char)(i * 5);
    for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
        struct bytes b = of_shape("|u1", "False", cases[k].shape, data, 48);
        struct ae_io *io;
        struct ae_image im;
        struct ae_err e;
        int at = 0;
        cr_assert_eq(ae_io_open_memory(b.p, b.n, "npy", &io, &e), 0);
        for (int n = 0; n < cases[k].n; n++) {
            cr_assert_eq(ae_image_read(ctx, io, n == 0, &im, NULL, &e), 0,
                         "%s: %s", cases[k].shape, e.msg);
            cr_assert_eq(im.info.h, cases[k].h, "%s", cases[k].shape);
            cr_assert_eq(im.info.w, cases[k].w);
            cr_assert_eq(im.info.channels, cases[k].c);
            cr_assert_eq(im.info.alpha, 0);
            cr_assert_eq(im.info.item, (uint64_t)n);
            cr_assert_eq(im.info.items, (uint64_t)cases[k].n);
            for (int i = 0; i < im.info.h * im.info.w * im.info.channels; i++)
                cr_assert_eq(im.data[i], (float)data[at++] / 255);
            ae_image_release(&im);
        }
        cr_assert_eq(ae_image_read(ctx, io, 0, &im, NULL, &e), AE_END);
        ae_io_close(io);
        free(b.p);
    }
    ae_ctx_free(ctx);
}

/* Value 100 y + 10 x + c, in every type, byte order and order of axes. */
static size_t store(unsigned char *p, const char *descr, double v)
{
    const int size = descr[2] - '0';
    const float f = (float)v;
    uint64_t bits = (uint64_t)v;

    if (descr[1] == 'f' && size == 8)
        memcpy(&bits, &v, 8);
    if (descr[1] == 'f' && size == 4) {
        uint32_t b;
        memcpy(&b, &f, 4);
        bits = b;
    }
    if (descr[1] == 'f' && size == 2)
        bits = ae_float_to_half(f);
    for (int i = 0; i < size; i++)
        p[i] = (unsigned char)(bits >>
                               8 * (descr[0] == '>' ? size - 1 - i : i));
    return (size_t)size;
}

Test(npy, types_and_orders)
{
    static const char *const types[] = {
        "<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "|i1", "<i2",
        ">i2", "<i4", ">i4", "<i8", ">i8", "|u1", "<u1", ">u1",
        "<u2", ">u2", "<u4", ">u4", "<u8", ">u8",
    };
    struct ae_ctx *ctx = pic_context(0, 0);
    unsigned char data[2 * 3 * 8];
    struct ae_image im;
    struct ae_err e;

    for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++)
        for (int fortran = 0; fortran < 2; fortran++) {
            size_t n = 0;
            const int rows = 2, columns = 3;
            for (int i = 0; i < 6; i++) {
                const int y = fortran ? i % rows : i / columns;
                const int x = fortran ? i / rows : i % columns;
                n += store(data + n, types[t], 100 * y + 10 * x);
            }
            struct bytes b = of_shape(types[t], fortran ? "True" : "False",
                                      "(2, 3)", data, n);
            cr_assert_eq(pic_read(ctx, b.p, b.n, &im, NULL, &e), 0, "%s: %s",
                         types[t], e.msg);
            const float unit = im.info.maxval ? (float)im.info.maxval : 1;
            for (int i = 0; i < 6; i++)
                cr_assert_eq(im.data[i],
                             (float)(100 * (i / 3) + 10 * (i % 3)) / unit,
                             "%s: %g at %d", types[t], im.data[i], i);
            ae_image_release(&im);
            free(b.p);
        }
    ae_ctx_free(ctx);
}

/* [N,H,W,C] in Fortran order: the first axis runs fastest. */
Test(npy, fortran_of_four_axes)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    unsigned char data[2 * 3 * 5 * 4];
    struct ae_io *io;
    struct ae_err e;
    size_t at = 0;

    for (int c = 0; c < 4; c++)
        for (int x = 0; x < 5; x++)
            for (int y = 0; y < 3; y++)
                for (int n = 0; n < 2; n++)
                    data[at++] = (unsigned char)(n * 100 + y * 30 + x * 5 + c);
    struct bytes b = of_shape("|u1", "True", "(2, 3, 5, 4)", data,
                              sizeof(data));
    cr_assert_eq(ae_io_open_memory(b.p, b.n, "npy", &io, &e), 0);
    for (int n = 0; n < 2; n++) {
        struct ae_image im;
        cr_assert_eq(ae_image_read(ctx, io, n == 0, &im, NULL, &e), 0);
        for (int y = 0; y < 3; y++)
            for (int x = 0; x < 5; x++)
                for (int c = 0; c < 4; c++)
                    cr_assert_eq(im.data[(y * 5 + x) * 4 + c],
                                 (float)(n * 100 + y * 30 + x * 5 + c) / 255);
        ae_image_release(&im);
    }
    ae_io_close(io);
    free(b.p);
    ae_ctx_free(ctx);
}

/* N images out of an array become one array again, byte for byte. */
static void array_again(const char *descr, const char *shape, size_t n)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    unsigned char *data = malloc(n);
    struct ae_io *in, *out;
    struct ae_image im;
    struct ae_err e;
    size_t size;
    int rc, count = 0;

    for (size_t i = 0; i < n; i++)
        data[i] = (unsigned char)(i % 4 == 3 ? 0x3E : i * 7);
    struct bytes b = of_shape(descr, "False", shape, data, n);
    struct bytes again = of_shape(descr, "False", shape, data, n);
    pic_append(&b, again.p, again.n); /* a second array behind */
    free(again.p);
    cr_assert_eq(ae_io_open_memory(b.p, b.n, "npy", &in, &e), 0);
    cr_assert_eq(ae_io_create_memory(&out, &e), 0);
    while ((rc = ae_image_read(ctx, in, count == 0, &im, NULL, &e)) == 0) {
        cr_assert_eq(ae_image_write(ctx, out, NULL, &im, NULL, NULL, &e), 0,
                     "%s", e.msg);
        ae_image_release(&im);
        count++;
    }
    cr_assert_eq(rc, AE_END, "%s", e.msg);
    const unsigned char *p = ae_io_memory(out, &size);
    cr_assert_eq(size, 2 * (128 + n), "%s: %zu bytes", shape, size);
    for (size_t k = 0; k < 2; k++)
        cr_assert_arr_eq(p + k * (128 + n) + 128, data, n, "%s", shape);
    cr_assert(strstr((const char *)p + 10, shape), "%s", (char *)p + 10);
    ae_io_close(in);
    ae_io_close(out);
    free(b.p);
    free(data);
    ae_ctx_free(ctx);
}

Test(npy, arrays_stay_arrays)
{
    array_again("|u1", "(5, 6, 7)", 210);
    array_again("|u1", "(5, 6, 3, 1)", 90);
    array_again("|u1", "(2, 3, 4, 2)", 48);
    array_again("<u2", "(3, 2, 9)", 108);
    array_again("<f4", "(3, 2, 5, 3)", 360);
}

/* Axes of length 1 come back. */
Test(npy, axes_of_one_stay)
{
    static const char *const shapes[] = {"(4, 6)", "(4, 6, 1)", "(1, 4, 6)",
                                         "(1, 4, 6, 1)", "(1, 4, 2, 3)"};
    static const unsigned char data[24] = {1, 2, 3};
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t i = 0; i < AE_LEN(shapes); i++) {
        struct bytes b = of_shape("|u1", "False", shapes[i], data, 24);
        struct ae_meta *meta;
        struct ae_image im;
        struct ae_err e;
        cr_assert_eq(pic_read(ctx, b.p, b.n, &im, &meta, &e), 0, "%s", e.msg);
        struct bytes again = pic_write(ctx, "npy", &im, meta, 0);
        cr_expect_eq(again.n, 128 + 24);
        cr_expect(strstr((const char *)again.p + 10, shapes[i]), "%s: %s",
                  shapes[i], (const char *)again.p + 10);
        ae_image_release(&im);
        ae_meta_free(meta);
        free(b.p);
        free(again.p);
    }
    ae_ctx_free(ctx);
}

Test(npy, a_zero_in_the_header_is_refused)
{
    static const float data[6];
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes b = of_shape("<f4X", "False", "(2, 3)", data, sizeof(data));
    struct ae_image im;
    struct ae_err e;

    *strchr((char *)b.p + 10, 'X') = 0;
    cr_expect_eq(pic_read(ctx, b.p, b.n, &im, NULL, &e), AE_EFORMAT);
    free(b.p);
    ae_ctx_free(ctx);
}

Test(npy, images_of_an_array_must_be_alike)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct ae_image one = pic_make(ctx, 8, 8, 1, 0, 255);
    struct ae_image two = pic_make(ctx, 8, 7, 1, 0, 255);
    const struct ae_format *npy = ae_format_by_name("npy");
    struct ae_io *io;
    struct ae_err e;

    one.info.items = two.info.items = 2;
    two.info.item = 1;
    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    cr_assert_eq(ae_image_write(ctx, io, npy, &one, NULL, NULL, &e), 0);
    cr_assert_eq(ae_image_write(ctx, io, npy, &two, NULL, NULL, &e), AE_EARG);
    ae_io_close(io);
    ae_image_release(&one);
    ae_image_release(&two);
    ae_ctx_free(ctx);
}

Test(npy, headers_that_are_refused)
{
    static const struct {
        const char *header;
        int code;
    } cases[] = {
        {"", AE_EFORMAT},
        {"{}", AE_EFORMAT},
        {"42", AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False}", AE_EFORMAT},
        {"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': "
         "(2, 3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} 1",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}", AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3]}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ((2, 3))}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (True, 3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,,3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 2, 3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': "
         "(99999999999999999999, 3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}",
         AE_EUNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
         AE_EUNSUPPORTED},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 6)}",
         AE_EUNSUPPORTED},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}",
         AE_EUNSUPPORTED},
        {"{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3)}",
         AE_EUNSUPPORTED},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}",
         AE_EFORMAT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, "
         "4294967296)}",
         AE_ELIMIT},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (20000, 20000)}",
         AE_EFORMAT}, /* more than is left */
    };
    static const float data[6];
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
        struct bytes b = array(cases[k].header, data, sizeof(data));
        struct ae_image im;
        struct ae_err e = {0};
        const int rc = pic_read(ctx, b.p, b.n, &im, NULL, &e);
        cr_assert_eq(rc, cases[k].code, "%s: %d, %s", cases[k].header, rc,
                     e.msg);
        cr_assert(e.msg[0]);
        free(b.p);
    }
    ae_ctx_free(ctx);
}

Test(npy, numbers_that_are_none)
{
    static const uint32_t odd[] = {0x7FC00000, 0x7F800000, 0xFF800000};
    struct ae_ctx *ctx = pic_context(0, 0);

    for (int k = 0; k < 3; k++) {
        unsigned char data[24] = {0};
        struct ae_image im;
        struct ae_err e;
        for (int i = 0; i < 4; i++)
            data[20 + i] = (unsigned char)(odd[k] >> 8 * i);
        struct bytes b = of_shape("<f4", "False", "(2, 3)", data, 24);
        cr_assert_eq(pic_read(ctx, b.p, b.n, &im, NULL, &e), AE_ENUMERIC);
        cr_assert(strstr(e.msg, "row 1"), "%s", e.msg);
        free(b.p);
    }
    ae_ctx_free(ctx);
}
