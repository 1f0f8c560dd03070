/* tiff_write.c - pages into a TIFF.
 *
 * The file grows in a spool, since its directories lie behind what they tell
 * of, and goes to the stream when the last page that was promised is done.
 * libtiff writes the samples and a directory of how they lie; in its place
 * comes one with all other tags.  How samples lie follows the source, where
 * that was a TIFF. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/tiff.h"

enum { STRIP_BYTES = 1 << 18 };  /* of a strip that follows no source */

/* A file that is being written. */
struct half_written {
    struct ae_pending pending;
    struct ae_tiff t;
    struct ae_ifd_form form;
    uint64_t begin;              /* of the file in the stream */
    uint64_t published;          /* bytes of it that are there */
    uint64_t ours, theirs;       /* where the next directory's place is to
                                    stand; where libtiff wrote it */
    uint64_t patch;              /* a place that changed after that, or 0 */
    uint64_t pages, promised;
};

struct page {
    struct half_written *file;
    struct ae_tiff_layout layout;
    struct ae_tiff_band band;
    size_t padded;               /* pixels of a row, with those of tiles */
    void *narrow;                /* whole samples as the kernels give them */
    uint16_t *v;
    float *f, *was;
    struct ae_spool *divided;    /* see ae_tiff_source */
};

static void free_file(void *p)
{
    struct half_written *f = p;

    if (!f)
        return;
    ae_tiff_close(&f->t);
    ae_spool_free(f->t.spool);
    free(f);
}

/* ---------------------------------------------------------------- layout */

static const struct ae_tiff_source *source_of(const struct ae_writer *w)
{
    return w->meta ? w->meta->tiff : NULL;
}

/* The depth: that of the source where the samples still are of it. */
static void choose_depth(const struct ae_writer *w, struct ae_tiff_layout *l,
                         const struct ae_tiff_layout *from)
{
    const unsigned m = w->info.maxval;
    const int low = w->info.channels == 1 && (m == 1 || m == 3 || m == 15);

    l->is_float = m == 0;
    l->bits = m == 0 ? 32 : low ? (m == 1 ? 1 : m == 3 ? 2 : 4)
                                : m > 255 ? 16 : 8;
    if (from && from->photometric != PHOTOMETRIC_PALETTE &&
        from->is_float == l->is_float &&
        (l->is_float || (1u << from->bits) - 1 == m))
        l->bits = from->bits;
}

static void choose_colours(const struct ae_writer *w,
                           struct ae_tiff_layout *l,
                           const struct ae_tiff_layout *from)
{
    const unsigned colours = l->samples > 2 ? 3 : 1;

    l->photometric = colours == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    l->extra = colours == l->samples ? -1 : w->info.alpha
                   ? EXTRASAMPLE_UNASSALPHA : EXTRASAMPLE_UNSPECIFIED;
    if (from && from->photometric != PHOTOMETRIC_PALETTE &&
        (unsigned)ae_tiff_colours(from) == colours && !l->is_float)
        l->photometric = from->photometric;
    if (from && from->samples == l->samples) {
        l->extra = from->extra;
        l->straight = from->straight;
    }
    l->planar = from ? from->planar : PLANARCONFIG_CONTIG;
}

