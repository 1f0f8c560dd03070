/* batcher.h - collects items until a batch is full or the input has nothing
 * more ready, so that a net runs on many items at once and no result waits for
 * input.  Scoring, encoding, decoding and tables share it.
 *
 *     struct ae_batcher b = {.run = print_sums, .arg = &sums};
 *     rc = ae_batcher_resize(&b, 784, 64, e);   64 items of 784 values
 *     rc = ae_batcher_add(&b, &item, 0, 0, e);  one after the other
 *     rc = ae_batcher_flush(&b, 0, e);          what is left
 *     ae_batcher_release(&b);
 *
 * `print_sums` finds the values of item i at b.item[i].x. */
#ifndef AE_RUN_ITEMS_BATCHER_H
#define AE_RUN_ITEMS_BATCHER_H

#include "ae.h"
#include "base/str.h"

struct ae_batcher {
    /* Uses items 0 to n-1; the batch is empty afterwards. */
    int (*run)(void *arg, struct ae_err *e);
    void *arg;
    int most, n; /* items that fit; items so far */
    size_t size; /* values of each */
    float *x;    /* [most][size] */
    int *class;  /* [most]; 0 for a model without classes */
    /* [most]; texts and values are copies, and `more` says whether another
     * item follows at once */
    struct ae_example *item;
    uint64_t *row;       /* [most], of a table: the last row, from 1 */
    struct ae_str *text; /* [most] of the items */
};

/* Makes room for `most` items of `size` values; the batch must be empty. */
int ae_batcher_resize(struct ae_batcher *b, size_t size, int most,
                      struct ae_err *e);
void ae_batcher_release(struct ae_batcher *b);
/* Adds a copy of x, and runs the batch if it is full then or x->more is 0. */
int ae_batcher_add(struct ae_batcher *b, const struct ae_example *x, int class,
                   uint64_t row, struct ae_err *e);
/* Runs the batch unless it is empty. */
int ae_batcher_flush(struct ae_batcher *b, int more, struct ae_err *e);

#endif
