/* dataset.h - examples to learn from, read once and kept in memory. */
#ifndef AE_DATA_DATASET_H
#define AE_DATA_DATASET_H

#include "data/source/source.h"
#include "data/spill.h"

struct ae_dataset {
    struct ae_arena arena; /* of the names */
    struct ae_item *item;
    size_t count, cap;
    uint64_t bytes;   /* of all samples, ... */
    uint64_t spilled; /* ... and of those for which memory had no room */
    int spills; /* 1: what takes more than a quarter of the memory goes there */
    struct ae_spill spill;
    struct ae_source_stats stats;
    struct ae_left_out left_out, small;
    /* what becomes of pictures as they are read; fit_h 0: they stay */
    enum ae_fit fit;
    int fit_h, fit_w;
};

/* Adds all that `path` holds.  A path that doesn't exist is an error.  What is
 * left out waits to be told by ae_dataset_log(). */
int ae_dataset_read(struct ae_ctx *ctx, const char *path,
                    const struct ae_source_options *o,
                    struct ae_preprocessing *prep, struct ae_dataset *items,
                    struct ae_err *e);
/* Tells the log what was left out of `path`, NULL: of several paths. */
void ae_dataset_log(struct ae_ctx *ctx, struct ae_dataset *items,
                    const char *path);
void ae_dataset_release(struct ae_dataset *items);
/* Fits all items to that size, as items->fit says.  AE_EARG where one can't
 * be. */
int ae_dataset_fit(struct ae_ctx *ctx, struct ae_dataset *items, int h, int w,
                   struct ae_err *e);
/* Takes px of *it; name and label are copied.  Counts against ctx->memory:
 * AE_ELIMIT where there is no room, unless the items spill. */
int ae_dataset_add(const struct ae_ctx *ctx, struct ae_dataset *items,
                   const struct ae_item *it, struct ae_err *e);
/* Frees the samples, which no longer count. */
void ae_dataset_drop(struct ae_dataset *items, struct ae_item *it);
/* The samples of an item aren't needed for a while. */
void ae_item_rest(const struct ae_item *it);
/* Marks held-out items by a hash of their names, so that no file changes
 * side when others come and go.  Never empty on either side: where chance
 * leaves one side bare, the item with the smallest (largest) hash goes there;
 * where all items share one name their places take part in the hash; AE_EARG
 * where there is one item only.  No row of a table is in windows of both sides:
 * learned windows that share rows with held-out ones are of AE_NEITHER_SIDE, or
 * these where nothing would be left to learn from. */
int ae_dataset_split(struct ae_dataset *items, double fraction,
                     struct ae_err *e);
/* What the split goes by: items of one rank are always on one side. */
uint64_t ae_item_rank(const struct ae_item *it);
/* The classes of items, 0 on, by the labels of `prep`; where it has none yet
 * they become those of all the items, numbers in their order, words in
 * theirs.  AE_EARG where an item has no label, or none that is known. */
int ae_dataset_classes(struct ae_dataset *items, struct ae_preprocessing *r,
                       struct ae_err *e);
/* Mixes an item's name, side, shape, samples and label into d. */
uint64_t ae_item_digest(uint64_t d, const struct ae_item *it);
/* One number for all of them. */
uint64_t ae_dataset_digest(const struct ae_dataset *items);

#endif
