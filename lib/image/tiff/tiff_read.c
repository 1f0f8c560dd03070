/* tiff_read.c - reads TIFF and BigTIFF through libtiff: files of pages.
 *
 * A file of n pages is n images of the stream, of any sizes, and ends it.
 * Pages are found by a walk of our own through the directories, which notices
 * loops and wrong offsets.  Reduced copies of a page, masks and SubIFDs are
 * left out with a note, since they would show the picture as it was.  Memory
 * holds one strip or one row of tiles. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "image/tiff/tiff.h"
#include "image/png/png_chunks.h"

enum {
    SUBFILE = 254,
    OLD_SUBFILE = 255,
    WIDTH = 256,
    LENGTH = 257,
    COLOURS = 262,
    MAKE = 271,
    SUB_IFDS = 330,
    DNG_VERSION = 50706,
    LINEAR_RAW = 34892 /* a value of COLOURS */
};

/* A file in the middle of being read. */
struct pages {
    struct ae_pending pending;
    struct ae_tiff t;
    struct ae_ifd_form form;
    uint64_t *at; /* offsets of the pages' directories */
    size_t n, cap, next;
    uint64_t pixels; /* of all pages */
    unsigned reduced, masks, subs;
    int raw, dng;  /* it is a camera's raw file; a DNG */
    char make[32]; /* of the camera */
};

struct page {
    struct pages *pages;
    const struct ae_tiff_layout *layout;
    struct ae_tiff_band band;
    struct ae_spool *premultiplied; /* see ae_tiff_source */
    const uint16_t *map[3];         /* palette, else NULL */
    int map_shift;                  /* to the right, to 8 bits */
    uint16_t *v;                    /* a row of integer samples or indices */
    uint16_t *rgb;                  /* a row of the palette's colours */
    unsigned char *bytes;           /* a row of samples up to 255 as bytes */
};

static int is_tiff(const unsigned char *p, size_t n)
{
    static const char marks[4][5] = {"II*\0", "MM\0*", "II+\0", "MM\0+"};

    for (int i = 0; i < 4; i++)
        if (n >= 8 && memcmp(p, marks[i], 4) == 0)
            return n < 10 || memcmp(p + 8, "CR", 2) != 0; /* Canon raw */
    return 0;
}

/* ----------------------------------------------------------------- pages */

static void free_pages(void *p)
{
    struct pages *f = p;

    if (!f)
        return;
    ae_tiff_close(&f->t);
    ae_spool_free(f->t.spool);
    free(f->at);
    free(f);
}

/* A number of the directory; `none` where it has none. */
static uint64_t number(struct pages *f, const struct ae_ifd *d, unsigned tag,
                       uint64_t none)
{
    struct ae_ifd_entry *en = ae_ifd_find(d, tag);

    if (!en || ae_ifd_load(f->t.spool, &f->form, en, 64, NULL))
        return none;
    return ae_ifd_number(en, 0, none);
}

static int add_page(struct pages *f, const struct ae_ifd *d, uint64_t at,
                    struct ae_err *e)
{
    const uint64_t w = number(f, d, WIDTH, 0), h = number(f, d, LENGTH, 0);
    const uint64_t most = f->t.ctx->max_pixels;

    AE_TRY(ae_ctx_check_size(f->t.ctx, w, h, e));
    if (w * h > most - f->pixels)
        return ae_fail(e, AE_ELIMIT,
                       "its pages have more than %" PRIu64 " pixels together",
                       most);
    if (f->n == f->cap) {
        f->cap = 2 * f->cap + 4;
        AE_TRY(ae_realloc(&f->at, f->cap, sizeof(*f->at), e));
    }
    f->pixels += w * h;
    f->at[f->n++] = at;
    return 0;
}

static void detect_raw(struct pages *f, const struct ae_ifd *d)
{
    const uint64_t colours = number(f, d, COLOURS, 0);
    struct ae_ifd_entry *make = ae_ifd_find(d, MAKE);

    f->dng |= ae_ifd_find(d, DNG_VERSION) != NULL;
    f->raw |= colours == PHOTOMETRIC_CFA || colours == LINEAR_RAW;
    if (make && !f->make[0] &&
        !ae_ifd_load(f->t.spool, &f->form, make, 256, NULL))
        memcpy(f->make, make->data,
               make->size < sizeof(f->make) ? make->size : sizeof(f->make) - 1);
}

/* Counts a page, a reduced copy of one, or a mask, by NewSubfileType or, in old
 * files, SubfileType. */
