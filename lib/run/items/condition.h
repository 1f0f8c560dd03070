/* condition.h - classes that a conditional model is told: one for all items, or
 * each item's own. */
#ifndef AE_RUN_ITEMS_CONDITION_H
#define AE_RUN_ITEMS_CONDITION_H

#include "model/model.h"

struct ae_condition {
    struct ae_item_type *items; /* knows the classes' names */
    /* that the model knows; 0: it asks for none */
    int classes;
    int class; /* of all items; -1: each has its own */
};

/* label: the class of all, NULL: each has its own.  AE_EARG where the model
 * has no such class or asks for none. */
int ae_condition_init(struct ae_condition *t, const struct ae_model *m,
                      const char *label, struct ae_err *e);
void ae_condition_release(struct ae_condition *t);
/* Of an item with that label, NULL: it has none.  0 for a model that asks for
 * none; AE_EARG where it is none of the model's. */
int ae_condition_class(const struct ae_condition *t, const char *label,
                       int *class, struct ae_err *e);

#endif
