/* webp_write.c - writes WebP through libwebp and libwebpmux.
 *
 * A file is lossless unless the source was lossy or a quality is asked for;
 * then it is lossy, of that quality or 90.  Lossless files keep the colour
 * under a transparent alpha; lossy ones don't, since that colour would bleed
 * into visible pixels.  The encoder wants the whole picture, which must fit
 * the bound on memory. */
#include "image/webp/webp.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>
#include <webp/mux.h>

#include "image/png/png_chunks.h"

enum { QUALITY = 90, EFFORT = 75 };

/* Bytes a pixel that libwebp 1.2 was measured to take, its picture included:
 * lossy, lossless, and lossy with alpha, which is coded without loss. */
enum { NEED_LOSSY = 10, NEED_LOSSLESS = 36, NEED_ALPHA = 44 };

struct webp_out {
    WebPConfig config;
    WebPPicture picture;
    unsigned char *row;
};

static int check_memory(struct ae_writer *w, int lossless, struct ae_err *e)
{
    const uint64_t each = lossless        ? NEED_LOSSLESS
                          : w->info.alpha ? NEED_ALPHA
                                          : NEED_LOSSY;
    const uint64_t need = (uint64_t)w->info.w * (uint64_t)w->info.h * each;

    w->held = need;
    if (need <= w->ctx->memory)
        return 0;
    return ae_fail(e, AE_ELIMIT,
                   "webp: is encoded whole, so about %llu bytes are needed at "
                   "once, which is past the bound on memory: raise it, or "
                   "write png",
                   (unsigned long long)need);
}

static int check_picture(const struct ae_writer *w, struct ae_err *e)
{
    const int colours = w->info.channels - w->info.alpha;

    if (colours != 1 && colours != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp holds gray or colour, not %d channels: write npy "
                       "or pam",
                       colours);
    if (w->info.w > WEBP_MAX_DIMENSION || w->info.h > WEBP_MAX_DIMENSION)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp holds at most %d pixels a side, not %d x %d: "
                       "write png",
                       WEBP_MAX_DIMENSION, w->info.w, w->info.h);
    return 0;
}

static int set_parameters(struct webp_out *s, const struct ae_writer *w,
                          int lossless, struct ae_err *e)
{
    const int quality = w->options.quality ? w->options.quality : QUALITY;

    if (!WebPConfigInit(&s->config) || !WebPPictureInit(&s->picture))
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp: libwebp is of another version than its header");
    s->config.lossless = s->config.exact = lossless;
    s->config.quality = (float)(lossless ? EFFORT : quality);
    s->config.low_memory = !lossless;
    s->picture.use_argb = 1;
    s->picture.width = w->info.w;
    s->picture.height = w->info.h;
    if (!WebPPictureAlloc(&s->picture))
        return ae_fail(e, AE_EMEM, "webp: out of memory");
    return 0;
}

int ae_webp_open_writer(struct ae_writer *w, struct ae_err *e)
{
    const int was_lossy = w->meta && (w->meta->lossy || w->meta->is_jpeg);
    const int lossless = !w->options.quality && !was_lossy;

    AE_TRY(check_picture(w, e));
    AE_TRY(check_memory(w, lossless, e));
    struct webp_out *s = w->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    w->channels = w->info.alpha ? 4 : 3;
    w->maxval = 255;
    s->row = ae_alloc((size_t)w->info.w, (size_t)w->channels, e);
    if (!s->row)
        return AE_EMEM;
    if (w->info.maxval == 0 || w->info.maxval > 255)
        ae_log(w->ctx, AE_LOG_NOTE,
               "%s: webp holds 8 bits a sample: the finer steps are left out",
               ae_io_name(w->io));
    return set_parameters(s, w, lossless, e);
}

int ae_webp_write_row(struct ae_writer *w, const float *row, struct ae_err *e)
{
    struct webp_out *s = w->state;
    const int c = w->channels;
    uint32_t *out = s->picture.argb +
                    (size_t)w->y * (size_t)s->picture.argb_stride;

    (void)e;
    ae_samples_from_float(w->ctx, s->row, row, 255,
                          (size_t)w->info.w * (size_t)c);
    for (int x = 0; x < w->info.w; x++) {
        const unsigned char *p = s->row + (size_t)x * (size_t)c;
        const uint32_t alpha = c == 4 ? p[3] : 255;
        out[x] = alpha << 24 | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 |
                 p[2];
    }
    return 0;
}

/* Sets the flag that says that there is alpha, which libwebp clears where all
 * of it is opaque, though the samples are coded: bit 28 after the signature of
 * a VP8L chunk (RFC 9649, 3.4). */
static void set_alpha_flag(WebPMemoryWriter *coded)
{
    enum { CHUNK_AT = 12, ALPHA_AT = 24, ALPHA = 0x10 };

    if (coded->size > ALPHA_AT && memcmp(coded->mem + CHUNK_AT, "VP8L", 4) == 0)
        coded->mem[ALPHA_AT] |= ALPHA;
}

