/* src_idx.c - idx files: many pictures of one size, whose bytes are kept. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/source.h"
#include "image/array/idx.h"

static int read_item(struct ae_source *s, struct ae_io *io,
                     const struct ae_idx *x, const char *name, uint32_t k,
                     struct ae_err *e)
{
    const size_t n = (size_t)x->h * x->w * x->c;
    struct ae_item it = {
        .h = (int)x->h, .w = (int)x->w, .c = (int)x->c, .bytes = 1};
    struct ae_str label = {0};

    if (!(it.px = ae_alloc(n, 1, e)))
        return AE_EMEM;
    int rc = ae_source_wait(s, io, e);
    if (rc || (rc = ae_io_read(io, it.px, n, e)) ||
        (rc = ae_str_printf(&label, e, "%s#%u", name, k))) {
        free(it.px);
        goto out;
    }
    it.name = label.p;
    rc = ae_source_push_row(s, &it, e);
out:
    ae_str_release(&label);
    return rc;
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct ae_idx x = {0};

    AE_TRY(ae_idx_read(s->ctx, io, 1, &x, e));
    for (uint32_t k = 0; k < x.count; k++)
        AE_TRY(read_item(s, io, &x, name, k, e));
    return 0;
}

const struct ae_source_kind ae_source_idx = {"idx", ae_is_idx, read_all};
