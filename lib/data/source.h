/* source.h - examples to learn from, decoded once and kept in memory.
 *
 * A source is a kind of file (images of any format, idx); a path is a file,
 * "-" or a folder, which is walked in sorted order.  What can't be used is
 * named in the log, counted and left out.  Nothing here knows of noise,
 * patches or networks. */
#ifndef AE_DATA_SOURCE_H
#define AE_DATA_SOURCE_H

#include "base/mem.h"
#include "kernel/ctx.h"

/* Samples stay in the depth they came in, as photographs by the hundred
 * million pixels would fill the memory as floats: u8 in units of 1/255, u16
 * of 1/65535, float as it is. */
struct ae_item {
    const char *name;        /* below its folder, or the file's own; the
                                split hashes it.  In the items' arena */
    int h, w, c;
    int bytes;               /* a sample: 1, 2 or 4 */
    int held;                /* 1: held out for validation */
    void *px;                /* h * w * c */
};

struct ae_items {
    struct ae_arena arena;
    struct ae_item *item;
    size_t count, cap;
    uint64_t bytes;          /* of all samples */
    size_t unreadable, small, passed;   /* files, images, files left out */
    int images;              /* 1: pictures of files, whose sizes may vary */
    int outside;             /* 1: some float sample is outside 0..1 */
};

struct ae_source_options {
    int min_side;            /* smaller pictures are left out, counted */
    int shrink_above;        /* pictures above this on a side are kept at a
                                half and at three quarters of their size
                                instead (two items, one name); 0: never */
    const volatile int *stop;  /* nonzero: AE_EINTR; may be NULL */
};

/* Adds all that `path` holds.  A path that doesn't exist is an error. */
int ae_items_read(struct ae_ctx *ctx, const char *path,
                  const struct ae_source_options *o, struct ae_items *items,
                  struct ae_err *e);
void ae_items_release(struct ae_items *items);
/* Takes px of *it; the name is copied.  Counts against ctx->memory. */
int ae_items_add(const struct ae_ctx *ctx, struct ae_items *items,
                 const struct ae_item *it, struct ae_err *e);
/* Marks held-out items by a hash of their names, so that no file changes
 * side when others come and go.  Never empty on either side: where chance
 * leaves one side bare, the item with the smallest (largest) hash goes there;
 * AE_EARG when all items share one name. */
int ae_items_split(struct ae_items *items, double fraction,
                   struct ae_err *e);
/* One number for names, sides, shapes and samples. */
uint64_t ae_items_digest(const struct ae_items *items);

/* One row of the table of sources.  To add one: a file, a line in source.c. */
struct ae_source_kind {
    const char *name;
    int (*match)(const unsigned char *head, size_t n);
    int (*read)(struct ae_ctx *ctx, struct ae_io *io, const char *name,
                const struct ae_source_options *o, struct ae_items *items,
                struct ae_err *e);
};
extern const struct ae_source_kind ae_source_image, ae_source_idx;

#endif
