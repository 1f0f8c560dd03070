/* Hostile pictures: valid files of ours with one defect each, grafted here
 * and named by it.  Each is refused with its own code and reason, or, where
 * only what surrounds the picture is broken, read. */
#include <unistd.h>

#include "base/gzip.h"
#include "pictures.h"

struct file {
    struct bytes b;
    struct ae_ctx *ctx;
};

static void put32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* Replaces n bytes at `at` by m others. */
static void splice(struct bytes *b, size_t at, size_t n, const void *with,
                   size_t m)
{
    struct bytes out = {0};

    pic_append(&out, b->p, at);
    pic_append(&out, with, m);
    pic_append(&out, b->p + at + n, b->n - at - n);
    free(b->p);
    *b = out;
}

/* ------------------------------------------------------------------- png */

/* Where the first chunk of this type begins, at its length. */
static size_t chunk(const struct bytes *b, const char *type)
{
    size_t at = 8;

    while (memcmp(b->p + at + 4, type, 4) != 0) {
        at += 12 + get32(b->p + at);
        cr_assert_lt(at, b->n, "no %s", type);
    }
    return at;
}

static void sign(struct bytes *b, size_t at)
{
    const size_t n = get32(b->p + at);

    put32(b->p + at + 8 + n, ae_crc32(0, b->p + at + 4, n + 4));
}

static void insert_chunk(struct bytes *b, const char *before, const char *type,
                         const void *data, size_t n)
{
    struct bytes c = {0};
    unsigned char word[4];

    put32(word, (uint32_t)n);
    pic_append(&c, word, 4);
    pic_append(&c, type, 4);
    pic_append(&c, data, n);
    pic_append(&c, word, 4);
    sign(&c, 0);
    splice(b, chunk(b, before), 0, c.p, c.n);
    free(c.p);
}

static void header_word(struct bytes *b, size_t field, uint32_t v)
{
    const size_t at = chunk(b, "IHDR");

    put32(b->p + at + 8 + field, v);
    sign(b, at);
}

static void header_byte(struct bytes *b, size_t field, unsigned char v)
{
    const size_t at = chunk(b, "IHDR");

    b->p[at + 8 + field] = v;
    sign(b, at);
}

static void width_0(struct file *f)
{
    header_word(&f->b, 0, 0);
}
static void height_0(struct file *f)
{
    header_word(&f->b, 4, 0);
}
static void width_2e31(struct file *f)
{
    header_word(&f->b, 0, 1u << 31);
}
static void depth_5(struct file *f)
{
    header_byte(&f->b, 8, 5);
}
static void colour_5(struct file *f)
{
    header_byte(&f->b, 9, 5);
}
static void no_palette(struct file *f)
{
    header_byte(&f->b, 9, 3);
}
static void method_1(struct file *f)
{
    header_byte(&f->b, 10, 1);
}
static void filter_1(struct file *f)
{
    header_byte(&f->b, 11, 1);
}
static void interlace_2(struct file *f)
{
    header_byte(&f->b, 12, 2);
}
static void interlaced_data_missing(struct file *f)
{
    header_byte(&f->b, 12, 1);
}

static void four_gigapixels(struct file *f)
{
    header_word(&f->b, 0, 65535);
    header_word(&f->b, 4, 65535);
}

static void data_for_nothing_like_its_size(struct file *f)
{
    header_word(&f->b, 0, 30000);
    header_word(&f->b, 4, 30000);
}

static void interlaced_bomb(struct file *f)
{
    data_for_nothing_like_its_size(f);
    header_byte(&f->b, 8, 16);
    header_byte(&f->b, 12, 1);
}

static void crc_of_header(struct file *f)
{
    f->b.p[8 + 8 + 13] ^= 1;
}
static void crc_of_data(struct file *f)
{
    f->b.p[chunk(&f->b, "IDAT") + 20] ^= 16;
}

static void crc_of_density(struct file *f)
{
    insert_chunk(&f->b, "IDAT", "pHYs", "\0\0\1\0\0\0\1\0\1", 9);
    f->b.p[chunk(&f->b, "pHYs") + 9] ^= 1;
}

