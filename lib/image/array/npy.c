/* npy.c - reads and writes NumPy arrays as pictures: [H,W], [H,W,C], [N,H,W]
 * and [N,H,W,C].
 *
 * A last axis of 1 to 4 is channels.  Floats mean 0..1 and aren't clipped, nor
 * are integers that no picture is made of; u1 and u2 are 0..255 and 0..65535,
 * truth values 0 and 1.  An array of N images is N images of the
 * stream; until the last one its state is attached to the stream, both when
 * reading and when writing.  An array in Fortran order is held whole. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "image/array/npy.h"

/* An array in the middle of being read. */
struct array {
    struct ae_pending pending;
    struct ae_npy npy;
    uint64_t n, next; /* the number of images; the next one */
    uint64_t begin;   /* offset of the first one */
    int cut;          /* nothing of it is left to read: see salvage */
    int h, w, c;
    int image_axis, channel_axis; /* there are such */
    void *all;                    /* Fortran order: all values */
};

struct npy {
    struct array *array;  /* attached to the stream */
    unsigned char *bytes; /* a row as in the file */
    size_t values;        /* in a row */
};

/* An array of several images that is being written. */
struct unfinished {
    struct ae_pending pending;
    struct ae_image_info info;
    uint64_t next;     /* the next image */
    struct ae_npy npy; /* the header, and its offset */
    uint64_t begin;
};

static int is_npy(const unsigned char *p, size_t n)
{
    return n >= 6 && memcmp(p, "\223NUMPY", 6) == 0;
}

static void free_array(void *p)
{
    struct array *a = p;

    if (a)
        free(a->all);
    free(a);
}

static int read_header(struct ae_reader *r, struct ae_npy *out,
                       struct ae_err *e)
{
    unsigned char b[12];
    void *text;
    size_t at, n;

    AE_TRY(ae_io_read(r->io, b, 10, e));
    if (b[6] == 2 || b[6] == 3)
        AE_TRY(ae_io_read(r->io, b + 10, 2, e));
    AE_TRY(ae_npy_locate_header(b, &at, &n, e));
    int rc = ae_io_read_block(r->io, n, &text, e);
    if (!rc)
        rc = ae_npy_parse(text, n, out, e);
    free(text);
    return rc;
}

/* What each axis means; the last one of [N,H,W] is above 4. */
static int read_shape(struct array *a, struct ae_err *e)
{
    const struct ae_npy *h = &a->npy;
    uint64_t s[4] = {1, 0, 0, 1};

    if (h->axes < 2)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "npy: an array of one axis is not a picture: those of "
                       "2, 3 or 4 are");
    if (h->axes == 4 && h->shape[3] > 4)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "npy: %llu channels are no picture: 1 to 4 are",
                       (unsigned long long)h->shape[3]);
    const int channels = h->axes == 4 || (h->axes == 3 && h->shape[2] <= 4);
    const int first = h->axes - channels == 3 ? 0 : 1;
    for (int i = 0; i < h->axes; i++) {
        if (h->shape[i] == 0)
            return ae_fail(e, AE_EFORMAT, "npy: an axis is empty");
        s[first + i] = h->shape[i];
    }
    if (s[1] > INT_MAX || s[2] > INT_MAX)
        return ae_fail(e, AE_ELIMIT, "npy: %llu x %llu pixels are too many",
                       (unsigned long long)s[2], (unsigned long long)s[1]);
    a->image_axis = first == 0;
    a->channel_axis = channels;
    a->n = s[0];
    a->h = (int)s[1];
    a->w = (int)s[2];
    a->c = (int)s[3];
    return 0;
}

/* Bytes of the whole array in *size; an error when fewer are left. */
static int check_size(const struct ae_reader *r, const struct array *a,
                      size_t *size, struct ae_err *e)
{
    AE_TRY(ae_ctx_check_size(r->ctx, (uint64_t)a->w, (uint64_t)a->h, e));
    AE_TRY(ae_mul((size_t)a->w * (size_t)a->h,
                  (size_t)a->c * (size_t)a->npy.size, size, e));
    AE_TRY(ae_mul(*size, (size_t)a->n, size, e));
    const int64_t left = r->ctx->salvage ? -1 : ae_io_left(r->io);
    if (r->ctx->salvage) /* what the header promises is made up for */
        AE_TRY(ae_ctx_check_size(r->ctx, (uint64_t)a->w * (uint64_t)a->h, a->n,
                                 e));
    if (left >= 0 && *size > (uint64_t)left)
        return ae_fail(e, AE_EFORMAT,
                       "npy: the array needs %zu bytes, but only %lld are left",
                       *size, (long long)left);
    if (a->npy.fortran && *size > r->ctx->memory)
        return ae_fail(e, AE_ELIMIT,
                       "npy: is in Fortran order, so all of its %zu bytes are "
                       "needed at once, which is past the bound on memory",
                       *size);
    return 0;
}

