/* reader.c - readers over the table of formats.
 *
 * Opens the next image of a stream, holds its size against the context's
 * limits, counts rows, keeps the first error, and gets past an image that
 * can't be read.  Knows no format by name. */
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "image/kept_rows.h"

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

/* What the next image begins with. */
struct beginning {
    const void *p; /* its first bytes, of which there are n */
    size_t n;
    const struct ae_format *format; /* NULL: unknown */
    int unmarked; /* the image before it has no mark at its end */
};

/* Refuses what is of a format that is known and not read.  After a first image
 * BMP's two letters are too few. */
static int refuse(const struct beginning *b, int first, struct ae_err *e)
{
    const int rc = ae_format_refuse(b->p, b->n, e);

    return first || b->n < 2 || memcmp(b->p, "BM", 2) != 0 ? rc : 0;
}

/* Says what begins there and is of no format.  After a first image that ends
 * the input with a note (AE_END). */
static int unknown_content(const struct ae_ctx *ctx, const struct ae_io *io,
                           const struct beginning *b, int first,
                           struct ae_err *e)
{
    const unsigned char *p = b->p;
    char list[256];

    if (!first) {
        ae_log(
            ctx, AE_LOG_NOTE,
            "%s: what follows the image at offset %llu is %s and is left out",
            ae_io_name(io), (unsigned long long)ae_io_offset(io),
            b->n >= 8 && memcmp(p + 4, "ftyp", 4) == 0 ? "a video"
                                                       : "not a picture");
        return AE_END;
    }
    if (b->n == 0)
        return ae_fail(e, AE_EUNKNOWN, "is empty");
    ae_format_list_readable(list, sizeof(list));
    return ae_fail(e, AE_EUNKNOWN,
                   "begins as no format that is known here (%s)", list);
}

static size_t count_blanks(const unsigned char *p, size_t n)
{
    size_t k = 0;

    while (k < n && p[k] && strchr(" \t\r\n", p[k]))
        k++;
    return k;
}

/* Stands for the end of a stream that nobody can read on, ... */
static struct ae_pending ended;
/* ... and behind an image of a format that doesn't mark its end. */
static struct ae_pending unmarked;

static void do_nothing(void *thing)
{
    (void)thing;
}

static void free_reader(void *reader)
{
    struct ae_reader *r = reader;

    if (r->attached.thing)
        r->attached.release(r->attached.thing);
    if (r->state)
        r->info.format->close_reader(r);
    ae_kept_rows_free(r->kept);
    ae_meta_free(r->meta);
    free(r);
}

/* Reads an image without fault to its end, since its caller didn't. */
static int read_on(struct ae_reader *r, struct ae_err *e)
{
    const size_t n = (size_t)r->info.w * (size_t)r->info.channels;
    float *row = ae_alloc(n, sizeof(*row), e);
    int rc = row ? 0 : AE_EMEM;

    while (!rc && r->y < r->info.h)
        rc = ae_reader_row(r, row, e);
    free(row);
    return rc ? rc : ae_reader_finish(r, e);
}

/* The end of a damaged image may be none. */
static int search_if_unknown(struct ae_io *io, struct ae_err *e)
{
    const void *p;
    size_t n;

    AE_TRY(ae_io_peek(io, &p, AE_FORMAT_PEEK, &n, e));
    return count_blanks(p, n) || ae_format_by_content(p, n)
               ? 0
               : ae_skip_to_picture(io, NULL, NULL, e);
}

/* From anywhere in an image to where the next one may begin. */
static int pass_damaged(struct ae_reader *r, struct ae_err *e)
{
    if (r->info.format->recover)
        return r->info.format->recover(r, e);
    return r->end ? ae_skip_to(r->io, r->end, e)
                  : ae_skip_to_picture(r->io, NULL, NULL, e);
}

/* Goes past the image whose reader is attached to the stream. */
static int recover(struct ae_io *io, struct ae_err *e)
{
    struct ae_reader *r = ae_io_detach(io).thing;
    struct ae_err why;
    int rc = 0;

    if (r->attached.thing)
        ae_io_attach(io, r->attached.thing, r->attached.release);
    r->attached.thing = NULL;
    if (r->failed == AE_EIO)
        rc = AE_END;
    else if (r->failed || r->salvaged || read_on(r, &why))
        rc = pass_damaged(r, e);
    if (!rc && ae_io_offset(io) == r->begin && !ae_io_attached(io))
        rc = ae_skip_to(io, r->begin + 1, e); /* never the same one again */
    if (!rc && !ae_io_attached(io))
        rc = search_if_unknown(io, e);
    if (rc)
        ae_io_attach(io, &ended, do_nothing);
    free_reader(r);
    return rc;
}

