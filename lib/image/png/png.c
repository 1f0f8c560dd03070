/* png.c - reads and writes PNG through libpng; the only file that includes it.
 *
 * Reads exactly the file's bytes, so that the next image of the stream is
 * untouched.  Depths and alpha stay; palettes become 8-bit truecolour, with
 * alpha where they have transparency.  A bad CRC is an error in a chunk that
 * makes the samples, and loses only the chunk in metadata.  Ancillary chunks
 * go to png_chunks.c instead of to libpng, which would drop what it doesn't
 * like.  libpng reports errors by longjmp, so every function that calls it
 * calls setjmp first, and keeps nothing that it needs after a jump in local
 * variables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image/png/png_chunks.h"

/* zlib's level: half the time of the usual 6 for photographs that become 1 %
 * larger. */
enum { LEVEL = 4 };

/* Bytes of coded samples that stay in the stream. */
enum { LAG = 16384 };

struct png {
    png_structp png;
    png_infop info;
    struct ae_reader *reader; /* NULL: writing */
    struct ae_ctx *ctx;
    struct ae_io *io;
    struct ae_err *e;          /* of the call in progress */
    int code;                  /* of the error that jumped */
    int out_of_memory;         /* libpng asked for memory in vain */
    char warned[80];           /* libpng's last warning */
    int interlaced;            /* `bytes` is the whole image */
    size_t stride;             /* bytes of a row */
    unsigned char *bytes;      /* one row, or all */
    int bad_crc;               /* of the chunk that comes next */
    int after_picture;         /* chunks come after the picture */
    uint32_t left;             /* bytes of the chunk, with its CRC */
    int in_idat;               /* it holds samples */
    size_t lag;                /* bytes given to libpng, still in the stream */
    struct ae_png_chunk chunk; /* the one that is being written */
    int written;               /* blobs that are in the file already */
};

static void on_error(png_structp p, png_const_charp msg)
{
    struct png *s = png_get_error_ptr(p);

    if (strcmp(msg, "Invalid IHDR data") == 0)
        msg = s->warned; /* it says what is wrong */
    if (!s->code && s->out_of_memory)
        s->code = ae_fail(s->e, AE_EMEM, "png: out of memory");
    if (!s->code)
        s->code = ae_fail(s->e, AE_EFORMAT, "png: %s (offset %llu)", msg,
                          (unsigned long long)(ae_io_offset(s->io) + s->lag));
    png_longjmp(p, 1);
}

/* Notes that memory is used up, so that it isn't taken for a fault of the
 * file. */
static png_voidp on_malloc(png_structp p, png_alloc_size_t n)
{
    struct png *s = png_get_mem_ptr(p);
    void *block = malloc(n);

    s->out_of_memory |= !block;
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
    const int crc = strstr(msg, "CRC error") != NULL;

    snprintf(s->warned, sizeof(s->warned), "%s", msg);
    if (crc && strncmp(msg, "tRNS", 4) == 0)
        png_error(p, msg); /* its transparency is in the samples */
    if (crc && strncmp(msg, "IDAT", 4) == 0) {
        ae_reader_salvage(s->reader, AE_EFORMAT, msg,
                          "the rest may be damaged");
        return;
    }
    s->bad_crc = crc;
    ae_log(s->ctx,
           crc || strstr(msg, "exceeds memory") ? AE_LOG_NOTE : AE_LOG_DEBUG,
           "%s: png: %s%s", ae_io_name(s->io), msg,
           crc ? ": it is left out" : "");
}

/* Takes ancillary chunks, before and after the picture. */
static int on_chunk(png_structp p, png_unknown_chunkp c)
{
    struct png *s = png_get_user_chunk_ptr(p);
    const int bad = s->bad_crc;

    s->bad_crc = 0;
    if (!(c->name[0] & 32))
        png_chunk_error(p, "unknown, and needed to read the picture");
    if (bad)
        return 1;
    s->code = ae_png_read_chunk(s->reader, (const char *)c->name, c->data,
                                c->size, s->after_picture, s->e);
    if (s->code)
        png_error(p, "");
    return 1;
}

