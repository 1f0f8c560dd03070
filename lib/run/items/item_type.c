/* item_type.c - what a model's items are to a user: pictures, arrays, rows of a
 * table or text; their classes, and their values in the units of the data. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "ae_tools.h"
#include "data/preprocessing.h"
#include "model/model.h"

struct ae_item_type {
    struct ae_preprocessing prep;
};

int ae_item_type_new(const struct ae_model *m, struct ae_item_type **out,
                     struct ae_err *e)
{
    struct ae_item_type *i = ae_alloc(1, sizeof(*i), e);

    *out = i;
    if (!i)
        return AE_EMEM;
    const int rc = ae_preprocessing_get(m->meta, &i->prep, e);
    if (rc) {
        free(i);
        *out = NULL;
    }
    return rc;
}

void ae_item_type_free(struct ae_item_type *i)
{
    if (!i)
        return;
    ae_preprocessing_release(&i->prep);
    free(i);
}

enum ae_item_kind ae_item_type_kind(const struct ae_item_type *i)
{
    /* Without a default, so that the compiler asks for a case of a new kind. */
    switch ((enum ae_input_kind)i->prep.kind) {
    case AE_INPUT_AUTO:
    case AE_INPUT_IMAGE:
    case AE_INPUT_IDX:
        break;
    case AE_INPUT_NPY:
        return AE_ITEM_ARRAY;
    case AE_INPUT_CSV:
        return AE_ITEM_TABLE;
    case AE_INPUT_TEXT:
        return AE_ITEM_TEXT;
    }
    return AE_ITEM_IMAGE;
}

const char *ae_item_type_column(const struct ae_item_type *i, int column)
{
    return column < i->prep.columns ? i->prep.column[column].name : NULL;
}

int ae_item_type_columns(const struct ae_item_type *i)
{
    return i->prep.columns;
}

void ae_item_type_window(const struct ae_item_type *i, int *rows, int *stride)
{
    *rows = i->prep.window;
    *stride = i->prep.window ? i->prep.stride : 0;
}

int ae_item_type_unscale(const struct ae_item_type *i, float *x, int h, int w,
                         int c)
{
    const struct ae_preprocessing *r = &i->prep;
    const size_t n = (size_t)h * (size_t)w * (size_t)c;

    /* There is one scale for each channel, or one for each value. */
    for (size_t k = 0; r->scales > 0 && k < n; k++) {
        const size_t s = k % (size_t)r->scales;
        x[k] = (float)(r->shift[s] + r->unit[s] * x[k]);
    }
    return r->scale != AE_SCALE_WINDOW;
}
