/* src_idx.c - idx files: many pictures of one size, or vectors.  Bytes are
 * kept, other samples become floats; an item with a number that isn't finite is
 * left out. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/source.h"
#include "image/array/idx.h"
#include "image/format.h"

/* The next item's bytes, into `raw`. */
static int read_item(struct ae_io *io, const struct ae_idx *x, void **raw,
                     struct ae_err *e)
{
    const size_t n = (size_t)x->h * x->w * x->c * (size_t)x->type.size;

    if (!(*raw = ae_alloc(n, 1, e)))
        return AE_EMEM;
    const int rc = ae_io_read(io, *raw, n, e);
    if (rc) {
        free(*raw);
        *raw = NULL;
    }
    return rc;
}

/* Samples of any type but bytes as floats, in place of raw. */
static int widen(struct ae_source *s, const struct ae_idx *x, void **raw,
                 struct ae_err *e)
{
    const size_t n = (size_t)x->h * x->w * x->c;
    float *v = ae_alloc(n, sizeof(*v), e);
    int rc = v ? 0 : AE_EMEM;

    if (!rc) {
        ae_npy_to_float(s->ctx, &x->type, *raw, n, v);
        rc = ae_check_finite(v, n, e);
        for (size_t i = 0; i < n; i++)
            s->stats.outside |= v[i] < 0 || v[i] > 1;
    }
    free(*raw);
    *raw = v;
    return rc;
}

/* Takes raw. */
static int push_item(struct ae_source *s, const struct ae_idx *x, void *raw,
                     const char *name, struct ae_err *e)
{
    struct ae_item it = {.name = name,
                         .h = (int)x->h,
                         .w = (int)x->w,
                         .c = (int)x->c,
                         .bytes = x->type.kind == 'u' ? 1 : 4};
    struct ae_err why;
    int wanted = 0, rc = ae_source_select_row(s, &it.label, &wanted, e);

    if (rc < 0 || !wanted)
        goto out;
    if (it.bytes == 4 && widen(s, x, &raw, &why)) {
        ae_err_at(&why, AE_ENUMERIC, "%s", name);
        rc = ae_source_leave_out(s, 1, &why, e);
        goto out;
    }
    it.px = raw;
    return ae_source_push(s, &it, e);
out:
    free(raw);
    return rc;
}

static int name_item(struct ae_str *label, const char *name, uint32_t k,
                     struct ae_err *e)
{
    label->len = 0;
    return ae_str_printf(label, e, "%s#%u", name, k);
}

/* Vectors and samples that no picture has are what arrays hold. */
static void choose_kind(const struct ae_source *s, const struct ae_idx *x)
{
    const int picture = x->h > 1 && x->type.kind == 'u';

    if (s->prep->kind == AE_INPUT_AUTO && !picture)
        s->prep->kind = AE_INPUT_NPY;
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct ae_str label = {0};
    struct ae_idx x = {0};
    struct ae_err why;
    void *raw;
    int rc = ae_idx_read_items(s->ctx, io, &x, e);

    if (!rc)
        choose_kind(s, &x);
    for (uint32_t k = 0; !rc && k < x.count; k++) {
        if (read_item(io, &x, &raw, &why)) {
            rc = ae_source_leave_out(s, x.count - k, &why, e);
            break;
        }
        rc = name_item(&label, name, k, e);
        if (rc)
            free(raw);
        else
            rc = push_item(s, &x, raw, label.p, e);
    }
    ae_str_release(&label);
    return rc;
}

const struct ae_source_kind ae_source_idx = {"idx", ae_is_idx, read_all};
