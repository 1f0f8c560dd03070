/* src_idx.c - idx files: many pictures of one size, whose bytes are kept. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/source.h"
#include "image/array/idx.h"

static int read_item(struct ae_io *io, const struct ae_idx *x,
                     struct ae_item *it, struct ae_err *e)
{
    const size_t n = (size_t)x->h * x->w * x->c;

    *it = (struct ae_item){
        .h = (int)x->h, .w = (int)x->w, .c = (int)x->c, .bytes = 1};
    if (!(it->px = ae_alloc(n, 1, e)))
        return AE_EMEM;
    const int rc = ae_io_read(io, it->px, n, e);
    if (rc)
        free(it->px);
    return rc;
}

static int push_item(struct ae_source *s, struct ae_item *it, const char *name,
                     uint32_t k, struct ae_err *e)
{
    struct ae_str label = {0};
    int rc = ae_str_printf(&label, e, "%s#%u", name, k);

    it->name = label.p;
    if (rc)
        free(it->px);
    else
        rc = ae_source_push_row(s, it, e);
    ae_str_release(&label);
    return rc;
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct ae_idx x = {0};
    struct ae_item it;
    struct ae_err why;

    AE_TRY(ae_idx_read(s->ctx, io, 1, &x, e));
    for (uint32_t k = 0; k < x.count; k++) {
        if (read_item(io, &x, &it, &why))
            return ae_source_leave_out(s, x.count - k, &why, e);
        AE_TRY(push_item(s, &it, name, k, e));
    }
    return 0;
}

const struct ae_source_kind ae_source_idx = {"idx", ae_is_idx, read_all};
