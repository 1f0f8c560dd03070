/* fmt_png.c - PNG through libpng, the one door to it.
 *
 * Reads exactly the file's bytes, so that the next image of the stream is
 * untouched; bad CRCs are errors; depths and alpha stay, palettes come back
 * as 8-bit truecolour.  ICC and EXIF go along as bytes, past libpng, which
 * would read them and drop what it doesn't like.  libpng leaves by longjmp,
 * so every function that calls it arms setjmp first and keeps nothing in
 * locals across it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/gzip.h"
#include "image/format.h"

/* Of zlib: of photographs half the time of the usual 6, and 1 % larger. */
enum { LEVEL = 4 };

struct png {
    png_structp png;
    png_infop info;
    struct ae_ctx *ctx;
    struct ae_io *io;
    struct ae_err *e;            /* of the call in progress */
    int code;                    /* of the error that jumped */
    int starved;                 /* libpng asked for memory in vain */
    char warned[80];             /* libpng's last warning */
    int whole;                   /* bytes is the whole, interlaced image */
    size_t stride;               /* bytes of a row */
    unsigned char *bytes;        /* one row, or all */
    unsigned char *packed;       /* the profile that is written */
};

static void on_error(png_structp p, png_const_charp msg)
{
    struct png *s = png_get_error_ptr(p);
    if (strcmp(msg, "Invalid IHDR data") == 0)
        msg = s->warned;         /* which said why */
    if (!s->code && s->starved)
        s->code = ae_fail(s->e, AE_EMEM, "png: out of memory");
    if (!s->code)
        s->code = ae_fail(s->e, AE_EFORMAT, "png: %s (offset %llu)", msg,
                          (unsigned long long)ae_io_offset(s->io));
    png_longjmp(p, 1);
}

/* So that want of memory isn't taken for a fault of the file. */
static png_voidp on_malloc(png_structp p, png_alloc_size_t n)
{
    struct png *s = png_get_mem_ptr(p);
    void *block = malloc(n);

    s->starved |= !block;
    return block;
}

static void on_free(png_structp p, png_voidp block)
{
    (void)p;
    free(block);
}

static void on_warning(png_structp p, png_const_charp msg)
{
    struct png *s = png_get_error_ptr(p);
    snprintf(s->warned, sizeof(s->warned), "%s", msg);
    ae_log(s->ctx, AE_LOG_DEBUG, "%s: png: %s", ae_io_name(s->io), msg);
}

static void on_read(png_structp p, png_bytep buf, size_t n)
{
    struct png *s = png_get_io_ptr(p);
    s->code = ae_io_read(s->io, buf, n, s->e);
    if (s->code)
        png_error(p, "");
}

static void on_write(png_structp p, png_bytep buf, size_t n)
{
    struct png *s = png_get_io_ptr(p);
    s->code = ae_io_write(s->io, buf, n, s->e);
    if (s->code)
        png_error(p, "");
}

static void on_flush(png_structp p)
{
    (void)p;
}

static int is_png(const unsigned char *p, size_t n)
{
    return n >= 8 && memcmp(p, "\211PNG\r\n\032\n", 8) == 0;
}

#define MAX_PROFILE ((uint64_t)32 << 20)

/* Text and suggested palettes are no use here and the usual bombs. */
static const png_byte unread[] = "tEXt\0zTXt\0iTXt\0sPLT\0hIST";
static const png_byte carried[] = "iCCP\0eXIf";

