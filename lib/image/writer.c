/* writer.c - writers over the table of formats.
 *
 * Counts rows, maps channels where the format has fewer or more, turns the
 * picture upright where that is asked for, and names the metadata that the
 * format can't hold.  Knows no format by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "image/kept_rows.h"
#include "image/orientation.h"

/* Nothing but a page may follow a page. */
static int check_may_follow(const struct ae_writer *w, struct ae_err *e)
{
    const struct ae_pending *open = ae_io_attached(w->io);

    if (!open || open->format == w->format ||
        open->format->multi != AE_MULTI_PAGES)
        return 0;
    return ae_fail(e, AE_EARG, "%s can't follow %s, which ends a stream",
                   w->format->name, open->format->name);
}

/* Takes what the caller doesn't want from the metadata; a second call does so
 * with those that have come since. */
static int strip_meta(struct ae_writer *w, struct ae_err *e)
{
    if (!w->options.strip || !w->meta)
        return 0;
    if (!w->stripped) {
        AE_TRY(ae_meta_new(&w->stripped, e));
        w->source = w->meta;
        w->meta = w->stripped;
    }
    return ae_meta_strip(w->source, w->options.strip, &w->taken, w->stripped,
                         e);
}

/* The format's writer, and a row's buffer where it wants other channels. */
static int open_format(struct ae_writer *w, struct ae_err *e)
{
    w->channels = w->info.channels;
    w->maxval = w->info.maxval;
    AE_TRY(check_may_follow(w, e));
    AE_TRY(strip_meta(w, e));
    AE_TRY(w->format->open_writer(w, e));
    if (w->channels == w->info.channels)
        return 0;
    w->row = ae_alloc_aligned((size_t)w->info.w,
                              (size_t)w->channels * sizeof(float), e);
    return w->row ? 0 : AE_EMEM;
}

/* Whether the file can only begin when the picture is whole. */
static int must_orient(const struct ae_writer *w)
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
    AE_TRY(ae_ctx_check_size(ctx, (uint64_t)ae_max(info->w, 0),
                             (uint64_t)ae_max(info->h, 0), e));

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
    const int rc = must_orient(w) ? ae_orienter_new(w, &w->orienter, e)
                                  : open_format(w, e);
    if (rc)
        ae_writer_free(w);
    else
        *out = w;
    return rc;
}

/* Alpha goes where the format has none, and is 1 where only the format has it;
 * gray becomes three equal channels. */
static const float *map_channels(struct ae_writer *w, const float *in)
{
    const int from = w->info.channels, to = w->channels;
    const int gray = from <= 2, alpha = to % 2 == 0 ? to - 1 : to;

    if (from == to)
        return in;
    for (int x = 0; x < w->info.w; x++, in += from)
        for (int c = 0; c < to; c++)
            w->row[x * to + c] = c < alpha       ? in[gray ? 0 : c]
                                 : w->info.alpha ? in[from - 1]
                                                 : 1;
    return w->row;
}

int ae_writer_later(struct ae_writer *w, uint64_t memory, struct ae_err *e)
{
    const int h = w->info.h;

    if (w->orienter ||
        ae_kept_rows_bytes(w->info.w, h, w->channels, w->maxval) > memory)
        return 0;
    return ae_kept_rows_new(w->ctx, w->info.w, h, w->channels, w->maxval,
                            &w->kept, e);
}

/* The next row, as the format has them. */
static int put_row(struct ae_writer *w, const float *row, struct ae_err *e)
{
    if (!w->kept)
        return w->format->write_row(w, row, e);
    ae_kept_rows_put(w->kept, w->y, row);
    return 0;
}

int ae_writer_row(struct ae_writer *w, const float *row, struct ae_err *e)
{
    if (w->failed)
        return ae_fail(e, w->failed, "write on after an error");
    if (w->y >= w->info.h)
        return ae_fail(e, AE_EARG, "row %d of an image of %d rows", w->y,
                       w->info.h);
    w->failed = w->orienter ? ae_orienter_put(w->orienter, row, e)
                            : put_row(w, map_channels(w, row), e);
    if (!w->failed)
        w->y++;
    return w->failed;
}

/* Writes the picture that has waited, upright. */
static int write_oriented(struct ae_writer *w, struct ae_err *e)
{
    const float *row;

    AE_TRY(ae_orienter_begin(w->orienter, w->meta, &w->info, &w->meta, e));
    AE_TRY(open_format(w, e));
    for (w->y = 0; w->y < w->info.h; w->y++) {
        AE_TRY(ae_orienter_get(w->orienter, &row, e));
        AE_TRY(w->format->write_row(w, map_channels(w, row), e));
    }
    return 0;
}

/* Writes the rows that have waited. */
static int write_kept(struct ae_writer *w, struct ae_err *e)
{
    float *row = ae_alloc_aligned((size_t)w->info.w,
                                  (size_t)w->channels * sizeof(*row), e);
    int rc = row ? 0 : AE_EMEM;

    for (w->y = 0; !rc && w->y < w->info.h; w->y++) {
        ae_kept_rows_get(w->kept, w->y, row);
        rc = w->format->write_row(w, row, e);
    }
    ae_free_aligned(row);
    return rc;
}

/* A blob's name in a note. */
static void name_blob(const struct ae_blob *b, char out[16])
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

/* One line names the blobs for which can_hold() says `answer`, each once. */
static void log_lost_blobs(const struct ae_writer *w, int answer,
                           enum ae_log_level level)
{
    const struct ae_format *f = w->format;
    char list[128] = "", name[16];

    for (int i = 0; w->meta && i < w->meta->count; i++) {
        const struct ae_blob *b = &w->meta->blobs[i];
        const size_t n = strlen(list);
        name_blob(b, name);
        if ((f->can_hold ? f->can_hold(w->meta, b) : -1) == answer &&
            !strstr(list, name) && n + 20 < sizeof(list))
            snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", name);
    }
    if (list[0])
        ae_log(w->ctx, level, "%s: %s can't hold these, which are left out: %s",
               ae_io_name(w->io), f->name, list);
}

static int finish_file(struct ae_writer *w, struct ae_err *e)
{
    if (w->orienter)
        AE_TRY(write_oriented(w, e));
    if (w->kept)
        AE_TRY(write_kept(w, e));
    AE_TRY(strip_meta(w, e));
    AE_TRY(w->format->finish_writer(w, e));
    log_lost_blobs(w, 0, AE_LOG_NOTE);
    log_lost_blobs(w, -1, AE_LOG_INFO);
    return 0;
}

int ae_writer_finish(struct ae_writer *w, struct ae_err *e)
{
    if (w->failed)
        return ae_fail(e, w->failed, "write on after an error");
    if (w->y != w->info.h)
        return ae_fail(e, AE_EARG, "finished after row %d of %d", w->y,
                       w->info.h);
    w->failed = finish_file(w, e);
    return w->failed;
}

int ae_writer_end(struct ae_io *io, struct ae_err *e)
{
    const struct ae_pending *open = ae_io_attached(io);

    return open && open->format->end_stream ? open->format->end_stream(io, e)
                                            : 0;
}

void ae_writer_free(struct ae_writer *w)
{
    if (!w)
        return;
    if (w->state)
        w->format->close_writer(w);
    ae_orienter_free(w->orienter);
    ae_kept_rows_free(w->kept);
    ae_meta_free(w->stripped);
    ae_free_aligned(w->row);
    free(w);
}