static void length_lies(struct file *f)
{
    put32(f->b.p + chunk(&f->b, "IDAT"), 0x7FFFFFFF);
}

static void length_past_2e31(struct file *f)
{
    put32(f->b.p + chunk(&f->b, "IDAT"), 0xFFFFFFF0);
}

static void no_data(struct file *f)
{
    const size_t at = chunk(&f->b, "IDAT"), end = chunk(&f->b, "IEND");

    splice(&f->b, at, end - at, "", 0);
}

static void no_end(struct file *f)
{
    f->b.n = chunk(&f->b, "IEND");
}

static void header_twice(struct file *f)
{
    unsigned char copy[13];

    memcpy(copy, f->b.p + 16, 13);
    insert_chunk(&f->b, "IDAT", "IHDR", copy, 13);
}

static void palette_too_long(struct file *f)
{
    unsigned char palette[257 * 3] = {0};

    header_byte(&f->b, 9, 3);
    insert_chunk(&f->b, "IDAT", "PLTE", palette, sizeof(palette));
}

static void unknown_and_critical(struct file *f)
{
    insert_chunk(&f->b, "IDAT", "WHAT", "", 0);
}

static void bad_filter_in_data(struct file *f)
{
    const size_t at = chunk(&f->b, "IDAT"), end = chunk(&f->b, "IEND");
    unsigned char rows[8 * 25] = {0};
    void *z;
    size_t n;
    struct ae_err e;

    rows[3 * 25] = 9;
    cr_assert_eq(ae_deflate(rows, sizeof(rows), &z, &n, &e), 0);
    splice(&f->b, at, end - at, "", 0);
    insert_chunk(&f->b, "IEND", "IDAT", z, n);
    free(z);
}

/* A chunk of text or profile that unpacks to far more than it is. */
static void bomb(struct file *f, const char *type, const char *name,
                 size_t name_size)
{
    const size_t zeros = (size_t)40 << 20;
    void *big = calloc(1, zeros), *z;
    struct bytes data = {0};
    struct ae_err e;
    size_t n;

    cr_assert_eq(ae_deflate(big, zeros, &z, &n, &e), 0);
    pic_append(&data, name, name_size);
    pic_append(&data, z, n);
    insert_chunk(&f->b, "IDAT", type, data.p, data.n);
    free(data.p);
    free(big);
    free(z);
}

static void profile_bomb(struct file *f)
{
    bomb(f, "iCCP", "icc\0", 5);
}
static void text_bomb(struct file *f)
{
    bomb(f, "zTXt", "Comment\0", 9);
}
static void profile_is_junk(struct file *f)
{
    insert_chunk(&f->b, "IDAT", "iCCP", "icc\0\0junkjunk", 13);
}

static void profile_has_no_name(struct file *f)
{
    insert_chunk(&f->b, "IDAT", "iCCP", "nothing", 7);
}

static void exif_is_junk(struct file *f)
{
    insert_chunk(&f->b, "IDAT", "eXIf", "junk", 4);
}

/* ------------------------------------------------------------------ jpeg */

/* Where the first marker of this kind begins, before the coded data. */
static size_t marker(const struct bytes *b, int kind)
{
    size_t at = 2;

    while (b->p[at + 1] != kind) {
        cr_assert_eq(b->p[at], 0xFF);
        at += 2 + ((size_t)b->p[at + 2] << 8 | b->p[at + 3]);
        cr_assert_lt(at + 3, b->n, "no marker %x", kind);
    }
    return at;
}

static void frame_byte(struct file *f, size_t field, unsigned char v)
{
    f->b.p[marker(&f->b, 0xC0) + field] = v;
}

static void no_rows(struct file *f)
{
    frame_byte(f, 5, 0);
    frame_byte(f, 6, 0);
}

static void no_columns(struct file *f)
{
    frame_byte(f, 7, 0);
    frame_byte(f, 8, 0);
}

static void sixty_five_thousand_square(struct file *f)
{
    for (size_t i = 5; i < 9; i++)
        frame_byte(f, i, i % 2 ? 0xFD : 0xE8);
}

