/* webp_read.c - reads WebP through libwebp and libwebpdemux: lossy, lossless,
 * with alpha.
 *
 * A file is a RIFF container whose header has its length, so that exactly its
 * bytes are consumed.  It is decoded whole, since lossless files and alpha
 * planes can't be decoded by rows; file and picture must fit the bound on
 * memory, which is checked before either is read.  Animations are refused, and
 * so are files that are cut short or damaged. */
#include "image/webp/webp.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

/* The container is "RIFF", the number of bytes that follow, "WEBP", and
 * chunks; the first one of an extended file has flags. */
enum { RIFF_HEAD = 12, BEFORE_SIZE_ENDS = 8, FLAGS_AT = 20, ANIMATED = 2 };

struct webp_in {
    unsigned char *file; /* until it is decoded */
    size_t size;
    int channels;
    unsigned char *pixels;
};

static int is_webp(const unsigned char *p, size_t n)
{
    return n >= RIFF_HEAD && memcmp(p, "RIFF", 4) == 0 &&
           memcmp(p + 8, "WEBP", 4) == 0;
}

static int status_fail(VP8StatusCode status, struct ae_err *e)
{
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return ae_fail(e, AE_EMEM, "webp: out of memory");
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
        return ae_fail(e, AE_EFORMAT, "webp: the picture ends too early");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp: uses what libwebp doesn't read");
    default:
        return ae_fail(e, AE_EFORMAT, "webp: the picture is damaged");
    }
}

/* Checks the memory that decoding needs, by a little less than libwebp was
 * measured to take: the file, the pixels, and four bytes a pixel for lossless
 * coding, which codes the alpha of lossy files, too.  f->format is 0 while it
 * isn't known. */
static int check_memory(const struct ae_reader *r,
                        const WebPBitstreamFeatures *f, uint64_t size,
                        struct ae_err *e)
{
    const uint64_t n = (uint64_t)f->width * (uint64_t)f->height;
    const uint64_t each = f->format == 2 ? 4 : f->has_alpha ? 5 : 0;
    const uint64_t need = size + n * (each + (f->has_alpha ? 4 : 3));

    if (need <= r->ctx->memory)
        return 0;
    return ae_fail(e, AE_ELIMIT,
                   "webp: is decoded whole, so %llu bytes are needed at once, "
                   "which is past the bound on memory",
                   (unsigned long long)need);
}

/* Checks what the first bytes promise before more of them are read; *size is
 * the length of the file. */
static int check_header(struct ae_reader *r, uint64_t *size, struct ae_err *e)
{
    WebPBitstreamFeatures f;
    const void *p;
    size_t n;

    AE_TRY(ae_io_peek(r->io, &p, AE_FORMAT_PEEK, &n, e));
    const unsigned char *b = p;
    *size = BEFORE_SIZE_ENDS + ((uint64_t)b[4] | (uint64_t)b[5] << 8 |
                                (uint64_t)b[6] << 16 | (uint64_t)b[7] << 24);
    r->end = ae_io_offset(r->io) + *size;
    const int64_t left = ae_io_left(r->io);
    if (left >= 0 && *size > (uint64_t)left)
        return ae_fail(e, AE_EFORMAT,
                       "webp: is cut short: %llu bytes are promised, %lld are "
                       "there",
                       (unsigned long long)*size, (long long)left);
    if (n > FLAGS_AT && memcmp(b + RIFF_HEAD, "VP8X", 4) == 0 &&
        b[FLAGS_AT] & ANIMATED)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "animated WebP isn't read here: take its pictures out "
                       "first, e.g. `webpmux -get frame 1 in.webp -o "
                       "out.webp`");
    const VP8StatusCode status = WebPGetFeatures(b, n, &f);
    if (status)
        return status_fail(status, e);
    AE_TRY(ae_ctx_check_size(r->ctx, (uint64_t)f.width, (uint64_t)f.height, e));
    return check_memory(r, &f, *size, e);
}

/* A file of odd length is followed by a zero, which most writers forget. */
static int skip_padding(struct ae_io *io, uint64_t size, struct ae_err *e)
{
    const void *p;
    size_t n;
    int rc = 0;

    if (size % 2)
        rc = ae_io_peek(io, &p, 1, &n, e);
    if (size % 2 && !rc && n == 1 && *(const unsigned char *)p == 0)
        rc = ae_io_skip(io, 1, e);
    return rc;
}

static int read_file(struct ae_reader *r, struct ae_err *e)
{
    struct webp_in *s = r->state;
    uint64_t size;
    void *file;

    AE_TRY(check_header(r, &size, e));
    int rc = ae_io_read_block(r->io, (size_t)size, &file, e);
    if (rc)
        return ae_err_at(e, rc, "webp");
    s->file = file;
    s->size = (size_t)size;
    return skip_padding(r->io, size, e);
}

