/* condition.c - see condition.h. */
#include "run/items/condition.h"

#include "base/err.h"
#include "base/str.h"

/* Finds the class of that name, or of that number where training had no
 * names. */
static int find_class(const struct ae_condition *c, const char *label,
                      int *class, struct ae_err *e)
{
    const struct ae_preprocessing *p = &c->prep;
    int64_t number;

    *class = ae_preprocessing_label(p, label);
    if (*class >= 0 && *class < c->classes)
        return 0;
    if (p->labels)
        return ae_fail(
            e, AE_EARG,
            "'%s' is not one of the model's %d classes, the first of which is "
            "'%s'",
            label, p->labels, p->label[0]);
    if (ae_parse_int(label, 0, c->classes - 1, &number, NULL) < 0)
        return ae_fail(e, AE_EARG,
                       "'%s' is not a class; the model knows 0 to %d", label,
                       c->classes - 1);
    *class = (int)number;
    return 0;
}

int ae_condition_init(struct ae_condition *c, const struct ae_model *m,
                      const char *label, struct ae_err *e)
{
    const int input = ae_graph_input(m->graph, "label");

    *c = (struct ae_condition){.class = -1};
    c->classes = input < 0 ? 0 : m->graph->node[input].shape.c;
    if (!c->classes)
        return label
                   ? ae_fail(e, AE_EARG, "`label`: the model asks for no class")
                   : 0;
    AE_TRY(ae_preprocessing_get(m->meta, &c->prep, e));
    if (!label)
        return 0;
    const int rc = find_class(c, label, &c->class, e);
    return rc ? ae_err_at(e, rc, "`label`") : 0;
}

int ae_condition_asks(const struct ae_condition *c)
{
    return c->class < 0 ? c->classes : 0;
}

void ae_condition_release(struct ae_condition *c)
{
    ae_preprocessing_release(&c->prep);
    *c = (struct ae_condition){0};
}

int ae_condition_class(const struct ae_condition *c, const char *label,
                       int *class, struct ae_err *e)
{
    *class = c->class >= 0 ? c->class : 0;
    if (!c->classes || c->class >= 0)
        return 0;
    if (!label)
        return ae_fail(e, AE_EARG, "has no class, which the model asks for");
    return find_class(c, label, class, e);
}

int ae_model_class(const struct ae_model *m, const char *text, int *label,
                   struct ae_err *e)
{
    struct ae_condition c;
    int rc = ae_condition_init(&c, m, text, e);

    if (!rc && c.classes && !text)
        rc = ae_fail(e, AE_EARG,
                     "the model asks for a class: `label`, one of %d",
                     c.classes);
    *label = c.class < 0 ? 0 : c.class;
    ae_condition_release(&c);
    return rc;
}