static int read_header(struct png *s)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_set_read_fn(s->png, s, on_read);
    png_set_user_limits(s->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(s->png, 32u << 20);
    png_set_chunk_cache_max(s->png, 128);
    png_set_crc_action(s->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(s->png, PNG_HANDLE_CHUNK_NEVER, unread, 5);
    png_set_keep_unknown_chunks(s->png, PNG_HANDLE_CHUNK_ALWAYS, carried, 2);
    png_read_info(s->png, s->info);
    return 0;
}

/* Asks libpng for samples of 8 or 16 bits, except that gray of fewer bits
 * comes one sample a byte, unscaled. */
static int read_transforms(struct png *s, struct ae_image_info *i)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    const int type = png_get_color_type(s->png, s->info);
    int bits = png_get_bit_depth(s->png, s->info);
    const int trns = png_get_valid(s->png, s->info, PNG_INFO_tRNS) != 0;
    if (type == PNG_COLOR_TYPE_PALETTE || trns) {
        png_set_expand(s->png);
        bits = ae_max(bits, 8);
    } else if (bits < 8) {
        png_set_packing(s->png);
    }
    s->whole = png_set_interlace_handling(s->png) > 1;
    png_read_update_info(s->png, s->info);
    i->channels = png_get_channels(s->png, s->info);
    i->alpha = i->channels == 2 || i->channels == 4;
    i->maxval = (1u << bits) - 1;
    s->stride = png_get_rowbytes(s->png, s->info);
    return 0;
}

static void read_density(struct png *s, struct ae_meta *m)
{
    png_uint_32 x, y;
    int unit;
    if (!png_get_pHYs(s->png, s->info, &x, &y, &unit))
        return;
    m->has_density = 1;
    m->density_x = x;
    m->density_y = y;
    m->density_unit = unit;
}

/* iCCP is a name, a zero, a zero (the method) and a zlib stream.  A damaged
 * one is left out: the picture is whole. */
static int read_icc(const struct png *s, struct ae_meta *m,
                    const unsigned char *p, size_t n)
{
    const unsigned char *end = memchr(p, 0, n < 80 ? n : 80);
    const size_t name = end ? (size_t)(end - p) + 2 : n;
    struct ae_io *io = NULL;
    struct ae_err why = {0};
    void *icc = NULL;
    size_t size = 0;
    int rc;
    if (name >= n || p[name - 1] != 0) {
        ae_fail(&why, AE_EFORMAT, "no name or method");
    } else {
        rc = ae_io_open_memory(p + name, n - name, "iCCP", &io, s->e);
        if (rc)
            return rc;
        ae_gunzip(io, MAX_PROFILE, &icc, &size, &why);
        ae_io_close(io);
    }
    if (why.code || size == 0)
        ae_log(s->ctx, AE_LOG_NOTE, "%s: png: the ICC profile is damaged and "
               "is left out: %s", ae_io_name(s->io), why.msg);
    rc = why.code || size == 0 ? 0
        : ae_meta_add(m, AE_BLOB_ICC, icc, size, s->e);
    free(icc);
    return rc;
}

static int read_meta(struct png *s, struct ae_meta *m)
{
    png_unknown_chunkp chunks;
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    read_density(s, m);
    const int n = png_get_unknown_chunks(s->png, s->info, &chunks);
    for (int i = 0; i < n; i++) {
        const png_unknown_chunk *c = &chunks[i];
        const int icc = memcmp(c->name, "iCCP", 4) == 0;
        if (ae_meta_get(m, icc ? AE_BLOB_ICC : AE_BLOB_EXIF))
            continue;            /* the first one counts */
        const int rc = icc ? read_icc(s, m, c->data, c->size)
            : ae_meta_add(m, AE_BLOB_EXIF, c->data, c->size, s->e);
        if (rc)
            return rc;
    }
    return 0;
}

/* One row, or for interlaced files the whole image. */
static int read_buffer(struct png *s, const struct ae_image_info *i)
{
    const size_t rows = s->whole ? (size_t)i->h : 1;
    size_t size;
    int rc = ae_mul(s->stride, rows, &size, s->e);
    if (rc)
        return rc;
    if (s->whole && size > s->ctx->memory)
        return ae_fail(s->e, AE_ELIMIT, "png: interlaced, so all of its "
                       "%llu bytes are needed at once, which is past the "
                       "bound on memory", (unsigned long long)size);
    s->bytes = ae_alloc(size, 1, s->e);
    return s->bytes ? 0 : AE_EMEM;
}