static int encode(const struct ae_writer *w, WebPMemoryWriter *to,
                  struct ae_err *e)
{
    struct webp_out *s = w->state;

    s->picture.writer = WebPMemoryWrite;
    s->picture.custom_ptr = to;
    if (WebPEncode(&s->config, &s->picture)) {
        if (s->config.lossless && w->info.alpha)
            set_alpha_flag(to);
        return 0;
    }
    switch (s->picture.error_code) {
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
        return ae_fail(e, AE_EMEM, "webp: out of memory");
    case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
    case VP8_ENC_ERROR_PARTITION_OVERFLOW:
    case VP8_ENC_ERROR_FILE_TOO_BIG:
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp can't hold a picture of %d x %d in this quality: "
                       "write png",
                       s->picture.width, s->picture.height);
    default:
        return ae_fail(e, AE_EUNSUPPORTED,
                       "webp: libwebp refuses the picture with its error %d",
                       s->picture.error_code);
    }
}

/* The metadata chunks that WebP has, and the blob for each. */
static const struct {
    const char *name;
    enum ae_blob_kind kind;
} chunks[] = {
    {"ICCP", AE_BLOB_ICC},
    {"EXIF", AE_BLOB_EXIF},
    {"XMP ", AE_BLOB_XMP},
};

/* The blob for chunk i, or NULL; a profile of gray doesn't fit, since WebP is
 * always colour. */
static const struct ae_blob *chunk_blob(const struct ae_meta *m, size_t i)
{
    const struct ae_blob *b = ae_meta_get(m, chunks[i].kind);

    if (b && chunks[i].kind == AE_BLOB_ICC && !ae_icc_fits(b->data, b->size, 3))
        return NULL;
    return b && b->size ? b : NULL;
}

int ae_webp_can_hold(const struct ae_meta *m, const struct ae_blob *b)
{
    if (b->kind == AE_BLOB_CHUNK)
        return ae_png_chunk_is_missed(m, b) ? 0 : -1;
    return b->kind == AE_BLOB_ICC || b->kind == AE_BLOB_EXIF ||
           b->kind == AE_BLOB_XMP || b->kind == AE_BLOB_XMP_EXTENSION;
}

static void note_lost_profile(const struct ae_writer *w)
{
    const struct ae_meta *m = w->meta;

    if (ae_meta_get(m, AE_BLOB_ICC) && !chunk_blob(m, 0))
        ae_log(w->ctx, AE_LOG_NOTE,
               "%s: webp is colour, so the profile of gray is left out",
               ae_io_name(w->io));
}

/* The coded picture and its metadata in one container; *out stays empty where
 * there are no metadata. */
static int assemble(const struct ae_writer *w, const WebPMemoryWriter *picture,
                    WebPData *out, struct ae_err *e)
{
    const WebPData image = {picture->mem, picture->size};
    void *xmp = NULL; /* packet and extension, if there is one */
    size_t n = 0;
    int any = 0, rc = !w->meta
                          ? 0
                          : ae_meta_join_xmp(w->meta, w->ctx, ae_io_name(w->io),
                                             &xmp, &n, e);

    if (rc)
        return rc;
    WebPMux *mux = WebPMuxNew();
    int bad = !mux || WebPMuxSetImage(mux, &image, 0) != WEBP_MUX_OK;
    for (size_t i = 0; i < AE_LEN(chunks) && !bad; i++) {
        const struct ae_blob *b = chunk_blob(w->meta, i);
        WebPData data = {b ? b->data : NULL, b ? b->size : 0};
        if (b && xmp && chunks[i].kind == AE_BLOB_XMP)
            data = (WebPData){xmp, n};
        bad = b &&
              WebPMuxSetChunk(mux, chunks[i].name, &data, 0) != WEBP_MUX_OK;
        any |= b != NULL;
    }
    if (any && !bad)
        bad = WebPMuxAssemble(mux, out) != WEBP_MUX_OK;
    WebPMuxDelete(mux);
    free(xmp);
    return bad ? ae_fail(e, AE_EMEM, "webp: the metadata can't be added") : 0;
}

int ae_webp_finish_writer(struct ae_writer *w, struct ae_err *e)
{
    WebPMemoryWriter coded;
    WebPData whole = {0};

    WebPMemoryWriterInit(&coded);
    int rc = encode(w, &coded, e);
    note_lost_profile(w);
    if (rc || (rc = assemble(w, &coded, &whole, e)))
        goto out;
    rc = whole.size ? ae_io_write(w->io, whole.bytes, whole.size, e)
                    : ae_io_write(w->io, coded.mem, coded.size, e);
out:
    WebPDataClear(&whole);
    WebPMemoryWriterClear(&coded);
    return rc;
}

void ae_webp_close_writer(struct ae_writer *w)
{
    struct webp_out *s = w->state;

    WebPPictureFree(&s->picture);
    free(s->row);
    free(s);
}
