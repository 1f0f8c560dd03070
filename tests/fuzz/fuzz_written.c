/* fuzz_written.c - the writers: a picture made of the bytes goes into each
 * format that can hold it, and what is read back is what was written, exactly
 * where the format loses nothing. */
#include "image/meta/meta.h"
#include "picture.h"

/* The picture that the first eight bytes describe, whose samples the others
 * are, over and over. */
static int make(struct ae_ctx *ctx, const uint8_t *p, size_t n,
                struct ae_image *im)
{
    static const unsigned depth[] = {0, 1, 3, 15, 255, 1023, 4095, 65535};
    const struct ae_image_info info = {
        .w = 1 + p[0] % 48,
        .h = 1 + p[1] % 24,
        .channels = 1 + (p[2] & 3),
        .alpha = p[2] & 1, /* of gray or of colour: 2 or 4 channels */
        .maxval = p[2] & 4 ? 1 + (unsigned)(p[3] | (p[4] & 127) << 8)
                           : depth[p[3] & 7],
    };
    const unsigned maxval = info.maxval ? info.maxval : 65535;

    if (ae_image_alloc(ctx, im, &info, NULL))
        return -1;
    const size_t samples = (size_t)info.w * (size_t)info.h *
                           (size_t)info.channels;
    for (size_t i = 0; i < samples; i++) {
        const unsigned v = n > 9
                               ? p[8 + i % (n - 9)] * 257u + p[9 + i % (n - 9)]
                               : 0;
        im->data[i] = (float)(v % (maxval + 1)) / (float)maxval;
    }
    return 0;
}

/* 1 where the format keeps every sample of such a picture: WebP does unless a
 * quality was asked for or the source was lossy. */
static int is_exact(const struct ae_image_info *from,
                    const struct ae_image_info *to, const char *name, int lossy)
{
    return strcmp(name, "jpeg") != 0 && !(lossy && strcmp(name, "webp") == 0) &&
           from->channels == to->channels && from->maxval == to->maxval;
}

static void back(struct ae_ctx *ctx, struct ae_io *out, const char *name,
                 const struct ae_image *im, int turned, int lossy)
{
    struct ae_io *in;
    struct ae_image got;
    struct ae_err e = {0};
    size_t size;
    const void *p = ae_io_memory(out, &size);
    const size_t n = (size_t)im->info.w * (size_t)im->info.h *
                     (size_t)im->info.channels;

    if (ae_io_open_memory(p, size, name, &in, &e) ||
        ae_image_read(ctx, in, 1, &got, NULL, &e))
        abort();
    if (got.info.w != (turned ? im->info.h : im->info.w) ||
        got.info.h != (turned ? im->info.w : im->info.h))
        abort();
    if (!turned && is_exact(&im->info, &got.info, name, lossy) &&
        memcmp(got.data, im->data, n * sizeof(float)) != 0)
        abort();
    ae_image_release(&got);
    if (ae_image_read(ctx, in, 0, &got, NULL, &e) != AE_END)
        abort(); /* more came than was written */
    ae_io_close(in);
}

static void write(struct ae_ctx *ctx, const struct ae_format *format,
                  const struct ae_image *im, const struct ae_meta *meta,
                  const struct ae_write_options *o)
{
    struct ae_io *out;
    struct ae_err e = {0};

    if (ae_io_create_memory(&out, &e))
        abort();
    const int rc = ae_image_write(ctx, out, format, im, meta, o, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0)
        back(ctx, out, ae_format_name(format), im, o->auto_orient,
             o->quality || meta->lossy);
    else if (rc != AE_EUNSUPPORTED && rc != AE_ELIMIT)
        abort();
    ae_io_close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* EXIF that holds nothing but the orientation 6, a quarter turn */
    static const char exif[] = "II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\6\0\0\0"
                               "\0\0\0\0";
    struct ae_ctx *ctx = picture_context();
    struct ae_format_facts facts;
    struct ae_image im;
    struct ae_meta *meta;

    if (size < 8 || make(ctx, data, size, &im))
        return 0;
    const struct ae_write_options o = {
        .quality = data[5] % 101,
        .subsampling = (enum ae_subsampling)(data[6] % 6),
        .auto_orient = data[7] & 1,
    };
    if (ae_meta_new(&meta, NULL) ||
        ae_meta_add(meta, AE_BLOB_EXIF, exif, sizeof(exif) - 1, NULL))
        abort();
    meta->lossy = data[7] >> 1 & 1;
    for (size_t i = 0; ae_format_facts(i, &facts); i++)
        if (facts.writes)
            write(ctx, ae_format_by_name(facts.name), &im, meta, &o);
    ae_meta_free(meta);
    ae_image_release(&im);
    return 0;
}
