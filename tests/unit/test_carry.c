/* XMP and its extension, IPTC, comments, texts, chunks and segments, from
 * JPEG and PNG into both; metadata after the picture and in disguise. */
#include "pictures.h"

#include "base/gzip.h"
#include "base/md5.h"
#include "image/png/png_text.h"
#include "image/meta/xmp.h"

static const char packet[] =
    "<?xpacket begin='\xEF\xBB\xBF' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf="
    "'http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<rdf:Description rdf:about='' xmlns:tiff='http://ns.adobe.com/tiff/1.0/'"
    " tiff:Orientation='6'/></rdf:RDF></x:xmpmeta>\n<?xpacket end='w'?>";
static const char iptc[] = "8BIM\4\4\0\0\0\0\0\12\34\2\170\0\5Paris8BIM\4\14"
                           "\0\0\0\0\0\3abc"; /* and a thumbnail */

TestSuite(carry, .init = pic_set_up, .fini = pic_tear_down);

static void add(struct ae_meta *m, enum ae_blob_kind kind, const void *p,
                size_t n)
{
    struct ae_err e;

    cr_assert_eq(ae_meta_add(m, kind, p, n, &e), 0);
}

static struct ae_meta *new_meta(void)
{
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(ae_meta_new(&m, &e), 0);
    return m;
}

static struct bytes write_it(const char *format, const struct ae_meta *m)
{
    struct ae_image in = pic_make(pic_ctx, 20, 12, 3, 0, 255);
    struct bytes b = pic_write(pic_ctx, format, &in, m, 0);

    ae_image_release(&in);
    return b;
}

static struct ae_meta *read_it(struct bytes b)
{
    struct ae_image out;
    struct ae_meta *m;
    struct ae_err e;

    cr_assert_eq(pic_read(pic_ctx, b.p, b.n, &out, &m, &e), 0, "%s", e.msg);
    ae_image_release(&out);
    free(b.p);
    return m;
}

static struct ae_meta *carry(const char *format, const struct ae_meta *m)
{
    return read_it(write_it(format, m));
}

static void has(const struct ae_meta *m, enum ae_blob_kind kind, const void *p,
                size_t n)
{
    for (int i = 0; i < m->count; i++)
        if (m->blobs[i].kind == kind && m->blobs[i].size == n &&
            memcmp(m->blobs[i].data, p, n) == 0)
            return;
    cr_assert(0, "blob %d of %zu bytes is lost: %.60s", kind, n,
              (const char *)p);
}

/* From `from` to `to`, through files of both. */
static struct ae_meta *across(const char *from, const char *to,
                              const struct ae_meta *m)
{
    struct ae_meta *a = carry(from, m), *b = carry(to, a);

    ae_meta_free(a);
    return b;
}

Test(carry, packets_go_everywhere)
{
    static const char *const formats[] = {"png", "jpeg"};

    for (int f = 0; f < 2; f++)
        for (int t = 0; t < 2; t++) {
            struct ae_meta *m = new_meta();
            add(m, AE_BLOB_XMP, packet, sizeof(packet) - 1);
            add(m, AE_BLOB_PHOTOSHOP, iptc, sizeof(iptc) - 1);
            add(m, AE_BLOB_COMMENT,
                "Gr\xC3\xBC\xC3\x9F"
                "e",
                7);
            struct ae_meta *back = across(formats[f], formats[t], m);
            has(back, AE_BLOB_XMP, packet, sizeof(packet) - 1);
            has(back, AE_BLOB_PHOTOSHOP, iptc, 22); /* no thumbnail */
            if (t == 1)
                has(back, AE_BLOB_COMMENT,
                    "Gr\xC3\xBC\xC3\x9F"
                    "e",
                    7);
            else
                has(back, AE_BLOB_CHUNK,
                    "iTXtComment\0\0\0\0\0Gr\xC3\xBC\xC3\x9F"
                    "e",
                    23);
            cr_assert_str_empty(pic_notes);
            ae_meta_free(m);
            ae_meta_free(back);
        }
}

