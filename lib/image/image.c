/* image.c - readers and writers over the table of formats.
 *
 * Opens the next image of a stream, holds its size against the context's
 * limits, counts rows, maps channels where the target has fewer or more, and
 * keeps the first error.  Knows no format by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "image/orientation.h"

static int check_info(const struct ae_reader *r, struct ae_err *e)
{
    const struct ae_image_info *i = &r->info;
    const uint64_t row = (uint64_t)i->w * (uint64_t)i->channels * sizeof(float);
    assert(i->channels >= 1 && i->channels <= 4 && i->maxval <= 65535);
    if (row > r->ctx->memory)
        return ae_fail(e, AE_ELIMIT,
                       "a row of %d pixels is past the bound on memory", i->w);
    return ae_ctx_check_size(r->ctx, (uint64_t)i->w, (uint64_t)i->h, e);
}

/* Neither an image nor the end: says what begins here instead. */
static int nothing_known(const struct ae_ctx *ctx, const struct ae_io *io,
                         const unsigned char *p, size_t n, int first,
                         struct ae_err *e)
{
    const int rc = ae_format_refuse(p, n, e);
    if (rc && (first || n < 2 || memcmp(p, "BM", 2) != 0))
        return rc;
    const unsigned long long at = (unsigned long long)ae_io_offset(io);
    if (!first) {
        ae_log(ctx, AE_LOG_NOTE,
               "%s: what follows the image at offset %llu is no picture and is "
               "left out",
               ae_io_name(io), at);
        return AE_END;
    }
    return n == 0 ? ae_fail(e, AE_EUNKNOWN, "is empty")
                  : ae_fail(e, AE_EUNKNOWN,
                            "begins as no format that is known here (PNG, "
                            "JPEG, TIFF, WebP, PNM, PAM, PFM, NPY, idx)");
}

/* The start of the next image: its format, or NULL and what is there.
 * Blanks between images are no one's. */
static int next_format(struct ae_io *io, int first, const void **p, size_t *n,
                       const struct ae_format **f, struct ae_err *e)
{
    const struct ae_pending *more = ae_io_attached(io);
    *f = more ? more->format : NULL;
    if (more)
        return 0;
    for (;;) {
        size_t blanks = 0;
        int rc = ae_io_peek(io, p, AE_FORMAT_PEEK, n, e);
        const unsigned char *b = *p;
        while (!rc && !first && blanks < *n && strchr(" \t\r\n", b[blanks]) &&
               b[blanks])
            blanks++;
        if (!rc && blanks == 0)
            *f = ae_format_by_content(b, *n);
        if (rc || blanks == 0)
            return rc;
        rc = ae_io_skip(io, blanks, e);
        if (rc)
            return rc;
    }
}

int ae_reader_open(struct ae_ctx *ctx, struct ae_io *io, int first,
                   struct ae_reader **out, struct ae_err *e)
{
    const struct ae_format *f;
    const void *p;
    size_t n;
    *out = NULL;
    int rc = next_format(io, first, &p, &n, &f, e);
    if (rc)
        return rc;
    if (!f && n == 0 && !first)
        return AE_END;
    if (!f)
        return nothing_known(ctx, io, p, n, first, e);
    struct ae_reader *r = ae_alloc(1, sizeof(*r), e);
    if (!r)
        return AE_EMEM;
    r->ctx = ctx;
    r->io = io;
    r->info.format = f;
    rc = ae_meta_new(&r->meta, e);
    if (!rc) {
        r->meta->most = ctx->memory / 4 < r->meta->most ? ctx->memory / 4
                                                        : r->meta->most;
        rc = f->open(r, e);
    }
    if (!rc)
        rc = check_info(r, e);
    if (!rc)
        ae_meta_tidy(r->meta, ctx, ae_io_name(io), &r->info);
    if (rc)
        ae_reader_free(r);
    else
        *out = r;
    return rc;
}

const struct ae_image_info *ae_reader_info(const struct ae_reader *r)
{
    return &r->info;
}

const struct ae_meta *ae_reader_meta(const struct ae_reader *r)
{
    return r->meta;
}

int ae_reader_keep(struct ae_reader *r, enum ae_blob_kind kind,
                   const void *data, size_t size, const char *what,
                   struct ae_err *e)
{
    const int rc = ae_meta_add(r->meta, kind, data, size, e);

