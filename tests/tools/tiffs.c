/* tiffs - TIFF files for tests, by libtiff alone.
 *
 *   tiffs make OUT KEY=VALUE...   a picture, or pages of it, laid out so
 *   tiffs sum FILE                of each page: how its samples lie, a sum
 *                                 over them, and its tags with sums of theirs
 *
 * Keys: w h bits samples float photometric planar compression predictor tile
 * strip fill extra mode (of TIFFOpen) pages reduced subs orientation quality
 * nan black tags beyond. */
#include <stdio.h>

#if AE_WITH_TIFF
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>
#include <zlib.h>

/* Values of the keys by their first appearance in this list. */
static const char *const keys[] = {
    "w",           "h",           "bits",        "samples",   "float",
    "photometric", "planar",      "compression", "predictor", "tile",
    "strip",       "fill",        "extra",       "pages",     "reduced",
    "subs",        "orientation", "quality",     "nan",       "black",
    "tags",        "beyond",      "t4",          NULL};
enum {
    W,
    H,
    BITS,
    SAMPLES,
    FLOAT,
    PHOTOMETRIC,
    PLANAR,
    COMPRESSION,
    PREDICTOR,
    TILE,
    STRIP,
    FILL,
    EXTRA,
    PAGES,
    REDUCED,
    SUBS,
    ORIENTATION,
    QUALITY,
    NOT_A_NUMBER,
    BLACK,
    TAGS,
    BEYOND,
    T4,
    KEYS
};

static long v[KEYS] = {[W] = 67,          [H] = 45,          [BITS] = 8,
                       [SAMPLES] = 3,     [PHOTOMETRIC] = 2, [PLANAR] = 1,
                       [COMPRESSION] = 1, [EXTRA] = -1,      [PAGES] = 1};

static int fail(const char *what)
{
    fprintf(stderr, "tiffs: %s\n", what);
    return 1;
}

static uint32_t draw(uint32_t x, uint32_t y, uint32_t c)
{
    uint32_t z = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ c * 0xc2b2ae3du;

    z = (z ^ z >> 15) * 0x2c1b3c6du;
    return z ^ z >> 13;
}

/* A ramp with noise; 0..1. */
static double value(long x, long y, long c)
{
    const double noise = (draw((uint32_t)x, (uint32_t)y, (uint32_t)c) % 1000) /
                             1000.0 -
                         0.5;
    double s = 0.5 + 0.35 * (2.0 * (double)x / (double)v[W] - 1) +
               0.1 * (double)(c - 1) + 0.1 * noise;
    const int alpha = v[EXTRA] >= 0 && c == v[SAMPLES] - 1;

    if (v[BLACK])
        return 0;
    if (alpha) /* none, some, all of it */
        return x % 16 < 4   ? 0
               : x % 16 < 8 ? 1
                            : 0.2 + 0.6 * (double)(x % 16 - 8) / 8;
    if (v[EXTRA] == 1 && !v[BEYOND]) {
        const double a = value(x, y, v[SAMPLES] - 1);
        s = a > 0 ? s * a : s; /* what lies under nothing stays */
    }
    return s < 0 ? 0 : s > 1 ? 1 : s;
}

static uint16_t to_half(double s) /* 0, or 2^-14 to 1 */
{
    float f = (float)s;
    uint32_t b;

    if (s < 0x1p-14)
        return 0;
    memcpy(&b, &f, 4);
    return (uint16_t)((b >> 13) - (112u << 10));
}

/* Sample i of a row of packed samples. */
static void put(unsigned char *row, long i, double s)
{
    const long bits = v[BITS];
    const uint32_t q = (uint32_t)(s * (double)((1ul << bits) - 1) + 0.5);
    float f = (float)s;

    if (v[FLOAT] && bits == 32) {
        memcpy(row + 4 * i, &f, 4);
    } else if (v[FLOAT] || bits == 16) {
        const uint16_t two = v[FLOAT] ? to_half(s) : (uint16_t)q;
        memcpy(row + 2 * i, &two, 2);
    } else {
        for (long k = 0; k < bits; k++) {
            const long at = i * bits + k;
            if (q >> (bits - 1 - k) & 1)
                row[at / 8] |= (unsigned char)(128 >> at % 8);
        }
    }
}