Test(carry, png_keeps_its_chunks)
{
    static const struct {
        const char *p;
        size_t n;
    } chunks[] = {
        {"gAMA\0\0\xB1\x8F", 8},
        {"sRGB\1", 5},
        {"cICP\11\20\0\1", 8},
        {"cLLI\0\0\0\1\0\0\0\2", 12},
        {"sBIT\5\6\5", 7},
        {"bKGD\0\1\0\2\0\3", 10},
        {"tIME\7\351\1\2\3\4\5", 11},
        {"tEXtTitle\0K\xF6ln", 14},
        {"tEXtComment\0hello", 17},
        {"prVt\1\2\3", 7},
    };
    struct ae_meta *m = new_meta();

    for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++)
        add(m, AE_BLOB_CHUNK, chunks[i].p, chunks[i].n);
    struct ae_meta *png = carry("png", m);
    cr_assert_str_empty(pic_notes);
    for (size_t i = 0; i < sizeof(chunks) / sizeof(*chunks); i++)
        has(png, AE_BLOB_CHUNK, chunks[i].p, chunks[i].n);
    struct ae_meta *jpeg = carry("jpeg", png);
    has(jpeg, AE_BLOB_COMMENT, "Title: K\xC3\xB6ln", 12);
    has(jpeg, AE_BLOB_COMMENT, "hello", 5);
    cr_assert(strstr(pic_notes, "cICP, cLLI, prVt"), "%s", pic_notes);
    cr_assert_not(strstr(pic_notes, "gAMA"), "sRGB's own");
    ae_meta_free(m);
    ae_meta_free(png);
    ae_meta_free(jpeg);
}

Test(carry, jpeg_keeps_its_segments)
{
    struct ae_meta *m = new_meta();
    char *big = malloc(200000);

    memset(big, 'b', 200000);
    add(m, AE_BLOB_SEGMENT, "\xECPictureInfo\0x", 14);
    add(m, AE_BLOB_COMMENT, "one", 3);
    add(m, AE_BLOB_COMMENT, "two", 4);      /* with its zero */
    add(m, AE_BLOB_PHOTOSHOP, big, 200000); /* of several segments */
    struct ae_meta *jpeg = carry("jpeg", m);
    cr_assert_str_empty(pic_notes);
    has(jpeg, AE_BLOB_SEGMENT, "\xECPictureInfo\0x", 14);
    has(jpeg, AE_BLOB_COMMENT, "one", 3);
    has(jpeg, AE_BLOB_COMMENT, "two", 4);
    has(jpeg, AE_BLOB_PHOTOSHOP, big, 200000);
    struct ae_meta *png = carry("png", jpeg);
    has(png, AE_BLOB_CHUNK, "tEXtComment\0two", 15);
    cr_assert(strstr(pic_notes, "APP12"), "%s", pic_notes);
    free(big);
    ae_meta_free(m);
    ae_meta_free(jpeg);
    ae_meta_free(png);
}

/* ---------------------------------------------------------- extended XMP */

static char *big_packet(size_t text, size_t *n)
{
    char *p = malloc(text + 1000);
    const char *end = strstr(packet, "</rdf:RDF>");

    *n = (size_t)sprintf(p,
                         "%.*s<rdf:Description rdf:about='' "
                         "xmlns:big='http://example.com/big/'><big:text>",
                         (int)(end - packet), packet);
    for (size_t i = 0; i < text; i++)
        p[(*n)++] = (char)('a' + i * 7 % 23);
    *n += (size_t)sprintf(p + *n, "</big:text></rdf:Description>%s", end);
    return p;
}

Test(carry, long_xmp_becomes_an_extension_and_one_packet_again)
{
    static const size_t sizes[] = {64900, 65600, 200000};

    for (int i = 0; i < 3; i++) {
        struct ae_meta *m = new_meta();
        size_t n;
        char *p = big_packet(sizes[i], &n), guid[33];
        add(m, AE_BLOB_XMP, p, n);
        struct ae_meta *jpeg = carry("jpeg", m);
        const struct ae_blob *x = ae_meta_get(jpeg, AE_BLOB_XMP);
        const struct ae_blob *more = ae_meta_get(jpeg, AE_BLOB_XMP_EXTENSION);
        cr_assert(x);
        cr_assert_eq(more != NULL, n > AE_XMP_MAX);
        cr_assert_eq(ae_xmp_extension_guid(x->data, x->size, guid),
                     more != NULL);
        struct ae_meta *again = carry("jpeg", jpeg);
        has(again, AE_BLOB_XMP, x->data, x->size);
        if (more)
            has(again, AE_BLOB_XMP_EXTENSION, more->data, more->size);
        struct ae_meta *png = carry("png", jpeg);
        x = ae_meta_get(png, AE_BLOB_XMP);
        cr_assert(x && x->size > sizes[i]);
        cr_assert_null(ae_meta_get(png, AE_BLOB_XMP_EXTENSION));
        cr_assert_not(ae_xmp_extension_guid(x->data, x->size, guid));
        char *text = calloc(x->size + 1, 1);
        memcpy(text, x->data, x->size);
        cr_assert(strstr(text, "<big:text>ahov"));
        cr_assert(strstr(text, "tiff:Orientation='6'"));
        cr_assert_str_empty(pic_notes);
        free(text);
        free(p);
        ae_meta_free(m);
        ae_meta_free(jpeg);
        ae_meta_free(again);
        ae_meta_free(png);
    }
}

