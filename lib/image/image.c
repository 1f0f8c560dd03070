/* image.c - whole images in memory, over readers and writers. */
#include <string.h>

#include "image/format.h"

int ae_image_alloc(struct ae_ctx *ctx, struct ae_image *im,
                   const struct ae_image_info *info, struct ae_err *e)
{
    size_t n;

    memset(im, 0, sizeof(*im));
    AE_TRY(ae_ctx_check_size(ctx, (uint64_t)ae_max(info->w, 0),
                             (uint64_t)ae_max(info->h, 0), e));
    AE_TRY(ae_mul((size_t)info->w * (size_t)info->h, (size_t)info->channels, &n,
                  e));
    im->info = *info;
    im->data = ae_alloc_aligned(n, sizeof(float), e);
    return im->data ? 0 : AE_EMEM;
}

void ae_image_release(struct ae_image *im)
{
    if (!im)
        return;
    ae_free_aligned(im->data);
    memset(im, 0, sizeof(*im));
}

static float *row_at(const struct ae_image *im, int y)
{
    return im->data +
           (size_t)y * (size_t)im->info.w * (size_t)im->info.channels;
}

static int read_rows(struct ae_ctx *ctx, struct ae_reader *r,
                     struct ae_image *im, struct ae_err *e)
{
    AE_TRY(ae_image_alloc(ctx, im, ae_reader_info(r), e));
    for (int y = 0; y < im->info.h; y++)
        AE_TRY(ae_reader_row(r, row_at(im, y), e));
    return ae_reader_finish(r, e);
}

int ae_image_read(struct ae_ctx *ctx, struct ae_io *io, int first,
                  struct ae_image *im, struct ae_meta **meta, struct ae_err *e)
{
    struct ae_reader *r = NULL;

    memset(im, 0, sizeof(*im));
    if (meta)
        *meta = NULL;
    int rc = ae_reader_open(ctx, io, first, &r, e);
    if (rc)
        return rc; /* AE_END, too */
    rc = read_rows(ctx, r, im, e);
    if (rc) {
        ae_image_release(im);
    } else if (meta) {
        *meta = r->meta;
        r->meta = NULL;
    }
    ae_reader_free(r);
    return rc;
}

int ae_image_write(struct ae_ctx *ctx, struct ae_io *io,
                   const struct ae_format *format, const struct ae_image *im,
                   const struct ae_meta *meta, const struct ae_write_options *o,
                   struct ae_err *e)
{
    struct ae_writer *w = NULL;
    int rc = ae_writer_open(ctx, io, format, &im->info, meta, o, &w, e);

    if (rc)
        goto out;
    for (int y = 0; y < im->info.h; y++)
        if ((rc = ae_writer_row(w, row_at(im, y), e)))
            goto out;
    rc = ae_writer_finish(w, e);
out:
    ae_writer_free(w);
    return rc;
}
