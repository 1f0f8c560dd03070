/* tiff_write.c - writes pages into a TIFF.
 *
 * The file grows in a spool, since directories come after the samples that
 * they describe, and is copied to the stream when the last promised page is
 * complete.  libtiff writes the samples and a directory with their layout,
 * which is then replaced by one that has all other tags, too.  The layout is
 * the source's where that was a TIFF. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/tiff/tiff.h"

/* A file that is being written. */
struct unfinished {
    struct ae_pending pending;
    struct ae_tiff t;
    struct ae_ifd_form form;
    uint64_t begin;  /* offset of the file in the stream */
    uint64_t copied; /* bytes of it that are in the stream */
    /* Where the offset of the next directory belongs; where libtiff puts it. */
    uint64_t ours, theirs;
    uint64_t patch; /* the last link that changed, or 0 */
    uint64_t pages, promised;
};

struct page {
    struct unfinished *file;
    int finished;
    struct ae_tiff_layout layout;
    struct ae_tiff_band band;
    size_t padded; /* pixels of a row, up to the end of the last tile */
    void *narrow;  /* integer samples of one or two bytes, ... */
    uint16_t *v;   /* ... and of two bytes */
    float *f, *was;
    struct ae_spool *premultiplied; /* see ae_tiff_source */
};

static void free_file(void *p)
{
    struct unfinished *f = p;

    if (!f)
        return;
    ae_tiff_close(&f->t);
    ae_spool_free(f->t.spool);
    free(f);
}

static const struct ae_tiff_source *source_of(const struct ae_writer *w)
{
    return w->meta ? w->meta->tiff : NULL;
}

/* ------------------------------------------------------------------ file */

/* BigTIFF where the source is one, or the samples may exceed 4 GiB. */
static int choose_bigtiff(const struct ae_writer *w,
                          const struct ae_tiff_layout *l)
{
    const struct ae_tiff_source *s = source_of(w);
    const double pixels = (double)l->w * l->h * l->samples * l->bits / 8;
    const double n = w->info.items > 1 ? (double)w->info.items : 1;

    return (s && s->layout.form.bigtiff) || pixels * n > 3.5e9;
}

static int host_is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char b;

    memcpy(&b, &one, 1);
    return !b;
}

/* The byte order of the source; else of its EXIF data, since nobody can swap
 * the maker notes in them. */
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
    struct unfinished *f = ae_alloc(1, sizeof(*f), e);
    const size_t share = ae_tiff_band_memory(w->ctx);

    if (!f)
        return AE_EMEM;
    f->pending.format = w->format;
    f->form.bigtiff = choose_bigtiff(w, l);
    f->form.big_endian = choose_order(w);
    f->begin = ae_io_offset(w->io);
    f->promised = w->info.items > 1 ? w->info.items : 1;
    f->ours = f->theirs = f->form.bigtiff ? 8 : 4;
    f->t.ctx = w->ctx;
    f->t.name = ae_io_name(w->io);
    const char mode[4] = {'w', f->form.big_endian ? 'b' : 'l',
                          f->form.bigtiff ? '8' : '4', '\0'};
    int rc = ae_spool_new(share, &f->t.spool, e);
    if (!rc)
        rc = ae_tiff_open(&f->t, mode, 2 * share + ((size_t)1 << 20), e);
    if (rc)
        free_file(f);
    else
        ae_io_attach(w->io, f, free_file);
    return rc;
}

static int check_page_allowed(const struct ae_writer *w,
                              const struct unfinished *f, struct ae_err *e)
{
    if (f->pages < f->promised || ae_io_can_patch(w->io))
        return 0;
    return ae_fail(e, AE_EARG,
                   "tiff: the file is complete, and a pipe can't take back "
                   "that this was the last page: -o FILE or -d");
}

/* The offset of the next directory, which is stored at `link`. */
static int read_link(struct unfinished *f, uint64_t link, uint64_t *at,
                     struct ae_err *e)
{
    unsigned char b[8];
    const int n = f->form.bigtiff ? 8 : 4;
    const int rc = ae_spool_read(f->t.spool, link, b, (size_t)n, e);

