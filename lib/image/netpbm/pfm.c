/* pfm.c - reads and writes PFM: 32-bit floats, gray or colour, in either byte
 * order.
 *
 * Rows lie bottom up, so reading and writing hold the whole image, within the
 * context's bound on memory.  Values aren't clipped.  The size of `scale`, a
 * unit that nobody agrees on, isn't applied, but kept; its sign tells the byte
 * order. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "image/format.h"
#include "image/netpbm/tokens.h"

struct pfm {
    float *data; /* h rows, bottom up */
    size_t row;  /* floats in one */
    int unsure;  /* see ae_tokens_end_header() */
};

static int is_pfm(const unsigned char *p, size_t n)
{
    return n >= 3 && p[0] == 'P' && (p[1] == 'F' || p[1] == 'f') &&
           ae_is_blank(p[2]);
}

static uint64_t raster_bytes(const struct ae_image_info *i)
{
    return (uint64_t)i->w * (uint64_t)i->h * (uint64_t)i->channels * 4;
}

static int read_header(struct ae_reader *r, struct ae_tokens *t, double *scale,
                       struct ae_err *e)
{
    char magic[3], word[32];
    unsigned w, h;
    int rc = ae_io_read(r->io, magic, 3, e);

    t->last = magic[2];

    if (rc < 0 || (rc = ae_tokens_number(t, "width", 1, INT_MAX, &w, e)) < 0 ||
        (rc = ae_tokens_number(t, "height", 1, INT_MAX, &h, e)) < 0 ||
        (rc = ae_tokens_word(t, word, sizeof(word), "scale", e)) < 0)
        return ae_err_at(e, rc, "pfm");
    if (ae_parse_real(word, -DBL_MAX, DBL_MAX, scale, NULL) || *scale == 0)
        return ae_fail(e, AE_EFORMAT,
                       "pfm: the scale is \"%s\", whose sign can't tell the "
                       "byte order",
                       word);
    r->info.w = (int)w;
    r->info.h = (int)h;
    r->info.channels = magic[1] == 'F' ? 3 : 1;
    return ae_tokens_end_header(t, raster_bytes(&r->info),
                                &((struct pfm *)r->state)->unsure, e);
}

/* Bytes of the whole image in *size; an error when the stream `io`, if any,
 * has fewer, or the bound on memory is lower. */
static int check_size(const struct ae_ctx *ctx, const struct ae_io *io,
                      const struct ae_image_info *i, int channels, size_t *size,
                      struct ae_err *e)
{
    AE_TRY(ae_ctx_check_size(ctx, (uint64_t)i->w, (uint64_t)i->h, e));
    AE_TRY(ae_mul((size_t)i->w * (size_t)i->h, (size_t)channels * sizeof(float),
                  size, e));
    const int64_t left = io ? ae_io_left(io) : -1;
    if (left >= 0 && *size > (uint64_t)left)
        return ae_fail(e, AE_EFORMAT,
                       "pfm: %d x %d pixels need %zu bytes, but only %lld are "
                       "left",
                       i->w, i->h, *size, (long long)left);
    if (*size > ctx->memory)
        return ae_fail(e, AE_ELIMIT,
                       "pfm: rows lie bottom up, so all of its %zu bytes are "
                       "needed at once, which is past the bound on memory",
                       *size);
    return 0;
}

static int open_pfm_reader(struct ae_reader *r, struct ae_err *e)
{
    struct pfm *s = r->state = ae_alloc(1, sizeof(*s), e);
    struct ae_tokens t = {.io = r->io};
    double scale = 0;
    size_t size;
    void *data;

    if (!s)
        return AE_EMEM;
    AE_TRY(read_header(r, &t, &scale, e));
    r->end = ae_io_offset(r->io) + raster_bytes(&r->info);
    AE_TRY(check_size(r->ctx, r->io, &r->info, r->info.channels, &size, e));
    r->held = size;
    AE_TRY(ae_io_read_block(r->io, size, &data, e));
    r->meta->pfm_scale = fabs(scale);
    s->data = data;
    s->row = (size_t)r->info.w * (size_t)r->info.channels;
    if (scale < 0)
        ae_little_endian(data, 4, size / 4);
    else
        ae_big_endian(data, 4, size / 4);
    return 0;
}

/* Row y from the top; the data lie bottom up. */
static float *row_at(const struct pfm *s, int h, int y)
{
    return s->data + (size_t)(h - 1 - y) * s->row;
}

static int read_pfm_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    const struct pfm *s = r->state;

    memcpy(row, row_at(s, r->info.h, r->y), s->row * sizeof(*row));
    const int rc = ae_check_finite(row, s->row, e);
    return rc ? ae_err_at(e, rc, "pfm: row %d", r->y) : 0;
}

static int finish_pfm_reader(struct ae_reader *r, struct ae_err *e)
{
    const struct pfm *s = r->state;

    return s->unsure ? ae_tokens_check_end(r->io, e) : 0;
}

static void free_pfm(struct pfm *s)
{
    free(s->data);
    free(s);
}

static void close_pfm_reader(struct ae_reader *r)
{
    free_pfm(r->state);
}

static int open_pfm_writer(struct ae_writer *w, struct ae_err *e)
{
    const int colours = w->info.channels - w->info.alpha;
    size_t size;

    if (colours != 1 && colours != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "pfm holds gray or colour, not %d channels: write npy",
                       colours);
    AE_TRY(check_size(w->ctx, NULL, &w->info, colours, &size, e));
    w->held = size;
    struct pfm *s = w->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    s->row = (size_t)w->info.w * (size_t)colours;
    s->data = ae_alloc(size, 1, e);
    if (!s->data)
        return AE_EMEM;
    w->channels = colours;
    w->maxval = 0;
    if (w->info.alpha)
        ae_log(w->ctx, AE_LOG_NOTE, "%s: pfm holds no alpha: it is left out",
               ae_io_name(w->io));
    return 0;
}

static int write_pfm_row(struct ae_writer *w, const float *row,
                         struct ae_err *e)
{
    const struct pfm *s = w->state;

    (void)e;
    memcpy(row_at(s, w->info.h, w->y), row, s->row * sizeof(*row));
    return 0;
}

static int finish_pfm_writer(struct ae_writer *w, struct ae_err *e)
{
    struct pfm *s = w->state;
    const size_t n = s->row * (size_t)w->info.h;
    const double scale = w->meta ? w->meta->pfm_scale : 0;
    char text[96], unit[32] = "1.0";

    if (scale > 0 && (scale < 1 || scale > 1))
        ae_print_real(unit, sizeof(unit), scale);
    const int len = snprintf(text, sizeof(text), "P%c\n%d %d\n-%s\n",
                             w->channels == 3 ? 'F' : 'f', w->info.w, w->info.h,
                             unit);
    ae_little_endian(s->data, 4, n);
    AE_TRY(ae_io_write(w->io, text, (size_t)len, e));
    return ae_io_write(w->io, s->data, n * 4, e);
}

static void close_pfm_writer(struct ae_writer *w)
{
    free_pfm(w->state);
}

const struct ae_format ae_fmt_pfm = {
    .name = "pfm",
    .endings = {"pfm"},
    .matches = is_pfm,
    .open_reader = open_pfm_reader,
    .read_row = read_pfm_row,
    .finish_reader = finish_pfm_reader,
    .close_reader = close_pfm_reader,
    .open_writer = open_pfm_writer,
    .write_row = write_pfm_row,
    .finish_writer = finish_pfm_writer,
    .close_writer = close_pfm_writer,
};
