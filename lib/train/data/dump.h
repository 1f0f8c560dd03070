/* dump.h - the photographs that a run would learn from, in one file. */
#ifndef AE_TRAIN_DATA_DUMP_H
#define AE_TRAIN_DATA_DUMP_H

#include "train/loop/trainer.h"

/* What o->dump_data says; reads and splits the data as a run does. */
int ae_dump_data(struct ae_ctx *ctx, const struct ae_train_options *o,
                 struct ae_err *e);

#endif