/* A block of pixels from x0, y0, of one plane or of all samples. */
static void fill(unsigned char *p, size_t stride, long x0, long y0, long w,
                 long h, int plane)
{
    const long n = plane < 0 ? v[SAMPLES] : 1;

    memset(p, 0, stride * (size_t)h);
    for (long y = 0; y < h; y++)
        for (long x = 0; x < w && x0 + x < v[W]; x++)
            for (long c = 0; c < n; c++)
                put(p + (size_t)y * stride, x * n + c,
                    v[NOT_A_NUMBER] && x0 + x == 5 && y0 + y == 3
                        ? 0.0 / (double)v[BLACK]
                        : value(x0 + x, y0 + y, plane < 0 ? c : plane));
}

static int write_samples(TIFF *t)
{
    const long h = v[TILE]                       ? v[TILE]
                   : v[STRIP] && v[STRIP] < v[H] ? v[STRIP]
                                                 : v[H];
    const long w = v[TILE] ? v[TILE] : v[W];
    const long planes = v[PLANAR] == 2 ? v[SAMPLES] : 1;
    const long n = planes > 1 ? 1 : v[SAMPLES];
    const size_t stride = (size_t)(w * n * v[BITS] + 7) / 8;
    unsigned char *p = malloc(stride * (size_t)h);
    int bad = !p;

    for (long k = 0; k < planes; k++)
        for (long y = 0; !bad && y < v[H]; y += h)
            for (long x = 0; !bad && x < v[W]; x += w) {
                const uint16_t s = (uint16_t)k;
                const long rows = v[TILE] || v[H] - y > h ? h : v[H] - y;
                const tmsize_t size = (tmsize_t)stride * rows;
                fill(p, stride, x, y, w, rows, planes > 1 ? (int)k : -1);
                bad = v[TILE] ? TIFFWriteEncodedTile(
                                    t,
                                    TIFFComputeTile(t, (uint32_t)x, (uint32_t)y,
                                                    0, s),
                                    p, size) < 0
                              : TIFFWriteEncodedStrip(
                                    t, TIFFComputeStrip(t, (uint32_t)y, s), p,
                                    size) < 0;
            }
    free(p);
    return bad;
}

static void set_tags(TIFF *t)
{
    static const char text[] = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";
    static const char name[] = "A picture, f\303\274r Pr\303\274fungen";
    static const unsigned char iptc[12] = "\x1c\2\5\0\3Tit\x1c\2\0";

    TIFFSetField(t, TIFFTAG_IMAGEDESCRIPTION, name);
    TIFFSetField(t, TIFFTAG_MAKE, "Maker");
    TIFFSetField(t, TIFFTAG_DATETIME, "2024:02:29 12:00:00");
    TIFFSetField(t, TIFFTAG_PAGENAME, "one");
    TIFFSetField(t, TIFFTAG_XRESOLUTION, 300.5);
    TIFFSetField(t, TIFFTAG_YRESOLUTION, 72.25);
    TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(t, TIFFTAG_XMLPACKET, (uint32_t)strlen(text), text);
    TIFFSetField(t, TIFFTAG_RICHTIFFIPTC, 3u, iptc);
}

