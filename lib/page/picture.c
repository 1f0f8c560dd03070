/* picture.c - a picture within a page, as PNG. */
#include "base/err.h"
#include "image/format.h"
#include "page/html.h"

void ae_html_image(struct ae_html *h, struct ae_ctx *ctx,
                   const struct ae_image *im)
{
    struct ae_io *io = NULL;
    size_t size;

    if (h->failed)
        return;
    h->failed = ae_io_create_memory(&io, h->e);
    if (!h->failed)
        h->failed = ae_image_write(ctx, io, ae_format_by_name("png"), im, NULL,
                                   NULL, h->e);
    if (!h->failed) {
        const void *png = ae_io_memory(io, &size);
        ae_html_data(h, "image/png", png, size);
    }
    ae_io_close(io);
}