/* Blanks between images belong to neither and are skipped. */
static int peek_format(struct ae_io *io, int first, struct beginning *b,
                       struct ae_err *e)
{
    const struct ae_pending *pending = ae_io_attached(io);

    if (pending == &ended)
        return AE_END;
    if (pending == &unmarked) {
        b->unmarked = 1;
        ae_io_detach(io);
        pending = NULL;
    }
    if (pending && !pending->format) {
        const int rc = recover(io, e);
        if (rc)
            return rc;
        pending = ae_io_attached(io);
    }
    if (pending) {
        b->format = pending->format;
        return 0;
    }
    AE_TRY(ae_io_peek(io, &b->p, AE_FORMAT_PEEK, &b->n, e));
    for (size_t blanks; !first && (blanks = count_blanks(b->p, b->n)) > 0;) {
        AE_TRY(ae_io_skip(io, blanks, e));
        AE_TRY(ae_io_peek(io, &b->p, AE_FORMAT_PEEK, &b->n, e));
    }
    b->format = ae_format_by_content(b->p, b->n);
    return 0;
}

/* A format that doesn't mark its end takes the bytes that a cut image lacks
 * from the next one, so that something unknown follows.  Goes on with what
 * surely is a picture. */
static int fail_unmarked(struct ae_io *io, struct ae_err *e)
{
    const unsigned long long at = ae_io_offset(io);

    if (ae_skip_to_picture(io, NULL, NULL, e))
        ae_io_attach(io, &ended, do_nothing);
    return ae_fail(e, AE_EFORMAT,
                   "no picture begins at offset %llu: the one before it may "
                   "be cut short",
                   at);
}

/* Why no image can be read there; AE_END: none is expected. */
static int fail_unknown(const struct ae_ctx *ctx, struct ae_io *io,
                        const struct beginning *b, int first, struct ae_err *e)
{
    if (b->n == 0 && !first)
        return AE_END;

    int rc = refuse(b, first, e);

    if (!rc && b->unmarked)
        return fail_unmarked(io, e);
    if (!rc)
        rc = unknown_content(ctx, io, b, first, e);
    if (rc < 0) /* the caller may ask for the next one */
        ae_io_attach(io, &ended, do_nothing);
    return rc;
}

/* Bytes of metadata. */
static void limit_meta(struct ae_reader *r)
{
    const uint64_t bound = r->ctx->memory / 4;

    r->meta->limit = bound < AE_META_LIMIT ? bound : AE_META_LIMIT;
}

/* Reads the header, with the metadata before the picture. */
static int open_header(struct ae_reader *r, struct ae_err *e)
{
    AE_TRY(ae_meta_new(&r->meta, e));
    limit_meta(r);
    AE_TRY(r->info.format->open_reader(r, e));
    AE_TRY(check_info(r, e));
    ae_meta_remove_stale(r->meta, r->ctx, ae_io_name(r->io), &r->info);
    return 0;
}

int ae_reader_open(struct ae_ctx *ctx, struct ae_io *io, int first,
                   struct ae_reader **out, struct ae_err *e)
{
    struct beginning b = {0};

    *out = NULL;
    int rc = peek_format(io, first, &b, e);
    if (rc < 0)
        ae_io_attach(io, &ended, do_nothing);
    else if (!rc && !b.format)
        rc = fail_unknown(ctx, io, &b, first, e);
    if (rc)
        return rc;

    struct ae_reader *r = ae_alloc(1, sizeof(*r), e);
    if (!r)
        return AE_EMEM;
    r->ctx = ctx;
    r->io = io;
    r->begin = ae_io_offset(io);
    r->info.format = b.format;
    rc = r->failed = open_header(r, e);
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

int ae_reader_add_blob(struct ae_reader *r, enum ae_blob_kind kind,
                       const void *data, size_t size, const char *what,
                       struct ae_err *e)
{
    const int rc = ae_meta_add(r->meta, kind, data, size, e);

