/* Further pictures of a JPEG: those its MPF index lists belong to it, others
 * are the next images, and an index that lies harms nobody. */
#include "pictures.h"

struct entry {
    uint32_t size, offset;
};

static void put(unsigned char *p, uint32_t v, int bytes, int little)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (unsigned char)(v >> 8 * (little ? i : bytes - 1 - i));
}

/* An APP2 segment as CIPA DC-007 has it, for n pictures. */
static size_t index_segment(unsigned char *p, const struct entry *list, int n,
                            int little)
{
    unsigned char *h = p + 8; /* the byte-order mark */
    const size_t size = 8 + 50 + 16 * (size_t)n;

    memset(p, 0, size + 2);
    memcpy(p, "\377\342", 2);
    put(p + 2, (uint32_t)size, 2, 0);
    memcpy(p + 4, "MPF", 4);
    memcpy(h, little ? "II*\0" : "MM\0*", 4);
    put(h + 4, 8, 4, little);
    put(h + 8, 3, 2, little);
    put(h + 10, 0xB000, 2, little);
    put(h + 12, 7, 2, little);
    put(h + 14, 4, 4, little);
    memcpy(h + 18, "0100", 4);
    put(h + 22, 0xB001, 2, little);
    put(h + 24, 4, 2, little);
    put(h + 26, 1, 4, little);
    put(h + 30, (uint32_t)n, 4, little);
    put(h + 34, 0xB002, 2, little);
    put(h + 36, 7, 2, little);
    put(h + 38, 16 * (uint32_t)n, 4, little);
    put(h + 42, 50, 4, little);
    for (int i = 0; i < n; i++) {
        put(h + 50 + 16 * i + 4, list[i].size, 4, little);
        put(h + 50 + 16 * i + 8, list[i].offset, 4, little);
    }
    return size + 2;
}

static struct bytes jpeg(struct ae_ctx *ctx, int w)
{
    struct ae_image im = pic_make(ctx, w, 9, 3, 0, 255);
    struct bytes b = pic_write(ctx, "jpeg", &im, NULL, 0);

    ae_image_release(&im);
    return b;
}

/* A first picture with an index of `n` pictures of which the k-th further
 * one lies `gaps[k]` bytes behind the one before; `lie` is added to every
 * offset, `more` to every size. */
static struct bytes file(struct ae_ctx *ctx, int n, const int *gaps, int lie,
                         uint32_t more, int little)
{
    struct bytes first = jpeg(ctx, 20), all = {0};
    unsigned char segment[400];
    struct entry list[8] = {{0, 0}};
    struct bytes part[8];
    const size_t length = 2 + 8 + 50 + 16 * (size_t)n;
    size_t at = first.n + length;

    list[0].size = (uint32_t)at;
    for (int i = 1; i < n; i++) {
        part[i] = jpeg(ctx, 10 + i);
        at += (size_t)gaps[i - 1];
        /* the mark is 10 bytes behind the segment's start, at 2 */
        list[i].offset = (uint32_t)(at - 10 + (size_t)lie);
        list[i].size = (uint32_t)part[i].n + more;
        at += part[i].n;
    }
    cr_assert_eq(index_segment(segment, list, n, little), length);
    pic_append(&all, first.p, 2);
    pic_append(&all, segment, length);
    pic_append(&all, first.p + 2, first.n - 2);
    for (int i = 1; i < n; i++) {
        for (int g = 0; g < gaps[i - 1]; g++)
            pic_append(&all, "", 1);
        pic_append(&all, part[i].p, part[i].n);
        free(part[i].p);
    }
    free(first.p);
    return all;
}

static int count(struct ae_ctx *ctx, const struct bytes *b)
{
    struct ae_err e;
    int rc;
    const int n = pic_count(ctx, b->p, b->n, &rc, &e);

    cr_assert_eq(rc, AE_END, "%s", e.msg);
    return n;
}