static void more_rows_than_data(struct file *f)
{
    frame_byte(f, 5, 40);
}
static void twelve_bits(struct file *f)
{
    frame_byte(f, 4, 12);
}
static void lossless(struct file *f)
{
    frame_byte(f, 1, 0xC3);
}
static void hierarchical(struct file *f)
{
    frame_byte(f, 1, 0xC5);
}
static void sampling_0(struct file *f)
{
    frame_byte(f, 11, 0x10);
}
static void sampling_5(struct file *f)
{
    frame_byte(f, 11, 0x51);
}
static void table_that_is_not_there(struct file *f)
{
    frame_byte(f, 12, 3);
}
static void scan_of_strangers(struct file *f)
{
    f->b.p[marker(&f->b, 0xDA) + 5] = 77;
}

static void no_tables(struct file *f)
{
    const size_t at = marker(&f->b, 0xDB);

    splice(&f->b, at, 2 + ((size_t)f->b.p[at + 2] << 8 | f->b.p[at + 3]), "",
           0);
}

static void codes_past_their_count(struct file *f)
{
    memset(f->b.p + marker(&f->b, 0xC4) + 5, 0xFF, 16);
}

static void marker_within_the_data(struct file *f)
{
    const size_t at = marker(&f->b, 0xDA) + 14;

    splice(&f->b, at, 2, "\377\331", 2);
}

static void only_begin_and_end(struct file *f)
{
    splice(&f->b, 2, f->b.n - 2, "\377\331", 2);
}

static void profile_in_pieces_that_lack_one(struct file *f)
{
    splice(&f->b, 2, 0, "\377\342\0\21ICC_PROFILE\0\1\2x", 19);
}

static void profile_piece_0(struct file *f)
{
    splice(&f->b, 2, 0, "\377\342\0\21ICC_PROFILE\0\0\0x", 19);
}

static void segment_that_is_too_short(struct file *f)
{
    splice(&f->b, 2, 0, "\377\342\0\2\377\341\0\3E\377\342\0\7MPF\0I", 18);
}

/* A frame of four components. */
static void four_components(struct file *f)
{
    const size_t at = marker(&f->b, 0xC0);

    f->b.p[at + 3] += 3;
    f->b.p[at + 9] = 4;
    splice(&f->b, at + 19, 0, "\4\21\1", 3);
    const size_t scan = marker(&f->b, 0xDA);
    f->b.p[scan + 3] += 2;
    f->b.p[scan + 4] = 4;
    splice(&f->b, scan + 11, 0, "\4\21", 2);
}

/* Thousands of empty scans over a progressive frame of 9 megapixels: 140,625
 * blocks whose coefficients are skipped in runs of 2^14.  Its tables have one
 * code each: DC no difference, AC a run of 2^14 + 14 bits. */
static void progressive_bomb(struct file *f)
{
    static const unsigned char frame[] = {
        0xFF, 0xC2, 0, 11, 8, 11,   184,  11, 184, 1,  1, 17,   0, 0xFF, 0xC4,
        0,    20,   0, 1,  0, 0,    0,    0,  0,   0,  0, 0,    0, 0,    0,
        0,    0,    0, 0,  0, 0xFF, 0xC4, 0,  20,  16, 0, 1,    0, 0,    0,
        0,    0,    0, 0,  0, 0,    0,    0,  0,   0,  0, 0xE0,
    };
    static const unsigned char dc[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0};
    static const unsigned char ac[] = {0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 1, 0};
    static const unsigned char zeros[17580];
    struct bytes b = {0};
    const size_t at = marker(&f->b, 0xDB);
    const size_t n = 2 + ((size_t)f->b.p[at + 2] << 8 | f->b.p[at + 3]);

    pic_append(&b, "\377\330", 2);
    pic_append(&b, f->b.p + at, n);
    pic_append(&b, frame, sizeof(frame));
    pic_append(&b, dc, sizeof(dc));
    pic_append(&b, zeros, sizeof(zeros));
    for (int i = 0; i < 5000; i++) {
        pic_append(&b, ac, sizeof(ac));
        pic_append(&b, zeros, 18);
    }
    pic_append(&b, "\377\331", 2);
    free(f->b.p);
    f->b = b;
}

