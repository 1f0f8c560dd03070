/* idx.c - reads and writes idx files, the format of MNIST, as pictures.
 *
 * A file of N pictures is N images of the stream.  Images that are written
 * one after another become one file: on a pipe info.items must promise their
 * number, elsewhere the header is corrected as they come.  Alpha is one more
 * channel of bytes. */
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "image/array/idx.h"

enum { HEADER_MAX = 20 }; /* bytes */

/* A file in the middle of being read. */
struct file {
    struct ae_pending pending;
    struct ae_idx idx;
    uint32_t next;  /* the next image */
    uint64_t begin; /* offset of the first one */
};

/* A file that is being written; its header promises idx.count images. */
struct unfinished {
    struct ae_pending pending;
    struct ae_idx idx;
    uint64_t begin; /* offset of the header */
    uint32_t written;
};

struct row {
    unsigned char *bytes;
    size_t values;
};

int ae_is_idx(const unsigned char *p, size_t n)
{
    return n >= 4 && p[0] == 0 && p[1] == 0 && p[2] >= 8 && p[2] <= 14 &&
           p[3] >= 1 && p[3] <= 4;
}

size_t ae_idx_print(const struct ae_idx *x, unsigned char *out)
{
    const uint32_t dim[4] = {x->count, x->h, x->w, x->c};
    const int axes = x->c > 1 ? 4 : 3;

    memcpy(out, "\0\0\10", 3);
    out[3] = (unsigned char)axes;
    for (int i = 0; i < axes; i++)
        ae_put_be32(out + 4 + 4 * i, dim[i]);
    return 4 + 4 * (size_t)axes;
}

static int check_size(const struct ae_ctx *ctx, const struct ae_io *io,
                      int alone, const struct ae_idx *x, struct ae_err *e)
{
    size_t item, all;

    if (x->c < 1 || x->c > 4)
        return ae_fail(e, AE_EFORMAT, "idx: %u channels, 1 to 4 are read",
                       x->c);
    const int rc = ae_ctx_check_size(ctx, x->w, x->h, e);
    if (rc)
        return ae_err_at(e, rc, "idx");
    AE_TRY(ae_mul((size_t)x->h * x->w * x->c, (size_t)x->type.size, &item, e));
    AE_TRY(ae_mul(item, x->count, &all, e));
    const int64_t left = ae_io_left(io);
    if (item > ctx->memory)
        return ae_fail(e, AE_ELIMIT,
                       "idx: an item of %ux%ux%u samples is more than "
                       "`memory` allows",
                       x->h, x->w, x->c);
    if (left >= 0 && (((uint64_t)left < all && !ctx->salvage) ||
                      (alone && (uint64_t)left > all)))
        return ae_fail(e, AE_EFORMAT,
                       "idx: %u items of %ux%ux%u need %llu bytes, %lld "
                       "follow the header",
                       x->count, x->h, x->w, x->c, (unsigned long long)all,
                       (long long)left);
    return 0;
}

int ae_idx_read_header(struct ae_io *io, struct ae_idx_header *out,
                       struct ae_err *e)
{
    unsigned char head[4], size[4];

    AE_TRY(ae_io_read(io, head, sizeof(head), e));
    *out = (struct ae_idx_header){head[2], head[3], {1, 1, 1, 1}};
    if (out->axes < 1 || out->axes > 4)
        return ae_fail(e, AE_EFORMAT, "idx: %d dimensions, 1 to 4 are read",
                       out->axes);
    for (int i = 0; i < out->axes; i++) {
        AE_TRY(ae_io_read(io, size, sizeof(size), e));
        out->size[i] = ae_be32(size);
    }
    return 0;
}

static int find_type(int type, struct ae_npy *out, struct ae_err *e)
{
    static const struct {
        int type;
        char kind;
        int size;
    } known[] = {{8, 'u', 1},  {9, 'i', 1},  {11, 'i', 2},
                 {12, 'i', 4}, {13, 'f', 4}, {14, 'f', 8}};

    for (size_t i = 0; i < AE_LEN(known); i++)
        if (known[i].type == type) {
            *out = (struct ae_npy){
                .kind = known[i].kind, .size = known[i].size, .big = 1};
            return 0;
        }
    return ae_fail(e, AE_EUNSUPPORTED, "idx: samples of unknown type 0x%02x",
                   (unsigned)type);
}