static int open_png(struct ae_reader *r, struct ae_err *e)
{
    struct png *s = r->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    s->ctx = r->ctx;
    s->io = r->io;
    s->e = e;
    s->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, s, on_error,
                                      on_warning, s, on_malloc, on_free);
    s->info = s->png ? png_create_info_struct(s->png) : NULL;
    if (!s->info)
        return ae_fail(e, AE_EMEM, "png: out of memory");
    int rc = read_header(s);
    if (rc)
        return rc;
    const png_uint_32 w = png_get_image_width(s->png, s->info);
    const png_uint_32 h = png_get_image_height(s->png, s->info);
    rc = ae_ctx_check_size(r->ctx, w, h, e);
    if (rc)
        return rc;
    r->info.w = (int)w;
    r->info.h = (int)h;
    rc = read_transforms(s, &r->info);
    if (!rc)
        rc = read_meta(s, r->meta);
    return rc ? rc : read_buffer(s, &r->info);
}

/* PNG's order is big endian. */
static void row_order(const struct png *s, unsigned char *row,
                      unsigned maxval)
{
    if (maxval > 255)
        ae_big_endian(row, 2, s->stride / 2);
}

static int read_whole(struct png *s, int h)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    for (int pass = 0; pass < 7; pass++)
        for (int y = 0; y < h; y++)
            png_read_row(s->png, s->bytes + (size_t)y * s->stride, NULL);
    return 0;
}

static int read_one(struct png *s)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_read_row(s->png, s->bytes, NULL);
    return 0;
}

static int row_png(struct ae_reader *r, float *row, struct ae_err *e)
{
    struct png *s = r->state;
    int rc = 0;
    s->e = e;
    if (!s->whole)
        rc = read_one(s);
    else if (r->y == 0)
        rc = read_whole(s, r->info.h);
    if (rc)
        return ae_err_at(e, rc, "row %d", r->y);
    unsigned char *at = s->bytes + (s->whole ? (size_t)r->y * s->stride : 0);
    row_order(s, at, r->info.maxval);
    ae_samples_in(r->ctx, row, at, r->info.maxval,
                  (size_t)r->info.w * (size_t)r->info.channels);
    return 0;
}

static int finish_png(struct ae_reader *r, struct ae_err *e)
{
    struct png *s = r->state;
    s->e = e;
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_read_end(s->png, NULL);
    return 0;
}

static void close_png(struct ae_reader *r)
{
    struct png *s = r->state;
    if (s->png)
        png_destroy_read_struct(&s->png, &s->info, NULL);
    free(s->bytes);
    free(s);
}

/* PNG holds 1, 2 and 4 bits for gray alone. */
static int choose_bits(const struct ae_writer *w)
{
    const unsigned m = w->info.maxval;
    if (w->channels == 1 && (m == 1 || m == 3 || m == 15))
        return m == 1 ? 1 : m == 3 ? 2 : 4;
    return m == 0 || m > 255 ? 16 : 8;
}

static void write_density(struct png *s, const struct ae_meta *m)
{
    uint32_t x = m->density_x, y = m->density_y;
    int unit = m->density_unit;
    if (!m->has_density)
        return;
    if (m->density_is_jfif && unit) {
        const double k = unit == 1 ? 1 / 0.0254 : 100;
        x = (uint32_t)((double)x * k + 0.5);
        y = (uint32_t)((double)y * k + 0.5);
        unit = PNG_RESOLUTION_METER;
    }
    png_set_pHYs(s->png, s->info, x, y, unit);
}

/* A profile as iCCP's bytes. */
static int pack_icc(const struct ae_blob *icc, png_unknown_chunk *c,
                    struct ae_err *e)
{
    void *z;
    size_t n;
    int rc = ae_deflate(icc->data, icc->size, &z, &n, e);
    if (rc)
        return rc;
    c->data = ae_alloc(n + 5, 1, e);
    if (c->data) {
        memcpy(c->data, "icc", 3);      /* and two zeros */
        memcpy(c->data + 5, z, n);
        c->size = n + 5;
    }
    free(z);
    return c->data ? 0 : AE_EMEM;
}