/* ----------------------------------------------------------------- cases */

static const struct {
    const char *format, *defect;
    void (*graft)(struct file *);
    int code;
    const char *reason; /* part of the message */
} cases[] = {
    {"png", "width 0", width_0, AE_EFORMAT, "width"},
    {"png", "height 0", height_0, AE_EFORMAT, "height"},
    {"png", "width 2^31", width_2e31, AE_EFORMAT, "out of range"},
    {"png", "4 gigapixels", four_gigapixels, AE_ELIMIT, "65535 x 65535"},
    {"png", "no such data", data_for_nothing_like_its_size, AE_EFORMAT, ""},
    {"png", "interlaced bomb", interlaced_bomb, AE_ELIMIT, "memory"},
    {"png", "depth 5", depth_5, AE_EFORMAT, "depth"},
    {"png", "colour type 5", colour_5, AE_EFORMAT, "color"},
    {"png", "no palette", no_palette, AE_EFORMAT, "PLTE"},
    {"png", "compression method 1", method_1, AE_EFORMAT, "compression"},
    {"png", "filter method 1", filter_1, AE_EFORMAT, "filter"},
    {"png", "interlace method 2", interlace_2, AE_EFORMAT, "interlace"},
    {"png", "not interlaced", interlaced_data_missing, AE_EFORMAT, ""},
    {"png", "CRC of IHDR", crc_of_header, AE_EFORMAT, "CRC"},
    {"png", "CRC of IDAT", crc_of_data, AE_EFORMAT, ""},
    {"png", "CRC of pHYs", crc_of_density, 0, "CRC"},
    {"png", "length 2^31-1", length_lies, AE_EFORMAT, ""},
    {"png", "length past 2^31", length_past_2e31, AE_EFORMAT, ""},
    {"png", "no IDAT", no_data, AE_EFORMAT, ""},
    {"png", "no IEND", no_end, AE_EFORMAT, "ends"},
    {"png", "IHDR twice", header_twice, AE_EFORMAT, "IHDR"},
    {"png", "PLTE of 257", palette_too_long, AE_EFORMAT, "PLTE"},
    {"png", "critical chunk", unknown_and_critical, AE_EFORMAT, "WHAT"},
    {"png", "filter 9", bad_filter_in_data, AE_EFORMAT, "row 3"},
    {"png", "iCCP bomb", profile_bomb, 0, "ICC profile"},
    {"png", "zTXt bomb", text_bomb, 0, ""},
    {"png", "iCCP junk", profile_is_junk, 0, "ICC profile"},
    {"png", "iCCP without a name", profile_has_no_name, 0, "ICC profile"},
    {"png", "eXIf junk", exif_is_junk, 0, ""},
    {"jpeg", "no rows", no_rows, AE_EFORMAT, "DNL"},
    {"jpeg", "no columns", no_columns, AE_EFORMAT, "Empty"},
    {"jpeg", "65000 x 65000", sixty_five_thousand_square, AE_ELIMIT,
     "65000 x 65000"},
    {"jpeg", "rows without data", more_rows_than_data, AE_EFORMAT, "row"},
    {"jpeg", "12 bits", twelve_bits, AE_EUNSUPPORTED, "12"},
    {"jpeg", "lossless", lossless, AE_EUNSUPPORTED, "c3"},
    {"jpeg", "hierarchical", hierarchical, AE_EUNSUPPORTED, "c5"},
    {"jpeg", "sampling 0", sampling_0, AE_EFORMAT, "sampling"},
    {"jpeg", "sampling 5", sampling_5, AE_EFORMAT, "sampling"},
    {"jpeg", "no such table", table_that_is_not_there, AE_EFORMAT, "table"},
    {"jpeg", "scan of strangers", scan_of_strangers, AE_EFORMAT, "SOS"},
    {"jpeg", "no tables", no_tables, AE_EFORMAT, "table"},
    {"jpeg", "too many codes", codes_past_their_count, AE_EFORMAT, "Huff"},
    {"jpeg", "EOI within", marker_within_the_data, AE_EFORMAT, "row"},
    {"jpeg", "begin and end", only_begin_and_end, AE_EFORMAT, "no image"},
    {"jpeg", "four components", four_components, AE_EFORMAT, "row 0"},
    {"jpeg", "progressive bomb", progressive_bomb, AE_ELIMIT, "scans"},
    {"jpeg", "ICC lacks a piece", profile_in_pieces_that_lack_one, 0,
     "ICC profile"},
    {"jpeg", "ICC piece 0", profile_piece_0, 0, "ICC profile"},
    {"jpeg", "short segments", segment_that_is_too_short, 0, ""},
};

