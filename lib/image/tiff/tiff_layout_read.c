/* tiff_layout_read.c - the layout of a page's samples, and which layouts are
 * read. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "image/tiff/tiff.h"

static unsigned get16(TIFF *tif, uint32_t tag)
{
    uint16_t v = 0;

    TIFFGetFieldDefaulted(tif, tag, &v);
    return v;
}

static uint32_t get32(TIFF *tif, uint32_t tag)
{
    uint32_t v = 0;

    TIFFGetFieldDefaulted(tif, tag, &v);
    return v;
}

int ae_tiff_colours(const struct ae_tiff_layout *l)
{
    return l->photometric == PHOTOMETRIC_MINISBLACK ||
                   l->photometric == PHOTOMETRIC_MINISWHITE
               ? 1
               : 3;
}

/* Refuses what is neither gray, RGB nor a palette, with a way to convert it. */
static int check_photometric(const struct ae_tiff_layout *l, struct ae_err *e)
{
    switch (l->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_PALETTE:
        return 0;
    case PHOTOMETRIC_YCBCR:
        if (l->compression == COMPRESSION_JPEG &&
            l->planar == PLANARCONFIG_CONTIG)
            return 0;
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: YCbCr is read within JPEG alone, not in planes: "
                       "convert it first, e.g. `convert in.tif -colorspace "
                       "sRGB png:-`");
    case PHOTOMETRIC_SEPARATED:
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: CMYK isn't read: convert it first, e.g. `convert "
                       "in.tif -colorspace sRGB png:-`");
    default:
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: colours of photometric interpretation %d aren't "
                       "read: convert it first, e.g. `convert in.tif "
                       "-colorspace sRGB png:-`",
                       l->photometric);
    }
}

static int check_samples(const struct ae_tiff_layout *l, struct ae_err *e)
{
    const unsigned colours = l->photometric == PHOTOMETRIC_PALETTE
                                 ? 1
                                 : (unsigned)ae_tiff_colours(l);
    const int white = l->photometric == PHOTOMETRIC_MINISWHITE;

    if (l->samples != colours && l->samples != colours + 1)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: %u samples a pixel: %u are read, and one of "
                       "alpha",
                       l->samples, colours);
    if (l->photometric == PHOTOMETRIC_PALETTE &&
        (l->samples != 1 || l->bits > 8 || l->is_float))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: a palette of %u bits and %u samples: 1 to 8 bits "
                       "alone are read",
                       l->bits, l->samples);
    if (l->is_float && (white || (l->bits != 16 && l->bits != 32)))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: %u-bit floats%s aren't read, 16 and 32 bits with "
                       "black at 0 are",
                       l->bits, white ? " with white at 0" : "");
    if (!l->is_float && (l->bits < 1 || l->bits > 16))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: whole samples of %u bits aren't read, 1 to 16 "
                       "are",
                       l->bits);
    return 0;
}

static int check_coding(TIFF *tif, const struct ae_tiff_layout *l,
                        struct ae_err *e)
{
    if (l->compression == COMPRESSION_OJPEG)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: JPEG of the old style isn't read: convert it "
                       "first, e.g. `convert in.tif png:-`");
    if (!TIFFIsCODECConfigured((uint16_t)l->compression))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: compression %d isn't known to this libtiff",
                       l->compression);
    if (l->planar != PLANARCONFIG_CONTIG && l->planar != PLANARCONFIG_SEPARATE)
        return ae_fail(e, AE_EFORMAT, "tiff: planar configuration %d",
                       l->planar);
    if (TIFFIsTiled(tif) &&
        (l->tile_w == 0 || l->tile_h == 0 || l->tile_w > INT_MAX ||
         l->tile_h > INT_MAX || l->tile_w % 16))
        return ae_fail(e, AE_EFORMAT,
                       "tiff: tiles of %" PRIu32 " x %" PRIu32 " pixels",
                       l->tile_w, l->tile_h);
    if (!TIFFIsTiled(tif) && l->strip == 0)
        return ae_fail(e, AE_EFORMAT, "tiff: strips of no rows");
    return 0;
}

static int read_format(TIFF *tif, struct ae_tiff_layout *l, struct ae_err *e)
{
    const unsigned format = get16(tif, TIFFTAG_SAMPLEFORMAT);

    l->is_float = format == SAMPLEFORMAT_IEEEFP;
    if (l->is_float || format == SAMPLEFORMAT_UINT ||
        format == SAMPLEFORMAT_VOID)
        return 0;
    return ae_fail(e, AE_EUNSUPPORTED, "tiff: %s samples aren't read",
                   format == SAMPLEFORMAT_INT ? "signed" : "complex");
}

static void read_extra(TIFF *tif, struct ae_tiff_layout *l)
{
    uint16_t n = 0, *type = NULL;

    l->extra = -1;
    if (l->samples == 2 || l->samples == 4)
        l->extra = EXTRASAMPLE_UNSPECIFIED;
    if (TIFFGetField(tif, TIFFTAG_EXTRASAMPLES, &n, &type) && n == 1 &&
        l->extra == 0 && type[0] <= 2)
        l->extra = type[0];
}

