/* examples.h - items as a model wants them, with the rows of tables that they
 * were made of. */
#ifndef AE_RUN_ITEMS_EXAMPLES_H
#define AE_RUN_ITEMS_EXAMPLES_H

#include "data/source/source.h"
#include "model/model.h"

/* Gets the n rows of the next example, before that example itself.  The last of
 * them is row `last` of its file, counted from 1.  All is lent for the call. */
typedef int ae_rows_fn(void *arg, const struct ae_table_row *row, int n,
                       uint64_t last, struct ae_err *e);

struct ae_example_sink {
    ae_example_fn *fn;
    ae_rows_fn *rows; /* called for tables; may be NULL */
    int context;      /* 1: rows before the first wanted one are context */
    void *arg;        /* of both */
};

/* As ae_examples_read(). */
int ae_examples_push(struct ae_ctx *ctx, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     const struct ae_example_sink *to, struct ae_err *e);

#endif
