/* item_reader.h - reads the items of files in batches, each with its class
 * where the model is conditional; the scorer and the encoder read through
 * it. */
#ifndef AE_RUN_ITEMS_ITEM_READER_H
#define AE_RUN_ITEMS_ITEM_READER_H

#include "run/items/batcher.h"
#include "run/items/condition.h"
#include "run/items/examples.h"

struct ae_item_reader {
    struct ae_ctx *ctx;
    const struct ae_model *model;
    /* Items of that shape follow: calls ae_batcher_resize(), and sets up what
     * else depends on the size. */
    int (*resize)(void *arg, struct ae_shape x, struct ae_err *e);
    /* Is called for an item whose class the model doesn't know; an error that
     * it returns ends the reading. */
    int (*refuse)(void *arg, const struct ae_example *x,
                  const struct ae_err *why, struct ae_err *e);
    ae_rows_fn *rows;          /* see examples.h; may be NULL */
    int context;               /* likewise */
    struct ae_batcher batcher; /* run and arg, which all calls get */
    /* The rest is the reader's. */
    struct ae_condition condition;
    int h, w;              /* of the items; 0: no item came yet */
    uint64_t row;          /* given with the next item; see ae_batcher_add() */
    uint64_t read, before; /* items of this reading, of earlier ones */
};

/* label: see ae_condition_init().  The caller has set all of r above "The
 * rest". */
int ae_item_reader_init(struct ae_item_reader *r, const char *label,
                        struct ae_err *e);
void ae_item_reader_release(struct ae_item_reader *r);
/* Reads as ae_examples_push() does; items before a fault are run all the
 * same. */
int ae_item_reader_read(struct ae_item_reader *r, const char *path,
                        const struct ae_examples_options *o, struct ae_err *e);

#endif
