/* src_image.c - pictures of every format the library reads, several to a
 * stream.
 *
 * Rows go from the decoder straight into 8 or 16 bits (or into floats where
 * the file has floats), large photographs through the downscalers, so that
 * the full picture is never in memory as floats.  Alpha is dropped, and what
 * EXIF says is turned or mirrored becomes upright. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "data/source/downscale.h"
#include "data/source/source.h"
#include "image/meta/meta.h"
#include "kernel/kernel.h"

/* One size at which a picture is kept. */
struct size {
    struct ae_item it;
    struct ae_downscaler downscaler; /* p 0: full size */
    int y;
};

struct picture {
    struct size size[2];
    int sizes;
    int channels, c; /* in the file; kept */
    float *row;
};

static int match(const unsigned char *head, size_t n)
{
    (void)head, (void)n;
    return 1; /* the readers say so if it is none */
}

static void release(struct picture *p)
{
    for (int i = 0; i < p->sizes; i++) {
        free(p->size[i].it.px);
        ae_downscaler_release(&p->size[i].downscaler);
    }
    free(p->row);
}

/* p, q 1: the full size. */
static int add_size(struct picture *pic, const struct ae_image_info *info,
                    int p, int q, struct ae_err *e)
{
    struct size *s = &pic->size[pic->sizes];
    size_t n;
    int rc = 0;

    memset(s, 0, sizeof(*s));
    s->it.h = (int)((int64_t)info->h * p / q);
    s->it.w = (int)((int64_t)info->w * p / q);
    s->it.c = pic->c;
    /* 1, 3, 15 and 255 divide 255: eight bits hold them exactly */
    s->it.bytes = !info->maxval ? 4 : p < q || 255 % info->maxval == 0 ? 1 : 2;
    if (ae_mul((size_t)s->it.h * (size_t)s->it.w,
               (size_t)(s->it.c * s->it.bytes), &n, e) < 0)
        return AE_ELIMIT;
    if (!(s->it.px = ae_alloc(n, 1, e)))
        return AE_EMEM;
    pic->sizes++;
    if (p < q)
        rc = ae_downscaler_init(&s->downscaler, p, q, info->w, pic->c, e);
    return rc;
}

static int open_sizes(struct picture *pic, const struct ae_image_info *info,
                      const struct ae_source_options *o, struct ae_err *e)
{
    pic->channels = info->channels;
    pic->c = info->channels - info->alpha;
    pic->row = ae_alloc((size_t)info->w * (size_t)info->channels, sizeof(float),
                        e);
    if (!pic->row)
        return AE_EMEM;
    if (!o->downscale_above || ae_max(info->h, info->w) <= o->downscale_above ||
        !info->maxval || ae_min(info->h, info->w) / 2 < o->min_side)
        return add_size(pic, info, 1, 1, e);
    AE_TRY(add_size(pic, info, 1, 2, e));
    return add_size(pic, info, 3, 4, e);
}

static void keep_row(const struct ae_ctx *ctx, struct size *s, const float *row)
{
    const size_t n = (size_t)s->it.w * (size_t)s->it.c;
    const size_t at = (size_t)s->y * n;

    if (s->y >= s->it.h)
        return; /* the odd last row of a shrunk picture */
    if (s->it.bytes == 1)
        ctx->k->to_u8((uint8_t *)s->it.px + at, row, 255, n);
    else if (s->it.bytes == 2)
        ctx->k->to_u16((uint16_t *)s->it.px + at, row, 65535, n);
    else
        memcpy((float *)s->it.px + at, row, n * sizeof(float));
    s->y++;
}

/* Closes the gaps that alpha leaves; says whether a sample isn't finite or
 * lies outside 0..1. */
static void drop_alpha(struct picture *pic, int w, int *bad, int *outside)
{
    for (int x = 0; x < w; x++)
        for (int k = 0; k < pic->c; k++) {
            const float v = pic->row[x * pic->channels + k];
            pic->row[x * pic->c + k] = v;
            *bad |= !isfinite(v);
            *outside |= v < 0 || v > 1;
        }
}

static int read_rows(struct ae_ctx *ctx, struct ae_reader *reader,
                     struct picture *pic, int *outside, struct ae_err *e)
{
    const struct ae_image_info *info = ae_reader_info(reader);

    for (int y = 0; y < info->h; y++) {
        int bad = 0;
        AE_TRY(ae_reader_row(reader, pic->row, e));
        drop_alpha(pic, info->w, &bad, outside);
        if (bad)
            return ae_fail(e, AE_ENUMERIC,
                           "row %d holds a sample that is not a finite number",
                           y);
        for (int i = 0; i < pic->sizes; i++) {
            struct size *s = &pic->size[i];
            if (!s->downscaler.p)
                keep_row(ctx, s, pic->row);
            else if (ae_downscaler_push(&s->downscaler, pic->row))
                keep_row(ctx, s, s->downscaler.across);
        }
    }
    return ae_reader_finish(reader, e);
}

/* Where pixel (y, x) of the upright picture, which is h x w, lies in one with
 * that orientation of EXIF: as a row times the file's width, and a column. */
