/* select.h - which rows of the data are wanted, and the classes that a file
 * of labels gives them.
 *
 * A row is what a file counts: a picture, an array's or table's row, a line
 * of text. */
#ifndef AE_DATA_SELECT_H
#define AE_DATA_SELECT_H

#include "base/mem.h"
#include "kernel/ctx.h"

enum { AE_MAX_CLASSES = 4096 };

/* One label a row of all the data, in their order. */
struct ae_labels {
    struct ae_arena arena;
    const char **at;
    size_t count, cap;
};
/* From an idx file of bytes (MNIST's labels), or a label a line of text;
 * either gzipped. */
int ae_labels_read(struct ae_ctx *ctx, const char *path,
                   struct ae_labels *out, struct ae_err *e);
void ae_labels_release(struct ae_labels *l);
/* AE_EARG unless there are as many labels as rows. */
int ae_labels_check(const struct ae_labels *l, uint64_t rows,
                    struct ae_err *e);
/* Numbers are compared as such: 0.0 is 0. */
int ae_label_is(const char *label, const char *other);

/* "A:B", rows from 1, both among them; either may be missing.  NULL or "":
 * all, which is { 0, 0 }. */
int ae_rows_parse(const char *text, uint64_t rows[2], struct ae_err *e);

#endif