static int classify_directory(struct pages *f, const struct ae_ifd *d,
                              uint64_t at, struct ae_err *e)
{
    const struct ae_ifd_entry *subs = ae_ifd_find(d, SUB_IFDS);
    const uint64_t kind = number(f, d, SUBFILE, 0);

    detect_raw(f, d);
    if (subs)
        f->subs += (unsigned)(subs->count < 1000 ? subs->count : 1000);
    if ((kind & 1) || number(f, d, OLD_SUBFILE, 0) == 2)
        f->reduced++;
    else if (kind & 4)
        f->masks++;
    else
        return add_page(f, d, at, e);
    return 0;
}

/* Walks through the directories.  A loop is found by Brent's method (1980): a
 * mark moves to the current directory after 1, 2, 4... steps. */
static int find_pages(struct pages *f, uint64_t at, struct ae_err *e)
{
    uint64_t mark = 0, steps = 0, power = 1;
    int rc = 0;

    if (!at)
        return ae_fail(e, AE_EFORMAT, "tiff: has no directory");
    while (!rc && at) {
        struct ae_ifd d;
        uint64_t next = 0;
        if (at == mark)
            return ae_fail(e, AE_EFORMAT, "tiff: its directories form a loop");
        if (++steps > AE_TIFF_MAX_PAGES)
            return ae_fail(e, AE_ELIMIT, "tiff: has more than %d directories",
                           AE_TIFF_MAX_PAGES);
        if (steps == power) {
            mark = at;
            power *= 2;
        }
        rc = ae_ifd_read(f->t.spool, &f->form, at, &d, &next, e);
        if (!rc)
            rc = classify_directory(f, &d, at, e);
        ae_ifd_release(&d);
        at = next;
    }
    return rc ? ae_err_at(e, rc, "tiff") : 0;
}

/* Refuses raw files, and notes what isn't read. */
static int check_pages(const struct pages *f, struct ae_err *e)
{
    if (f->raw || f->dng || (f->n == 0 && f->subs))
        return ae_format_refuse_raw(f->make, f->dng, e);
    if (f->n == 0)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tiff: holds reduced pictures and masks alone");
    if (f->reduced + f->masks + f->subs)
        ae_log(f->t.ctx, AE_LOG_NOTE,
               "%s: tiff: left out: %u reduced pictures, %u masks, %u SubIFDs",
               f->t.name, f->reduced, f->masks, f->subs);
    return 0;
}

/* Spools the file, finds its pages and opens it in libtiff. */
static int open_pages(struct ae_reader *r, struct pages *f, struct ae_err *e)
{
    const size_t share = ae_tiff_band_memory(r->ctx);
    uint64_t first = 0;

    f->pending.format = r->info.format;
    f->t.ctx = r->ctx;
    f->t.name = ae_io_name(r->io);
    int rc = ae_spool_take(r->io, share, &f->t.spool, e);
    if (!rc)
        rc = ae_ifd_read_header(f->t.spool, &f->form, &first, e);
    if (rc)
        return ae_err_at(e, rc, "tiff");
    AE_TRY(find_pages(f, first, e));
    AE_TRY(check_pages(f, e));
    /* h: read no directory yet; c: leave strips as they are */
    return ae_tiff_open(&f->t, "rhc", share + ((size_t)1 << 20), e);
}

static int read_file(struct ae_reader *r, struct ae_err *e)
{
    struct pages *f = ae_alloc(1, sizeof(*f), e);
    const int rc = f ? open_pages(r, f, e) : AE_EMEM;

    if (rc)
        free_pages(f);
    else
        ae_io_attach(r->io, f, free_pages);
    return rc;
}

/* ------------------------------------------------------------------ page */

static void free_source(struct ae_tiff_source *s)
{
    ae_ifd_release(&s->other);
    ae_spool_free(s->premultiplied);
    free(s);
}

/* A palette whose entries are multiples of 257, or below 256, gives 8 bits,
 * another one 16. */
static int read_palette(struct page *p, struct ae_image_info *i,
                        struct ae_err *e)
{
    uint16_t *map[3];
    const size_t n = (size_t)1 << p->layout->bits;
    int wide = 0, small = 1;

    if (!TIFFGetField(p->pages->t.tif, TIFFTAG_COLORMAP, &map[0], &map[1],
                      &map[2]))
        return ae_fail(e, AE_EFORMAT, "tiff: has no palette");
    for (int c = 0; c < 3; c++) {
        p->map[c] = map[c];
        for (size_t k = 0; k < n; k++) {
            wide |= map[c][k] % 257 != 0;
            small &= map[c][k] < 256;
        }
    }
    p->map_shift = small || wide ? 0 : 8;
    i->maxval = wide && !small ? 65535 : 255;
    i->channels = 3;
    i->alpha = 0;
    return 0;
}

