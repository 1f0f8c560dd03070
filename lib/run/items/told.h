/* told.h - classes that a conditional model is told: one for all items, or
 * each item's own. */
#ifndef AE_RUN_TOLD_H
#define AE_RUN_TOLD_H

#include "model/model.h"

struct ae_told {
    struct ae_items *items; /* knows the classes' names */
    /* that the model knows; 0: it asks for none */
    int classes;
    int class; /* of all items; -1: each has its own */
};

/* label: the class of all, NULL: each has its own.  AE_EARG where the model
 * has no such class or asks for none. */
int ae_told_init(struct ae_told *t, const struct ae_model *m, const char *label,
                 struct ae_err *e);
void ae_told_release(struct ae_told *t);
/* Of an item with that label, NULL: it has none.  0 for a model that asks for
 * none; AE_EARG where it is none of the model's. */
int ae_told_class(const struct ae_told *t, const char *label, int *class,
                  struct ae_err *e);

#endif