/* Takes note of chunks as they come: of all else 8 bytes are read at once only
 * where a chunk begins. */
static void follow_chunks(struct png *s, const unsigned char *p, size_t n)
{
    if (s->left == 0 && n == 8) {
        s->left = ae_be32(p) + 4;
        s->in_idat = memcmp(p + 4, "IDAT", 4) == 0;
    } else {
        s->left -= n < s->left ? (uint32_t)n : s->left;
    }
}

static int end_lag(struct png *s, struct ae_err *e)
{
    const size_t n = s->lag;

    s->lag = 0;
    return ae_io_skip(s->io, n, e);
}

/* Reads coded samples of a file that may be cut short, so that the beginning
 * of the next one is among them: the last ones stay in the stream. */
static int read_lagging(struct png *s, unsigned char *buf, size_t n)
{
    const void *p;
    size_t got;

    if (s->lag + n > 2 * LAG) {
        const size_t skip = s->lag > LAG ? s->lag - LAG : s->lag;
        AE_TRY(ae_io_skip(s->io, skip, s->e));
        s->lag -= skip;
    }
    AE_TRY(ae_io_peek(s->io, &p, s->lag + n, &got, s->e));
    if (got < s->lag + n)
        return ae_fail(s->e, AE_EFORMAT, "ends at offset %llu, %zu bytes early",
                       (unsigned long long)(ae_io_offset(s->io) + got),
                       s->lag + n - got);
    memcpy(buf, (const char *)p + s->lag, n);
    s->lag += n;
    return 0;
}

static void on_read(png_structp p, png_bytep buf, size_t n)
{
    struct png *s = png_get_io_ptr(p);

    if (s->in_idat && n <= LAG) {
        s->code = read_lagging(s, buf, n);
    } else {
        s->code = end_lag(s, s->e);
        if (!s->code)
            s->code = ae_io_read(s->io, buf, n, s->e);
    }
    if (s->code)
        png_error(p, "");
    follow_chunks(s, buf, n);
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

/* libpng goes on without the chunk that it had no memory for. */
static int check_memory(const struct png *s)
{
    return s->out_of_memory ? ae_fail(s->e, AE_EMEM, "png: out of memory") : 0;
}

static int read_header(struct png *s)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_set_read_fn(s->png, s, on_read);
    png_set_user_limits(s->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(s->png, 32u << 20);
    if (s->ctx->salvage) /* what is behind the last whole buffer is lost */
        png_set_compression_buffer_size(s->png, 64);
    png_set_crc_action(s->png,
                       s->ctx->salvage ? PNG_CRC_WARN_USE : PNG_CRC_ERROR_QUIT,
                       PNG_CRC_WARN_DISCARD);
    /* a file may reach further back than its header says, as others allow */
    png_set_option(s->png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
    png_set_keep_unknown_chunks(s->png, PNG_HANDLE_CHUNK_ALWAYS, NULL, -1);
    png_set_read_user_chunk_fn(s->png, s, on_chunk);
    png_read_info(s->png, s->info);
    return check_memory(s);
}

/* Asks libpng for samples of 8 or 16 bits; gray of fewer bits comes one sample
 * a byte, not scaled. */
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
    s->interlaced = png_set_interlace_handling(s->png) > 1;
    png_read_update_info(s->png, s->info);
    i->channels = png_get_channels(s->png, s->info);
    i->alpha = i->channels == 2 || i->channels == 4;
    i->maxval = (1u << bits) - 1;
    s->stride = png_get_rowbytes(s->png, s->info);
    return 0;
}

/* The layout of the samples, which some chunks refer to. */
static int read_shape(struct png *s, const struct ae_image_info *i,
                      struct ae_png_shape *out)
{
    png_colorp palette = NULL;
    int colours = 0;

    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_get_PLTE(s->png, s->info, &palette, &colours);
    out->palette = (const unsigned char *)palette;
    out->colours = colours;
    out->new_bits = i->maxval > 255 ? 16 : i->maxval > 15 ? 8 : out->bits;
    out->alpha = i->alpha && !(out->type & PNG_COLOR_MASK_ALPHA);
    return 0;
}

/* One row, or for interlaced files the whole image. */
static int alloc_read_buffer(struct png *s, const struct ae_image_info *i)
{
    const size_t rows = s->interlaced ? (size_t)i->h : 1;
    size_t size;

    AE_TRY(ae_mul(s->stride, rows, &size, s->e));
    if (s->interlaced && size > s->ctx->memory)
        return ae_fail(s->e, AE_ELIMIT,
                       "png: interlaced, so all of its %llu bytes are needed "
                       "at once, which is past the bound on memory",
                       (unsigned long long)size);
    s->reader->held = s->interlaced ? size : 0;
    s->bytes = ae_alloc(size, 1, s->e);
    return s->bytes ? 0 : AE_EMEM;
}

static int open_png_reader(struct ae_reader *r, struct ae_err *e)
{
    struct png *s = r->state = ae_alloc(1, sizeof(*s), e);

    if (!s)
        return AE_EMEM;
    struct ae_png_shape shape;
    s->reader = r;
    s->left = 8; /* the signature */
    s->ctx = r->ctx;
    s->io = r->io;
    s->e = e;
    r->meta->open_ended = 1;
    s->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, s, on_error,
                                      on_warning, s, on_malloc, on_free);
    s->info = s->png ? png_create_info_struct(s->png) : NULL;
    if (!s->info)
        return ae_fail(e, AE_EMEM, "png: out of memory");
    AE_TRY(read_header(s));
    const png_uint_32 w = png_get_image_width(s->png, s->info);
    const png_uint_32 h = png_get_image_height(s->png, s->info);
    AE_TRY(ae_ctx_check_size(r->ctx, w, h, e));
    r->info.w = (int)w;
    r->info.h = (int)h;
    shape.type = png_get_color_type(s->png, s->info);
    shape.bits = png_get_bit_depth(s->png, s->info);
    AE_TRY(read_transforms(s, &r->info));
    AE_TRY(read_shape(s, &r->info, &shape));
    ae_png_adapt_chunks(r, &shape);
    return alloc_read_buffer(s, &r->info);
}