static int set_fields(TIFF *t)
{
    uint16_t extra = (uint16_t)v[EXTRA], map[3][256];
    int ok = 1;

    for (int i = 0; i < 256; i++) {
        map[0][i] = (uint16_t)(i * 257);
        map[1][i] = (uint16_t)((255 - i) * 257);
        map[2][i] = (uint16_t)(i % 16 * 16 * 257 + (v[BEYOND] ? 1 : 0));
    }
    ok &= TIFFSetField(t, TIFFTAG_IMAGEWIDTH, (uint32_t)v[W]);
    ok &= TIFFSetField(t, TIFFTAG_IMAGELENGTH, (uint32_t)v[H]);
    ok &= TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, (int)v[BITS]);
    ok &= TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, (int)v[SAMPLES]);
    ok &= TIFFSetField(t, TIFFTAG_PLANARCONFIG, (int)v[PLANAR]);
    ok &= TIFFSetField(t, TIFFTAG_COMPRESSION, (int)v[COMPRESSION]);
    ok &= TIFFSetField(t, TIFFTAG_PHOTOMETRIC, (int)v[PHOTOMETRIC]);
    if (v[FLOAT])
        ok &= TIFFSetField(t, TIFFTAG_SAMPLEFORMAT,
                           v[FLOAT] == 2 ? SAMPLEFORMAT_INT
                                         : SAMPLEFORMAT_IEEEFP);
    if (v[TILE]) {
        ok &= TIFFSetField(t, TIFFTAG_TILEWIDTH, (uint32_t)v[TILE]);
        ok &= TIFFSetField(t, TIFFTAG_TILELENGTH, (uint32_t)v[TILE]);
    } else {
        ok &= TIFFSetField(t, TIFFTAG_ROWSPERSTRIP,
                           (uint32_t)(v[STRIP] ? v[STRIP] : v[H]));
    }
    if (v[PREDICTOR])
        ok &= TIFFSetField(t, TIFFTAG_PREDICTOR, (int)v[PREDICTOR]);
    if (v[FILL])
        ok &= TIFFSetField(t, TIFFTAG_FILLORDER, (int)v[FILL]);
    if (v[T4])
        ok &= TIFFSetField(t, TIFFTAG_GROUP3OPTIONS, (uint32_t)v[T4]);
    if (v[EXTRA] >= 0)
        ok &= TIFFSetField(t, TIFFTAG_EXTRASAMPLES, 1, &extra);
    if (v[PHOTOMETRIC] == PHOTOMETRIC_PALETTE)
        ok &= TIFFSetField(t, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
    if (v[COMPRESSION] == COMPRESSION_JPEG && v[QUALITY])
        ok &= TIFFSetField(t, TIFFTAG_JPEGQUALITY, (int)v[QUALITY]);
    if (v[PHOTOMETRIC] == PHOTOMETRIC_YCBCR)
        ok &= TIFFSetField(t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    if (v[ORIENTATION])
        ok &= TIFFSetField(t, TIFFTAG_ORIENTATION, (int)v[ORIENTATION]);
    if (v[TAGS])
        set_tags(t);
    return !ok;
}

/* EXIF's directory, to which the page's own is to lead: made behind it, and
 * the page's written anew. */
static int add_exif(TIFF *t)
{
    uint64_t at = 0;

    if (!TIFFSetDirectory(t, 0) || TIFFCreateEXIFDirectory(t))
        return 1;
    TIFFSetField(t, EXIFTAG_EXPOSURETIME, 0.004);
    TIFFSetField(t, EXIFTAG_DATETIMEORIGINAL, "2024:02:29 12:00:00");
    if (!TIFFWriteCustomDirectory(t, &at) || !TIFFSetDirectory(t, 0))
        return 1;
    TIFFSetField(t, TIFFTAG_EXIFIFD, at);
    return !TIFFRewriteDirectory(t);
}

static int make(const char *path, const char *mode)
{
    TIFF *t = TIFFOpen(path, mode);
    const long w = v[W], h = v[H];
    int bad = !t;

    for (long i = 0; !bad && i < v[PAGES] + v[REDUCED]; i++) {
        const int reduced = i >= v[PAGES];
        uint64_t none[4] = {0};
        v[W] = (reduced ? w / 2 : w + i);
        v[H] = (reduced ? h / 2 : h + 2 * i);
        bad = set_fields(t);
        if (reduced)
            TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
        if (v[SUBS] && !reduced)
            TIFFSetField(t, TIFFTAG_SUBIFD, (int)v[SUBS], none);
        bad = bad || write_samples(t) || !TIFFWriteDirectory(t);
        for (long k = 0; v[SUBS] && !reduced && !bad && k < v[SUBS]; k++) {
            v[W] = w / 2;
            v[H] = h / 2;
            bad = set_fields(t) || write_samples(t) || !TIFFWriteDirectory(t);
        }
    }
    if (!bad && v[TAGS] > 1)
        bad = add_exif(t);
    if (t)
        TIFFClose(t);
    return bad ? fail("can't be written") : 0;
}

/* ------------------------------------------------------------------- sum */

static unsigned long sum_samples(TIFF *t, uint32_t w, uint32_t h, int n,
                                 int bits, int planes)
{
    unsigned long sum = crc32(0, NULL, 0);
    const int tiled = TIFFIsTiled(t);
    uint32_t tw = w, th = h;
    int bad = 0;

    if (tiled) {
        TIFFGetField(t, TIFFTAG_TILEWIDTH, &tw);
        TIFFGetField(t, TIFFTAG_TILELENGTH, &th);
    } else {
        TIFFGetFieldDefaulted(t, TIFFTAG_ROWSPERSTRIP, &th);
        th = th < h ? th : h;
    }
    const size_t pixel = (size_t)(planes > 1 ? bits : n * bits);
    const size_t stride = (tw * pixel + 7) / 8;
    unsigned char *p = malloc(stride * th);
    for (int k = 0; k < planes; k++)
        for (uint32_t y = 0; y < h; y += th)
            for (uint32_t x = 0; x < w; x += tw) {
                const uint32_t rows = h - y < th ? h - y : th;
                const uint32_t left = w - x < tw ? w - x : tw;
                const uint16_t s = (uint16_t)k;
                bad |= (tiled ? TIFFReadEncodedTile(
                                    t, TIFFComputeTile(t, x, y, 0, s), p, -1)
                              : TIFFReadEncodedStrip(
                                    t, TIFFComputeStrip(t, y, s), p, -1)) < 0;
                for (uint32_t r = 0; r < rows; r++) {
                    unsigned char *row = p + r * stride;
                    const size_t all = left * pixel;
                    if (all % 8)
                        row[all / 8] &= (unsigned char)(0xff00 >> all % 8);
                    sum = crc32(sum, row, (unsigned)((all + 7) / 8));
                }
            }
    free(p);
    return bad ? 0 : sum;
}

/* Tags that say where and how the samples lie. */
static int is_place(unsigned tag)
{
    return tag == 273 || tag == 279 || tag == 324 || tag == 325 || tag == 347 ||
           tag == 34665 || tag == 254 || tag == 330 || tag == 266 || tag == 297;
}

static void sum_tags(TIFF *t, const unsigned char *file, uint64_t at)
{
    const int big = file[2 + (file[0] == 'M')] == 43;
    const int swab = file[0] == 'M';
    uint64_t n = 0;
#define GET(p, n_)                                                             \
    do {                                                                       \
        value_ = 0;                                                            \
        for (int i_ = 0; i_ < (n_); i_++)                                      \
            value_ = value_ << 8 | (p)[swab ? i_ : (n_)-1 - i_];               \
    } while (0)
    uint64_t value_;

    (void)t;
    GET(file + at, big ? 8 : 2);
    n = value_;
    at += big ? 8 : 2;
    for (uint64_t i = 0; i < n; i++, at += big ? 20 : 12) {
        static const int sizes[19] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                      8, 4, 8, 4, 0, 0, 8, 8, 8};
        uint64_t tag, type, count, where = at + (big ? 12 : 8);
        GET(file + at, 2);
        tag = value_;
        GET(file + at + 2, 2);
        type = value_;
        GET(file + at + 4, big ? 8 : 4);
        count = value_;
        const uint64_t size = count * (uint64_t)sizes[type < 19 ? type : 0];
        if (size > (big ? 8u : 4u)) {
            GET(file + where, big ? 8 : 4);
            where = value_;
        }
        if (!is_place((unsigned)tag))
            printf("  %u: %lu bytes, %08lx\n", (unsigned)tag,
                   (unsigned long)size, crc32(0, file + where, (unsigned)size));
    }
}