int ae_idx_read(const struct ae_ctx *ctx, struct ae_io *io, struct ae_idx *out,
                struct ae_err *e)
{
    struct ae_idx_header h;

    AE_TRY(ae_idx_read_header(io, &h, e));
    if (h.type != 8)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "idx: samples of type 0x%02x; those of pictures are "
                       "bytes (0x08)",
                       (unsigned)h.type);
    if (h.axes < 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "idx: %d dimension(s): %s, not "
                       "pictures",
                       h.axes, h.axes == 1 ? "labels" : "vectors");
    *out = (struct ae_idx){
        .count = h.size[0], .h = h.size[1], .w = h.size[2], .c = h.size[3]};
    AE_TRY(find_type(h.type, &out->type, e));
    return check_size(ctx, io, 0, out, e);
}

int ae_idx_read_items(const struct ae_ctx *ctx, struct ae_io *io,
                      struct ae_idx *out, struct ae_err *e)
{
    struct ae_idx_header h;

    AE_TRY(ae_idx_read_header(io, &h, e));
    if (h.axes == 1)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "idx: 1 dimension: labels, not items");
    *out = (struct ae_idx){.count = h.size[0],
                           .h = h.axes == 2 ? 1 : h.size[1],
                           .w = h.axes == 2 ? h.size[1] : h.size[2],
                           .c = h.size[3]};
    AE_TRY(find_type(h.type, &out->type, e));
    if (out->count < 1)
        return ae_fail(e, AE_EFORMAT, "idx: no items");
    return check_size(ctx, io, 1, out, e);
}

/* --------------------------------------------------------------- reading */

static int read_file(struct ae_reader *r, struct ae_err *e)
{
    struct file *f = ae_alloc(1, sizeof(*f), e);

    if (!f)
        return AE_EMEM;
    f->pending.format = r->info.format;
    int rc = ae_idx_read(r->ctx, r->io, &f->idx, e);
    if (!rc && !f->idx.count)
        rc = ae_fail(e, AE_EFORMAT, "idx: no pictures");
    if (rc)
        free(f);
    else
        ae_io_attach(r->io, f, free);
    if (!rc)
        f->begin = ae_io_offset(r->io);
    return rc;
}

static int open_idx_reader(struct ae_reader *r, struct ae_err *e)
{
    struct row *s = r->state = ae_alloc(1, sizeof(*s), e);

    if (!s)
        return AE_EMEM;
    if (!ae_io_attached(r->io))
        AE_TRY(read_file(r, e));
    const struct file *f = ae_io_attached(r->io);
    r->info.w = (int)f->idx.w;
    r->info.h = (int)f->idx.h;
    r->info.channels = (int)f->idx.c;
    r->info.maxval = 255;
    r->info.item = f->next;
    r->info.items = f->idx.count;
    s->values = (size_t)f->idx.w * f->idx.c;
    s->bytes = ae_alloc(s->values, 1, e);
    return s->bytes ? 0 : AE_EMEM;
}

static int read_idx_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    const struct row *s = r->state;
    const int rc = ae_io_read(r->io, s->bytes, s->values, e);

    if (rc)
        return ae_err_at(e, rc, "idx: row %d", r->y);
    ae_samples_to_float(r->ctx, row, s->bytes, 255, s->values);
    return 0;
}

static int finish_idx_reader(struct ae_reader *r, struct ae_err *e)
{
    struct file *f = ae_io_attached(r->io);

    (void)e;
    if (++f->next == f->idx.count)
        ae_io_attach(r->io, NULL, NULL);
    return 0;
}

/* All bytes are samples, so only what was cut short can't be read on. */
static int recover_idx(struct ae_reader *r, struct ae_err *e)
{
    struct file *f = ae_io_attached(r->io);

    if (!f || r->failed == AE_EFORMAT || r->salvaged)
        return AE_END;
    const uint64_t each = (uint64_t)f->idx.h * f->idx.w * f->idx.c;
    const uint64_t next = f->begin + each * ++f->next;
    if (f->next == f->idx.count)
        ae_io_attach(r->io, NULL, NULL);
    return ae_skip_to(r->io, next, e);
}

static void free_row(struct row *s)
{
    if (s)
        free(s->bytes);
    free(s);
}

static void close_idx_reader(struct ae_reader *r)
{
    free_row(r->state);
}

/* --------------------------------------------------------------- writing */