/* Lossless codecs that any samples may be in. */
static int is_lossless(int compression)
{
    switch (compression) {
    case COMPRESSION_NONE: case COMPRESSION_LZW: case COMPRESSION_PACKBITS:
    case COMPRESSION_DEFLATE: case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_ZSTD: case COMPRESSION_LZMA:
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

static int fits(const struct ae_tiff_layout *l, int compression)
{
    if (is_fax(compression))
        return l->bits == 1 && l->samples == 1;
    if (compression == COMPRESSION_JPEG)
        return l->bits == 8 && !l->is_float;
    return is_lossless(compression);
}

/* Where the source's coding can't be had, or there is none: Deflate. */
static void choose_coding(const struct ae_writer *w,
                          struct ae_tiff_layout *l,
                          const struct ae_tiff_layout *from)
{
    const int fresh = !from || !fits(l, from->compression);

    l->fill_order = from ? from->fill_order : FILLORDER_MSB2LSB;
    l->compression = fresh ? COMPRESSION_ADOBE_DEFLATE : from->compression;
    if (!TIFFIsCODECConfigured((uint16_t)l->compression))
        l->compression = COMPRESSION_LZW;
    if (fresh && from)
        ae_log(w->ctx, AE_LOG_NOTE, "tiff: compression %d doesn't hold such "
               "samples, or isn't written: it becomes %s", from->compression,
               l->compression == COMPRESSION_LZW ? "LZW" : "Deflate");
    l->predictor = PREDICTOR_NONE;
    if (fresh && l->is_float)
        l->predictor = PREDICTOR_FLOATINGPOINT;
    else if (fresh && (l->bits == 8 || l->bits == 16))
        l->predictor = PREDICTOR_HORIZONTAL;
    else if (!fresh && from->bits == l->bits &&
             from->is_float == l->is_float)
        l->predictor = from->predictor;
    l->t4 = from && !fresh ? from->t4 : 0;
    if (l->compression != COMPRESSION_JPEG &&
        l->photometric == PHOTOMETRIC_YCBCR)
        l->photometric = PHOTOMETRIC_RGB;
    l->quality = w->options.quality ? w->options.quality
                 : from && from->quality ? from->quality : 95;
    l->sub_h = from ? from->sub_h : 1;
    l->sub_v = from ? from->sub_v : 1;
}

/* Strips of the source, or of about STRIP_BYTES, within the share of memory;
 * JPEG wants whole blocks in them. */
static void choose_strips(const struct ae_writer *w,
                          struct ae_tiff_layout *l,
                          const struct ae_tiff_layout *from)
{
    const uint64_t row = ((uint64_t)l->w * l->samples * l->bits + 7) / 8;
    uint64_t most = ae_tiff_share(w->ctx) / (row ? row : 1);
    uint64_t rows = STRIP_BYTES / row;

    if (from && from->tile_w) {
        const uint64_t across = (l->w + from->tile_w - 1) / from->tile_w;
        const uint64_t pixel = (l->samples * l->bits + 7) / 8;
        if (across * from->tile_w * pixel * from->tile_h <=
            ae_tiff_share(w->ctx)) {
            l->tile_w = from->tile_w;
            l->tile_h = from->tile_h;
            return;
        }
    }
    if (from && from->strip)
        rows = from->strip;
    if (l->compression == COMPRESSION_JPEG) {
        rows = (rows + 15) / 16 * 16;
        most = most / 16 * 16;
    }
    if (rows > most)
        rows = most;
    if (rows < 1)
        rows = l->compression == COMPRESSION_JPEG ? 16 : 1;
    l->strip = rows < l->h ? (uint32_t)rows : l->h;
}

static void choose_layout(const struct ae_writer *w,
                          struct ae_tiff_layout *l)
{
    const struct ae_tiff_source *s = source_of(w);
    const struct ae_tiff_layout *from = s ? &s->layout : NULL;

    l->w = (uint32_t)w->info.w;
    l->h = (uint32_t)w->info.h;
    l->samples = (unsigned)w->channels;
    choose_depth(w, l, from);
    choose_colours(w, l, from);
    choose_coding(w, l, from);
    choose_strips(w, l, from);
}

/* Directories that libtiff writes hold what tells how samples lie. */
static int set_fields(TIFF *tif, const struct ae_tiff_layout *l)
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

/* ------------------------------------------------------------------ file */

/* BigTIFF where the source is, or the samples might not fit 4 GiB. */
static int choose_big(const struct ae_writer *w,
                      const struct ae_tiff_layout *l)
{
    const struct ae_tiff_source *s = source_of(w);
    const double pixels = (double)l->w * l->h * l->samples * l->bits / 8;
    const double n = w->info.items > 1 ? (double)w->info.items : 1;

    return (s && s->layout.form.big) || pixels * n > 3.5e9;
}

static int host_is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char b;

    memcpy(&b, &one, 1);
    return !b;
}

/* That of the source; else of its EXIF data, in which are bytes that nobody
 * can turn. */
static int choose_order(const struct ae_writer *w)
{
    const struct ae_tiff_source *s = source_of(w);
    const struct ae_blob *exif = ae_meta_get(w->meta, AE_BLOB_EXIF);

    if (s)
        return s->layout.form.big_endian;
    if (exif && exif->size > 1)
        return *(const char *)exif->data == 'M';
    return host_is_big_endian();
}

static int begin_file(struct ae_writer *w, const struct ae_tiff_layout *l,
                      struct ae_err *e)
{
    struct half_written *f = ae_alloc(1, sizeof(*f), e);
    const size_t share = ae_tiff_share(w->ctx);

    if (!f)
        return AE_EMEM;
    f->pending.format = &ae_fmt_tiff;
    f->form.big = choose_big(w, l);
    f->form.big_endian = choose_order(w);
    f->begin = ae_io_offset(w->io);
    f->promised = w->info.items > 1 ? w->info.items : 1;
    f->ours = f->theirs = f->form.big ? 8 : 4;
    f->t.ctx = w->ctx;
    f->t.name = ae_io_name(w->io);
    const char mode[4] = {'w', f->form.big_endian ? 'b' : 'l',
                          f->form.big ? '8' : '4', '\0'};
    int rc = ae_spool_new(share, &f->t.spool, e);
    if (!rc)
        rc = ae_tiff_open(&f->t, mode, 2 * share + ((size_t)1 << 20), e);
    if (rc)
        free_file(f);
    else
        ae_io_attach(w->io, f, free_file);
    return rc;
}

static int go_on(const struct ae_writer *w, const struct half_written *f,
                 struct ae_err *e)
{
    if (f->pages < f->promised || ae_io_can_patch(w->io))
        return 0;
    return ae_fail(e, AE_EARG, "tiff: the file is complete, and a pipe can't "
                   "take back that this was the last page: -o FILE or -d");
}

/* The next directory's place as `link` says it. */
static int read_link(struct half_written *f, uint64_t link, uint64_t *at,
                     struct ae_err *e)
{
    unsigned char b[8];
    const int n = f->form.big ? 8 : 4;
    const int rc = ae_spool_read(f->t.spool, link, b, (size_t)n, e);

    *at = 0;
    for (int i = 0; !rc && i < n; i++)
        *at = *at << 8 | b[f->form.big_endian ? i : n - 1 - i];
    return rc;
}

/* A directory of ours in the place of libtiff's last one. */
static int replace_directory(struct half_written *f, const struct ae_meta *m,
                             struct ae_err *e)
{
    struct ae_ifd d = {0};
    uint64_t at, next, link, ours;
    int rc = read_link(f, f->theirs, &at, e);

    if (!rc)
        rc = ae_ifd_read(f->t.spool, &f->form, at, &d, &next, e);
    const uint64_t table = (uint64_t)d.count * (f->form.big ? 20 : 12);
    if (!rc)
        f->theirs = at + (f->form.big ? 8 : 2) + table;
    if (!rc && m)
        rc = ae_tiff_write_tags(&f->t, m, &d, e);
    if (!rc)
        rc = ae_ifd_write(f->t.spool, &f->form, &d, &ours, &link, e);
    if (!rc)
        rc = ae_ifd_put_offset(f->t.spool, &f->form, f->ours, ours, e);
    ae_ifd_release(&d);
    if (rc)
        return ae_err_at(e, rc, "tiff");
    f->patch = f->ours;
    f->ours = link;
    return 0;
}

/* What of the file isn't in the stream yet. */
static int publish(struct half_written *f, struct ae_io *io,
                   struct ae_err *e)
{
    const size_t n = f->form.big ? 8 : 4;
    unsigned char b[8];
    int rc = ae_spool_copy(f->t.spool, f->published, io, e);

    if (!rc && f->published && f->patch < f->published) {
        rc = ae_spool_read(f->t.spool, f->patch, b, n, e);
        if (!rc)
            rc = ae_io_patch(io, f->begin + f->patch, b, n, e);
    }
    f->published = ae_spool_size(f->t.spool);
    return rc;
}

/* ------------------------------------------------------------------ page */

static int make_buffers(struct page *p, struct ae_err *e)
{
    const size_t n = p->padded * p->layout.samples;

    if (p->layout.is_float) {
        p->f = ae_alloc(n, sizeof(float), e);
        p->was = ae_alloc(n, sizeof(float), e);
        return p->f && p->was ? 0 : AE_EMEM;
    }
    p->v = ae_alloc(n, sizeof(*p->v), e);
    p->narrow = ae_alloc(n, sizeof(*p->v), e);
    return p->v && p->narrow ? 0 : AE_EMEM;
}

int ae_tiff_create(struct ae_writer *w, struct ae_err *e)
{
    struct page *p = w->state = ae_alloc(1, sizeof(*p), e);
    const struct ae_pending *more = ae_io_attached(w->io);
    int rc = 0;

    if (!p)
        return AE_EMEM;
    choose_layout(w, &p->layout);
    w->maxval = p->layout.is_float ? 0 : (1u << p->layout.bits) - 1;
    if (more && more->format == &ae_fmt_tiff)
        rc = go_on(w, ae_io_attached(w->io), e);
    else
        rc = begin_file(w, &p->layout, e);
    if (rc)
        return rc;
    p->file = ae_io_attached(w->io);
    p->layout.form = p->file->form;
    ae_tiff_calm(&p->file->t);
    if (!set_fields(p->file->t.tif, &p->layout))
        return ae_tiff_fail(&p->file->t, "its fields can't be set", e);
    rc = ae_tiff_band_init(&p->band, &p->file->t, &p->layout, e);
    if (rc)
        return rc;
    const struct ae_tiff_source *s = source_of(w);
    if (s && s->layout.w == p->layout.w && s->layout.h == p->layout.h &&
        s->layout.samples == p->layout.samples)
        p->divided = s->divided;
    const size_t tile = p->layout.tile_w;
    p->padded = tile ? (p->layout.w + tile - 1) / tile * tile : p->layout.w;
    return make_buffers(p, e);
}

/* The pixels behind a row's last are like it. */
static void pad(void *row, size_t pixel, size_t w, size_t padded)
{
    char *p = row;

    for (size_t x = w; x < padded; x++)
        memcpy(p + x * pixel, p + (w - 1) * pixel, pixel);
}

static int put_floats(const struct page *p, const float *row, uint32_t y,
                      struct ae_err *e)
{
    const struct ae_tiff_layout *l = &p->layout;
    const int planes = p->band.planes;
    const size_t each = p->padded * (planes > 1 ? 1 : l->samples);
    const size_t size = (size_t)l->w * l->samples * sizeof(float);
    int rc = 0;

    memcpy(p->f, row, size);
    if (p->divided)
        rc = ae_spool_read(p->divided, (uint64_t)y * size, p->was, size, e);
    if (!rc && l->extra == EXTRASAMPLE_ASSOCALPHA)
        ae_tiff_multiply_floats(p->f, (int)l->samples, l->w,
                                p->divided ? p->was : NULL);
    pad(p->f, l->samples * sizeof(float), l->w, p->padded);
    for (int k = 0; k < planes; k++)
        ae_tiff_pack_floats(ae_tiff_band_row(&p->band, y, k), p->f + k,
                            planes > 1 ? l->samples : 1, l->bits, each);
    return rc;
}

static void put_whole(const struct ae_writer *w, const struct page *p,
                      const float *row, uint32_t y)
{
    const struct ae_tiff_layout *l = &p->layout;
    const size_t n = (size_t)l->w * l->samples;
    const int planes = p->band.planes;
    const size_t each = p->padded * (planes > 1 ? 1 : l->samples);
    const unsigned char *bytes = p->narrow;

    ae_samples_out(w->ctx, p->narrow, row, w->maxval, n);
    if (w->maxval > 255)
        memcpy(p->v, p->narrow, n * sizeof(*p->v));
    for (size_t i = 0; w->maxval <= 255 && i < n; i++)
        p->v[i] = bytes[i];
    if (l->extra == EXTRASAMPLE_ASSOCALPHA && !l->straight)
        ae_tiff_multiply(p->v, (int)l->samples, w->maxval, l->w);
    if (l->photometric == PHOTOMETRIC_MINISWHITE)
        for (size_t i = 0; i < n; i += l->samples)
            p->v[i] = (uint16_t)(w->maxval - p->v[i]);
    pad(p->v, l->samples * sizeof(*p->v), l->w, p->padded);
    for (int k = 0; k < planes; k++)
        ae_tiff_pack(ae_tiff_band_row(&p->band, y, k), p->v + k,
                     planes > 1 ? l->samples : 1, l->bits, each);
}

int ae_tiff_put(struct ae_writer *w, const float *row, struct ae_err *e)
{
    struct page *p = w->state;
    const uint32_t y = (uint32_t)w->y;

    if (y % p->band.rows == 0)
        p->band.from = p->band.to = y;
    p->band.to = y + 1;
    int rc = 0;
    if (p->layout.is_float)
        rc = put_floats(p, row, y, e);
    else
        put_whole(w, p, row, y);
    if (rc)
        return rc;
    if (p->band.to - p->band.from < p->band.rows && y + 1 < p->layout.h)
        return 0;
    return ae_tiff_band_write(&p->band, e);
}

int ae_tiff_end(struct ae_writer *w, struct ae_err *e)
{
    struct page *p = w->state;
    struct half_written *f = p->file;

    ae_tiff_calm(&f->t);
    if (!TIFFWriteDirectory(f->t.tif))
        return ae_tiff_fail(&f->t, "a directory can't be written", e);
    const int rc = replace_directory(f, w->meta, e);
    if (rc)
        return rc;
    return ++f->pages < f->promised ? 0 : publish(f, w->io, e);
}

void ae_tiff_drop(struct ae_writer *w)
{
    struct page *p = w->state;

    ae_tiff_band_release(&p->band);
    free(p->narrow);
    free(p->v);
    free(p->f);
    free(p->was);
    free(p);
}
