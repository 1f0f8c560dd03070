/* EXIF's few tags that tell of samples: orientation, sides, thumbnails; and
 * tables that lie. */
#include "pictures.h"

#include "image/meta/exif.h"

enum { IFD0 = 8, EXIF = 80, NOTE = 160, IFD1 = 200, THUMB = 260, SIZE = 300 };

static int little;

static void put(unsigned char *p, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(v >> 8 * (little ? i : bytes - 1 - i));
}

static void entry(unsigned char *p, int i, unsigned tag, unsigned type,
                  uint32_t n, uint32_t v)
{
    unsigned char *e = p + 2 + 12 * i;

    put(e, tag, 2);
    put(e + 2, type, 2);
    put(e + 4, n, 4);
    put(e + 8, v, type == 3 ? 2 : 4);
}

/* A picture's table, EXIF's with a maker note, a thumbnail's, a thumbnail. */
static void make(unsigned char p[SIZE])
{
    memset(p, 0, SIZE);
    memcpy(p, little ? "II*\0" : "MM\0*", 4);
    put(p + 4, IFD0, 4);
    put(p + IFD0, 3, 2);
    entry(p + IFD0, 0, 0x112, 3, 1, 6);
    entry(p + IFD0, 1, 0x11A, 4, 1, 72);
    entry(p + IFD0, 2, 0x8769, 4, 1, EXIF);
    put(p + IFD0 + 2 + 36, IFD1, 4);
    put(p + EXIF, 3, 2);
    entry(p + EXIF, 0, 0x927C, 7, 40, NOTE);
    entry(p + EXIF, 1, 0xA002, 4, 1, 4000);
    entry(p + EXIF, 2, 0xA003, 3, 1, 3000);
    memset(p + NOTE, 'n', 40);
    put(p + IFD1, 3, 2);
    entry(p + IFD1, 0, 0x103, 3, 1, 6);
    entry(p + IFD1, 1, 0x201, 4, 1, THUMB);
    entry(p + IFD1, 2, 0x202, 4, 1, SIZE - THUMB);
    memset(p + THUMB, 0xD8, SIZE - THUMB);
}

Test(exif, orientation)
{
    unsigned char p[SIZE], small[26];

    for (little = 0; little < 2; little++) {
        make(p);
        cr_assert_eq(ae_exif_orientation(p, SIZE), 6);
        cr_assert(ae_exif_set_orientation(p, SIZE, 1));
        cr_assert_eq(ae_exif_orientation(p, SIZE), 1);
        entry(p + IFD0, 0, 0x112, 3, 1, 9);
        cr_assert_eq(ae_exif_orientation(p, SIZE), 0);
        entry(p + IFD0, 0, 0x113, 3, 1, 9);
        cr_assert_not(ae_exif_set_orientation(p, SIZE, 1));
    }
    cr_assert_eq(ae_exif_make(small, 8), 26);
    cr_assert_eq(ae_exif_orientation(small, 26), 8);
}

Test(exif, sides_swap_with_their_types)
{
    unsigned char p[SIZE], before[SIZE];

    little = 1;
    make(p);
    memcpy(before, p, SIZE);
    ae_exif_swap_sides(p, SIZE);
    cr_assert_arr_eq(p + EXIF + 2 + 12 + 2, before + EXIF + 2 + 24 + 2, 10);
    cr_assert_arr_eq(p + EXIF + 2 + 24 + 2, before + EXIF + 2 + 12 + 2, 10);
    ae_exif_swap_sides(p, SIZE);
    cr_assert_arr_eq(p, before, SIZE);
}

Test(exif, thumbnail_goes_and_nothing_moves)
{
    unsigned char p[SIZE], before[SIZE];
    int found;

    for (little = 0; little < 2; little++) {
        make(p);
        memcpy(before, p, SIZE);
        cr_assert_eq(ae_exif_remove_thumbnail(p, SIZE, &found), THUMB);
        cr_assert(found);
        memset(before + IFD0 + 2 + 36, 0, 4); /* the link */
        memset(before + IFD1, 0, SIZE - IFD1);
        cr_assert_arr_eq(p, before, SIZE);
        cr_assert_eq(ae_exif_remove_thumbnail(p, THUMB, &found), THUMB);
        cr_assert_not(found);
    }
}

/* One in the middle: the bytes after it stay where they are. */
Test(exif, thumbnail_before_other_data)
{
    unsigned char p[SIZE];
    int found;

    little = 1;
    make(p);
    entry(p + IFD1, 2, 0x202, 4, 1, 20);
    cr_assert_eq(ae_exif_remove_thumbnail(p, SIZE, &found), SIZE);
    cr_assert(found);
    cr_assert_eq(p[THUMB + 19], 0);
    cr_assert_eq(p[THUMB + 20], 0xD8);
}

/* A thumbnail said to be where other tags have their values harms none. */
Test(exif, thumbnail_that_claims_what_is_not_its)
{
    static const uint32_t at[] = {
        0, 4, IFD0, EXIF, NOTE + 8, SIZE - 1, SIZE, 0x7FFFFFFF, 0xFFFFFFFF};
    static const uint32_t size[] = {0, 1, 30, 0x7FFFFFFF, 0xFFFFFFFF};
    unsigned char p[SIZE], before[SIZE];
    int found;

    little = 1;
    for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++)
        for (size_t k = 0; k < sizeof(size) / sizeof(*size); k++) {
            make(p);
            entry(p + IFD1, 1, 0x201, 4, 1, at[i]);
            entry(p + IFD1, 2, 0x202, 4, 1, size[k]);
            memcpy(before, p, SIZE);
            const size_t n = ae_exif_remove_thumbnail(p, SIZE, &found);
            cr_assert(n == SIZE || n == SIZE - 1);
            memset(before + IFD0 + 2 + 36, 0, 4);
            cr_assert_arr_eq(p, before, IFD1, "%u, %u", at[i], size[k]);
        }
}

Test(exif, loops_and_offsets_past_the_end)
{
    static const uint32_t links[] = {
        1, 4, IFD0, EXIF, NOTE, SIZE - 1, SIZE + 5, 0xFFFFFFF0, 0xFFFFFFFF};
    unsigned char p[SIZE], before[SIZE];
    int found;

    little = 1;
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        make(p);
        put(p + IFD0 + 2 + 36, links[i], 4);
        entry(p + EXIF, 0, 0x8769, 4, 1, IFD0); /* and a loop */
        memcpy(before, p, SIZE);
        memset(before + IFD0 + 2 + 36, 0, 4);
        cr_assert_eq(ae_exif_remove_thumbnail(p, SIZE, &found), SIZE);
        cr_assert_arr_eq(p, before, NOTE, "%u", links[i]);
        make(p);
        put(p + 4, links[i], 4);
        ae_exif_orientation(p, SIZE);
        ae_exif_swap_sides(p, SIZE);
        cr_assert_eq(ae_exif_remove_thumbnail(p, SIZE, &found) <= SIZE, 1);
    }
    for (size_t n = 0; n < SIZE; n++) { /* cut short anywhere */
        unsigned char *cut = malloc(n + 1);
        make(p);
        memcpy(cut, p, n);
        ae_exif_set_orientation(cut, n, 3);
        ae_exif_swap_sides(cut, n);
        cr_assert_leq(ae_exif_remove_thumbnail(cut, n, &found), n);
        free(cut);
    }
}
