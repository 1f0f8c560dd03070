/* command.h - the command line that repeats a run. */
#ifndef AE_TRAIN_REPORT_COMMAND_H
#define AE_TRAIN_REPORT_COMMAND_H

#include "base/str.h"

/* Appends `ae-train' with all options that aren't the defaults and the data, as
 * a shell takes them.  What a run was left to find out stands there as it was
 * found. */
int ae_command_add(struct ae_str *s, const struct ae_train_options *o,
                   struct ae_err *e);

#endif
