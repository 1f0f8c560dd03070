/* means.h - the means of a table's columns in training, which stand for missing
 * values, and values that look as if they stood for missing ones. */
#ifndef AE_DATA_MEANS_H
#define AE_DATA_MEANS_H

#include "data/dataset.h"
#include "data/preprocessing.h"

/* Finds the means over the items that aren't held out, of the values that are
 * numbers; 0 where a column has none. */
int ae_means_learn(struct ae_preprocessing *r, struct ae_dataset *items,
                   struct ae_err *e);
/* Puts them in the place of values that are NaN. */
void ae_means_fill(const struct ae_preprocessing *r, struct ae_dataset *items);
/* Notes for each column whose lowest or highest value is a number that devices
 * and programs write for none, such as -9999, and lies far from all others. */
int ae_sentinels_note(const struct ae_ctx *ctx,
                      const struct ae_preprocessing *r,
                      const struct ae_dataset *items, struct ae_err *e);

#endif
