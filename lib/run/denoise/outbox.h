/* outbox.h - finished rows of a picture on their way to its writer, or to
 * whoever else wants them. */
#ifndef AE_RUN_DENOISE_OUTBOX_H
#define AE_RUN_DENOISE_OUTBOX_H

#include "base/err.h"
#include "kernel/ctx.h"
#include "base/row_store.h"

/* Takes rows in order, all channels of each. */
typedef int ae_row_fn(void *arg, const float *row, struct ae_err *e);
struct ae_sink {
    ae_row_fn *put;
    void *arg;
};
struct ae_sink ae_sink_of(struct ae_writer *w);

struct ae_outbox {
    struct ae_ctx *ctx;
    struct ae_sink sink;
    const struct ae_image_info *info;
    struct ae_row_store store; /* samples as the file will have them */
    int whole;                 /* all rows have room, in a file */
    int ready, written;        /* rows up to here are finished; are out */
    float *line;               /* a row on its way out ... */
    unsigned char *bytes;      /* ... and as it was kept */
    int failed;                /* writing, ... */
    struct ae_err why;         /* ... told at the next call that can fail */
};

int ae_outbox_init(struct ae_outbox *o, struct ae_ctx *ctx, struct ae_sink sink,
                   const struct ae_image_info *info, int whole,
                   struct ae_err *e);
void ae_outbox_release(struct ae_outbox *o);
uint64_t ae_outbox_bytes(const struct ae_image_info *info, int whole);
/* Room for a few rows up to `to` - 1; writes what is in the way. */
int ae_outbox_room(struct ae_outbox *o, int to, struct ae_err *e);
/* Pixels from x0 on of a row that has room; n bytes. */
void ae_outbox_put(struct ae_outbox *o, int y, int x0, const void *bytes,
                   size_t n);
/* Rows up to `to` - 1 are whole. */
void ae_outbox_finish(struct ae_outbox *o, int to);
/* Writes one finished row, if there is one. */
void ae_outbox_write(struct ae_outbox *o);
/* Writes all finished rows. */
int ae_outbox_flush(struct ae_outbox *o, struct ae_err *e);

#endif