/* The k-th piece of the extension in the file; its marker. */
static unsigned char *piece(struct bytes b, int k)
{
    for (unsigned char *p = b.p + 2; p + 40 < b.p + b.n && p[1] != 0xDA;
         p += 2 + (p[2] << 8 | p[3]))
        if (p[1] == 0xE1 &&
            memcmp(p + 4, "http://ns.adobe.com/xmp/ext", 27) == 0 && k-- == 0)
            return p;
    cr_assert(0, "no such piece");
    return NULL;
}

Test(carry, extension_that_lies_is_named_and_left_out)
{
    for (int lie = 0; lie < 6; lie++) {
        struct ae_meta *m = new_meta();
        size_t n;
        char *p = big_packet(200000, &n);
        add(m, AE_BLOB_XMP, p, n);
        struct bytes b = write_it("jpeg", m);
        unsigned char *at = piece(b, lie % 2);
        switch (lie) {
        case 0:
            at[4 + 74] ^= 1;
            break; /* offset: an overlap */
        case 1:
            at[1] = 0xEC;
            break; /* one is missing */
        case 2:
            at[4 + 80] ^= 1;
            break; /* another digest */
        case 3:
            at[4 + 67] = 0xFF;
            break; /* length of the whole */
        case 4:
            at[4 + 40] ^= 1;
            break; /* of another packet */
        default:
            memset(at + 4 + 35, '?', 40); /* nonsense */
        }
        pic_notes[0] = 0;
        struct ae_meta *back = read_it(b);
        cr_assert(ae_meta_get(back, AE_BLOB_XMP));
        cr_assert_null(ae_meta_get(back, AE_BLOB_XMP_EXTENSION), "%d", lie);
        cr_assert(strstr(pic_notes, "extended XMP"), "%d: %s", lie, pic_notes);
        free(p);
        ae_meta_free(m);
        ae_meta_free(back);
    }
}

Test(carry, md5)
{
    static const struct {
        const char *text, *digest;
    } known[] = {
        {"", "D41D8CD98F00B204E9800998ECF8427E"},
        {"abc", "900150983CD24FB0D6963F7D28E17F72"},
        {"1234567890123456789012345678901234567890123456789012345678901234567"
         "8901234567890",
         "57EDF4A22BE3C955AC49DA2E2107B67A"},
    };
    char hex[33];

    for (int i = 0; i < 3; i++) {
        ae_md5_hex(known[i].text, strlen(known[i].text), hex);
        cr_assert_str_eq(hex, known[i].digest);
    }
}

Test(carry, orientation_in_xmp)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"tiff:Orientation=\"6\"", "tiff:Orientation=\"1\""},
        {"<tiff:Orientation>8</tiff:Orientation>",
         "<tiff:Orientation>1</tiff:Orientation>"},
        {"my:Orientation='3' xmlns:my='http://ns.adobe.com/tiff/1.0/'",
         "my:Orientation='1' xmlns:my='http://ns.adobe.com/tiff/1.0/'"},
        {"other:Orientation='3'", "other:Orientation='3'"},
        {"tiff:Orientation='12'", "tiff:Orientation='12'"},
        {"tiff:Orientation", "tiff:Orientation"},
        {"tiff:Orientation=", "tiff:Orientation="},
    };
    char text[100];

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        strcpy(text, cases[i].before);
        ae_xmp_set_orientation(text, strlen(text), 1);
        cr_assert_str_eq(text, cases[i].after);
    }
}

