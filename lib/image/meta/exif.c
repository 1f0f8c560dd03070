/* exif.c - see exif.h.  EXIF 2.32 (CIPA DC-008): TIFF's tables of tags; the
 * first one describes the picture, the next one its thumbnail. */
#include "image/meta/exif.h"

#include <string.h>

struct tiff {
    unsigned char *p;
    size_t n;
    int little;
};

struct span {
    size_t from, to;
};

enum {
    WIDTH = 0x100,
    HEIGHT = 0x101,
    STRIPS = 0x111,
    ORIENTATION = 0x112,
    STRIP_BYTES = 0x117,
    X_DENSITY = 0x11A,
    Y_DENSITY = 0x11B,
    JPEG_AT = 0x201,
    JPEG_BYTES = 0x202,
    EXIF_IFD = 0x8769,
    GPS_IFD = 0x8825,
    PIXEL_WIDTH = 0xA002,
    PIXEL_HEIGHT = 0xA003,
    INTEROP_IFD = 0xA005,
    FOCAL_X = 0xA20E,
    FOCAL_Y = 0xA20F
};

enum { SHORT = 3, LONG = 4, ENTRY = 12 };

/* A number of `bytes` bytes; 0 beyond the data. */
static uint32_t get(const struct tiff *t, size_t at, int bytes)
{
    uint32_t v = 0;

    if (at > t->n || t->n - at < (size_t)bytes)
        return 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | t->p[at + (size_t)(t->little ? bytes - 1 - i : i)];
    return v;
}

static void put(struct tiff *t, size_t at, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        t->p[at + (size_t)(t->little ? i : bytes - 1 - i)] =
            (unsigned char)(v >> 8 * i);
}

static int open_tiff_reader(struct tiff *t, const void *p, size_t n)
{
    *t = (struct tiff){(unsigned char *)(uintptr_t)p, n, 0};
    if (n < 8)
        return 0;
    t->little = t->p[0] == 'I';
    return memcmp(t->p, "II*\0", 4) == 0 || memcmp(t->p, "MM\0*", 4) == 0;
}

/* Entries of a table, as far as they lie within the data. */
static size_t entry_count(const struct tiff *t, size_t ifd)
{
    const size_t said = get(t, ifd, 2);
    const size_t room = ifd + 2 <= t->n ? (t->n - ifd - 2) / ENTRY : 0;

    return ifd < 8 ? 0 : said < room ? said : room;
}

/* Offset of a tag's entry; 0: the table lacks it. */
static size_t find_tag(const struct tiff *t, size_t ifd, unsigned tag)
{
    const size_t n = entry_count(t, ifd);

    for (size_t i = 0; i < n; i++)
        if (get(t, ifd + 2 + ENTRY * i, 2) == tag)
            return ifd + 2 + ENTRY * i;
    return 0;
}

/* The value of a tag with one SHORT or LONG, else 0. */
static uint32_t tag_value(const struct tiff *t, size_t ifd, unsigned tag)
{
    const size_t at = find_tag(t, ifd, tag);
    const uint32_t type = get(t, at + 2, 2);

    if (!at || (type != SHORT && type != LONG) || get(t, at + 4, 4) != 1)
        return 0;
    return get(t, at + 8, type == SHORT ? 2 : 4);
}

int ae_exif_orientation(const void *exif, size_t n)
{
    struct tiff t;

    if (!open_tiff_reader(&t, exif, n))
        return 0;
    const uint32_t v = tag_value(&t, get(&t, 4, 4), ORIENTATION);
    return v <= 8 ? (int)v : 0;
}

int ae_exif_set_orientation(void *exif, size_t n, int orientation)
{
    struct tiff t;
    const size_t at = open_tiff_reader(&t, exif, n)
                          ? find_tag(&t, get(&t, 4, 4), ORIENTATION)
                          : 0;

    if (!at)
        return 0;
    put(&t, at + 2, SHORT, 2);
    put(&t, at + 4, 1, 4);
    put(&t, at + 8, 0, 4);
    put(&t, at + 8, (uint32_t)orientation, 2);
    return 1;
}

/* Swaps all of two entries except their tags. */
static void swap_entries(struct tiff *t, size_t ifd, unsigned a, unsigned b)
{
    const size_t x = find_tag(t, ifd, a), y = find_tag(t, ifd, b);
    unsigned char tmp[ENTRY - 2];

    if (!x || !y)
        return;
    memcpy(tmp, t->p + x + 2, sizeof(tmp));
    memcpy(t->p + x + 2, t->p + y + 2, sizeof(tmp));
    memcpy(t->p + y + 2, tmp, sizeof(tmp));
}

