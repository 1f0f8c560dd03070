/* condition.h - the class label that a conditional model gets beside an item:
 * one for all items, or each item's own. */
#ifndef AE_RUN_ITEMS_CONDITION_H
#define AE_RUN_ITEMS_CONDITION_H

#include "data/preprocessing.h"
#include "model/model.h"

struct ae_condition {
    struct ae_preprocessing prep; /* knows the classes' names */
    int classes;                  /* that the model knows; 0: it takes none */
    int class;                    /* of all items; -1: each has its own */
};

/* label: the class of all items; NULL: each item has its own.  AE_EARG where
 * the model has no such class or takes none. */
int ae_condition_init(struct ae_condition *c, const struct ae_model *m,
                      const char *label, struct ae_err *e);
/* The number of classes, one of which each item's label must name; 0: items
 * need no label. */
int ae_condition_asks(const struct ae_condition *c);
void ae_condition_release(struct ae_condition *c);
/* The class of an item with that label (NULL: it has none); 0 for a model that
 * takes none.  AE_EARG where the model doesn't know the label. */
int ae_condition_class(const struct ae_condition *c, const char *label,
                       int *class, struct ae_err *e);

#endif