static int fill_info(struct page *p, struct ae_image_info *i, struct ae_err *e)
{
    const struct ae_tiff_layout *l = p->layout;

    i->w = (int)l->w;
    i->h = (int)l->h;
    i->channels = (int)l->samples;
    i->alpha = l->extra >= 0;
    i->maxval = l->is_float ? 0 : (1u << l->bits) - 1;
    i->item = p->pages->next;
    i->items = p->pages->n;
    return l->photometric == PHOTOMETRIC_PALETTE ? read_palette(p, i, e) : 0;
}

static int alloc_buffers(struct page *p, const struct ae_image_info *i,
                         struct ae_err *e)
{
    const size_t w = (size_t)i->w;

    p->v = ae_alloc(w * p->layout->samples, sizeof(*p->v), e);
    p->rgb = p->map[0] ? ae_alloc(w * 3, sizeof(*p->rgb), e) : NULL;
    p->bytes = ae_alloc(w * (size_t)i->channels, 1, e);
    return p->v && p->bytes && (p->rgb || !p->map[0]) ? 0 : AE_EMEM;
}

static int read_integer_row(struct page *p, uint32_t y, struct ae_err *e);

/* Finds out whether a colour exceeds its alpha, for which all pixels are
 * read. */
static int check_alpha(struct page *p, struct ae_tiff_layout *l,
                       struct ae_err *e)
{
    int exceeds = 0;

    if (l->extra != EXTRASAMPLE_ASSOCALPHA || l->is_float)
        return 0;
    l->straight = 1; /* so that rows are read as they are */
    for (uint32_t y = 0; !exceeds && y < l->h; y++) {
        AE_TRY(read_integer_row(p, y, e));
        exceeds = ae_tiff_exceeds_alpha(p->v, (int)l->samples, l->w);
    }
    l->straight = exceeds;
    if (exceeds)
        ae_log(p->pages->t.ctx, AE_LOG_NOTE,
               "%s: tiff: its colours can't have been multiplied with alpha, "
               "though it says so: they are taken as they are",
               p->pages->t.name);
    return 0;
}

static int open_page(struct ae_reader *r, struct page *p,
                     struct ae_tiff_source *s, struct ae_err *e)
{
    struct pages *f = p->pages;
    const uint64_t at = f->at[f->next];

    s->layout.form = f->form;
    ae_tiff_clear_errors(&f->t);
    if (!TIFFSetSubDirectory(f->t.tif, at))
        return ae_tiff_fail(&f->t, "a directory can't be read", e);
    AE_TRY(ae_tiff_read_layout(&f->t, &s->layout, e));
    AE_TRY(ae_ctx_check_size(r->ctx, s->layout.w, s->layout.h, e));
    AE_TRY(fill_info(p, &r->info, e));
    AE_TRY(ae_tiff_read_tags(r, &f->t, at, s, e));
    AE_TRY(ae_tiff_band_init(&p->band, &f->t, &s->layout, e));
    AE_TRY(alloc_buffers(p, &r->info, e));
    if (s->layout.is_float && s->layout.extra == EXTRASAMPLE_ASSOCALPHA) {
        AE_TRY(ae_spool_new(ae_tiff_band_memory(r->ctx) / 2, &s->premultiplied,
                            e));
        p->premultiplied = s->premultiplied;
    }
    return check_alpha(p, &s->layout, e);
}

static int open_tiff_reader(struct ae_reader *r, struct ae_err *e)
{
    struct page *p = r->state = ae_alloc(1, sizeof(*p), e);
    struct ae_tiff_source *s = ae_alloc(1, sizeof(*s), e);
    int rc = p && s ? 0 : AE_EMEM;

    if (rc) {
        free(s);
        return rc;
    }
    r->meta->tiff = s;
    r->meta->tiff_free = free_source;
    p->layout = &s->layout;
    if (!ae_io_attached(r->io))
        rc = read_file(r, e);
    if (rc)
        return rc;
    p->pages = ae_io_attached(r->io);
    rc = open_page(r, p, s, e);
    return rc && p->pages->n > 1
               ? ae_err_at(e, rc, "page %zu", p->pages->next + 1)
               : rc;
}

/* --------------------------------------------------------------- samples */

/* Reads a row of integer samples; white is the maximum even where the file has
 * it at 0, and colours are divided by associated alpha. */
