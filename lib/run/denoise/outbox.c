/* outbox.c - see outbox.h. */
#include "run/denoise/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "nn/graph/ring_plan.h"
#include "run/denoise/window.h"

enum { ROWS = 16 + AE_STREAM_ROWS }; /* that may wait */

static int put_writer(void *arg, const float *row, struct ae_err *e)
{
    return ae_writer_row(arg, row, e);
}

struct ae_sink ae_sink_of(struct ae_writer *w)
{
    return (struct ae_sink){put_writer, w};
}

int ae_outbox_init(struct ae_outbox *o, struct ae_ctx *ctx, struct ae_sink sink,
                   const struct ae_image_info *info, int whole,
                   struct ae_err *e)
{
    const size_t row_bytes = ae_pixel_bytes(info) * (size_t)info->w;

    memset(o, 0, sizeof *o);
    o->ctx = ctx;
    o->sink = sink;
    o->info = info;
    o->whole = whole;
    o->line = ae_alloc_aligned((size_t)info->w,
                               sizeof(float) * (size_t)info->channels, e);
    o->bytes = ae_alloc(row_bytes, 1, e);
    if (!o->line || !o->bytes)
        return AE_EMEM;
    return ae_row_store_init(&o->store, row_bytes, ae_min(ROWS, info->h), whole,
                             e);
}

void ae_outbox_release(struct ae_outbox *o)
{
    ae_row_store_release(&o->store);
    ae_free_aligned(o->line);
    free(o->bytes);
    memset(o, 0, sizeof *o);
}

uint64_t ae_outbox_bytes(const struct ae_image_info *info, int whole)
{
    const size_t pixel = sizeof(float) * (size_t)info->channels +
                         ae_pixel_bytes(info) * (whole ? 1 : 1 + ROWS);

    return (uint64_t)info->w * pixel;
}

void ae_outbox_write(struct ae_outbox *o)
{
    const struct ae_image_info *i = o->info;

    if (o->failed || o->written == o->ready)
        return;
    ae_row_store_get(&o->store, o->written, 0, o->bytes, o->store.row_bytes);
    ae_row_unpack(o->ctx, o->line, o->bytes, i->maxval,
                  (size_t)i->w * (size_t)i->channels);
    o->failed = ae_row_store_check(&o->store, &o->why);
    if (!o->failed)
        o->failed = o->sink.put(o->sink.arg, o->line, &o->why);
    o->written += !o->failed;
}

static int write_to(struct ae_outbox *o, int to, struct ae_err *e)
{
    while (!o->failed && o->written < to)
        ae_outbox_write(o);
    if (o->failed && e)
        *e = o->why;
    return o->failed;
}

int ae_outbox_room(struct ae_outbox *o, int to, struct ae_err *e)
{
    return write_to(o, o->whole ? 0 : to - o->store.cap, e);
}

void ae_outbox_put(struct ae_outbox *o, int y, int x0, const void *bytes,
                   size_t n)
{
    ae_row_store_put(&o->store, y, (size_t)x0 * ae_pixel_bytes(o->info), bytes,
                     n);
}

void ae_outbox_finish(struct ae_outbox *o, int to)
{
    o->ready = to;
}

int ae_outbox_flush(struct ae_outbox *o, struct ae_err *e)
{
    return write_to(o, o->ready, e);
}
