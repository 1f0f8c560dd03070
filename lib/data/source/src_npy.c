/* src_npy.c - NumPy arrays as items: of an array (N, D) each row is one, of
 * (N,) each number, of (N, T, C) each window of T steps of C channels where the
 * model learned them so.  All others hold what pictures hold, and so does one
 * that is told to be a picture.  A row with a number that isn't finite is left
 * out.  image/array/npy_header.c reads the header. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/source.h"
#include "image/array/npy.h"
#include "image/format.h"

enum { MAX_PEEK = 12000 }; /* longest header, and more */

struct rows {
    struct ae_npy npy;
    uint64_t n;           /* of them */
    int w, c;             /* of a row: its steps or values, and channels */
    size_t values, size;  /* of a row; its bytes */
    unsigned char *bytes; /* of a row, as in the file */
    unsigned char *all;   /* Fortran order: of the array; else NULL */
};

/* Parses the header that comes next without taking it; returns its bytes, or 0
 * where it is wrong, of which the reader of pictures will say why. */
static size_t peek_header(struct ae_io *io, struct ae_npy *out)
{
    const void *head;
    size_t got, n, skip;

    if (ae_io_peek(io, &head, 12, &got, NULL) || got < 12 ||
        ae_npy_locate_header(head, &skip, &n, NULL) || skip + n > MAX_PEEK ||
        ae_io_peek(io, &head, skip + n, &got, NULL) || got < skip + n ||
        ae_npy_parse((const char *)head + skip, n, out, NULL))
        return 0;
    return skip + n;
}

static int too_large(const struct rows *r, struct ae_err *e)
{
    return ae_fail(e, AE_ELIMIT,
                   "npy: an array of %llu rows of %llu x %llu values%s is more "
                   "than `memory` allows",
                   (unsigned long long)r->n,
                   (unsigned long long)r->npy.shape[1],
                   (unsigned long long)r->npy.shape[2],
                   r->npy.fortran ? ", in Fortran order," : "");
}

/* What a row holds, and in how many bytes; those of all rows in *whole. */
static int measure(struct rows *r, const struct ae_ctx *ctx, size_t *whole,
                   struct ae_err *e)
{
    uint64_t *shape = r->npy.shape;

    for (int i = r->npy.axes; i < 3; i++)
        shape[i] = 1;
    r->n = shape[0];
    if (shape[1] > INT_MAX || shape[2] > INT_MAX ||
        ae_mul((size_t)shape[1], (size_t)shape[2], &r->values, e) < 0 ||
        ae_mul(r->values, (size_t)r->npy.size, &r->size, e) < 0 ||
        ae_mul(r->size, (size_t)r->n, whole, e) < 0 || r->size > ctx->memory ||
        (r->npy.fortran && *whole > ctx->memory))
        return too_large(r, e);
    r->w = (int)shape[1];
    r->c = (int)shape[2];
    return 0;
}

/* Takes the header; an array in Fortran order is held whole. */
static int open_rows(struct rows *r, const struct ae_ctx *ctx, struct ae_io *io,
                     size_t header, struct ae_err *e)
{
    void *all;
    size_t whole = 0;

    AE_TRY(measure(r, ctx, &whole, e));
    AE_TRY(ae_io_skip(io, header, e));
    if (r->npy.fortran) {
        AE_TRY(ae_io_read_block(io, whole, &all, e));
        r->all = all;
    }
    r->bytes = ae_alloc(r->values, (size_t)r->npy.size, e);
    return r->bytes ? 0 : AE_EMEM;
}

/* Row k of an array in Fortran order, whose first axis runs fastest. */
static void gather_row(const struct rows *r, uint64_t k)
{
    const size_t size = (size_t)r->npy.size;
    const size_t w = (size_t)r->w, c = (size_t)r->c;
    unsigned char *out = r->bytes;

    for (size_t x = 0; x < w; x++)
        for (size_t i = 0; i < c; i++, out += size)
            memcpy(out, r->all + (k + r->n * (x + w * i)) * size, size);
}