static int read_integer_row(struct page *p, uint32_t y, struct ae_err *e)
{
    const struct ae_tiff_layout *l = p->layout;
    const size_t each = (size_t)l->w * (p->band.planes > 1 ? 1 : l->samples);
    const size_t step = p->band.planes > 1 ? l->samples : 1;
    const uint16_t most = (uint16_t)((1u << l->bits) - 1);

    AE_TRY(ae_tiff_band_read(&p->band, y, e));
    for (int k = 0; k < p->band.planes; k++)
        ae_tiff_unpack(p->v + k, step, ae_tiff_band_row(&p->band, y, k),
                       l->bits, each);
    if (l->photometric == PHOTOMETRIC_MINISWHITE)
        for (size_t x = 0; x < l->w; x++)
            p->v[x * l->samples] = (uint16_t)(most - p->v[x * l->samples]);
    if (l->extra == EXTRASAMPLE_ASSOCALPHA && !l->straight)
        ae_tiff_unpremultiply(p->v, (int)l->samples, most, l->w);
    return 0;
}

static const uint16_t *map_palette(struct page *p, size_t w)
{
    for (size_t x = 0; x < w; x++)
        for (size_t c = 0; c < 3; c++)
            p->rgb[3 * x + c] = (uint16_t)(p->map[c][p->v[x]] >> p->map_shift);
    return p->rgb;
}

static int read_float_row(struct page *p, uint32_t y, float *row,
                          struct ae_err *e)
{
    const struct ae_tiff_layout *l = p->layout;
    const size_t each = (size_t)l->w * (p->band.planes > 1 ? 1 : l->samples);
    const size_t step = p->band.planes > 1 ? l->samples : 1;

    AE_TRY(ae_tiff_band_read(&p->band, y, e));
    for (int k = 0; k < p->band.planes; k++)
        ae_tiff_unpack_floats(row + k, step, ae_tiff_band_row(&p->band, y, k),
                              l->bits, each);
    if (p->premultiplied) {
        const size_t size = (size_t)l->w * l->samples * sizeof(*row);
        AE_TRY(
            ae_spool_write(p->premultiplied, (uint64_t)y * size, row, size, e));
        ae_tiff_unpremultiply_floats(row, (int)l->samples, l->w);
    }
    return ae_check_finite(row, (size_t)l->w * l->samples, e);
}

static int read_tiff_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    struct page *p = r->state;
    const size_t n = (size_t)r->info.w * (size_t)r->info.channels;
    const uint16_t *v = p->v;
    int rc = p->layout->is_float ? read_float_row(p, (uint32_t)r->y, row, e)
                                 : read_integer_row(p, (uint32_t)r->y, e);

    if (rc)
        return ae_err_at(e, rc, "row %d", r->y);
    if (p->layout->is_float)
        return 0;
    if (p->map[0])
        v = map_palette(p, (size_t)r->info.w);
    if (r->info.maxval > 255) {
        ae_samples_to_float(r->ctx, row, v, r->info.maxval, n);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        p->bytes[i] = (unsigned char)v[i];
    ae_samples_to_float(r->ctx, row, p->bytes, r->info.maxval, n);
    return 0;
}

static int finish_tiff_reader(struct ae_reader *r, struct ae_err *e)
{
    struct page *p = r->state;

    (void)e;
    if (++p->pages->next == p->pages->n)
        ae_io_attach(r->io, NULL, NULL);
    p->pages = NULL;
    return 0;
}

/* Another page may be whole. */
static int recover_tiff(struct ae_reader *r, struct ae_err *e)
{
    struct pages *f = ae_io_attached(r->io);

    (void)e;
    if (!f)
        return AE_END;
    if (++f->next == f->n)
        ae_io_attach(r->io, NULL, NULL);
    return 0;
}

static void close_tiff_reader(struct ae_reader *r)
{
    struct page *p = r->state;

    ae_tiff_band_release(&p->band);
    free(p->v);
    free(p->rgb);
    free(p->bytes);
    free(p);
}

static int can_hold_tiff(const struct ae_meta *m, const struct ae_blob *b)
{
    if (b->kind == AE_BLOB_CHUNK)
        return ae_png_chunk_is_missed(m, b) ? 0 : -1;
    return b->kind != AE_BLOB_COMMENT && b->kind != AE_BLOB_SEGMENT;
}

const struct ae_format ae_fmt_tiff = {
    .name = "tiff",
    .endings = {"tif", "tiff"},
    .library = "libtiff",
    .multi = AE_MULTI_PAGES,
    .matches = is_tiff,
    .open_reader = open_tiff_reader,
    .read_row = read_tiff_row,
    .finish_reader = finish_tiff_reader,
    .close_reader = close_tiff_reader,
    .recover = recover_tiff,
    .open_writer = ae_tiff_open_writer,
    .write_row = ae_tiff_write_row,
    .finish_writer = ae_tiff_finish_writer,
    .close_writer = ae_tiff_close_writer,
    .end_stream = ae_tiff_end_stream,
    .can_hold = can_hold_tiff,
};
