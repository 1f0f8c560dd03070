/* Formats that are known but not read and written: named by content, by a raw's
 * make, by an output's ending; and what a build lacks. */
#include "image/format.h"
#include "pictures.h"

/* What begins as a known format that isn't read, by its first bytes. */
Test(refused, other_formats_are_named)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *name;
    } others[] = {
#if !AE_WITH_TIFF
        {"II*\0\10\0\0\0\0\0", 10, "TIFF"},
        {"MM\0*\0\0\0\10", 8, "TIFF"},
        {"II+\0\10\0\0\0", 8, "without libtiff"},
#endif
        {"II*\0\20\0\0\0CR\2\0", 12, "CR2"},
        {"FUJIFILMCCD-RAW 0201", 20, "RAF"},
        {"IIRO\10\0\0\0", 8, "ORF"},
        {"IIU\0\30\0\0\0", 8, "RW2"},
        {"\0\0\0\30ftypcrx \0\0\0\1", 16, "CR3"},
        {"8BPS\0\1", 6, "PSD"},
        {"v/1\1\2\0\0\0", 8, "EXR"},
#if !AE_WITH_WEBP
        {"RIFF\44\0\0\0WEBPVP8 ", 16, "without libwebp"},
#endif
        {"\0\0\0\30ftypheic\0\0\0\0", 16, "HEIC"},
        {"\0\0\0\30ftypmif1\0\0\0\0", 16, "HEIC"},
        {"\0\0\0\34ftypavif\0\0\0\0", 16, "AVIF"},
        {"GIF89a", 6, "GIF"},
        {"BM\66\0\0\0\0\0\0\0", 10, "BMP"},
        {"\0\0\0\14JXL \15\12\207\12", 12, "JPEG XL"},
        {"\377\12\372\37", 4, "JPEG XL"},
        {"\0\0\0\14jP  \15\12\207\12", 12, "JPEG 2000"},
        {"\377O\377Q\0/", 6, "JPEG 2000"},
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t k = 0; k < sizeof(others) / sizeof(*others); k++) {
        struct ae_image im;
        struct ae_err e = {0};
        cr_assert_eq(pic_read(ctx, others[k].bytes, others[k].n, &im, NULL, &e),
                     AE_EUNREAD, "%s", others[k].name);
        cr_assert(strstr(e.msg, others[k].name), "%s: %s", others[k].name,
                  e.msg);
        cr_assert(strstr(e.msg, "convert it first"), "%s", e.msg);
    }
    ae_ctx_free(ctx);
}

/* What is TIFF by its first bytes, by the camera's make. */
Test(refused, raws_are_named)
{
    static const struct {
        const char *make;
        int dng;
        const char *name;
    } raws[] = {
        {"NIKON CORPORATION", 0, "NEF"},
        {"SONY", 0, "ARW"},
        {"Canon", 0, "CR2"},
        {"PENTAX Corporation", 0, "PEF"},
        {"SAMSUNG", 0, "SRW"},
        {"Leica Camera AG", 1, "DNG"},
        {"NIKON", 1, "DNG"},
        {"", 0, "camera raw"},
        {"Nobody's", 0, "camera raw"},
    };

    for (size_t k = 0; k < sizeof(raws) / sizeof(*raws); k++) {
        struct ae_err e = {0};
        cr_assert_eq(ae_format_refuse_raw(raws[k].make, raws[k].dng, &e),
                     AE_EUNREAD);
        cr_assert(strstr(e.msg, raws[k].name), "%s: %s", raws[k].make, e.msg);
        cr_assert(strstr(e.msg, "`dcraw "), "%s", e.msg);
    }
}

/* What is known but not written is refused by its ending, whatever the case;
 * what nobody knows isn't. */
Test(refused, endings_that_are_not_written)
{
    static const char *const known[] = {
        "a/b.jxl", "x.CR2", "x.nrw", "x.heic", "HIF", "x.avif", "x.jp2",
        "x.psd",   "x.exr", "x.BMP", "x.gif",  "gif", "x.dng",  "x.y.cr3",
    };
    static const char *const other[] = {
        "x.png", "x.JPG",   "x.data", "x.",     "x",      "",
        ".",     "a.gif/x", "x.gi",   "x.gifs", "x. gif", "x.r",
    };
    struct ae_err e;

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        e.msg[0] = 0;
        cr_expect_eq(ae_format_refuse_name(known[i], &e), AE_EUNSUPPORTED, "%s",
                     known[i]);
        cr_expect(strstr(e.msg, "isn't written"), "%s", e.msg);
    }
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
        cr_expect_eq(ae_format_refuse_name(other[i], &e), 0, "%s: %s", other[i],
                     e.msg);
}

/* Every format is told of once, with its own endings; what the build lacks
 * has none. */
Test(refused, facts)
{
    struct ae_format_facts f;
    size_t n = 0, lacks = 0;

    for (; ae_format_facts(n, &f); n++) {
        const struct ae_format *known = ae_format_at(n);
        lacks += !known;
        if (known)
            cr_assert_str_eq(f.name, ae_format_name(known));
        cr_assert_eq(!known, !f.reads && !f.writes);
        cr_assert(known || f.library[0]);
        for (int i = 0; i < 4 && f.endings[i]; i++)
            cr_assert_eq(ae_format_by_name(f.endings[i]), known);
    }
    cr_assert_eq(lacks, (size_t)(!AE_WITH_TIFF + !AE_WITH_WEBP));
}