/* ---------------------------------------------- after the picture, in text */

static void big_endian(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (24 - 8 * i));
}

/* The PNG with a chunk before its first `before`. */
static struct bytes graft(struct bytes b, const char *before, const char *type,
                          const void *data, size_t n)
{
    struct bytes out = {0};
    size_t at = 8;
    unsigned char w[4];

    while (memcmp(b.p + at + 4, before, 4) != 0)
        at += 12 + ((size_t)b.p[at] << 24 | (size_t)b.p[at + 1] << 16 |
                    (size_t)b.p[at + 2] << 8 | b.p[at + 3]);
    pic_append(&out, b.p, at);
    big_endian(w, (uint32_t)n);
    pic_append(&out, w, 4);
    pic_append(&out, type, 4);
    pic_append(&out, data, n);
    big_endian(w, ae_crc32(0, out.p + at + 4, n + 4));
    pic_append(&out, w, 4);
    pic_append(&out, b.p + at, b.n - at);
    free(b.p);
    return out;
}

static const char exif[27] = "II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\6\0\0\0\0\0"
                             "\0\0";

/* A stream's rows go on while nobody knows what follows them. */
static struct bytes filter(struct bytes in, const char *format)
{
    struct ae_io *i, *o;
    struct ae_reader *r;
    struct ae_writer *w;
    struct ae_err e = {0};
    struct bytes out = {0};
    float row[64];

    cr_assert_eq(ae_io_open_memory(in.p, in.n, "in", &i, &e), 0);
    cr_assert_eq(ae_io_create_memory(&o, &e), 0);
    cr_assert_eq(ae_reader_open(pic_ctx, i, 1, &r, &e), 0, "%s", e.msg);
    const struct ae_image_info info = *ae_reader_info(r);
    cr_assert_eq(ae_writer_open(pic_ctx, o, ae_format_by_name(format), &info,
                                ae_reader_meta(r), NULL, &w, &e),
                 0);
    for (int y = 0; y < info.h; y++) {
        cr_assert_eq(ae_reader_row(r, row, &e), 0);
        cr_assert_eq(ae_writer_row(w, row, &e), 0);
    }
    cr_assert_eq(ae_reader_finish(r, &e), 0);
    cr_assert_eq(ae_writer_finish(w, &e), 0);
    const void *p = ae_io_memory(o, &out.n);
    out.p = malloc(out.n);
    memcpy(out.p, p, out.n);
    ae_writer_free(w);
    ae_reader_free(r);
    ae_io_close(i);
    ae_io_close(o);
    free(in.p);
    return out;
}

Test(carry, exif_behind_the_picture)
{
    static const char *const formats[] = {"png", "jpeg"};

    for (int f = 0; f < 2; f++) {
        struct bytes b = graft(write_it("png", NULL), "IEND", "eXIf", exif, 26);
        b = graft(b, "IEND", "tEXt", "Title\0x", 7);
        struct ae_meta *m = read_it(filter(b, formats[f]));
        has(m, AE_BLOB_EXIF, exif, 26);
        if (f == 0)
            has(m, AE_BLOB_CHUNK, "tEXtTitle\0x", 11);
        else
            has(m, AE_BLOB_COMMENT, "Title: x", 8);
        cr_assert_eq(ae_meta_orientation(m), 6);
        ae_meta_free(m);
    }
    cr_assert_str_empty(pic_notes);
}

Test(carry, a_prefix_of_exif_goes)
{
    char prefixed[32] = "Exif\0";

    memcpy(prefixed + 6, exif, 26);
    struct ae_meta *m = read_it(
        graft(write_it("png", NULL), "IDAT", "eXIf", prefixed, 32));
    has(m, AE_BLOB_EXIF, exif, 26);
    ae_meta_free(m);
}

static struct ae_meta *with_raw(const char *name, const void *p, size_t n,
                                size_t cut)
{
    void *data;
    size_t size;
    struct ae_err e;

    cr_assert_eq(ae_png_make_raw(name, p, n, &data, &size, &e), 0);
    struct bytes b = graft(write_it("png", NULL), "IDAT", "zTXt", data,
                           size - cut);
    free(data);
    return read_it(b);
}

