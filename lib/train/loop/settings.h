/* settings.h - the options of a run as texts, which are saved and compared. */
#ifndef AE_TRAIN_LOOP_SETTINGS_H
#define AE_TRAIN_LOOP_SETTINGS_H

#include "base/json.h"

/* The options that must agree for a resumed run to be the same run, as an
 * object of texts, which goes into the model, too.  NULL with *e set. */
json_t *ae_settings_json(const struct ae_train_options *o, struct ae_err *e);
/* AE_EARG unless they agree; the message names the first that differs. */
int ae_settings_same(const json_t *now, const json_t *then, struct ae_err *e);
/* AE_EARG where options are missing or exclude each other. */
int ae_settings_check(const struct ae_train_options *o, struct ae_err *e);

#endif
