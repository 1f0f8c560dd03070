/* fuzz_webp.c - WebP; the container's length is put right, so that mutations
 * get past it.  Lossless files come back exactly, lossy ones in size, and an
 * alpha that is opaque may go with them. */
#include "image/meta/meta.h"
#include "picture.h"

/* Written without loss whatever it was, so that it must come back. */
static void again(struct ae_ctx *ctx, const struct ae_image *im,
                  struct ae_meta *meta)
{
    meta->lossy = 0;
    picture_again(ctx, im, meta, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_ctx *ctx = picture_context();
    uint8_t *p = malloc(size + 16);
    struct ae_io *io = NULL;
    struct ae_image im;
    struct ae_meta *meta;
    struct ae_err e = {0};

    memcpy(p, data, size);
    if (size >= 12) {
        memcpy(p, "RIFF", 4);
        memcpy(p + 8, "WEBP", 4);
        for (int i = 0; i < 4; i++)
            p[4 + i] = (uint8_t)((size - 8) >> 8 * i);
    }
    if (ae_io_open_memory(p, size, "fuzz", &io, NULL))
        abort();
    const int rc = ae_image_read(ctx, io, 1, &im, &meta, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0) {
        again(ctx, &im, meta);
        ae_image_release(&im);
        ae_meta_free(meta);
    }
    ae_io_close(io);
    free(p);
    return 0;
}