static int read_array(struct ae_reader *r, struct ae_err *e)
{
    struct array *a = ae_alloc(1, sizeof(*a), e);
    size_t size;

    if (!a)
        return AE_EMEM;
    a->pending.format = r->info.format;
    int rc = read_header(r, &a->npy, e);
    if (rc < 0 || (rc = read_shape(a, e)) < 0 ||
        (rc = check_size(r, a, &size, e)) < 0)
        goto out;
    a->begin = ae_io_offset(r->io);
    r->held = a->npy.fortran ? size : 0;
    if (a->npy.fortran && (rc = ae_io_read_block(r->io, size, &a->all, e)) < 0)
        goto out;
    ae_io_attach(r->io, a, free_array);
    return 0;
out:
    free_array(a);
    return rc;
}

static int open_npy_reader(struct ae_reader *r, struct ae_err *e)
{
    struct npy *s = r->state = ae_alloc(1, sizeof(*s), e);

    if (!s)
        return AE_EMEM;
    if (!ae_io_attached(r->io))
        AE_TRY(read_array(r, e));
    const struct array *a = s->array = ae_io_attached(r->io);
    r->info.w = a->w;
    r->info.h = a->h;
    r->info.channels = a->c;
    r->info.maxval = ae_npy_maxval(&a->npy);
    r->meta->image_axis = a->image_axis;
    r->meta->channel_axis = a->channel_axis;
    r->info.item = a->next;
    r->info.items = a->n;
    r->lost = r->salvaged = a->cut;
    s->values = (size_t)a->w * (size_t)a->c;
    s->bytes = ae_alloc(s->values, (size_t)a->npy.size, e);
    return s->bytes ? 0 : AE_EMEM;
}

/* Row y of the next image out of an array in Fortran order, whose first axis
 * runs fastest. */
static void gather_row(const struct array *a, int y, unsigned char *out)
{
    const size_t size = (size_t)a->npy.size, n = (size_t)a->n;
    const size_t h = (size_t)a->h, w = (size_t)a->w;

    for (size_t x = 0; x < w; x++)
        for (size_t c = 0; c < (size_t)a->c; c++) {
            const size_t i = (size_t)a->next +
                             n * ((size_t)y + h * (x + w * c));
            memcpy(out, (const char *)a->all + i * size, size);
            out += size;
        }
}

static int read_npy_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    const struct npy *s = r->state;
    const struct array *a = s->array;
    const size_t size = (size_t)a->npy.size;

    if (a->all) {
        gather_row(a, r->y, s->bytes);
    } else {
        const int rc = ae_io_read(r->io, s->bytes, s->values * size, e);
        if (rc)
            return ae_err_at(e, rc, "npy: row %d", r->y);
    }
    ae_npy_to_float(r->ctx, &a->npy, s->bytes, s->values, row);
    if (r->info.maxval)
        return 0;
    const int rc = ae_check_finite(row, s->values, e);
    return rc ? ae_err_at(e, rc, "npy: row %d", r->y) : 0;
}

static int finish_npy_reader(struct ae_reader *r, struct ae_err *e)
{
    struct npy *s = r->state;

    (void)e;
    if (++s->array->next == s->array->n)
        ae_io_attach(r->io, NULL, NULL);
    s->array = NULL;
    return 0;
}

/* Passes an image with samples that aren't numbers; of an array that is cut
 * short nothing is left. */
static int recover_npy(struct ae_reader *r, struct ae_err *e)
{
    struct array *a = ae_io_attached(r->io);

    if (!a)
        return ae_skip_to_picture(r->io, NULL, NULL, e);
    if (r->failed == AE_EFORMAT)
        return AE_END;
    a->cut |= r->salvaged;
    const uint64_t each = (uint64_t)a->h * (uint64_t)a->w * (uint64_t)a->c *
                          (uint64_t)a->npy.size;
    const uint64_t next = a->begin + each * (a->all ? a->n : a->next + 1);
    const int cut = a->cut;
    if (++a->next == a->n)
        ae_io_attach(r->io, NULL, NULL); /* which frees the array */
    return cut ? 0 : ae_skip_to(r->io, next, e);
}

static void free_npy(struct npy *s)
{
    free(s->bytes);
    free(s);
}

static void close_npy_reader(struct ae_reader *r)
{
    free_npy(r->state);
}

/* Lets the next writers of the stream go on with the array. */
static int promise_images(struct ae_writer *w, const struct ae_npy *h,
                          struct ae_err *e)
{
    struct unfinished *a = ae_alloc(1, sizeof(*a), e);