static int sum(const char *path)
{
    FILE *f = fopen(path, "rb");
    unsigned char *file = NULL;
    long size = 0;

    if (f && fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0) {
        rewind(f);
        file = malloc((size_t)size);
        if (fread(file, 1, (size_t)size, f) != (size_t)size)
            return fail("can't be read");
    }
    if (f)
        fclose(f);
    TIFF *t = TIFFOpen(path, "rc");
    if (!file || !t)
        return fail("can't be opened");
    printf("%s %s\n", TIFFIsBigTIFF(t) ? "BigTIFF" : "TIFF",
           TIFFIsBigEndian(t) ? "big endian" : "little endian");
    do {
        uint32_t w = 0, h = 0, strip = 0, tile = 0;
        uint16_t bits = 0, n = 0, ph = 0, pl = 0, co = 0, fo = 0, fi = 0;
        TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &w);
        TIFFGetField(t, TIFFTAG_IMAGELENGTH, &h);
        TIFFGetFieldDefaulted(t, TIFFTAG_BITSPERSAMPLE, &bits);
        TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLESPERPIXEL, &n);
        TIFFGetFieldDefaulted(t, TIFFTAG_PHOTOMETRIC, &ph);
        TIFFGetFieldDefaulted(t, TIFFTAG_PLANARCONFIG, &pl);
        TIFFGetFieldDefaulted(t, TIFFTAG_COMPRESSION, &co);
        TIFFGetFieldDefaulted(t, TIFFTAG_SAMPLEFORMAT, &fo);
        TIFFGetFieldDefaulted(t, TIFFTAG_FILLORDER, &fi);
        TIFFGetField(t, TIFFTAG_TILEWIDTH, &tile);
        TIFFGetField(t, TIFFTAG_ROWSPERSTRIP, &strip);
        if (ph == PHOTOMETRIC_YCBCR)
            TIFFSetField(t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        printf("%lu x %lu, %u x %u bits, format %u, photometric %u, planar %u, "
               "compression %u, strip %lu, tile %lu, fill %u\n",
               (unsigned long)w, (unsigned long)h, n, bits, fo, ph, pl, co,
               (unsigned long)strip, (unsigned long)tile, fi);
        printf("  samples %08lx\n",
               sum_samples(t, w, h, n, bits, pl == 2 ? n : 1));
        sum_tags(t, file, TIFFCurrentDirOffset(t));
    } while (TIFFReadDirectory(t));
    TIFFClose(t);
    free(file);
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = "w";

    TIFFSetWarningHandler(NULL);
    if (argc == 3 && strcmp(argv[1], "sum") == 0)
        return sum(argv[2]);
    if (argc < 3 || strcmp(argv[1], "make") != 0)
        return fail("make OUT KEY=VALUE... or sum FILE");
    for (int i = 3; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        int k = 0;
        if (!equals)
            return fail(argv[i]);
        *equals = '\0';
        if (strcmp(argv[i], "mode") == 0) {
            mode = equals + 1;
            continue;
        }
        while (keys[k] && strcmp(keys[k], argv[i]) != 0)
            k++;
        if (!keys[k])
            return fail(argv[i]);
        v[k] = strtol(equals + 1, NULL, 10);
    }
    return make(argv[2], mode);
}
#else
int main(void)
{
    fprintf(stderr, "tiffs: built without libtiff\n");
    return 77;
}
#endif
