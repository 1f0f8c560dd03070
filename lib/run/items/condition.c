/* condition.c - see condition.h. */
#include "run/items/condition.h"

#include "base/err.h"

int ae_condition_init(struct ae_condition *t, const struct ae_model *m,
                      const char *label, struct ae_err *e)
{
    const int input = ae_graph_input(m->graph, "label");

    *t = (struct ae_condition){.class = -1};
    t->classes = input < 0 ? 0 : m->graph->node[input].shape.c;
    if (!t->classes && label)
        return ae_fail(e, AE_EARG, "`label`: the model asks for no class");
    int rc = t->classes ? ae_item_type_new(m, &t->items, e) : 0;
    if (!rc && label)
        rc = ae_item_type_label(t->items, label, t->classes, &t->class, e);
    return rc;
}

void ae_condition_release(struct ae_condition *t)
{
    ae_item_type_free(t->items);
    *t = (struct ae_condition){0};
}

int ae_condition_class(const struct ae_condition *t, const char *label,
                       int *class, struct ae_err *e)
{
    *class = t->class >= 0 ? t->class : 0;
    if (!t->classes || t->class >= 0)
        return 0;
    if (!label)
        return ae_fail(e, AE_EARG, "has no class, which the model asks for");
    return ae_item_type_label(t->items, label, t->classes, class, e);
}
