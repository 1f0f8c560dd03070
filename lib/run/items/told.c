/* told.c - see told.h. */
#include "run/items/told.h"

#include "base/err.h"

int ae_told_init(struct ae_told *t, const struct ae_model *m, const char *label,
                 struct ae_err *e)
{
    const int input = ae_graph_input(m->graph, "label");

    *t = (struct ae_told){.class = -1};
    t->classes = input < 0 ? 0 : m->graph->node[input].shape.c;
    if (!t->classes && label)
        return ae_fail(e, AE_EARG, "--label: the model asks for no class");
    int rc = t->classes ? ae_items_new(m, &t->items, e) : 0;
    if (!rc && label)
        rc = ae_items_label(t->items, label, t->classes, &t->class, e);
    return rc;
}

void ae_told_release(struct ae_told *t)
{
    ae_items_free(t->items);
    *t = (struct ae_told){0};
}

int ae_told_class(const struct ae_told *t, const char *label, int *class,
                  struct ae_err *e)
{
    *class = t->class >= 0 ? t->class : 0;
    if (!t->classes || t->class >= 0)
        return 0;
    if (!label)
        return ae_fail(e, AE_EARG, "has no class, which the model asks for");
    return ae_items_label(t->items, label, t->classes, class, e);
}