static int push_row(struct ae_source *s, const struct rows *r, uint64_t k,
                    struct ae_item *it, const char *name, struct ae_err *e)
{
    struct ae_str label = {0};
    float *v = ae_alloc(r->values, sizeof(float), e);
    int rc = v ? ae_str_printf(&label, e, "%s#%llu", name,
                               (unsigned long long)k)
               : AE_EMEM;

    if (rc < 0)
        goto out;
    ae_npy_to_float(s->ctx, &r->npy, r->bytes, r->values, v);
    struct ae_err why;
    if (ae_check_finite(v, r->values, &why) < 0) {
        ae_err_at(&why, AE_ENUMERIC, "row %llu", (unsigned long long)k);
        rc = ae_source_leave_out(s, 1, &why, e);
        goto out;
    }
    for (size_t i = 0; i < r->values; i++)
        s->stats.outside |= v[i] < 0 || v[i] > 1;
    it->h = 1;
    it->w = r->w;
    it->c = r->c;
    it->bytes = 4;
    it->name = label.p;
    it->px = v;
    v = NULL;
    rc = ae_source_push(s, it, e);
out:
    free(v);
    ae_str_release(&label);
    return rc;
}

static uint64_t wanted_rows(const struct ae_source *s, uint64_t n)
{
    return s->o->selection ? ae_selection_count(s->o->selection, n) : n;
}

static int push_rows(struct ae_source *s, struct ae_io *io,
                     const struct rows *r, const char *name, struct ae_err *e)
{
    const uint64_t items = wanted_rows(s, r->n);
    struct ae_err why;

    for (uint64_t k = 0; k < r->n; k++) {
        struct ae_item it = {.items = items};
        int wanted;
        if (r->all)
            gather_row(r, k);
        else if (ae_io_read(io, r->bytes, r->size, &why))
            return ae_source_leave_out(s, r->n - k, &why, e);
        AE_TRY(ae_source_select_row(s, &it.label, &wanted, e));
        if (wanted)
            AE_TRY(push_row(s, r, k, &it, name, e));
    }
    return 0;
}

static int match(const unsigned char *head, size_t n)
{
    return n >= 6 && memcmp(head, "\223NUMPY", 6) == 0;
}

/* 1 where the array's rows are items, 0 where it holds pictures.  Three axes
 * are windows to a model that learned arrays; in training where the array
 * stands alone and isn't of the bytes that pictures are made of. */
static int has_rows(const struct ae_source *s, const struct ae_npy *h)
{
    const int kind = s->prep->kind;

    if (s->o->min_side > 1 || kind == AE_INPUT_IMAGE || h->axes == 4)
        return 0;
    if (h->axes < 3 || kind == AE_INPUT_NPY)
        return 1;
    return s->o->windows && !s->in_folder && ae_npy_maxval(h) < 2;
}

static void note_windows(const struct ae_source *s, const struct rows *r)
{
    ae_log(s->ctx, AE_LOG_NOTE,
           "%s: %llu windows of %d steps and %d channel(s); `input` image "
           "makes pictures of them",
           s->path, (unsigned long long)r->n, r->w, r->c);
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct rows r = {0};
    const size_t header = peek_header(io, &r.npy);

    if (!header || !has_rows(s, &r.npy))
        return ae_source_image.read(s, io, name, e);
    int rc = open_rows(&r, s->ctx, io, header, e);
    if (rc)
        goto out;
    if (s->prep->kind == AE_INPUT_AUTO && r.npy.axes == 3)
        note_windows(s, &r);
    if (s->prep->kind == AE_INPUT_AUTO)
        s->prep->kind = AE_INPUT_NPY;
    rc = push_rows(s, io, &r, name, e);
out:
    free(r.all);
    free(r.bytes);
    return rc;
}

const struct ae_source_kind ae_source_npy = {"npy", match, read_all};