    if (rc != AE_ELIMIT)
        return rc;
    ae_log(r->ctx, AE_LOG_NOTE,
           "%s: %s is left out: metadata of more than %llu bytes",
           ae_io_name(r->io), what, (unsigned long long)r->meta->most);
    return 0;
}

int ae_reader_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    if (r->failed)
        return ae_fail(e, r->failed, "read on after an error");
    if (r->y >= r->info.h)
        return ae_fail(e, AE_EARG, "row %d of an image of %d rows", r->y,
                       r->info.h);
    r->failed = r->info.format->row(r, row, e);
    if (!r->failed)
        r->y++;
    return r->failed;
}

int ae_reader_finish(struct ae_reader *r, struct ae_err *e)
{
    if (r->failed)
        return ae_fail(e, r->failed, "read on after an error");
    if (r->y != r->info.h)
        return ae_fail(e, AE_EARG, "finished after row %d of %d", r->y,
                       r->info.h);
    r->failed = r->info.format->finish ? r->info.format->finish(r, e) : 0;
    r->meta->open_ended = 0;
    ae_meta_tidy(r->meta, r->ctx, ae_io_name(r->io), &r->info);
    return r->failed;
}

void ae_reader_free(struct ae_reader *r)
{
    if (!r)
        return;
    if (r->state)
        r->info.format->close(r);
    ae_meta_free(r->meta);
    free(r);
}

static int row_buffer(struct ae_writer *w, struct ae_err *e)
{
    if (w->channels == w->info.channels)
        return 0;
    w->row = ae_alloc_aligned((size_t)w->info.w,
                              (size_t)w->channels * sizeof(float), e);
    return w->row ? 0 : AE_EMEM;
}

/* Nothing but a page may follow a page. */
static int may_follow(const struct ae_writer *w, struct ae_err *e)
{
    const struct ae_pending *open = ae_io_attached(w->io);

    if (!open || open->format == w->format ||
        open->format->many != AE_MANY_PAGES)
        return 0;
    return ae_fail(e, AE_EARG, "%s can't follow %s, which ends a stream",
                   w->format->name, open->format->name);
}

static int create(struct ae_writer *w, struct ae_err *e)
{
    w->channels = w->info.channels;
    w->maxval = w->info.maxval;
    int rc = may_follow(w, e);
    if (!rc)
        rc = w->format->create(w, e);
    return rc ? rc : row_buffer(w, e);
}

/* Whether the file can only begin when the picture is whole. */
static int turns(const struct ae_writer *w)
{
    return w->options.auto_orient && w->meta &&
           (w->meta->open_ended || ae_meta_orientation(w->meta) != 1);
}

int ae_writer_open(struct ae_ctx *ctx, struct ae_io *io,
                   const struct ae_format *format,
                   const struct ae_image_info *info, const struct ae_meta *meta,
                   const struct ae_write_options *o, struct ae_writer **out,
                   struct ae_err *e)
{
    *out = NULL;
    int rc = ae_ctx_check_size(ctx, (uint64_t)ae_max(info->w, 0),
                               (uint64_t)ae_max(info->h, 0), e);
    if (rc)
        return rc;
    struct ae_writer *w = ae_alloc(1, sizeof(*w), e);
    if (!w)
        return AE_EMEM;
    w->ctx = ctx;
    w->io = io;
    w->format = format ? format : info->format;
    w->info = *info;
    w->meta = meta;
    if (o)
        w->options = *o;
    rc = turns(w) ? ae_turn_new(w, &w->turn, e) : create(w, e);
    if (rc)
        ae_writer_free(w);
    else
        *out = w;
    return rc;
}

/* Alpha goes when the target has none; gray becomes three equal channels. */
static const float *map_channels(struct ae_writer *w, const float *in)
{
    const int from = w->info.channels, to = w->channels;
    const int gray = from <= 2 && to >= 3;
    if (from == to)
        return in;
    for (int x = 0; x < w->info.w; x++)
        for (int c = 0; c < to; c++) {
            const int s = !gray ? c : c < 3 ? 0 : 1;
            w->row[x * to + c] = in[x * from + s];
        }
    return w->row;
}

int ae_writer_row(struct ae_writer *w, const float *row, struct ae_err *e)
{
    if (w->failed)
        return ae_fail(e, w->failed, "write on after an error");
    if (w->y >= w->info.h)
        return ae_fail(e, AE_EARG, "row %d of an image of %d rows", w->y,
                       w->info.h);
    w->failed = w->turn ? ae_turn_put(w->turn, row, e)
                        : w->format->put(w, map_channels(w, row), e);
    if (!w->failed)
        w->y++;
    return w->failed;
}

