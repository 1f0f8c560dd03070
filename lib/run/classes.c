/* classes.c - files of labels for programs that score. */
#include <stdlib.h>

#include "base/err.h"
#include "data/select.h"

struct ae_classes {
    struct ae_labels labels;
};

int ae_classes_read(struct ae_ctx *ctx, const char *path,
                    struct ae_classes **out, struct ae_err *e)
{
    struct ae_classes *c = ae_alloc(1, sizeof(*c), e);
    int rc = c ? ae_labels_read(ctx, path, &c->labels, e) : AE_EMEM;

    *out = c;
    if (!rc && c->labels.count == 0)
        rc = ae_fail(e, AE_EFORMAT, "%s: no labels", path);
    if (rc) {
        ae_classes_free(c);
        *out = NULL;
    }
    return rc;
}

void ae_classes_free(struct ae_classes *c)
{
    if (!c)
        return;
    ae_labels_release(&c->labels);
    free(c);
}

size_t ae_classes_count(const struct ae_classes *c)
{
    return c->labels.count;
}

const char *ae_classes_at(const struct ae_classes *c, size_t i)
{
    return c->labels.at[i];
}

int ae_class_is(const char *label, const char *other)
{
    return ae_label_is(label, other);
}