    if (rc != AE_ELIMIT)
        return rc;
    ae_log(r->ctx, AE_LOG_NOTE,
           "%s: %s is left out: metadata of more than %llu bytes",
           ae_io_name(r->io), what, (unsigned long long)r->meta->limit);
    return 0;
}

int ae_reader_salvages(const struct ae_reader *r, int code)
{
    return r->ctx->salvage && (code == AE_EFORMAT || code == AE_EIO);
}

void ae_reader_salvage(struct ae_reader *r, int code, const char *why,
                       const char *rest)
{
    if (r->salvaged)
        return;
    r->salvaged = code;
    ae_log(r->ctx, AE_LOG_NOTE, "%s: %d of %d rows are whole, %s: %s",
           ae_io_name(r->io), r->y, r->info.h, rest, why);
}

int ae_reader_ahead(struct ae_reader *r, struct ae_ctx *ctx, uint64_t memory,
                    struct ae_err *e)
{
    const struct ae_image_info *i = &r->info;
    float *row;

    if (!r->held &&
        ae_kept_rows_bytes(i->w, i->h, i->channels, i->maxval) <= memory) {
        AE_TRY(ae_kept_rows_new(r->ctx, i->w, i->h, i->channels, i->maxval,
                                &r->kept, e));
        row = ae_alloc_aligned((size_t)i->w, (size_t)i->channels * sizeof(*row),
                               e);
        r->failed = row ? 0 : AE_EMEM;
        for (; !r->failed && r->y < i->h; r->y++)
            if (!(r->failed = i->format->read_row(r, row, e)))
                ae_kept_rows_put(r->kept, r->y, row);
        ae_free_aligned(row);
        r->y = 0;
    }
    r->ctx = ctx;
    limit_meta(r);
    return r->failed;
}

/* The next row by the format; a row of 0 past the first that can't be read,
 * where the context salvages. */
static int read_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    struct ae_err why = {0};
    int rc = r->lost ? 0 : r->info.format->read_row(r, row, &why);

    if (rc && !ae_reader_salvages(r, rc)) {
        if (e)
            *e = why;
        return rc;
    }
    r->lost |= rc != 0;
    if (rc)
        ae_reader_salvage(r, rc, why.msg, "the rest is black");
    if (r->lost)
        memset(row, 0,
               (size_t)r->info.w * (size_t)r->info.channels * sizeof(*row));
    return 0;
}

int ae_reader_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    if (r->failed)
        return ae_fail(e, r->failed, "read on after an error");
    if (r->kept && r->y < r->info.h) {
        ae_kept_rows_get(r->kept, r->y++, row);
        return 0;
    }
    if (r->y >= r->info.h)
        return ae_fail(e, AE_EARG, "row %d of an image of %d rows", r->y,
                       r->info.h);
    r->failed = read_row(r, row, e);
    if (!r->failed)
        r->y++;
    return r->failed;
}

/* What follows the rows; of a salvaged image nobody knows what does. */
static int finish_format(struct ae_reader *r, struct ae_err *e)
{
    const struct ae_format *f = r->info.format;
    struct ae_err why = {0};

    if (r->salvaged)
        return 0;
    const int rc = f->finish_reader ? f->finish_reader(r, &why) : 0;
    r->finished = !rc;
    if (rc && ae_reader_salvages(r, rc)) {
        r->salvaged = rc;
        ae_log(r->ctx, AE_LOG_NOTE,
               "%s: all rows are whole, but what follows isn't: %s",
               ae_io_name(r->io), why.msg);
        return 0;
    }
    if (rc && e)
        *e = why;
    return rc;
}

int ae_reader_finish(struct ae_reader *r, struct ae_err *e)
{
    if (r->failed)
        return ae_fail(e, r->failed, "read on after an error");
    if (r->y != r->info.h)
        return ae_fail(e, AE_EARG, "finished after row %d of %d", r->y,
                       r->info.h);
    r->failed = finish_format(r, e);
    r->meta->open_ended = 0;
    ae_meta_remove_stale(r->meta, r->ctx, ae_io_name(r->io), &r->info);
    return r->failed;
}

void ae_reader_free(struct ae_reader *r)
{
    if (!r)
        return;
    if (r->finished) {
        if (!r->info.format->marked && !ae_io_attached(r->io))
            ae_io_attach(r->io, &unmarked, do_nothing);
        free_reader(r);
        return;
    }
    r->attached = ae_io_detach(r->io);
    ae_io_attach(r->io, r, free_reader);
}
