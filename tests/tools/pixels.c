/* pixels.c - a test's eye on the readers:
 * `pixels [-1] [-x | -f | -w FORMAT] [-m MAX] FILE`.
 *
 * Prints a line for each image: width height channels alpha maxval format.
 * -x writes their pixels as 16-bit big-endian RGBA instead, -f as
 * little-endian floats, -w as files of another format; -1 stops behind the
 * first.  Status 1 and a message on stderr when the file is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ae.h"

static void say(void *arg, enum ae_log_level level, const char *msg)
{
    (void)arg;
    if (level == AE_LOG_NOTE)
        fprintf(stderr, "pixels: %s\n", msg);
}

/* v of 0..maxval to 0..65535, as the corpus rounds it. */
static unsigned widen(float f, unsigned maxval)
{
    const unsigned m = maxval ? maxval : 65535;
    const double c = f > 0 ? f < 1 ? (double)f : 1 : 0;
    const unsigned long v = (unsigned long)(c * m + 0.5);
    return (unsigned)((v * 65535ul + m / 2) / m);
}

static void put_rgba16(const struct ae_image *im)
{
    const int c = im->info.channels;
    const size_t n = (size_t)im->info.w * (size_t)im->info.h;
    for (size_t i = 0; i < n; i++) {
        const float *p = im->data + i * (size_t)c;
        for (int k = 0; k < 4; k++) {
            const int s = k == 3 ? c - 1 : c < 3 ? 0 : k;
            const unsigned v = k == 3 && c != 2 && c != 4
                                   ? 65535
                                   : widen(p[s], im->info.maxval);
            putchar((int)(v >> 8));
            putchar((int)(v & 255));
        }
    }
}

static void put_floats(const struct ae_image *im)
{
    const size_t n = (size_t)im->info.w * (size_t)im->info.h *
                     (size_t)im->info.channels;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &im->data[i], 4);
        for (int k = 0; k < 32; k += 8)
            putchar((int)(bits >> k & 255));
    }
}

static void put_line(const struct ae_image *im)
{
    const struct ae_image_info *i = &im->info;
    printf("%d %d %d %d %u %s\n", i->w, i->h, i->channels, i->alpha, i->maxval,
           ae_format_name(i->format));
}

static int put(struct ae_ctx *ctx, int mode, const char *to,
               const struct ae_image *im, const struct ae_meta *meta,
               struct ae_err *e)
{
    struct ae_io *out;
    size_t size;
    int rc = 0;
    if (mode == 'x')
        put_rgba16(im);
    else if (mode == 'f')
        put_floats(im);
    else if (mode != 'w')
        put_line(im);
    if (mode != 'w')
        return 0;
    rc = ae_io_create_memory(&out, e);
    if (rc)
        return rc;
    rc = ae_image_write(ctx, out, ae_format_by_name(to), im, meta, NULL, e);
    const void *p = ae_io_memory(out, &size);
    if (!rc)
        fwrite(p, 1, size, stdout);
    ae_io_close(out);
    return rc;
}

int main(int argc, char **argv)
{
    struct ae_ctx_options o = {.threads = 1, .log = say};
    struct ae_err e = {0};
    struct ae_ctx *ctx = NULL;
    struct ae_io *io = NULL;
    struct ae_meta *meta;
    struct ae_image im;
    const char *to = "png";
    int opt, mode = 0, rc, first = 1, one = 0;
    while ((opt = getopt(argc, argv, "1xfw:m:")) != -1)
        if (opt == '1')
            one = 1;
        else if (opt == 'm')
            o.max_pixels = strtoull(optarg, NULL, 10);
        else
            mode = opt, to = opt == 'w' ? optarg : to;
    rc = ae_ctx_new(&o, &ctx, &e);
    if (!rc)
        rc = ae_io_open_path(argv[optind], &io, &e);
    while (!rc) {
        rc = ae_image_read(ctx, io, first, &im, &meta, &e);
        if (rc)
            break;
        rc = put(ctx, mode, to, &im, meta, &e);
        ae_image_release(&im);
        ae_meta_free(meta);
        first = 0;
        if (one)
            break;
    }
    ae_io_close(io);
    ae_ctx_free(ctx);
    if (rc < 0)
        fprintf(stderr, "pixels: %s: %s\n", argv[optind], e.msg);
    return rc < 0;
}