/* PNG's order is big endian. */
static void swap_row(const struct png *s, unsigned char *row, unsigned maxval)
{
    if (maxval > 255)
        ae_big_endian(row, 2, s->stride / 2);
}

static int read_interlaced(struct png *s, int h)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    for (int pass = 0; pass < 7; pass++)
        for (int y = 0; y < h; y++) {
            png_bytep row = s->bytes + (size_t)y * s->stride;
            /* with coarse pixels where later passes may be missing */
            png_read_row(s->png, s->ctx->salvage ? NULL : row,
                         s->ctx->salvage ? row : NULL);
        }
    return 0;
}

static int decode_row(struct png *s)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_read_row(s->png, s->bytes, NULL);
    return 0;
}

static int read_png_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    struct png *s = r->state;
    int rc = 0;

    s->e = e;
    if (!s->interlaced)
        rc = decode_row(s);
    else if (r->y == 0)
        rc = read_interlaced(s, r->info.h);
    if (rc && s->interlaced && ae_reader_salvages(r, rc)) {
        ae_reader_salvage(r, rc, e->msg, "the rest is coarse or black");
        rc = 0;
    }
    if (rc)
        return ae_err_at(e, rc, "row %d", r->y);
    unsigned char *at = s->bytes +
                        (s->interlaced ? (size_t)r->y * s->stride : 0);
    swap_row(s, at, r->info.maxval);
    ae_samples_to_float(r->ctx, row, at, r->info.maxval,
                        (size_t)r->info.w * (size_t)r->info.channels);
    return 0;
}

static int finish_png_reader(struct ae_reader *r, struct ae_err *e)
{
    struct png *s = r->state;

    s->e = e;
    s->after_picture = 1;
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_read_end(s->png, s->info);
    AE_TRY(check_memory(s));
    return end_lag(s, e);
}

/* The chunk that ends every file, CRC included, doesn't come about in coded
 * data by chance. */
