/* file_set.h - the files of a run; see the section of ae_tools.h. */
#ifndef AE_BASE_FILE_SET_H
#define AE_BASE_FILE_SET_H

#include <sys/stat.h>

#include "base/base.h"

/* Whether this very file is written. */
int ae_file_set_writes(const struct ae_file_set *s, const struct stat *st);

#endif