/* The file twice and a PNG after it. */
static int count_in_stream(struct ae_ctx *ctx, const struct bytes *b)
{
    struct ae_image im = pic_make(ctx, 3, 3, 1, 0, 255);
    struct bytes png = pic_write(ctx, "png", &im, NULL, 0), all = {0};

    pic_append(&all, b->p, b->n);
    pic_append(&all, b->p, b->n);
    pic_append(&all, png.p, png.n);
    const int n = count(ctx, &all);
    ae_image_release(&im);
    free(png.p);
    free(all.p);
    return n;
}

Test(mpf, listed_pictures_belong_to_the_file)
{
    static const int gaps[][3] = {{0, 0, 0}, {5, 0, 70000}, {64, 1000, 3}};
    struct ae_ctx *ctx = pic_context(0, 0);

    for (int little = 0; little < 2; little++)
        for (int n = 1; n <= 4; n++)
            for (int g = 0; g < 3; g++) {
                struct bytes b = file(ctx, n, gaps[g], 0, 0, little);
                cr_assert_eq(count(ctx, &b), 1);
                cr_assert_eq(count_in_stream(ctx, &b), 3,
                             "%d pictures, gaps %d", n, g);
                free(b.p);
            }
    /* previews or not, what isn't read is a note */
    cr_assert_not_null(strstr(pic_notes, "test: jpeg: holds "));
    ae_ctx_free(ctx);
}

Test(mpf, without_an_index_each_is_an_image)
{
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes a = jpeg(ctx, 20), b = jpeg(ctx, 11);

    pic_append(&a, b.p, b.n);
    cr_assert_eq(count(ctx, &a), 2);
    free(a.p);
    free(b.p);
    ae_ctx_free(ctx);
}

/* An editor that moved the pictures and left the index. */
Test(mpf, an_index_that_points_nowhere_is_ignored)
{
    static const int lies[] = {1, -1, 77, -500, 1000000};
    static const int gaps[3] = {0};
    struct ae_ctx *ctx = pic_context(0, 0);

    for (int i = 0; i < 5; i++) {
        struct bytes b = file(ctx, 2, gaps, lies[i], 0, 0);
        cr_assert_eq(count(ctx, &b), 2, "%d", lies[i]);
        free(b.p);
    }
    ae_ctx_free(ctx);
}

/* Sizes that reach into, or past, what follows take nothing of it. */
Test(mpf, sizes_that_lie)
{
    static const uint32_t more[] = {1, 100, 100000, 0xFFFF0000u};
    static const int gaps[3] = {0};
    struct ae_ctx *ctx = pic_context(0, 0);

    for (int i = 0; i < 4; i++) {
        struct bytes b = file(ctx, 2, gaps, 0, more[i], 1);
        cr_assert_eq(count(ctx, &b), 1);
        cr_assert_eq(count_in_stream(ctx, &b), 3, "%u", more[i]);
        free(b.p);
    }
    ae_ctx_free(ctx);
}

/* The first picture is whole whatever comes after it. */
Test(mpf, cut_within_a_further_picture)
{
    static const int gaps[3] = {10, 10, 10};
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes b = file(ctx, 2, gaps, 0, 0, 0), first = jpeg(ctx, 20);
    const size_t whole = first.n + 2 + 8 + 50 + 32;

    for (size_t n = whole; n < b.n; n += 7) {
        const struct bytes part = {b.p, n};
        cr_assert_eq(count(ctx, &part), 1);
    }
    free(first.p);
    free(b.p);
    ae_ctx_free(ctx);
}

/* Every byte of the index set to every value of a few: never a crash, and
 * the first picture always comes. */
Test(mpf, damaged_index)
{
    static const unsigned char values[] = {0, 1, 0x7F, 0x80, 0xFF};
    static const int gaps[3] = {0};
    struct ae_ctx *ctx = pic_context(0, 0);
    struct bytes b = file(ctx, 3, gaps, 0, 0, 0);

    for (size_t i = 6; i < 2 + 8 + 50 + 48; i++)
        for (size_t v = 0; v < sizeof(values); v++) {
            struct ae_err e;
            int rc;
            const unsigned char old = b.p[i];
            b.p[i] = values[v];
            cr_assert_geq(pic_count(ctx, b.p, b.n, &rc, &e), 1);
            b.p[i] = old;
        }
    free(b.p);
    ae_ctx_free(ctx);
}