    *at = 0;
    for (int i = 0; !rc && i < n; i++)
        *at = *at << 8 | b[f->form.big_endian ? i : n - 1 - i];
    return rc;
}

/* Replaces libtiff's last directory by one with all tags. */
static int write_directory(struct unfinished *f, const struct ae_meta *m,
                           struct ae_ifd *d, struct ae_err *e)
{
    uint64_t at, next, link, ours;

    AE_TRY(read_link(f, f->theirs, &at, e));
    AE_TRY(ae_ifd_read(f->t.spool, &f->form, at, d, &next, e));
    f->theirs = at + (f->form.bigtiff ? 8 : 2) +
                (uint64_t)d->count * (f->form.bigtiff ? 20 : 12);
    if (m)
        AE_TRY(ae_tiff_write_tags(&f->t, m, d, e));
    AE_TRY(ae_ifd_write(f->t.spool, &f->form, d, &ours, &link, e));
    AE_TRY(ae_ifd_put_offset(f->t.spool, &f->form, f->ours, ours, e));
    f->patch = f->ours;
    f->ours = link;
    return 0;
}

static int replace_directory(struct unfinished *f, const struct ae_meta *m,
                             struct ae_err *e)
{
    struct ae_ifd d = {0};
    const int rc = write_directory(f, m, &d, e);

    ae_ifd_release(&d);
    return rc ? ae_err_at(e, rc, "tiff") : 0;
}

/* Copies to the stream what isn't there yet. */
static int copy_to_stream(struct unfinished *f, struct ae_io *io,
                          struct ae_err *e)
{
    const size_t n = f->form.bigtiff ? 8 : 4;
    unsigned char b[8];

    AE_TRY(ae_spool_copy(f->t.spool, f->copied, io, e));
    if (f->copied && f->patch < f->copied) {
        AE_TRY(ae_spool_read(f->t.spool, f->patch, b, n, e));
        AE_TRY(ae_io_patch(io, f->begin + f->patch, b, n, e));
    }
    f->copied = ae_spool_size(f->t.spool);
    return 0;
}

/* ------------------------------------------------------------------ page */

static int alloc_buffers(struct page *p, struct ae_err *e)
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

int ae_tiff_open_writer(struct ae_writer *w, struct ae_err *e)
{
    struct page *p = w->state = ae_alloc(1, sizeof(*p), e);
    const struct ae_pending *more = ae_io_attached(w->io);

    if (!p)
        return AE_EMEM;
    ae_tiff_choose_layout(w, &p->layout);
    w->maxval = p->layout.is_float ? 0 : (1u << p->layout.bits) - 1;
    if (more && more->format == w->format)
        AE_TRY(check_page_allowed(w, ae_io_attached(w->io), e));
    else
        AE_TRY(begin_file(w, &p->layout, e));
    p->file = ae_io_attached(w->io);
    p->layout.form = p->file->form;
    ae_tiff_clear_errors(&p->file->t);
    if (!ae_tiff_write_layout(p->file->t.tif, &p->layout))
        return ae_tiff_fail(&p->file->t, "its fields can't be set", e);
    AE_TRY(ae_tiff_band_init(&p->band, &p->file->t, &p->layout, e));
    const struct ae_tiff_source *s = source_of(w);
    if (s && s->layout.w == p->layout.w && s->layout.h == p->layout.h &&
        s->layout.samples == p->layout.samples)
        p->premultiplied = s->premultiplied;
    const size_t tile = p->layout.tile_w;
    p->padded = tile ? (p->layout.w + tile - 1) / tile * tile : p->layout.w;
    return alloc_buffers(p, e);
}

/* Fills the last tile beyond the picture with the row's last pixel. */
static void pad_row(void *row, size_t pixel, size_t w, size_t padded)
{
    char *p = row;

    for (size_t x = w; x < padded; x++)
        memcpy(p + x * pixel, p + (w - 1) * pixel, pixel);
}

static int pack_float_row(const struct page *p, const float *row, uint32_t y,
                          struct ae_err *e)
{
    const struct ae_tiff_layout *l = &p->layout;
    const int planes = p->band.planes;
    const size_t each = p->padded * (planes > 1 ? 1 : l->samples);
    const size_t size = (size_t)l->w * l->samples * sizeof(float);