/* The quality whose luminance table (ITU-T T.81, table K.1, scaled as libjpeg
 * scales it) has the sum nearest to `sum`. */
static int quality_of(int sum)
{
    static const unsigned char base[64] = {
        16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
        14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
        18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
        49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    };
    int best = 0, least = INT_MAX;

    for (int q = 100; q >= 1; q--) {
        const int scale = q < 50 ? 5000 / q : 200 - 2 * q;
        int here = 0;
        for (int i = 0; i < 64; i++)
            here += ae_clamp((base[i] * scale + 50) / 100, 1, 255);
        if (abs(here - sum) < least) {
            least = abs(here - sum);
            best = q;
        }
    }
    return best;
}

/* The sum of quantisation table 0 in a JPEG stream; 0: it has none. */
static int find_table(const unsigned char *p, size_t n)
{
    for (size_t i = 2; i + 4 <= n && p[i] == 0xff && p[i + 1] != 0xda;) {
        const size_t size = (size_t)p[i + 2] << 8 | p[i + 3];
        if (p[i + 1] == 0xdb && size >= 67 && i + 2 + size <= n &&
            p[i + 4] == 0) {
            int sum = 0;
            for (int k = 0; k < 64; k++)
                sum += p[i + 5 + (size_t)k];
            return sum;
        }
        i += 2 + size;
    }
    return 0;
}

/* JPEG tables are in a tag, or else at the start of each strip. */
static int read_quality(struct ae_tiff *t)
{
    enum { FIRST = 2048 };
    unsigned char begin[FIRST];
    void *tables = NULL;
    uint32_t n = 0;
    int sum = 0;

    if (TIFFGetField(t->tif, TIFFTAG_JPEGTABLES, &n, &tables) && tables)
        sum = find_table(tables, n);
    if (!sum) {
        const uint64_t at = TIFFGetStrileOffset(t->tif, 0);
        uint64_t size = TIFFGetStrileByteCount(t->tif, 0);
        size = size < FIRST ? size : FIRST;
        if (!ae_spool_read(t->spool, at, begin, (size_t)size, NULL))
            sum = find_table(begin, (size_t)size);
    }
    return sum ? quality_of(sum) : 0;
}

static void read_jpeg(struct ae_tiff *t, struct ae_tiff_layout *l)
{
    uint16_t h = 2, v = 2;

    if (l->photometric == PHOTOMETRIC_YCBCR) {
        TIFFGetFieldDefaulted(t->tif, TIFFTAG_YCBCRSUBSAMPLING, &h, &v);
        TIFFSetField(t->tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    l->sub_h = h;
    l->sub_v = v;
    l->quality = read_quality(t);
}

int ae_tiff_read_layout(struct ae_tiff *t, struct ae_tiff_layout *l,
                        struct ae_err *e)
{
    TIFF *tif = t->tif;
    uint16_t photometric = 0;

    if (!TIFFGetField(tif, TIFFTAG_PHOTOMETRIC, &photometric))
        return ae_fail(e, AE_EFORMAT,
                       "tiff: doesn't say what its colours are "
                       "(PhotometricInterpretation)");
    l->w = get32(tif, TIFFTAG_IMAGEWIDTH);
    l->h = get32(tif, TIFFTAG_IMAGELENGTH);
    l->bits = get16(tif, TIFFTAG_BITSPERSAMPLE);
    l->samples = get16(tif, TIFFTAG_SAMPLESPERPIXEL);
    l->photometric = photometric;
    l->planar = (int)get16(tif, TIFFTAG_PLANARCONFIG);
    l->compression = (int)get16(tif, TIFFTAG_COMPRESSION);
    l->fill_order = (int)get16(tif, TIFFTAG_FILLORDER);
    uint16_t predictor = 1;
    TIFFGetField(tif, TIFFTAG_PREDICTOR, &predictor);
    l->predictor = predictor;
    if (l->compression == COMPRESSION_CCITTFAX3)
        l->t4 = get32(tif, TIFFTAG_GROUP3OPTIONS);
    if (TIFFIsTiled(tif)) {
        l->tile_w = get32(tif, TIFFTAG_TILEWIDTH);
        l->tile_h = get32(tif, TIFFTAG_TILELENGTH);
    } else {
        const uint32_t rows = get32(tif, TIFFTAG_ROWSPERSTRIP);
        l->strip = rows < l->h ? rows : l->h;
    }
    read_extra(tif, l);
    AE_TRY(read_format(tif, l, e));
    AE_TRY(check_photometric(l, e));
    AE_TRY(check_samples(l, e));
    AE_TRY(check_coding(tif, l, e));
    if (l->compression == COMPRESSION_JPEG)
        read_jpeg(t, l);
    return 0;
}