static void chunk_name(png_unknown_chunk *c, const char *name)
{
    memcpy(c->name, name, 5);
    c->location = PNG_HAVE_IHDR;
}

/* ICC and EXIF as chunks; libpng copies them. */
static int write_blobs(struct png *s, const struct ae_meta *m)
{
    const struct ae_blob *icc = ae_meta_get(m, AE_BLOB_ICC);
    const struct ae_blob *exif = ae_meta_get(m, AE_BLOB_EXIF);
    png_unknown_chunk c[2] = {{.data = NULL}};
    int n = 0;
    if (icc) {
        const int rc = pack_icc(icc, &c[n], s->e);
        if (rc)
            return rc;
        chunk_name(&c[n++], "iCCP");
    }
    if (exif && exif->size <= PNG_UINT_31_MAX) {
        c[n].data = exif->data;
        c[n].size = exif->size;
        chunk_name(&c[n++], "eXIf");
    }
    s->packed = icc ? c[0].data : NULL;
    png_set_keep_unknown_chunks(s->png, PNG_HANDLE_CHUNK_ALWAYS, carried, 2);
    if (n)
        png_set_unknown_chunks(s->png, s->info, c, n);
    return 0;
}

static int write_header(struct png *s, const struct ae_writer *w)
{
    static const int types[] = {
        PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
        PNG_COLOR_TYPE_RGB_ALPHA,
    };
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_set_write_fn(s->png, s, on_write, on_flush);
    png_set_benign_errors(s->png, 1);
    png_set_user_limits(s->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(s->png, LEVEL);
    png_set_IHDR(s->png, s->info, (png_uint_32)w->info.w,
                 (png_uint_32)w->info.h, choose_bits(w),
                 types[w->channels - 1], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (w->meta) {
        write_density(s, w->meta);
        const int rc = write_blobs(s, w->meta);
        if (rc)
            return rc;
    }
    png_write_info(s->png, s->info);
    if (choose_bits(w) < 8)
        png_set_packing(s->png);
    return 0;
}

static int create_png(struct ae_writer *w, struct ae_err *e)
{
    struct png *s = w->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    s->ctx = w->ctx;
    s->io = w->io;
    s->e = e;
    w->maxval = (1u << choose_bits(w)) - 1;
    s->stride = (size_t)w->info.w * (size_t)w->channels *
                ae_sample_size(w->maxval);
    s->bytes = ae_alloc(s->stride, 1, e);
    if (!s->bytes)
        return AE_EMEM;
    s->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, s, on_error,
                                       on_warning, s, on_malloc, on_free);
    s->info = s->png ? png_create_info_struct(s->png) : NULL;
    if (!s->info)
        return ae_fail(e, AE_EMEM, "png: out of memory");
    return write_header(s, w);
}

static int put_png(struct ae_writer *w, const float *row, struct ae_err *e)
{
    struct png *s = w->state;
    s->e = e;
    ae_samples_out(w->ctx, s->bytes, row, w->maxval,
                   (size_t)w->info.w * (size_t)w->channels);
    row_order(s, s->bytes, w->maxval);
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_write_row(s->png, s->bytes);
    return 0;
}

static int end_png(struct ae_writer *w, struct ae_err *e)
{
    struct png *s = w->state;
    s->e = e;
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_write_end(s->png, NULL);
    return 0;
}

static void drop_png(struct ae_writer *w)
{
    struct png *s = w->state;
    if (s->png)
        png_destroy_write_struct(&s->png, &s->info);
    free(s->bytes);
    free(s->packed);
    free(s);
}

const struct ae_format ae_fmt_png = {
    .name = "png", .endings = {"png"}, .library = "libpng",
    .is = is_png,
    .open = open_png, .row = row_png, .finish = finish_png,
    .close = close_png, .create = create_png, .put = put_png,
    .end = end_png, .drop = drop_png,
};
