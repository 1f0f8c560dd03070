/* montage - two pictures of one size side by side, as PNG on stdout.
 *
 * What `make demo` shows; a small example of the public interface. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ae.h"

enum { GAP = 8 }; /* white columns between the pictures */

static int load(struct ae_ctx *ctx, const char *path, struct ae_image *im,
                struct ae_err *e)
{
    struct ae_io *io;
    int err = ae_io_open_path(path, &io, e);

    if (err)
        return err;
    err = ae_image_read(ctx, io, 1, im, NULL, e);
    ae_io_close(io);
    return err;
}

static int join(struct ae_ctx *ctx, const struct ae_image *a,
                const struct ae_image *b, struct ae_image *out,
                struct ae_err *e)
{
    struct ae_image_info info = a->info;
    size_t c = (size_t)info.channels, row = c * (size_t)info.w;

    if (b->info.w != info.w || b->info.h != info.h ||
        b->info.channels != info.channels) {
        strcpy(e->msg, "the pictures differ in size or channels");
        return e->code = AE_EARG;
    }
    info.w = 2 * info.w + GAP;
    int err = ae_image_alloc(ctx, out, &info, e);
    float *to = out->data;
    for (int y = 0; !err && y < info.h; y++) {
        memcpy(to, a->data + (size_t)y * row, row * sizeof(*to));
        to += row;
        for (size_t i = 0; i < GAP * c; i++)
            *to++ = 1.0f;
        memcpy(to, b->data + (size_t)y * row, row * sizeof(*to));
        to += row;
    }
    return err;
}

int main(int argc, char **argv)
{
    struct ae_ctx *ctx = NULL;
    struct ae_io *io = NULL;
    struct ae_image a = {0}, b = {0}, both = {0};
    struct ae_err e = {0};
    int err;

    if (argc != 3) {
        fprintf(stderr, "usage: montage LEFT RIGHT > BOTH.png\n");
        return 2;
    }
    err = ae_ctx_new(NULL, &ctx, &e);
    if (!err)
        err = load(ctx, argv[1], &a, &e);
    if (!err)
        err = load(ctx, argv[2], &b, &e);
    if (!err)
        err = join(ctx, &a, &b, &both, &e);
    if (!err)
        err = ae_io_open_fd(STDOUT_FILENO, 0, "stdout", &io, &e);
    if (!err)
        err = ae_image_write(ctx, io, ae_format_by_name("png"), &both, NULL,
                             NULL, &e);
    if (!err)
        err = ae_io_flush(io, &e);
    if (err)
        fprintf(stderr, "montage: %s\n", e.msg);
    ae_io_close(io);
    ae_image_release(&a);
    ae_image_release(&b);
    ae_image_release(&both);
    ae_ctx_free(ctx);
    return err ? 1 : 0;
}
