/* settings.h - what a run was told, made definite and written down. */
#ifndef AE_TRAIN_LOOP_SETTINGS_H
#define AE_TRAIN_LOOP_SETTINGS_H

#include "base/json.h"

/* Options that must agree for a resumed run to be the same run, as an object
 * of texts; the same object goes into the model. NULL with *e set. */
json_t *ae_settings_json(const struct ae_train_options *o, struct ae_err *e);
/* AE_EARG names the first setting of `now` that differs from `then`. */
int ae_settings_same(const json_t *now, const json_t *then, struct ae_err *e);
/* Requirements that no single field can state. */
int ae_settings_check(const struct ae_train_options *o, struct ae_err *e);

#endif
