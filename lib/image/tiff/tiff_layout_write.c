/* tiff_layout_write.c - the layout of a page that is written: the source's,
 * where that was a TIFF and the samples still fit it, else Deflate. */
#include <inttypes.h>
#include <string.h>

#include "image/tiff/tiff.h"

enum { STRIP_BYTES = 1 << 18 }; /* of a strip that isn't the source's */

/* The source's depth, if the samples still have it. */
static void choose_depth(const struct ae_writer *w, struct ae_tiff_layout *l,
                         const struct ae_tiff_layout *from)
{
    const unsigned m = w->info.maxval;
    const int low = w->info.channels == 1 && (m == 1 || m == 3 || m == 15);

    l->is_float = m == 0;
    l->bits = m == 0 ? 32
              : low  ? (m == 1   ? 1
                        : m == 3 ? 2
                                 : 4)
                     : (unsigned)ae_whole_bits(m);
    if (from && from->photometric != PHOTOMETRIC_PALETTE &&
        from->is_float == l->is_float &&
        (l->is_float || (1u << from->bits) - 1 == m))
        l->bits = from->bits;
}

static void choose_colours(const struct ae_writer *w, struct ae_tiff_layout *l,
                           const struct ae_tiff_layout *from)
{
    const unsigned colours = l->samples > 2 ? 3 : 1;

    l->photometric = colours == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    l->extra = colours == l->samples ? -1
               : w->info.alpha       ? EXTRASAMPLE_UNASSALPHA
                                     : EXTRASAMPLE_UNSPECIFIED;
    if (from && from->photometric != PHOTOMETRIC_PALETTE &&
        (unsigned)ae_tiff_colours(from) == colours && !l->is_float)
        l->photometric = from->photometric;
    if (from && from->samples == l->samples) {
        l->extra = from->extra;
        l->straight = from->straight;
    }
    l->planar = from ? from->planar : PLANARCONFIG_CONTIG;
}

/* Lossless codecs that hold any samples. */
static int is_lossless(int compression)
{
    switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_ZSTD:
    case COMPRESSION_LZMA:
        return TIFFIsCODECConfigured((uint16_t)compression);
    default:
        return 0;
    }
}

static int is_fax(int compression)
{
    return compression == COMPRESSION_CCITTRLE ||
           compression == COMPRESSION_CCITTFAX3 ||
           compression == COMPRESSION_CCITTFAX4;
}

static int codec_fits(const struct ae_tiff_layout *l, int compression)
{
    if (is_fax(compression))
        return l->bits == 1 && l->samples == 1;
    if (compression == COMPRESSION_JPEG)
        return l->bits == 8 && !l->is_float;
    return is_lossless(compression);
}

static void choose_sampling(const struct ae_writer *w, struct ae_tiff_layout *l,
                            const struct ae_tiff_layout *from)
{
    static const unsigned char by[][2] = {
        [AE_SUBSAMPLING_444] = {1, 1}, [AE_SUBSAMPLING_440] = {1, 2},
        [AE_SUBSAMPLING_422] = {2, 1}, [AE_SUBSAMPLING_420] = {2, 2},
        [AE_SUBSAMPLING_411] = {4, 1},
    };
    const enum ae_subsampling s = w->options.subsampling;

    l->sub_h = from && from->sub_h ? from->sub_h : 1;
    l->sub_v = from && from->sub_v ? from->sub_v : 1;
    if (s != AE_SUBSAMPLING_SOURCE) {
        l->sub_h = by[s][0];
        l->sub_v = by[s][1];
    }
}

/* The source's codec; Deflate where that can't hold the samples, or there is
 * no source. */
static void choose_coding(const struct ae_writer *w, struct ae_tiff_layout *l,
                          const struct ae_tiff_layout *from)
{
    const int recode = !from || !codec_fits(l, from->compression);

    l->fill_order = from ? from->fill_order : FILLORDER_MSB2LSB;
    l->compression = recode ? COMPRESSION_ADOBE_DEFLATE : from->compression;
    if (!TIFFIsCODECConfigured((uint16_t)l->compression))
        l->compression = COMPRESSION_LZW;
    if (recode && from)
        ae_log(w->ctx, AE_LOG_NOTE,
               "tiff: compression %d doesn't hold such samples, or isn't "
               "written: it becomes %s",
               from->compression,
               l->compression == COMPRESSION_LZW ? "LZW" : "Deflate");
    l->predictor = PREDICTOR_NONE;
    if (recode && l->is_float)
        l->predictor = PREDICTOR_FLOATINGPOINT;
    else if (recode && (l->bits == 8 || l->bits == 16))
        l->predictor = PREDICTOR_HORIZONTAL;
    else if (!recode && from->bits == l->bits && from->is_float == l->is_float)
        l->predictor = from->predictor;
    l->t4 = from && !recode ? from->t4 : 0;
    if (l->compression != COMPRESSION_JPEG &&
        l->photometric == PHOTOMETRIC_YCBCR)
        l->photometric = PHOTOMETRIC_RGB;
    l->quality = w->options.quality      ? w->options.quality
                 : from && from->quality ? from->quality
                                         : 95;
    choose_sampling(w, l, from);
}