static size_t source_of(int orientation, int y, int x, int h, int w)
{
    const int transposed = orientation >= 5;
    const int down = orientation == 3 || orientation == 4 || orientation == 6 ||
                     orientation == 7;
    const int back = orientation == 2 || orientation == 3 || orientation == 7 ||
                     orientation == 8;
    const int rows = transposed ? w : h, columns = transposed ? h : w;
    const int row = transposed ? x : y, column = transposed ? y : x;

    return (size_t)(down ? rows - 1 - row : row) * (size_t)columns +
           (size_t)(back ? columns - 1 - column : column);
}

/* Turns an item that was read as it lies in the file. */
static int make_upright(struct ae_item *it, int orientation, struct ae_err *e)
{
    const size_t pixel = (size_t)it->c * (size_t)it->bytes;
    const int h = orientation >= 5 ? it->w : it->h;
    const int w = orientation >= 5 ? it->h : it->w;
    unsigned char *out, *from = it->px;

    if (orientation == 1)
        return 0;
    if (!(out = ae_alloc((size_t)h * (size_t)w, pixel, e)))
        return AE_EMEM;
    it->px = out;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++, out += pixel)
            memcpy(out, from + source_of(orientation, y, x, h, w) * pixel,
                   pixel);
    free(from);
    it->h = h;
    it->w = w;
    return 0;
}

static int push_picture(struct ae_source *src, struct picture *pic,
                        const char *name, struct ae_err *e)
{
    for (int i = 0; i < pic->sizes; i++) {
        struct ae_item it = pic->size[i].it;
        pic->size[i].it.px = NULL;
        it.name = name;
        AE_TRY(ae_source_push_row(src, &it, e));
    }
    src->stats.images = 1;
    return 0;
}

static int leave_out_small(struct ae_source *s,
                           const struct ae_image_info *info, const char *name,
                           struct ae_err *e)
{
    struct ae_err why;

    AE_TRY(ae_naming_make(&s->naming, name, 0, e));
    ae_fail(&why, AE_EARG, "%dx%d pixels, at least %d on a side are needed",
            info->w, info->h, s->o->min_side);
    s->small.note = 1;
    ae_left_out_file(&s->small, s->ctx, s->naming.shown.p, &why);
    s->stats.small++;
    return 0;
}

static int read_picture(struct ae_source *src, struct ae_reader *reader,
                        const char *name, struct ae_err *e)
{
    const struct ae_image_info *info = ae_reader_info(reader);
    struct picture pic = {0};
    int outside = 0;

    int rc = open_sizes(&pic, info, src->o, e);
    if (rc || (rc = read_rows(src->ctx, reader, &pic, &outside, e)))
        goto out;
    const int turn = ae_meta_orientation(ae_reader_meta(reader));
    for (int i = 0; i < pic.sizes; i++)
        if ((rc = make_upright(&pic.size[i].it, turn, e)))
            goto out;
    if (ae_min(info->h, info->w) < src->o->min_side) {
        rc = leave_out_small(src, info, name, e);
    } else {
        rc = push_picture(src, &pic, name, e);
        src->stats.outside |= outside;
    }
out:
    release(&pic);
    return rc;
}

/* The k-th picture of a stream, which is NAME#k from the second on. */
static int read_next(struct ae_source *s, struct ae_io *io, const char *name,
                     int k, struct ae_err *e)
{
    struct ae_reader *reader = NULL;
    struct ae_str label = {0};
    int rc = ae_reader_open(s->ctx, io, k == 0, &reader, e);

    if (rc || (rc = k ? ae_str_printf(&label, e, "%s#%d", name, k)
                      : ae_str_add(&label, name, e)))
        goto out;
    rc = read_picture(s, reader, label.p, e);
out:
    ae_reader_free(reader);
    ae_str_release(&label);
    return rc;
}

/* The picture with the number k can't be read, and those behind it can.  In an
 * array it is a row, which counts. */
static int leave_out(struct ae_source *s, int k, struct ae_err *why,
                     struct ae_err *e)
{
    const char *label = NULL;
    int wanted = 1;

    if (s->has_rows)
        AE_TRY(ae_source_select_row(s, &label, &wanted, e));
    if (!wanted)
        return 0;
    ae_err_at(why, why->code, "picture %d", k + 1);
    return ae_source_leave_out(s, 1, why, e);
}

/* A file is at fault where its only picture is. */
static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct ae_err first = {0};

    for (int k = 0;; k++) {
        struct ae_err why = {0};
        const int rc = read_next(s, io, name, k, k ? &why : &first);

        if (first.code &&
            (k == 0 ? s->stopped || rc == AE_EMEM : k == 1 && rc == AE_END)) {
            if (e)
                *e = first;
            return first.code;
        }
        if (k == 1 && first.code)
            AE_TRY(leave_out(s, 0, &first, e));
        if (rc == AE_END)
            return 0;
        if (rc < 0 && k)
            AE_TRY(leave_out(s, k, &why, e));
    }
}

const struct ae_source_kind ae_source_image = {"image", match, read_all};
