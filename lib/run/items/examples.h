/* examples.h - items with the rows they were made of. */
#ifndef AE_RUN_ITEMS_EXAMPLES_H
#define AE_RUN_ITEMS_EXAMPLES_H

#include "data/source/source.h"
#include "model/model.h"

/* The n rows of the next example, whose call follows later: the last of them
 * is row `last` of its file, from 1.  All is lent. */
typedef int ae_steps_fn(void *arg, const struct ae_table_row *step, int n,
                        uint64_t last, struct ae_err *e);

/* As ae_examples_read(); steps may be NULL, and is called for tables. */
int ae_examples_steps(struct ae_ctx *ctx, const struct ae_model *m,
                      const char *path, const struct ae_examples_options *o,
                      ae_example_fn *fn, ae_steps_fn *steps, void *arg,
                      struct ae_err *e);

#endif