/* Strips and tiles of JPEG must have a multiple of so many rows and columns:
 * those of its largest block. */
static uint32_t jpeg_block(const struct ae_tiff_layout *l, unsigned sub)
{
    const int ycc = l->photometric == PHOTOMETRIC_YCBCR;

    return l->compression != COMPRESSION_JPEG ? 1 : ycc ? 8 * sub : 8;
}

/* The source's tiles or strips, or strips of about STRIP_BYTES, within
 * ae_tiff_band_memory(). */
static void choose_strips(const struct ae_writer *w, struct ae_tiff_layout *l,
                          const struct ae_tiff_layout *from)
{
    const uint64_t bits = (uint64_t)l->w * l->samples * l->bits;
    const uint64_t row = bits ? (bits + 7) / 8 : 1;
    uint64_t most = ae_tiff_band_memory(w->ctx) / row;
    uint64_t rows = STRIP_BYTES / row;

    const uint64_t unit = jpeg_block(l, l->sub_v);
    if (from && from->tile_w && from->tile_w % jpeg_block(l, l->sub_h) == 0 &&
        from->tile_h % unit == 0) {
        const uint64_t across = (l->w + from->tile_w - 1) / from->tile_w;
        const uint64_t pixel = (l->samples * l->bits + 7) / 8;
        if (across * from->tile_w * pixel * from->tile_h <=
            ae_tiff_band_memory(w->ctx)) {
            l->tile_w = from->tile_w;
            l->tile_h = from->tile_h;
            return;
        }
    }
    if (from && from->strip)
        rows = from->strip;
    rows = (rows + unit - 1) / unit * unit;
    most = most / unit * unit;
    if (rows > most)
        rows = most;
    if (rows < unit)
        rows = unit;
    l->strip = rows < l->h ? (uint32_t)rows : l->h;
}

void ae_tiff_choose_layout(const struct ae_writer *w, struct ae_tiff_layout *l)
{
    const struct ae_tiff_source *s = w->meta ? w->meta->tiff : NULL;
    const struct ae_tiff_layout *from = s ? &s->layout : NULL;

    l->w = (uint32_t)w->info.w;
    l->h = (uint32_t)w->info.h;
    l->samples = (unsigned)w->channels;
    choose_depth(w, l, from);
    choose_colours(w, l, from);
    choose_coding(w, l, from);
    choose_strips(w, l, from);
}

int ae_tiff_write_layout(TIFF *tif, const struct ae_tiff_layout *l)
{
    const uint16_t extra = (uint16_t)(l->extra < 0 ? 0 : l->extra);
    int ok = TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, l->w) &&
             TIFFSetField(tif, TIFFTAG_IMAGELENGTH, l->h) &&
             TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, (int)l->bits) &&
             TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, (int)l->samples) &&
             TIFFSetField(tif, TIFFTAG_PLANARCONFIG, l->planar) &&
             TIFFSetField(tif, TIFFTAG_COMPRESSION, l->compression) &&
             TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, l->photometric);

    if (ok && l->is_float)
        ok = TIFFSetField(tif, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_IEEEFP);
    if (ok && l->fill_order == FILLORDER_LSB2MSB)
        ok = TIFFSetField(tif, TIFFTAG_FILLORDER, l->fill_order);
    if (ok && l->extra >= 0)
        ok = TIFFSetField(tif, TIFFTAG_EXTRASAMPLES, 1, &extra);
    if (ok && l->tile_w)
        ok = TIFFSetField(tif, TIFFTAG_TILEWIDTH, l->tile_w) &&
             TIFFSetField(tif, TIFFTAG_TILELENGTH, l->tile_h);
    else if (ok)
        ok = TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, l->strip);
    if (ok && l->predictor != PREDICTOR_NONE)
        ok = TIFFSetField(tif, TIFFTAG_PREDICTOR, l->predictor);
    if (ok && l->compression == COMPRESSION_CCITTFAX3 && l->t4)
        ok = TIFFSetField(tif, TIFFTAG_GROUP3OPTIONS, l->t4);
    if (ok && l->compression == COMPRESSION_JPEG)
        ok = TIFFSetField(tif, TIFFTAG_JPEGQUALITY, l->quality);
    if (ok && l->photometric == PHOTOMETRIC_YCBCR)
        ok = TIFFSetField(tif, TIFFTAG_YCBCRSUBSAMPLING, (int)l->sub_h,
                          (int)l->sub_v) &&
             TIFFSetField(tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    return ok;
}