static int begin_file(struct ae_writer *w, struct ae_err *e)
{
    const struct ae_image_info *i = &w->info;
    struct unfinished *f;
    unsigned char head[HEADER_MAX];

    if (i->items > UINT32_MAX)
        return ae_fail(e, AE_ELIMIT, "idx: holds at most %u images",
                       UINT32_MAX);
    if (!(f = ae_alloc(1, sizeof(*f), e)))
        return AE_EMEM;
    *f = (struct unfinished){.pending.format = w->format,
                             .idx = {.count = i->items ? (uint32_t)i->items : 1,
                                     .h = (uint32_t)i->h,
                                     .w = (uint32_t)i->w,
                                     .c = (uint32_t)i->channels},
                             .begin = ae_io_offset(w->io)};
    ae_io_attach(w->io, f, free);
    return ae_io_write(w->io, head, ae_idx_print(&f->idx, head), e);
}

/* Writes the header anew, with the number of images that came. */
static int set_count(struct ae_io *io, struct unfinished *f, struct ae_err *e)
{
    unsigned char head[HEADER_MAX];

    f->idx.count = f->written;
    return ae_io_patch(io, f->begin, head, ae_idx_print(&f->idx, head), e);
}

static int continue_file(const struct ae_writer *w, const struct unfinished *f,
                         struct ae_err *e)
{
    const struct ae_image_info *i = &w->info;

    if ((uint32_t)i->h != f->idx.h || (uint32_t)i->w != f->idx.w ||
        (uint32_t)i->channels != f->idx.c)
        return ae_fail(e, AE_EARG,
                       "idx: %d x %d pixels of %d channel(s) after images of "
                       "%u x %u of %u: one size for all",
                       i->w, i->h, i->channels, f->idx.w, f->idx.h, f->idx.c);
    if (f->written == f->idx.count && !ae_io_can_patch(w->io))
        return ae_fail(e, AE_EARG,
                       "idx: more images than its header says, which can't be "
                       "changed on a pipe: -o FILE");
    return f->written == UINT32_MAX
               ? ae_fail(e, AE_ELIMIT, "idx: too many images")
               : 0;
}

static int open_idx_writer(struct ae_writer *w, struct ae_err *e)
{
    const struct unfinished *f = ae_io_attached(w->io);
    struct row *s = w->state = ae_alloc(1, sizeof(*s), e);

    w->maxval = 255;
    if (!s)
        return AE_EMEM;
    s->values = (size_t)w->info.w * (size_t)w->channels;
    s->bytes = ae_alloc(s->values, 1, e);
    if (!s->bytes)
        return AE_EMEM;
    return f && f->pending.format == w->format ? continue_file(w, f, e)
                                               : begin_file(w, e);
}

static int write_idx_row(struct ae_writer *w, const float *row,
                         struct ae_err *e)
{
    const struct row *s = w->state;

    ae_samples_from_float(w->ctx, s->bytes, row, 255, s->values);
    return ae_io_write(w->io, s->bytes, s->values, e);
}

static int finish_idx_writer(struct ae_writer *w, struct ae_err *e)
{
    struct unfinished *f = ae_io_attached(w->io);

    return ++f->written > f->idx.count ? set_count(w->io, f, e) : 0;
}

static int end_idx_stream(struct ae_io *io, struct ae_err *e)
{
    struct unfinished *f = ae_io_attached(io);

    if (f->written == f->idx.count)
        return 0;
    if (!ae_io_can_patch(io))
        return ae_fail(e, AE_EFORMAT,
                       "idx: only %u of the %u images that its header says, "
                       "which can't be changed on a pipe: -o FILE",
                       f->written, f->idx.count);
    return set_count(io, f, e);
}

static void close_idx_writer(struct ae_writer *w)
{
    free_row(w->state);
}

const struct ae_format ae_fmt_idx = {
    .name = "idx",
    .endings = {"idx", "idx3-ubyte"},
    .multi = AE_MULTI_ARRAY,
    .matches = ae_is_idx,
    .open_reader = open_idx_reader,
    .read_row = read_idx_row,
    .finish_reader = finish_idx_reader,
    .close_reader = close_idx_reader,
    .recover = recover_idx,
    .open_writer = open_idx_writer,
    .write_row = write_idx_row,
    .finish_writer = finish_idx_writer,
    .close_writer = close_idx_writer,
    .end_stream = end_idx_stream,
};