void ae_exif_swap_sides(void *exif, size_t n)
{
    struct tiff t;

    if (!open_tiff_reader(&t, exif, n))
        return;
    const size_t ifd = get(&t, 4, 4), more = tag_value(&t, ifd, EXIF_IFD);
    swap_entries(&t, ifd, WIDTH, HEIGHT);
    swap_entries(&t, ifd, X_DENSITY, Y_DENSITY);
    swap_entries(&t, more, PIXEL_WIDTH, PIXEL_HEIGHT);
    swap_entries(&t, more, FOCAL_X, FOCAL_Y);
}

size_t ae_exif_make(unsigned char out[26], int orientation)
{
    static const unsigned char plain[26] =
        "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\0\0\0\0\0\0";

    memcpy(out, plain, 26);
    out[19] = (unsigned char)orientation;
    return 26;
}

/* ------------------------------------------------------------- thumbnails */

/* The span of an entry's value; empty where the entry itself holds it. */
static struct span value_span(const struct tiff *t, size_t at)
{
    static const unsigned char sizes[] = {0, 1, 1, 2, 4, 8, 1,
                                          1, 2, 4, 8, 4, 8, 4};
    const uint32_t type = get(t, at + 2, 2);
    const uint64_t n = (uint64_t)get(t, at + 4, 4) *
                       (type < sizeof(sizes) ? sizes[type] : 0);
    const size_t from = get(t, at + 8, 4);

    if (n <= 4 || from >= t->n)
        return (struct span){0, 0};
    return (struct span){from, n < t->n - from ? from + (size_t)n : t->n};
}

static int overlap(struct span a, struct span b)
{
    return a.from < b.to && b.from < a.to;
}

static int ifd_uses(const struct tiff *t, size_t ifd, struct span s)
{
    const size_t n = entry_count(t, ifd);

    if (!n)
        return 0;
    if (overlap(s, (struct span){ifd, ifd + 2 + ENTRY * n + 4}))
        return 1;
    for (size_t i = 0; i < n; i++)
        if (overlap(s, value_span(t, ifd + 2 + ENTRY * i)))
            return 1;
    return 0;
}

/* Whether tables other than the thumbnail's use these bytes. */
static int is_used(const struct tiff *t, struct span s)
{
    const size_t ifd = get(t, 4, 4), exif = tag_value(t, ifd, EXIF_IFD);

    return s.from < 8 || ifd_uses(t, ifd, s) || ifd_uses(t, exif, s) ||
           ifd_uses(t, tag_value(t, ifd, GPS_IFD), s) ||
           ifd_uses(t, tag_value(t, exif, INTEROP_IFD), s);
}

/* Clears bytes that only the thumbnail uses; 1 where it did. */
static int clear_span(struct tiff *t, struct span s)
{
    if (s.from >= s.to || s.to > t->n || is_used(t, s))
        return 0;
    memset(t->p + s.from, 0, s.to - s.from);
    return 1;
}

/* The thumbnail's samples: a JPEG, or one strip. */
static struct span thumbnail_span(const struct tiff *t, size_t ifd)
{
    const int jpeg = find_tag(t, ifd, JPEG_AT) != 0;
    const size_t from = tag_value(t, ifd, jpeg ? JPEG_AT : STRIPS);
    const size_t n = tag_value(t, ifd, jpeg ? JPEG_BYTES : STRIP_BYTES);

    if (from == 0 || from >= t->n)
        return (struct span){0, 0};
    return (struct span){from, n < t->n - from ? from + n : t->n};
}

/* Clears at most 64 values: thumbnails have fewer tags, and a table of very
 * many would take very long. */
static void clear_table(struct tiff *t, size_t ifd)
{
    enum { MAX_TAGS = 64 };
    const size_t n = entry_count(t, ifd);

    for (size_t i = 0; i < n && i < MAX_TAGS; i++)
        clear_span(t, value_span(t, ifd + 2 + ENTRY * i));
    if (n)
        clear_span(t, (struct span){ifd, ifd + 2 + ENTRY * n});
}

size_t ae_exif_remove_thumbnail(void *exif, size_t n, int *found)
{
    struct tiff t;

    *found = 0;
    if (!open_tiff_reader(&t, exif, n))
        return n;
    const size_t ifd = get(&t, 4, 4);
    const size_t link = ifd + 2 + ENTRY * entry_count(&t, ifd);
    const size_t next = get(&t, link, 4);
    if (!entry_count(&t, ifd) || entry_count(&t, ifd) != get(&t, ifd, 2) ||
        !next)
        return n;
    *found = 1;
    put(&t, link, 0, 4);
    const struct span s = thumbnail_span(&t, next);
    const int gone = clear_span(&t, s);
    clear_table(&t, next);
    size_t end = n;
    while (gone && end > s.to && t.p[end - 1] == 0)
        end--;
    return gone && end <= s.to && !is_used(&t, (struct span){s.from, n})
               ? s.from
               : n;
}
