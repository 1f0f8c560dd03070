/* test_hostile_jpeg.c - valid JPEG files of ours with one defect each, which is
 * grafted here.  Each is refused with its own code and reason, or, where only
 * metadata are broken, read. */
#include "hostile.h"

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

static const struct defect defects[] = {
    {"no rows", no_rows, AE_EFORMAT, "DNL"},
    {"no columns", no_columns, AE_EFORMAT, "Empty"},
    {"65000 x 65000", sixty_five_thousand_square, AE_ELIMIT, "65000 x 65000"},
    {"rows without data", more_rows_than_data, AE_EFORMAT, "row"},
    {"12 bits", twelve_bits, AE_EUNSUPPORTED, "12"},
    {"lossless", lossless, AE_EUNSUPPORTED, "c3"},
    {"hierarchical", hierarchical, AE_EUNSUPPORTED, "c5"},
    {"sampling 0", sampling_0, AE_EFORMAT, "sampling"},
    {"sampling 5", sampling_5, AE_EFORMAT, "sampling"},
    {"no such table", table_that_is_not_there, AE_EFORMAT, "table"},
    {"scan of strangers", scan_of_strangers, AE_EFORMAT, "SOS"},
    {"no tables", no_tables, AE_EFORMAT, "table"},
    {"too many codes", codes_past_their_count, AE_EFORMAT, "Huff"},
    {"EOI within", marker_within_the_data, AE_EFORMAT, "row"},
    {"begin and end", only_begin_and_end, AE_EFORMAT, "no image"},
    {"four components", four_components, AE_EFORMAT, "row 0"},
    {"progressive bomb", progressive_bomb, AE_ELIMIT, "scans"},
    {"ICC lacks a piece", profile_in_pieces_that_lack_one, 0, "ICC profile"},
    {"ICC piece 0", profile_piece_0, 0, "ICC profile"},
    {"short segments", segment_that_is_too_short, 0, ""},
};

Test(hostile_jpeg, each_defect_gets_its_result, .timeout = 120)
{
    check_defects("jpeg", defects, AE_LEN(defects));
}
