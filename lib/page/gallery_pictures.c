/* gallery_pictures.c - what a page keeps of a picture: a small one, and its
 * pixels without loss, or those of a window.  Colours only, in 8 bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/resize.h"
#include "page/gallery.h"

enum {
    QUALITY = 80, /* of small pictures */
    TINY = 64,    /* pixels a side up to which they are kept without loss */
    STEPS = 8     /* places of a window along its own width and height */
};

static int colours_of(const struct ae_image *im)
{
    return im->info.channels - im->info.alpha < 3 ? 1 : 3;
}

void ae_coded_release(struct ae_coded *c)
{
    free(c->bytes);
    *c = (struct ae_coded){0};
}

int ae_coded_make(struct ae_ctx *ctx, const struct ae_image *im,
                  const char *format, struct ae_coded *out, struct ae_err *e)
{
    const struct ae_write_options o = {.quality = QUALITY};
    const int jpeg = strcmp(format, "jpeg") == 0;
    struct ae_io *io = NULL;
    size_t size;

    AE_TRY(ae_io_create_memory(&io, e));
    int rc = ae_image_write(ctx, io, ae_format_by_name(format), im, NULL,
                            jpeg ? &o : NULL, e);
    if (!rc) {
        const void *bytes = ae_io_memory(io, &size);
        if ((out->bytes = ae_alloc(size, 1, e)))
            memcpy(out->bytes, bytes, size);
        out->size = size;
        out->type = jpeg ? "image/jpeg" : "image/png";
        rc = out->bytes ? 0 : AE_EMEM;
    }
    ae_io_close(io);
    return rc;
}

/* The colours of a window. */
static int cut(struct ae_ctx *ctx, const struct ae_image *im,
               const struct ae_rect *r, struct ae_image *out, struct ae_err *e)
{
    const int c = colours_of(im);
    const size_t n = (size_t)im->info.channels;
    const struct ae_image_info info = {
        .w = r->w, .h = r->h, .channels = c, .maxval = 255};

    AE_TRY(ae_image_alloc(ctx, out, &info, e));
    float *to = out->data;
    for (int y = r->y; y < r->y + r->h; y++) {
        const float *row = im->data +
                           ((size_t)y * (size_t)im->info.w + (size_t)r->x) * n;
        for (int x = 0; x < r->w; x++, row += n)
            for (int k = 0; k < c; k++)
                *to++ = row[k];
    }
    return 0;
}

int ae_gallery_full(struct ae_ctx *ctx, const struct ae_image *im,
                    const struct ae_rect *window, struct ae_coded *out,
                    struct ae_err *e)
{
    const struct ae_rect all = {0, 0, im->info.w, im->info.h};
    struct ae_image part = {0};
    int rc = cut(ctx, im, window->w ? window : &all, &part, e);

    if (!rc)
        rc = ae_coded_make(ctx, &part, "png", out, e);
    ae_image_release(&part);
    return rc;
}

int ae_gallery_small(struct ae_ctx *ctx, const struct ae_image *im,
                     struct ae_coded *out, struct ae_err *e)
{
    const struct ae_rect all = {0, 0, im->info.w, im->info.h};
    const int longest = ae_max(im->info.w, im->info.h);
    const double by = fmin(1, (double)AE_GALLERY_SIDE / longest);
    struct ae_image whole = {0}, small = {0};
    int rc = cut(ctx, im, &all, &whole, e);

    if (rc)
        goto out;
    struct ae_image_info info = whole.info;
    info.w = ae_max(1, (int)lround(by * info.w));
    info.h = ae_max(1, (int)lround(by * info.h));
    if ((rc = ae_image_alloc(ctx, &small, &info, e)))
        goto out;
    rc = ae_resize(whole.data, whole.info.h, whole.info.w, info.channels,
                   small.data, info.h, info.w, e);
    if (!rc)
        rc = ae_coded_make(ctx, &small, longest > TINY ? "jpeg" : "png", out,
                           e);
out:
    ae_image_release(&whole);
    ae_image_release(&small);
    return rc;
}

/* ---------------------------------------------------------------- windows */

/* Squared differences by blocks. */
struct blocks {
    int w, h;       /* pixels of each */
    int across, by; /* blocks in a row, rows of them; none is cut */
    double *sum;    /* [by][across] */
};

static void sum_blocks(struct blocks *b, const struct ae_image *ref,
                       const struct ae_image *img)
{
    const size_t n = (size_t)ref->info.channels, m = (size_t)img->info.channels;
    const int c = colours_of(ref);

    for (int y = 0; y < b->by * b->h; y++)
        for (int x = 0; x < b->across * b->w; x++) {
            const size_t i = (size_t)y * (size_t)ref->info.w + (size_t)x;
            double *sum = &b->sum[y / b->h * b->across + x / b->w];
            for (int k = 0; k < c; k++) {
                const double d = (double)img->data[i * m + (size_t)k] -
                                 ref->data[i * n + (size_t)k];
                *sum += d * d;
            }
        }
}

static double sum_at(const struct blocks *b, int x, int y)
{
    double sum = 0;

    for (int i = 0; i < STEPS; i++)
        for (int k = 0; k < STEPS; k++)
            sum += b->sum[(y + i) * b->across + x + k];
    return sum;
}

int ae_gallery_window(const struct ae_image *ref, const struct ae_image *img,
                      uint64_t pixels, struct ae_rect *out, struct ae_err *e)
{
    const double area = (double)ref->info.w * ref->info.h;
    const double by = sqrt((double)pixels / area) / STEPS;
    double most = -1;

    *out = (struct ae_rect){0};
    if (area <= (double)pixels)
        return 0;
    struct blocks b = {.w = ae_max(1, (int)(by * ref->info.w)),
                       .h = ae_max(1, (int)(by * ref->info.h))};
    b.across = ref->info.w / b.w;
    b.by = ref->info.h / b.h;
    /* a strip so thin that a window can't be of its shape is shown whole */
    if (b.across < STEPS || b.by < STEPS)
        return 0;
    b.sum = ae_alloc((size_t)b.across, (size_t)b.by * sizeof(*b.sum), e);
    if (!b.sum)
        return AE_EMEM;
    sum_blocks(&b, ref, img);
    for (int y = 0; y + STEPS <= b.by; y++)
        for (int x = 0; x + STEPS <= b.across; x++) {
            const double sum = sum_at(&b, x, y);
            if (sum > most)
                *out = (struct ae_rect){x * b.w, y * b.h, STEPS * b.w,
                                        STEPS * b.h};
            most = fmax(most, sum);
        }
    free(b.sum);
    return 0;
}