static int add_chunk(struct ae_reader *r, const WebPDemuxer *d,
                     const char *name, enum ae_blob_kind kind, const char *what,
                     struct ae_err *e)
{
    WebPChunkIterator c;

    if (!WebPDemuxGetChunk(d, name, 1, &c))
        return 0;
    const int rc = c.chunk.size == 0
                       ? 0
                       : ae_reader_add_blob(r, kind, c.chunk.bytes,
                                            c.chunk.size, what, e);
    WebPDemuxReleaseChunkIterator(&c);
    return rc;
}

/* Damaged chunks of metadata don't break the picture. */
static int read_meta(struct ae_reader *r, struct ae_err *e)
{
    const struct webp_in *s = r->state;
    const WebPData data = {s->file, s->size};
    WebPDemuxer *d = WebPDemux(&data);

    if (!d) {
        ae_log(r->ctx, AE_LOG_NOTE,
               "%s: webp: has damaged chunks: profile, EXIF and XMP are left "
               "out",
               ae_io_name(r->io));
        return 0;
    }
    int rc = add_chunk(r, d, "ICCP", AE_BLOB_ICC, "the ICC profile", e);
    if (rc || (rc = add_chunk(r, d, "EXIF", AE_BLOB_EXIF, "EXIF", e)))
        goto out;
    rc = add_chunk(r, d, "XMP ", AE_BLOB_XMP, "XMP", e);
out:
    WebPDemuxDelete(d);
    return rc;
}

static int open_webp_reader(struct ae_reader *r, struct ae_err *e)
{
    struct webp_in *s = r->state = ae_alloc(1, sizeof(*s), e);
    WebPBitstreamFeatures f;

    if (!s)
        return AE_EMEM;
    AE_TRY(read_file(r, e));
    const VP8StatusCode status = WebPGetFeatures(s->file, s->size, &f);
    if (status)
        return status_fail(status, e);
    AE_TRY(ae_ctx_check_size(r->ctx, (uint64_t)f.width, (uint64_t)f.height, e));
    AE_TRY(check_memory(r, &f, s->size, e));
    s->channels = f.has_alpha ? 4 : 3;
    r->held = s->size +
              (uint64_t)f.width * (uint64_t)f.height * (uint64_t)s->channels;
    r->info.w = f.width;
    r->info.h = f.height;
    r->info.channels = s->channels;
    r->info.alpha = f.has_alpha;
    r->info.maxval = 255;
    r->meta->lossy = f.format != 2;
    return read_meta(r, e);
}

static int decode(struct ae_reader *r, struct ae_err *e)
{
    struct webp_in *s = r->state;
    const size_t stride = (size_t)r->info.w * (size_t)s->channels;
    WebPDecoderConfig c;
    size_t size;

    AE_TRY(ae_mul(stride, (size_t)r->info.h, &size, e));
    s->pixels = ae_alloc(size, 1, e);
    if (!s->pixels)
        return AE_EMEM;
    if (!WebPInitDecoderConfig(&c))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp: libwebp is of another version than its header");
    c.output.colorspace = s->channels == 4 ? MODE_RGBA : MODE_RGB;
    c.output.is_external_memory = 1;
    c.output.u.RGBA = (WebPRGBABuffer){s->pixels, (int)stride, size};
    const VP8StatusCode status = WebPDecode(s->file, s->size, &c);
    WebPFreeDecBuffer(&c.output);
    free(s->file);
    s->file = NULL;
    return status ? status_fail(status, e) : 0;
}

static int read_webp_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    const struct webp_in *s = r->state;
    const size_t n = (size_t)r->info.w * (size_t)s->channels;

    AE_TRY(r->y == 0 ? decode(r, e) : 0);
    ae_samples_to_float(r->ctx, row, s->pixels + (size_t)r->y * n, 255, n);
    return 0;
}

static void close_webp_reader(struct ae_reader *r)
{
    struct webp_in *s = r->state;

    free(s->file);
    free(s->pixels);
    free(s);
}

const struct ae_format ae_fmt_webp = {
    .name = "webp",
    .endings = {"webp"},
    .library = "libwebp",
    .matches = is_webp,
    .open_reader = open_webp_reader,
    .read_row = read_webp_row,
    .close_reader = close_webp_reader,
    .open_writer = ae_webp_open_writer,
    .write_row = ae_webp_write_row,
    .finish_writer = ae_webp_finish_writer,
    .close_writer = ae_webp_close_writer,
    .can_hold = ae_webp_can_hold,
};
