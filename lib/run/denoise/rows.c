/* rows.c - see rows.h. */
#include "run/denoise/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"

void ae_row_unpack(const struct ae_ctx *ctx, float *out, const void *in,
                   unsigned maxval, size_t n)
{
    if (maxval == 0)
        memcpy(out, in, n * sizeof(float));
    else
        ae_samples_to_float(ctx, out, in, maxval, n);
}

void ae_row_pack(const struct ae_ctx *ctx, void *out, const float *in,
                 unsigned maxval, size_t n)
{
    if (maxval == 0)
        memcpy(out, in, n * sizeof(float));
    else
        ae_samples_from_float(ctx, out, in, maxval, n);
}

size_t ae_pixel_bytes(const struct ae_image_info *info)
{
    return ae_sample_size(info->maxval) * (size_t)info->channels;
}

static size_t row_bytes(const struct ae_image_info *info, int extra)
{
    return ae_pixel_bytes(info) * (size_t)info->w + (size_t)extra;
}

static size_t samples(const struct ae_image_info *info)
{
    return (size_t)info->w * (size_t)info->channels;
}

int ae_rows_init(struct ae_rows *r, struct ae_ctx *ctx,
                 const struct ae_image_info *info, int cap, int whole,
                 int extra, struct ae_err *e)
{
    const size_t size = row_bytes(info, extra);

    memset(r, 0, sizeof(*r));
    r->ctx = ctx;
    r->info = info;
    r->whole = whole;
    r->line = ae_alloc_aligned(samples(info), sizeof(float), e);
    r->bytes = ae_alloc(size, 1, e);
    if (!r->line || !r->bytes)
        return AE_EMEM;
    return ae_row_store_init(&r->store, size, ae_min(cap, info->h), whole, e);
}

void ae_rows_release(struct ae_rows *r)
{
    ae_row_store_release(&r->store);
    ae_free_aligned(r->line);
    free(r->bytes);
    memset(r, 0, sizeof(*r));
}

uint64_t ae_rows_bytes(const struct ae_image_info *info, int cap, int whole,
                       int extra)
{
    const uint64_t kept = whole ? 0 : (uint64_t)ae_min(cap, info->h);

    return sizeof(float) * samples(info) + (1 + kept) * row_bytes(info, extra);
}

int ae_rows_has_room(const struct ae_rows *r)
{
    return r->hi < r->info->h && (r->whole || r->hi - r->lo < r->store.cap);
}

void ae_rows_get(struct ae_rows *r, int y, int x0, int n, void *bytes)
{
    const size_t pixel = ae_pixel_bytes(r->info);

    assert((y >= r->lo || r->whole) && y < r->hi);
    ae_row_store_get(&r->store, y, (size_t)x0 * pixel, bytes,
                     (size_t)n * pixel);
}

void ae_rows_put(struct ae_rows *r, int y, int x0, int n, const void *bytes)
{
    const size_t pixel = ae_pixel_bytes(r->info);

    ae_row_store_put(&r->store, y, (size_t)x0 * pixel, bytes,
                     (size_t)n * pixel);
}

int ae_rows_check(struct ae_rows *r, struct ae_err *e)
{
    if (!r->rc)
        return ae_row_store_check(&r->store, e);
    if (e)
        *e = r->why;
    return r->rc;
}

/* -------------------------------------------------------------- going out */

static int put_writer(void *arg, const float *row, struct ae_err *e)
{
    return ae_writer_row(arg, row, e);
}

struct ae_sink ae_sink_of(struct ae_writer *w)
{
    return (struct ae_sink){put_writer, w};
}

void ae_rows_write(struct ae_rows *r, struct ae_sink sink)
{
    if (r->rc || r->lo == r->hi)
        return;
    ae_rows_get(r, r->lo, 0, r->info->w, r->bytes);
    ae_row_unpack(r->ctx, r->line, r->bytes, r->info->maxval, samples(r->info));
    r->rc = ae_row_store_check(&r->store, &r->why);
    if (!r->rc)
        r->rc = sink.put(sink.arg, r->line, &r->why);
    r->lo += !r->rc;
}

static int write_to(struct ae_rows *r, struct ae_sink sink, int to,
                    struct ae_err *e)
{
    while (!r->rc && r->lo < to)
        ae_rows_write(r, sink);
    if (r->rc && e)
        *e = r->why;
    return r->rc;
}

int ae_rows_make_room(struct ae_rows *r, struct ae_sink sink, int to,
                      struct ae_err *e)
{
    return write_to(r, sink, r->whole ? 0 : to - r->store.cap, e);
}

int ae_rows_flush(struct ae_rows *r, struct ae_sink sink, struct ae_err *e)
{
    return write_to(r, sink, r->hi, e);
}