Test(hostile, each_defect_gets_its_result, .timeout = 120)
{
    for (size_t k = 0; k < sizeof(cases) / sizeof(*cases); k++) {
        struct file f = {.ctx = pic_context(0, 0)};
        struct ae_image im = pic_make(f.ctx, 8, 8, 3, 0, 255), out;
        struct ae_err e = {0};
        f.b = pic_write(f.ctx, cases[k].format, &im, NULL, 0);
        cases[k].graft(&f);
        const int rc = pic_read(f.ctx, f.b.p, f.b.n, &out, NULL, &e);
        cr_expect_eq(rc, cases[k].code, "%s, %s: %d, %s", cases[k].format,
                     cases[k].defect, rc, e.msg);
        const char *said = cases[k].code ? e.msg : pic_notes;
        cr_expect(strstr(said, cases[k].reason), "%s, %s: \"%s\"",
                  cases[k].format, cases[k].defect, said);
        if (rc == 0)
            ae_image_release(&out);
        ae_image_release(&im);
        free(f.b.p);
        ae_ctx_free(f.ctx);
    }
}

Test(hostile, what_is_nothing_known)
{
    static const struct {
        const char *bytes;
        size_t n;
    } none[] = {
        {"", 0},
        {"P", 1},
        {"P6", 2},
        {"P8\n", 3},
        {"P7 332\n", 7},
        {"\377\330", 2},
        {"\377\377\377\377", 4},
        {"\211PNG\n\n\32\n", 8},
        {"%PDF-1.4", 8},
        {"PK\3\4", 4},
        {"\0\0\0\0\0\0\0\0", 8},
        {"version https://git-lfs", 23},
        {"\223NUMP", 5},
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t k = 0; k < sizeof(none) / sizeof(*none); k++) {
        struct ae_image im;
        struct ae_err e = {0};
        cr_assert_eq(pic_read(ctx, none[k].bytes, none[k].n, &im, NULL, &e),
                     AE_EUNKNOWN, "%zu: %s", k, e.msg);
        cr_assert(e.msg[0]);
    }
    ae_ctx_free(ctx);
}

