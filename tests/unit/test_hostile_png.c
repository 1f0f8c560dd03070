/* test_hostile_png.c - valid PNG files of ours with one defect each, which is
 * grafted here.  Each is refused with its own code and reason, or, where only
 * metadata are broken, read. */
#include "base/gzip.h"
#include "hostile.h"

/* Where the first chunk of this type begins, at its length. */
static size_t chunk(const struct bytes *b, const char *type)
{
    size_t at = 8;

    while (memcmp(b->p + at + 4, type, 4) != 0) {
        at += 12 + ae_be32(b->p + at);
        cr_assert_lt(at, b->n, "no %s", type);
    }
    return at;
}

static void sign(struct bytes *b, size_t at)
{
    const size_t n = ae_be32(b->p + at);

    ae_put_be32(b->p + at + 8 + n, ae_crc32(0, b->p + at + 4, n + 4));
}

static void insert_chunk(struct bytes *b, const char *before, const char *type,
                         const void *data, size_t n)
{
    struct bytes c = {0};
    unsigned char word[4];

    ae_put_be32(word, (uint32_t)n);
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

    ae_put_be32(b->p + at + 8 + field, v);
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

static void insert_bad_crc(struct file *f, const char *before, const char *type)
{
    insert_chunk(&f->b, before, type, "\0\0\0\2\0\0\0\1", 8);
    f->b.p[chunk(&f->b, type) + 9] ^= 1;
}
static void crc_of_profile(struct file *f)
{
    insert_bad_crc(f, "IDAT", "iCCP");
}
static void crc_of_exif(struct file *f)
{
    insert_bad_crc(f, "IDAT", "eXIf");
}
static void crc_of_animation(struct file *f)
{
    insert_bad_crc(f, "IDAT", "acTL");
}
static void crc_of_late_exif(struct file *f)
{
    insert_bad_crc(f, "IEND", "eXIf");
}
static void crc_of_late_time(struct file *f)
{
    insert_bad_crc(f, "IEND", "tIME");
}

static void length_lies(struct file *f)
{
    ae_put_be32(f->b.p + chunk(&f->b, "IDAT"), 0x7FFFFFFF);
}

static void length_past_2e31(struct file *f)
{
    ae_put_be32(f->b.p + chunk(&f->b, "IDAT"), 0xFFFFFFF0);
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

static const struct defect defects[] = {
    {"width 0", width_0, AE_EFORMAT, "width"},
    {"height 0", height_0, AE_EFORMAT, "height"},
    {"width 2^31", width_2e31, AE_EFORMAT, "out of range"},
    {"4 gigapixels", four_gigapixels, AE_ELIMIT, "65535 x 65535"},
    {"no such data", data_for_nothing_like_its_size, AE_EFORMAT, ""},
    {"interlaced bomb", interlaced_bomb, AE_ELIMIT, "memory"},
    {"depth 5", depth_5, AE_EFORMAT, "depth"},
    {"colour type 5", colour_5, AE_EFORMAT, "color"},
    {"no palette", no_palette, AE_EFORMAT, "PLTE"},
    {"compression method 1", method_1, AE_EFORMAT, "compression"},
    {"filter method 1", filter_1, AE_EFORMAT, "filter"},
    {"interlace method 2", interlace_2, AE_EFORMAT, "interlace"},
    {"not interlaced", interlaced_data_missing, AE_EFORMAT, ""},
    {"CRC of IHDR", crc_of_header, AE_EFORMAT, "CRC"},
    {"CRC of IDAT", crc_of_data, AE_EFORMAT, ""},
    {"CRC of pHYs", crc_of_density, 0, "CRC"},
    {"CRC of iCCP", crc_of_profile, 0, "iCCP: CRC"},
    {"CRC of eXIf", crc_of_exif, 0, "eXIf: CRC"},
    {"CRC of acTL", crc_of_animation, 0, "acTL: CRC"},
    {"CRC of eXIf behind", crc_of_late_exif, 0, "eXIf: CRC"},
    {"CRC of tIME behind", crc_of_late_time, 0, "tIME: CRC"},
    {"length 2^31-1", length_lies, AE_EFORMAT, ""},
    {"length past 2^31", length_past_2e31, AE_EFORMAT, ""},
    {"no IDAT", no_data, AE_EFORMAT, ""},
    {"no IEND", no_end, AE_EFORMAT, "ends"},
    {"IHDR twice", header_twice, AE_EFORMAT, "IHDR"},
    {"PLTE of 257", palette_too_long, AE_EFORMAT, "PLTE"},
    {"critical chunk", unknown_and_critical, AE_EFORMAT, "WHAT"},
    {"filter 9", bad_filter_in_data, AE_EFORMAT, "row 3"},
    {"iCCP bomb", profile_bomb, 0, "ICC profile"},
    {"zTXt bomb", text_bomb, 0, ""},
    {"iCCP junk", profile_is_junk, 0, "ICC profile"},
    {"iCCP without a name", profile_has_no_name, 0, "ICC profile"},
    {"eXIf junk", exif_is_junk, 0, ""},
};

Test(hostile_png, each_defect_gets_its_result, .timeout = 120)
{
    check_defects("png", defects, AE_LEN(defects));
}
