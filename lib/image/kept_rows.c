/* kept_rows.c - see kept_rows.h. */
#include "image/kept_rows.h"

#include <stdlib.h>
#include <string.h>

#include "image/format.h"

struct ae_kept_rows {
    const struct ae_ctx *ctx;
    size_t values, row_bytes; /* of a row */
    unsigned maxval;
    unsigned char *bytes;
};

uint64_t ae_kept_rows_bytes(int w, int h, int channels, unsigned maxval)
{
    const uint64_t row = (uint64_t)w * (uint64_t)channels *
                         ae_sample_size(maxval);

    return row > UINT64_MAX / (uint64_t)h ? UINT64_MAX : row * (uint64_t)h;
}

int ae_kept_rows_new(const struct ae_ctx *ctx, int w, int h, int channels,
                     unsigned maxval, struct ae_kept_rows **out,
                     struct ae_err *e)
{
    struct ae_kept_rows *k = *out = ae_alloc(1, sizeof(*k), e);

    if (!k)
        return AE_EMEM;
    k->ctx = ctx;
    k->values = (size_t)w * (size_t)channels;
    k->maxval = maxval;
    k->row_bytes = k->values * ae_sample_size(maxval);
    k->bytes = ae_alloc((size_t)h, k->row_bytes, e);
    if (k->bytes)
        return 0;
    ae_kept_rows_free(k);
    *out = NULL;
    return AE_EMEM;
}

void ae_kept_rows_free(struct ae_kept_rows *k)
{
    if (!k)
        return;
    free(k->bytes);
    free(k);
}

void ae_kept_rows_put(struct ae_kept_rows *k, int y, const float *row)
{
    unsigned char *to = k->bytes + (size_t)y * k->row_bytes;

    if (k->maxval)
        ae_samples_from_float(k->ctx, to, row, k->maxval, k->values);
    else
        memcpy(to, row, k->row_bytes);
}

void ae_kept_rows_get(const struct ae_kept_rows *k, int y, float *row)
{
    const unsigned char *from = k->bytes + (size_t)y * k->row_bytes;

    if (k->maxval)
        ae_samples_to_float(k->ctx, row, from, k->maxval, k->values);
    else
        memcpy(row, from, k->row_bytes);
}
