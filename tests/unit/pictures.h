/* pictures.h - what the tests of formats share: a context, pictures of known
 * samples, and files as bytes in memory. */
#ifndef PICTURES_H
#define PICTURES_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ae.h"
#include "image/meta/meta.h"

struct bytes {
    unsigned char *p;
    size_t n;
};

/* Notes that the library sent, joined. */
static char pic_notes[4096];

static void pic_note(void *arg, enum ae_log_level level, const char *msg)
{
    const size_t n = strlen(pic_notes);

    (void)arg;
    if (level == AE_LOG_NOTE)
        snprintf(pic_notes + n, sizeof(pic_notes) - n, "%s\n", msg);
}

static inline struct ae_ctx *pic_context(uint64_t pixels, uint64_t memory)
{
    const struct ae_ctx_options o = {
        .threads = 1,
        .max_pixels = pixels,
        .memory = memory,
        .log = pic_note,
    };
    struct ae_ctx *ctx = NULL;
    struct ae_err e;

    pic_notes[0] = 0;
    cr_assert_eq(ae_ctx_new(&o, &ctx, &e), 0, "%s", e.msg);
    return ctx;
}

/* The context of a suite: TestSuite(NAME, .init = pic_set_up, ...). */
static struct ae_ctx *pic_ctx;

static inline void pic_set_up(void)
{
    pic_ctx = pic_context(0, 0);
}

static inline void pic_tear_down(void)
{
    ae_ctx_free(pic_ctx);
}

/* Samples that differ everywhere and reach 0 and maxval. */
static inline struct ae_image pic_make(struct ae_ctx *ctx, int w, int h,
                                       int channels, int alpha, unsigned maxval)
{
    const struct ae_image_info info = {
        .w = w,
        .h = h,
        .channels = channels,
        .alpha = alpha,
        .maxval = maxval,
    };
    struct ae_image im;
    struct ae_err e;
    const size_t n = (size_t)w * (size_t)h * (size_t)channels;
    uint32_t v = 12345;

    cr_assert_eq(ae_image_alloc(ctx, &im, &info, &e), 0, "%s", e.msg);
    for (size_t i = 0; i < n; i++) {
        v = v * 1664525u + 1013904223u;
        im.data[i] = maxval ? (float)(v >> 8) / 16777216.0f * 3 - 1
                            : (float)(v >> 8) / 4194304.0f - 1;
        if (maxval) {
            const unsigned k = i == 1 ? maxval
                                      : (unsigned)((v >> 8) % (maxval + 1));
            im.data[i] = (float)(i == 0 ? 0 : k) / (float)maxval;
        }
    }
    return im;
}

static inline int pic_try_write(struct ae_ctx *ctx, const char *format,
                                const struct ae_image *im,
                                const struct ae_meta *meta, int quality,
                                struct bytes *out, struct ae_err *e)
{
    const struct ae_write_options o = {.quality = quality};
    struct ae_io *io = NULL;
    int rc;

    cr_assert_eq(ae_io_create_memory(&io, e), 0);
    rc = ae_image_write(ctx, io, ae_format_by_name(format), im, meta, &o, e);
    if (!rc) {
        const void *p = ae_io_memory(io, &out->n);
        out->p = malloc(out->n + 1);
        memcpy(out->p, p, out->n);
    }
    ae_io_close(io);
    return rc;
}

static inline struct bytes pic_write(struct ae_ctx *ctx, const char *format,
                                     const struct ae_image *im,
                                     const struct ae_meta *meta, int quality)
{
    struct bytes b = {0};
    struct ae_err e;

    cr_assert_eq(pic_try_write(ctx, format, im, meta, quality, &b, &e), 0,
                 "%s: %s", format, e.msg);
    return b;
}

/* The first image of the bytes. */
static inline int pic_read(struct ae_ctx *ctx, const void *p, size_t n,
                           struct ae_image *im, struct ae_meta **meta,
                           struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc;

    cr_assert_eq(ae_io_open_memory(p, n, "test", &io, e), 0);
    rc = ae_image_read(ctx, io, 1, im, meta, e);
    ae_io_close(io);
    return rc;
}

/* The image that a file of `im` gives back. */
static inline struct ae_image pic_there_and_back(
    struct ae_ctx *ctx, const char *format, const struct ae_image *im,
    const struct ae_meta *meta, int quality, struct ae_meta **out_meta)
{
    struct bytes b = pic_write(ctx, format, im, meta, quality);
    struct ae_image out;
    struct ae_err e;

    cr_assert_eq(pic_read(ctx, b.p, b.n, &out, out_meta, &e), 0, "%s: %s",
                 format, e.msg);
    free(b.p);
    return out;
}

/* How many images the stream gives; its end or error in *rc. */
static inline int pic_count(struct ae_ctx *ctx, const void *p, size_t n,
                            int *rc, struct ae_err *e)
{
    struct ae_io *io = NULL;
    struct ae_image im;
    int count = 0;

    cr_assert_eq(ae_io_open_memory(p, n, "test", &io, e), 0);
    while ((*rc = ae_image_read(ctx, io, count == 0, &im, NULL, e)) == 0) {
        ae_image_release(&im);
        count++;
    }
    ae_io_close(io);
    return count;
}

static inline void pic_append(struct bytes *to, const void *p, size_t n)
{
    to->p = realloc(to->p, to->n + n + 1);
    memcpy(to->p + to->n, p, n);
    to->n += n;
}

static inline int pic_equal(const struct ae_image *a, const struct ae_image *b)
{
    const size_t n = (size_t)a->info.w * (size_t)a->info.h *
                     (size_t)a->info.channels;

    return a->info.w == b->info.w && a->info.h == b->info.h &&
           a->info.channels == b->info.channels &&
           memcmp(a->data, b->data, n * sizeof(float)) == 0;
}

#endif