static size_t find_end(const void *arg, const unsigned char *p, size_t n,
                       int *end)
{
    static const unsigned char iend[12] = "\0\0\0\0IEND\256B`\202";
    size_t same = 0;

    (void)arg;
    while (same < n && same < sizeof(iend) && p[same] == iend[same])
        same++;
    *end = same == sizeof(iend);
    return *end ? same : same == n ? 0 : 1;
}

static int recover_png(struct ae_reader *r, struct ae_err *e)
{
    return ae_skip_to_picture(r->io, find_end, NULL, e);
}

static void close_png_reader(struct ae_reader *r)
{
    struct png *s = r->state;

    if (s->png)
        png_destroy_read_struct(&s->png, &s->info, NULL);
    free(s->bytes);
    free(s);
}

/* Bits of a sample; PNG has 1, 2 and 4 only for gray without alpha. */
static int choose_bits(const struct ae_writer *w)
{
    const unsigned m = w->info.maxval;

    if (w->channels == 1 && (m == 1 || m == 3 || m == 15))
        return m == 1 ? 1 : m == 3 ? 2 : 4;
    return m == 0 ? 16 : ae_whole_bits(m);
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

/* Writes the blobs that aren't in the file yet: a reader may have added some
 * after the picture. */
static int write_blobs(struct png *s, const struct ae_writer *w)
{
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    while (w->meta && s->written < w->meta->count) {
        AE_TRY(ae_png_make_chunk(w, &w->meta->blobs[s->written++], &s->chunk,
                                 s->e));
        if (s->chunk.type[0])
            png_write_chunk(s->png, (png_const_bytep)s->chunk.type,
                            s->chunk.data, s->chunk.size);
        free(s->chunk.buffer);
        s->chunk.buffer = NULL;
    }
    return 0;
}

static int write_header(struct png *s, const struct ae_writer *w)
{
    static const int types[] = {
        PNG_COLOR_TYPE_GRAY,
        PNG_COLOR_TYPE_GRAY_ALPHA,
        PNG_COLOR_TYPE_RGB,
        PNG_COLOR_TYPE_RGB_ALPHA,
    };

    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_set_write_fn(s->png, s, on_write, on_flush);
    png_set_benign_errors(s->png, 1);
    png_set_user_limits(s->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(s->png, LEVEL);
    png_set_IHDR(s->png, s->info, (png_uint_32)w->info.w,
                 (png_uint_32)w->info.h, choose_bits(w), types[w->channels - 1],
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (w->meta)
        write_density(s, w->meta);
    png_write_info(s->png, s->info);
    if (choose_bits(w) < 8)
        png_set_packing(s->png);
    return 0;
}

static int open_png_writer(struct ae_writer *w, struct ae_err *e)
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
    AE_TRY(write_header(s, w));
    return write_blobs(s, w);
}

static int write_png_row(struct ae_writer *w, const float *row,
                         struct ae_err *e)
{
    struct png *s = w->state;

    s->e = e;
    ae_samples_from_float(w->ctx, s->bytes, row, w->maxval,
                          (size_t)w->info.w * (size_t)w->channels);
    swap_row(s, s->bytes, w->maxval);
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_write_row(s->png, s->bytes);
    return 0;
}

static int finish_png_writer(struct ae_writer *w, struct ae_err *e)
{
    struct png *s = w->state;

    s->e = e;
    AE_TRY(write_blobs(s, w));
    if (setjmp(png_jmpbuf(s->png)))
        return s->code;
    png_write_end(s->png, NULL);
    return 0;
}

static void close_png_writer(struct ae_writer *w)
{
    struct png *s = w->state;

    if (s->png)
        png_destroy_write_struct(&s->png, &s->info);
    free(s->bytes);
    free(s->chunk.buffer);
    free(s);
}

const struct ae_format ae_fmt_png = {
    .name = "png",
    .endings = {"png"},
    .library = "libpng",
    .marked = 1,
    .matches = is_png,
    .open_reader = open_png_reader,
    .read_row = read_png_row,
    .finish_reader = finish_png_reader,
    .close_reader = close_png_reader,
    .recover = recover_png,
    .open_writer = open_png_writer,
    .write_row = write_png_row,
    .finish_writer = finish_png_writer,
    .close_writer = close_png_writer,
    .can_hold = ae_png_can_hold,
};