/* The picture that has waited, upright. */
static int write_turned(struct ae_writer *w, struct ae_err *e)
{
    const float *row;
    int rc = ae_turn_begin(w->turn, w->meta, &w->info, &w->meta, e);

    if (!rc)
        rc = create(w, e);
    for (w->y = 0; !rc && w->y < w->info.h; w->y += !rc) {
        rc = ae_turn_row(w->turn, &row, e);
        if (!rc)
            rc = w->format->put(w, map_channels(w, row), e);
    }
    return rc;
}

static void name_of(const struct ae_blob *b, char out[16])
{
    static const char *const names[] = {
        [AE_BLOB_ICC] = "ICC profile", [AE_BLOB_EXIF] = "EXIF",
        [AE_BLOB_XMP] = "XMP",         [AE_BLOB_XMP_EXTENSION] = "extended XMP",
        [AE_BLOB_PHOTOSHOP] = "IPTC",  [AE_BLOB_COMMENT] = "comment",
    };
    const unsigned char *p = b->data;

    if (b->kind == AE_BLOB_CHUNK)
        snprintf(out, 16, "%.4s", (const char *)p);
    else if (b->kind == AE_BLOB_SEGMENT)
        snprintf(out, 16, "APP%d", p[0] & 15);
    else
        snprintf(out, 16, "%s", names[b->kind]);
}

/* One line names what the file can't hold, each once. */
static void tell_left_out(const struct ae_writer *w, int holds,
                          enum ae_log_level level)
{
    char list[128] = "", name[16];

    for (int i = 0; w->meta && i < w->meta->count; i++) {
        const struct ae_blob *b = &w->meta->blobs[i];
        const size_t n = strlen(list);
        name_of(b, name);
        if ((w->format->holds ? w->format->holds(w->meta, b) : -1) == holds &&
            !strstr(list, name) && n + 20 < sizeof(list))
            snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", name);
    }
    if (list[0])
        ae_log(w->ctx, level, "%s: %s can't hold these, which are left out: %s",
               ae_io_name(w->io), w->format->name, list);
}

int ae_writer_finish(struct ae_writer *w, struct ae_err *e)
{
    if (w->failed)
        return ae_fail(e, w->failed, "write on after an error");
    if (w->y != w->info.h)
        return ae_fail(e, AE_EARG, "finished after row %d of %d", w->y,
                       w->info.h);
    w->failed = w->turn ? write_turned(w, e) : 0;
    if (!w->failed)
        w->failed = w->format->end(w, e);
    if (!w->failed) {
        tell_left_out(w, 0, AE_LOG_NOTE);
        tell_left_out(w, -1, AE_LOG_INFO);
    }
    return w->failed;
}

void ae_writer_free(struct ae_writer *w)
{
    if (!w)
        return;
    if (w->state)
        w->format->drop(w);
    ae_turn_free(w->turn);
    ae_free_aligned(w->row);
    free(w);
}

int ae_image_alloc(struct ae_ctx *ctx, struct ae_image *im,
                   const struct ae_image_info *info, struct ae_err *e)
{
    size_t n;
    memset(im, 0, sizeof(*im));
    int rc = ae_ctx_check_size(ctx, (uint64_t)ae_max(info->w, 0),
                               (uint64_t)ae_max(info->h, 0), e);
    if (!rc)
        rc = ae_mul((size_t)info->w * (size_t)info->h, (size_t)info->channels,
                    &n, e);
    if (rc)
        return rc;
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

static size_t row_length(const struct ae_image_info *i)
{
    return (size_t)i->w * (size_t)i->channels;
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
        return rc;
    rc = ae_image_alloc(ctx, im, &r->info, e);
    for (int y = 0; !rc && y < im->info.h; y++)
        rc = ae_reader_row(r, im->data + (size_t)y * row_length(&im->info), e);
    if (!rc)
        rc = ae_reader_finish(r, e);
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
    for (int y = 0; !rc && y < im->info.h; y++)
        rc = ae_writer_row(w, im->data + (size_t)y * row_length(&im->info), e);
    if (!rc)
        rc = ae_writer_finish(w, e);
    ae_writer_free(w);
    return rc;
}
