/* src_npy.c - NumPy arrays as items: of an array (N, D) each row is one; the
 * others hold what pictures hold, and so does one that is told to be a
 * picture.  image/array/npy.c reads the bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "data/source/source.h"
#include "image/array/npy.h"

enum { MAX_PEEK = 12000 }; /* longest header, and more */

/* The axes that the header names; 0 where it is wrong, of which the reader
 * will say why. */
static int count_axes(struct ae_io *io)
{
    const void *head;
    struct ae_npy npy;
    size_t got, n, skip;

    if (ae_io_peek(io, &head, 12, &got, NULL) || got < 12 ||
        ae_npy_locate_header(head, &skip, &n, NULL) || skip + n > MAX_PEEK ||
        ae_io_peek(io, &head, skip + n, &got, NULL) || got < skip + n ||
        ae_npy_parse((const char *)head + skip, n, &npy, NULL))
        return 0;
    return npy.axes;
}

static int push_row(struct ae_source *s, struct ae_reader *reader,
                    const char *name, int k, uint64_t items, struct ae_err *e)
{
    const struct ae_image_info *info = ae_reader_info(reader);
    struct ae_item it = {
        .h = 1, .w = info->w, .c = 1, .bytes = 4, .items = items};
    struct ae_str label = {0};

    if (!(it.px = ae_alloc((size_t)info->w, sizeof(float), e)))
        return AE_EMEM;
    int rc = ae_reader_row(reader, it.px, e);
    if (rc || (rc = ae_str_printf(&label, e, "%s#%d", name, k))) {
        free(it.px);
        goto out;
    }
    const float *v = it.px;
    for (int i = 0; i < it.w; i++)
        s->stats.outside |= v[i] < 0 || v[i] > 1;
    it.name = label.p;
    rc = ae_source_push_row(s, &it, e);
out:
    ae_str_release(&label);
    return rc;
}

static int match(const unsigned char *head, size_t n)
{
    return n >= 6 && memcmp(head, "\223NUMPY", 6) == 0;
}

static uint64_t wanted_rows(const struct ae_source *s, int h)
{
    return s->o->selection ? ae_selection_count(s->o->selection, (uint64_t)h)
                           : (uint64_t)h;
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct ae_reader *reader = NULL;
    uint64_t items = 0;

    if (s->o->min_side > 1 || s->prep->kind == AE_INPUT_IMAGE ||
        count_axes(io) != 2)
        return ae_source_image.read(s, io, name, e);
    if (s->prep->kind == AE_INPUT_AUTO)
        s->prep->kind = AE_INPUT_NPY;
    int rc = ae_reader_open(s->ctx, io, 1, &reader, e);
    if (rc)
        goto out;
    items = wanted_rows(s, ae_reader_info(reader)->h);
    for (int k = 0; k < ae_reader_info(reader)->h; k++)
        if ((rc = push_row(s, reader, name, k, items, e)))
            goto out;
    rc = ae_reader_finish(reader, e);
out:
    ae_reader_free(reader);
    return rc;
}

const struct ae_source_kind ae_source_npy = {"npy", match, read_all};
