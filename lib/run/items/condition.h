/* condition.h - the class label that a conditional model gets beside an item:
 * one for all items, or each item's own. */
#ifndef AE_RUN_ITEMS_CONDITION_H
#define AE_RUN_ITEMS_CONDITION_H

#include "data/preprocessing.h"
#include "model/model.h"

struct ae_condition {
    struct ae_preprocessing prep; /* knows the classes' names */
    int classes; /* that the model knows; 0: it asks for none */
    int class;   /* of all items; -1: each has its own */
};

/* label: the class of all, NULL: each has its own.  AE_EARG where the model
 * has no such class or asks for none. */
int ae_condition_init(struct ae_condition *c, const struct ae_model *m,
                      const char *label, struct ae_err *e);
/* Of how many classes each item's label must be one; 0: it needn't. */
int ae_condition_asks(const struct ae_condition *c);
void ae_condition_release(struct ae_condition *c);
/* Of an item with that label, NULL: it has none.  0 for a model that asks for
 * none; AE_EARG where the model doesn't know it. */
int ae_condition_class(const struct ae_condition *c, const char *label,
                       int *class, struct ae_err *e);

#endif
