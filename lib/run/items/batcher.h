/* batcher.h - items held until a batch of them is full or the input has
 * nothing further ready, so that a net runs on many at once and nobody waits
 * for an item that could be there: what scores, codes, decoded items and tables
 * share.
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
    /* Uses items 0 to n-1, which are gone after it. */
    int (*run)(void *arg, struct ae_err *e);
    void *arg;
    int most, n; /* items that fit, items that are held */
    size_t size; /* values of each */
    float *x;    /* [most][size] */
    int *class;  /* [most], 0 for a model that asks for none */
    /* [most]; texts and values are copies, and `more` says whether another
     * item follows at once */
    struct ae_example *item;
    uint64_t *row;       /* [most], of a table: the item's last, from 1 */
    struct ae_str *text; /* [most] of the items */
};

/* For at most `most` items of `size` values; none may be held. */
int ae_batcher_resize(struct ae_batcher *b, size_t size, int most,
                      struct ae_err *e);
void ae_batcher_release(struct ae_batcher *b);
/* Runs if the batch is full then, or x->more is 0. */
int ae_batcher_add(struct ae_batcher *b, const struct ae_example *x, int class,
                   uint64_t row, struct ae_err *e);
/* Runs on what is held, if anything. */
int ae_batcher_flush(struct ae_batcher *b, int more, struct ae_err *e);

#endif