/* Headers of text: netpbm's family and PFM. */
Test(hostile, headers_of_text)
{
    static const struct {
        const char *text;
        int code;
        const char *reason;
    } heads[] = {
        {"P5\n", AE_EFORMAT, "width"},
        {"P5\n4", AE_EFORMAT, "height"},
        {"P5\n0 4\n255\n", AE_EFORMAT, "width is 0"},
        {"P5\n4 -4\n255\n", AE_EFORMAT, "no number"},
        {"P5\n4x 4\n255\n", AE_EFORMAT, "no number"},
        {"P5\n+4 4\n255\n", AE_EFORMAT, "no number"},
        {"P5\n4.0 4\n255\n", AE_EFORMAT, "no number"},
        {"P5\n99999999999999999999 4\n255\n", AE_EFORMAT, "width"},
        {"P5\n4294967297 4\n255\n", AE_EFORMAT, "width"},
        {"P5\n111111111111111111111111111 4\n255\n", AE_EFORMAT, "too long"},
        {"P5\n2147483647 2147483647\n255\n", AE_ELIMIT, "limit"},
        {"P5\n30000 30000\n255\n....", AE_EFORMAT, "only 4 are left"},
        {"P5\n2 2\n0\n....", AE_EFORMAT, "maxval"},
        {"P5\n2 2\n65536\n....", AE_EFORMAT, "maxval"},
        {"P5\n2 2\n9\n\1\2\12\3", AE_EFORMAT, "row 1"},
        {"P6\n2 2\n255\n...........", AE_EFORMAT, "left"},
        {"P1\n2 2\n0 1 2 0", AE_EFORMAT, "neither 0 nor 1"},
        {"P1\n2 2\n0 1 0", AE_EFORMAT, "ends within"},
        {"P2\n2 2\n9\n1 2 3 10", AE_EFORMAT, "sample"},
        {"P2\n2 2\n9\n1 2 3     ", AE_EFORMAT, "sample"},
        {"P3\n1 1\n9\n1 -2 3", AE_EFORMAT, "no number"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nENDHDR\n.", AE_EFORMAT, "MAXVAL"},
        {"P7\nWIDTH 1\nHEIGHT 1\nMAXVAL 9\nENDHDR\n.", AE_EFORMAT, "DEPTH"},
        {"P7\nWIDTH 1\nWIDTH 1\n", AE_EFORMAT, "twice"},
        {"P7\nWIDTH -1\n", AE_EFORMAT, "WIDTH"},
        {"P7\nCOLOUR 1\n", AE_EFORMAT, "COLOUR"},
        {"P7\nWIDTH 1\nHEIGHT 1\n", AE_EFORMAT, "ends within the header"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 9\nTUPLTYPE GRAYSCALE\n"
         "ENDHDR\n...",
         AE_EFORMAT, "TUPLTYPE"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 9\nTUPLTYPE CMYK\n"
         "ENDHDR\n....",
         AE_EUNSUPPORTED, "CMYK"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 9\nENDHDR\n.....",
         AE_EUNSUPPORTED, "5 planes"},
        {"PF\n1 1\n0\n............", AE_EFORMAT, "scale"},
        {"PF\n1 1\nnan\n............", AE_EFORMAT, "scale"},
        {"PF\n1 1\nlittle\n............", AE_EFORMAT, "scale"},
        {"PF\n65536 65536\n1\n....", AE_ELIMIT, "limit"},
        {"PF\n30000 20000\n1\n....", AE_EFORMAT, "left"},
        {"Pf\n1 1\n1\n...", AE_EFORMAT, "left"},
        {"Pf\n1 1\n1\n\177\300\1\1", AE_ENUMERIC, "row 0"},
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t k = 0; k < sizeof(heads) / sizeof(*heads); k++) {
        struct ae_image im;
        struct ae_err e = {0};
        const int rc = pic_read(ctx, heads[k].text, strlen(heads[k].text), &im,
                                NULL, &e);
        cr_expect_eq(rc, heads[k].code, "%s: %d, %s", heads[k].text, rc, e.msg);
        cr_expect(strstr(e.msg, heads[k].reason), "%s: %s", heads[k].text,
                  e.msg);
    }
    ae_ctx_free(ctx);
}

/* On a pipe nobody knows what is left: the reader finds out by reading, with
 * no more memory than a row, or than has come. */
Test(hostile, promises_on_a_pipe)
{
    static const char *const heads[] = {
        "P5\n30000 30000\n65535\n",
        "PF\n8000 8000\n-1\n",
        "P2\n30000 30000\n65535\n1 2 3",
    };

    for (size_t k = 0; k < 3; k++) {
        struct ae_ctx *ctx = pic_context(0, 0);
        struct ae_reader *r = NULL;
        struct ae_io *io;
        struct ae_err e = {0};
        float *row = malloc(30000 * 3 * sizeof(*row));
        int fd[2];
        cr_assert_eq(pipe(fd), 0);
        cr_assert_gt(write(fd[1], heads[k], strlen(heads[k])), 0);
        close(fd[1]);
        cr_assert_eq(ae_io_open_fd(fd[0], 1, "pipe", &io, &e), 0);
        int rc = ae_reader_open(ctx, io, 1, &r, &e);
        if (!rc)
            rc = ae_reader_row(r, row, &e);
        cr_assert_eq(rc, AE_EFORMAT, "%s: %s", heads[k], e.msg);
        ae_reader_free(r);
        ae_io_close(io);
        free(row);
        ae_ctx_free(ctx);
    }
}