Test(carry, raw_profiles)
{
    static const char app1[] = "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>";
    struct ae_meta *m = with_raw("exif", exif, 26, 0);

    has(m, AE_BLOB_EXIF, exif, 26);
    ae_meta_free(m);
    m = with_raw("APP1", app1, sizeof(app1) - 1, 0);
    has(m, AE_BLOB_XMP, "<x:xmpmeta/>", 12);
    ae_meta_free(m);
    m = with_raw("iptc", "\34\2\170\0\5Paris", 10, 0); /* bare IIM */
    has(m, AE_BLOB_PHOTOSHOP, iptc, 22);
    size_t n;
    cr_assert_arr_eq(ae_meta_iptc(m, &n), "\34\2\170\0\5Paris", 10);
    cr_assert_eq(n, 10);
    ae_meta_free(m);
    m = with_raw("other", exif, 26, 0); /* stays as it came */
    cr_assert_eq(m->count, 1);
    cr_assert_eq(m->blobs[0].kind, AE_BLOB_CHUNK);
    ae_meta_free(m);
    m = with_raw("exif", exif, 26, 5); /* cut short */
    cr_assert_eq(m->blobs[0].kind, AE_BLOB_CHUNK);
    ae_meta_free(m);
}

Test(carry, profile_of_another_colour_space_goes_with_a_note)
{
    unsigned char icc[200] = {0, 0, 0, 200};
    struct ae_meta *m = new_meta();

    memcpy(icc + 12, "mntrGRAYXYZ ", 12);
    memcpy(icc + 36, "acsp", 4);
    add(m, AE_BLOB_ICC, icc, 200);
    struct ae_meta *back = carry("jpeg", m);
    cr_assert_null(ae_meta_get(back, AE_BLOB_ICC));
    cr_assert(strstr(pic_notes, "ICC profile"), "%s", pic_notes);
    ae_meta_free(m);
    ae_meta_free(back);
}

Test(carry, megabytes_stop_at_the_bound)
{
    struct ae_ctx *small = pic_context(0, 8 << 20);
    struct ae_image im = pic_make(pic_ctx, 20, 12, 3, 0, 255), out;
    struct ae_meta *m = new_meta(), *back;
    struct ae_err e;
    char *big = malloc(60000);

    memset(big, 'c', 60000);
    for (int i = 0; i < 100; i++)
        add(m, AE_BLOB_COMMENT, big, 60000);
    struct bytes b = pic_write(pic_ctx, "jpeg", &im, m, 0);
    cr_assert_eq(pic_read(small, b.p, b.n, &out, &back, &e), 0);
    cr_assert(back->bytes <= 2 << 20);
    cr_assert(back->count > 20);
    cr_assert(strstr(pic_notes, "bound on memory"), "%s", pic_notes);
    ae_meta_free(m);
    ae_meta_free(back);
    ae_image_release(&im);
    ae_image_release(&out);
    free(big);
    free(b.p);
    ae_ctx_free(small);
}

Test(carry, what_is_said_of_samples_follows_them)
{
    struct ae_image im = pic_make(pic_ctx, 8, 8, 1, 0, 65535), out;
    struct ae_meta *m = new_meta(), *back;
    struct ae_err e;

    add(m, AE_BLOB_CHUNK, "sBIT\13", 5); /* 11 of 16 */
    add(m, AE_BLOB_CHUNK, "bKGD\1\2", 6);
    struct bytes b = pic_write(pic_ctx, "png", &im, m, 0);
    cr_assert_eq(pic_read(pic_ctx, b.p, b.n, &out, &back, &e), 0);
    has(back, AE_BLOB_CHUNK, "sBIT\13", 5);
    has(back, AE_BLOB_CHUNK, "bKGD\1\2", 6);
    ae_meta_free(back);
    ae_image_release(&out);
    b = graft(b, "IDAT", "sBIT", "\40", 1); /* a second one: no */
    b = graft(b, "IDAT", "tRNS", "\0\1", 2);
    cr_assert_eq(pic_read(pic_ctx, b.p, b.n, &out, &back, &e), 0);
    cr_assert_eq(out.info.channels, 2);
    has(back, AE_BLOB_CHUNK, "sBIT\13\20", 6); /* alpha has all 16 */
    ae_meta_free(m);
    ae_meta_free(back);
    ae_image_release(&im);
    ae_image_release(&out);
    free(b.p);
}