    memcpy(p->f, row, size);
    if (p->premultiplied)
        AE_TRY(ae_spool_read(p->premultiplied, (uint64_t)y * size, p->was, size,
                             e));
    if (l->extra == EXTRASAMPLE_ASSOCALPHA)
        ae_tiff_premultiply_floats(p->f, (int)l->samples, l->w,
                                   p->premultiplied ? p->was : NULL);
    pad_row(p->f, l->samples * sizeof(float), l->w, p->padded);
    for (int k = 0; k < planes; k++)
        ae_tiff_pack_floats(ae_tiff_band_row(&p->band, y, k), p->f + k,
                            planes > 1 ? l->samples : 1, l->bits, each);
    return 0;
}

static void pack_integer_row(const struct ae_writer *w, const struct page *p,
                             const float *row, uint32_t y)
{
    const struct ae_tiff_layout *l = &p->layout;
    const size_t n = (size_t)l->w * l->samples;
    const int planes = p->band.planes;
    const size_t each = p->padded * (planes > 1 ? 1 : l->samples);
    const unsigned char *bytes = p->narrow;

    ae_samples_from_float(w->ctx, p->narrow, row, w->maxval, n);
    if (w->maxval > 255)
        memcpy(p->v, p->narrow, n * sizeof(*p->v));
    for (size_t i = 0; w->maxval <= 255 && i < n; i++)
        p->v[i] = bytes[i];
    if (l->extra == EXTRASAMPLE_ASSOCALPHA && !l->straight)
        ae_tiff_premultiply(p->v, (int)l->samples, w->maxval, l->w);
    if (l->photometric == PHOTOMETRIC_MINISWHITE)
        for (size_t i = 0; i < n; i += l->samples)
            p->v[i] = (uint16_t)(w->maxval - p->v[i]);
    pad_row(p->v, l->samples * sizeof(*p->v), l->w, p->padded);
    for (int k = 0; k < planes; k++)
        ae_tiff_pack(ae_tiff_band_row(&p->band, y, k), p->v + k,
                     planes > 1 ? l->samples : 1, l->bits, each);
}

int ae_tiff_write_row(struct ae_writer *w, const float *row, struct ae_err *e)
{
    struct page *p = w->state;
    const uint32_t y = (uint32_t)w->y;

    if (y % p->band.rows == 0)
        p->band.from = p->band.to = y;
    p->band.to = y + 1;
    if (p->layout.is_float)
        AE_TRY(pack_float_row(p, row, y, e));
    else
        pack_integer_row(w, p, row, y);
    if (p->band.to - p->band.from < p->band.rows && y + 1 < p->layout.h)
        return 0;
    return ae_tiff_band_write(&p->band, e);
}

int ae_tiff_finish_writer(struct ae_writer *w, struct ae_err *e)
{
    struct page *p = w->state;
    struct unfinished *f = p->file;

    ae_tiff_clear_errors(&f->t);
    p->finished = 1;
    if (!TIFFWriteDirectory(f->t.tif))
        return ae_tiff_fail(&f->t, "a directory can't be written", e);
    AE_TRY(replace_directory(f, w->meta, e));
    return ++f->pages < f->promised ? 0 : copy_to_stream(f, w->io, e);
}

int ae_tiff_end_stream(struct ae_io *io, struct ae_err *e)
{
    struct unfinished *f = ae_io_attached(io);

    return f->copied ? 0 : copy_to_stream(f, io, e);
}

/* A page that wasn't finished leaves nothing in libtiff's next directory, and
 * no coder, which only another compression makes libtiff give back. */
void ae_tiff_close_writer(struct ae_writer *w)
{
    struct page *p = w->state;

    if (p->file && !p->finished) {
        TIFFSetField(p->file->t.tif, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
        TIFFFreeDirectory(p->file->t.tif);
        TIFFCreateDirectory(p->file->t.tif);
    }
    ae_tiff_band_release(&p->band);
    free(p->narrow);
    free(p->v);
    free(p->f);
    free(p->was);
    free(p);
}
