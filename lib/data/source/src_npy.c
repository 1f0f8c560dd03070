/* src_npy.c - NumPy arrays as items: of an array (N, D) each row is one; the
 * others hold what pictures hold, and so does one that is told to be a
 * picture.  A row with a number that isn't finite is left out.
 * image/array/npy_header.c reads the header. */
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

/* Takes the header; an array in Fortran order is held whole. */
static int open_rows(struct rows *r, const struct ae_source *s,
                     struct ae_io *io, size_t header, struct ae_err *e)
{
    const uint64_t limit = s->ctx->memory;
    void *all;
    size_t whole;

    r->n = r->npy.shape[0];
    r->values = (size_t)r->npy.shape[1];
    AE_TRY(ae_mul(r->values, (size_t)r->npy.size, &r->size, e));
    if (ae_mul(r->size, (size_t)r->n, &whole, e) < 0 || r->values > INT_MAX ||
        r->size > limit || (r->npy.fortran && whole > limit))
        return ae_fail(e, AE_ELIMIT,
                       "npy: %llu rows of %zu values%s are more than `memory` "
                       "allows",
                       (unsigned long long)r->n, r->values,
                       r->npy.fortran ? ", in Fortran order," : "");
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

    for (size_t i = 0; i < r->values; i++)
        memcpy(r->bytes + i * size, r->all + (k + i * r->n) * size, size);
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
    it->h = it->c = 1;
    it->w = (int)r->values;
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

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct rows r = {0};
    const size_t header = peek_header(io, &r.npy);

    if (s->o->min_side > 1 || s->prep->kind == AE_INPUT_IMAGE || !header ||
        r.npy.axes != 2)
        return ae_source_image.read(s, io, name, e);
    if (s->prep->kind == AE_INPUT_AUTO)
        s->prep->kind = AE_INPUT_NPY;
    int rc = open_rows(&r, s, io, header, e);
    if (!rc)
        rc = push_rows(s, io, &r, name, e);
    free(r.all);
    free(r.bytes);
    return rc;
}

const struct ae_source_kind ae_source_npy = {"npy", match, read_all};