    if (!a)
        return AE_EMEM;
    *a = (struct unfinished){.pending.format = w->format,
                             .info = w->info,
                             .next = w->info.item,
                             .npy = *h,
                             .begin = ae_io_offset(w->io)};
    ae_io_attach(w->io, a, free);
    return 0;
}

static int begin_array(struct ae_writer *w, struct ae_err *e)
{
    const struct ae_image_info *i = &w->info;
    unsigned char text[256];
    struct ae_npy h = {.kind = w->maxval ? 'u' : 'f',
                       .size = (int)ae_sample_size(w->maxval)};

    if (i->items > 1 || (w->meta && w->meta->image_axis && i->items))
        h.shape[h.axes++] = i->items;
    h.shape[h.axes++] = (uint64_t)i->h;
    h.shape[h.axes++] = (uint64_t)i->w;
    /* gray needs an axis where its width could be taken for channels */
    if (i->channels > 1 || (h.axes == 3 && i->w <= 4) ||
        (w->meta && w->meta->channel_axis))
        h.shape[h.axes++] = (uint64_t)i->channels;
    if (i->items > 1)
        AE_TRY(promise_images(w, &h, e));
    return ae_io_write(w->io, text, ae_npy_print(&h, text), e);
}

static int continue_array(const struct ae_writer *w, const struct unfinished *a,
                          struct ae_err *e)
{
    const struct ae_image_info *i = &w->info;

    if (i->item == a->next && i->items == a->info.items && i->w == a->info.w &&
        i->h == a->info.h && i->channels == a->info.channels &&
        i->maxval == a->info.maxval)
        return 0;
    return ae_fail(e, AE_EARG,
                   "npy: an array of %llu images of %d x %d is only written up "
                   "to image %llu",
                   (unsigned long long)a->info.items, a->info.w, a->info.h,
                   (unsigned long long)a->next);
}

static int open_npy_writer(struct ae_writer *w, struct ae_err *e)
{
    const struct unfinished *a = ae_io_attached(w->io);
    const unsigned m = w->info.maxval;

    w->maxval = m == 0 ? 0 : ae_whole_bits(m) == 16 ? 65535 : 255;
    struct npy *s = w->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    s->values = (size_t)w->info.w * (size_t)w->channels;
    s->bytes = ae_alloc(s->values, ae_sample_size(w->maxval), e);
    if (!s->bytes)
        return AE_EMEM;
    return a && a->pending.format == w->format ? continue_array(w, a, e)
                                               : begin_array(w, e);
}

static int write_npy_row(struct ae_writer *w, const float *row,
                         struct ae_err *e)
{
    const struct npy *s = w->state;
    const size_t size = ae_sample_size(w->maxval);

    if (w->maxval)
        ae_samples_from_float(w->ctx, s->bytes, row, w->maxval, s->values);
    else
        memcpy(s->bytes, row, s->values * size);
    ae_little_endian(s->bytes, size, s->values);
    return ae_io_write(w->io, s->bytes, s->values * size, e);
}

static int finish_npy_writer(struct ae_writer *w, struct ae_err *e)
{
    struct unfinished *a = ae_io_attached(w->io);

    (void)e;
    if (a && ++a->next >= a->info.items)
        ae_io_attach(w->io, NULL, NULL);
    return 0;
}

static int end_npy_stream(struct ae_io *io, struct ae_err *e)
{
    struct unfinished *a = ae_io_attached(io);
    unsigned char text[256];

    if (!ae_io_can_patch(io))
        return ae_fail(e, AE_EFORMAT,
                       "npy: only %llu of the %llu images that its header "
                       "says, which can't be changed on a pipe: -o FILE",
                       (unsigned long long)a->next,
                       (unsigned long long)a->info.items);
    const size_t room = ae_npy_print(&a->npy, text);
    a->npy.shape[0] = a->next;
    ae_npy_widen(text, ae_npy_print(&a->npy, text), room);
    return ae_io_patch(io, a->begin, text, room, e);
}

static void close_npy_writer(struct ae_writer *w)
{
    free_npy(w->state);
}

const struct ae_format ae_fmt_npy = {
    .name = "npy",
    .endings = {"npy"},
    .multi = AE_MULTI_ARRAY,
    .matches = is_npy,
    .open_reader = open_npy_reader,
    .read_row = read_npy_row,
    .finish_reader = finish_npy_reader,
    .close_reader = close_npy_reader,
    .recover = recover_npy,
    .open_writer = open_npy_writer,
    .write_row = write_npy_row,
    .finish_writer = finish_npy_writer,
    .close_writer = close_npy_writer,
    .end_stream = end_npy_stream,
};
