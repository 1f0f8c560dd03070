/* picture.h - the whole path of a picture under a fuzzer: bytes to rows of
 * floats, written again in the same format, read again and compared. */
#ifndef FUZZ_PICTURE_H
#define FUZZ_PICTURE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ae.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct ae_ctx *picture_context(void)
{
    static struct ae_ctx *ctx;
    const struct ae_ctx_options o = {
        .threads = 1,
        .max_pixels = 1 << 18,
        .memory = 32 << 20,
    };

    if (!ctx && ae_ctx_new(&o, &ctx, NULL))
        abort();
    return ctx;
}

/* Writes the image and reads it back: the same size, and where the format
 * loses nothing the same samples. */
static inline void picture_again(struct ae_ctx *ctx, const struct ae_image *im,
                                 const struct ae_meta *meta, int lossless)
{
    struct ae_io *out = NULL, *in = NULL;
    struct ae_image back;
    struct ae_err e = {0};
    size_t size,
        n = (size_t)im->info.w * (size_t)im->info.h * (size_t)im->info.channels;
    struct ae_image one = *im;

    one.info.item = one.info.items = 0;
    if (ae_io_create_memory(&out, NULL))
        abort();
    if (ae_image_write(ctx, out, NULL, &one, meta, NULL, &e))
        abort();
    const void *p = ae_io_memory(out, &size);
    if (ae_io_open_memory(p, size, "again", &in, NULL) ||
        ae_image_read(ctx, in, 1, &back, NULL, &e))
        abort();
    if (back.info.w != im->info.w || back.info.h != im->info.h ||
        back.info.channels != im->info.channels ||
        (back.info.maxval != im->info.maxval &&
         (back.info.maxval != 255 || im->info.maxval != 1)))
        abort(); /* NPY's truth values come back as bytes */
    if (lossless && memcmp(back.data, im->data, n * sizeof(float)) != 0)
        abort();
    ae_image_release(&back);
    ae_io_close(in);
    ae_io_close(out);
}

/* 0 for the formats of which some files lose samples when they are written
 * again: any seed may be one of them. */
static inline int picture_is_exact(const struct ae_image_info *info)
{
    const char *name = ae_format_name(info->format);

    return strcmp(name, "jpeg") != 0 && strcmp(name, "webp") != 0 &&
           strcmp(name, "tiff") != 0;
}

static inline int picture_fuzz(const uint8_t *data, size_t size, int lossless)
{
    struct ae_ctx *ctx = picture_context();
    struct ae_io *io = NULL;
    struct ae_image im;
    struct ae_meta *meta;
    struct ae_err e = {0};
    int n = 0, rc;

    if (ae_io_open_memory(data, size, "fuzz", &io, NULL))
        abort();
    while ((rc = ae_image_read(ctx, io, n == 0, &im, &meta, &e)) == 0) {
        /* a lossy WebP may drop an opaque alpha: fuzz_webp.c knows it */
        if (n++ < 2 && strcmp(ae_format_name(im.info.format), "webp") != 0)
            picture_again(ctx, &im, meta,
                          lossless && picture_is_exact(&im.info));
        ae_image_release(&im);
        ae_meta_free(meta);
    }
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    ae_io_close(io);
    return 0;
}

#endif
