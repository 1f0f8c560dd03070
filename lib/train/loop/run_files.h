/* run_files.h - what a training run may write, asked before it reads its
 * data. */
#ifndef AE_TRAIN_LOOP_RUN_FILES_H
#define AE_TRAIN_LOOP_RUN_FILES_H

#include "model/model.h"

/* AE_EARG where a file that is written is also read, or written twice; where
 * OUTPUT or its checkpoint would replace what is no model; where a folder isn't
 * there.  from: the model that training goes on from, or NULL. */
int ae_run_files_check(const struct ae_train_options *o,
                       const struct ae_model *from, struct ae_err *e);

#endif
