/* train_settings.c - the settings of training in a model's metadata, and what
 * they say of the data that the model takes. */
#include <string.h>

#include "base/err.h"
#include "model/model.h"
#include "nn/loss/loss.h"

const char *ae_model_setting(const struct ae_model *m, const char *key)
{
    const json_t *train = json_object_get(m->meta, "train");

    return json_string_value(
        json_object_get(json_object_get(train, "settings"), key));
}

/* Data that a scale brings to 0..1 may lie beyond the range of the training
 * data, as outliers do, and are accepted. */
const char *ae_model_unit_loss(const struct ae_model *m)
{
    const char *text = ae_model_setting(m, "loss"), *name = NULL;
    struct ae_loss loss;

    if (json_object_get(json_object_get(m->meta, "input"), "scale") || !text)
        return NULL;
    if (ae_loss_parse(text, &loss, NULL) < 0)
        return NULL;
    if (loss.kind->unit_range)
        name = loss.kind->name;
    ae_loss_release(&loss);
    return name;
}

int ae_unit_check(const char *loss, const float *x, size_t n, struct ae_err *e)
{
    for (size_t i = 0; loss && i < n; i++)
        if (!(x[i] >= 0 && x[i] <= 1))
            return ae_fail(e, AE_EARG,
                           "a value of %g; the model was trained by the loss "
                           "'%s' on data within 0..1: divide by the range, or "
                           "train with `loss` l2 or `scale` unit",
                           (double)x[i], loss);
    return 0;
}
