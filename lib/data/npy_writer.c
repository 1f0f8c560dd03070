/* npy_writer.c - items of one shape as one NPY array, the number of them known
 * before or counted and put into the header at the end. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "image/format.h"
#include "image/array/npy.h"

enum { ROOM = 256, PART = 1024 };

struct ae_array {
    struct ae_io *io;
    struct ae_npy npy;     /* shape[0]: the items of the header */
    uint64_t begin, count; /* where the header lies; items written */
    size_t header, values; /* bytes; floats of an item */
    int counts;            /* 1: the header waits for the number */
};

int ae_array_open(struct ae_io *io, const int *shape, int axes, uint64_t items,
                  struct ae_array **out, struct ae_err *e)
{
    struct ae_npy h = {.kind = 'f', .size = 4, .axes = axes + 1};
    unsigned char text[ROOM];
    size_t values = 1;
    int rc = 0;

    assert(axes >= 1 && axes <= 3);
    *out = NULL;
    if (!items && !ae_io_can_patch(io))
        return ae_fail(e, AE_EARG,
                       "npy needs a file, whose header is completed at the "
                       "end: -o FILE, or another format");
    /* Room for the longest number: the header's size never changes. */
    h.shape[0] = items ? items : UINT64_MAX;
    for (int i = 0; !rc && i < axes; i++) {
        h.shape[i + 1] = (uint64_t)shape[i];
        rc = ae_mul(values, (size_t)shape[i], &values, e);
    }
    struct ae_array *a = rc ? NULL : ae_alloc(1, sizeof(*a), e);
    if (!a)
        return rc ? rc : AE_EMEM;
    *a = (struct ae_array){.io = io,
                           .npy = h,
                           .begin = ae_io_offset(io),
                           .header = ae_npy_print(&h, text),
                           .values = values,
                           .counts = !items};
    rc = ae_io_write(io, text, a->header, e);
    if (rc)
        free(a);
    else
        *out = a;
    return rc;
}

int ae_array_put(struct ae_array *a, const float *item, struct ae_err *e)
{
    float part[PART];
    int rc = 0;

    for (size_t i = 0, n; !rc && i < a->values; i += n) {
        n = a->values - i < PART ? a->values - i : PART;
        memcpy(part, item + i, n * sizeof(*part));
        ae_little_endian(part, sizeof(*part), n);
        rc = ae_io_write(a->io, part, n * sizeof(*part), e);
    }
    a->count++;
    return rc;
}

int ae_array_finish(struct ae_array *a, struct ae_err *e)
{
    unsigned char text[ROOM];

    if (!a->counts) {
        if (a->count != a->npy.shape[0])
            return ae_fail(e, AE_EARG, "npy: %llu items of %llu are written",
                           (unsigned long long)a->count,
                           (unsigned long long)a->npy.shape[0]);
        return 0;
    }
    a->npy.shape[0] = a->count;
    const size_t n = ae_npy_print(&a->npy, text);
    /* Padded to where the data begin. */
    if (n < a->header) {
        memset(text + n - 1, ' ', a->header - n);
        text[a->header - 1] = '\n';
        text[8] = (unsigned char)((a->header - 10) & 255);
        text[9] = (unsigned char)((a->header - 10) >> 8);
    }
    return ae_io_patch(a->io, a->begin, text, a->header, e);
}

void ae_array_free(struct ae_array *a)
{
    free(a);
}
