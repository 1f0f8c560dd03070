/* aside.h - a file written beside its name and renamed when it is whole.
 *
 * For io.c alone. */
#ifndef AE_BASE_ASIDE_H
#define AE_BASE_ASIDE_H

#include "base/base.h"

struct ae_aside;         /* the name aside and the final one */

/* A descriptor to write to.  *out stays NULL when `path` is written directly:
 * devices, fifos, /dev/stdout, /dev/fd/N. */
int ae_aside_open(const char *path, int *fd, struct ae_aside **out,
                  struct ae_err *e);
const char *ae_aside_name(const struct ae_aside *a);
/* Syncs, renames, syncs the folder; frees *a unless it fails. */
int ae_aside_commit(struct ae_aside **a, int fd, struct ae_err *e);
/* Removes what was written aside; frees *a. */
void ae_aside_drop(struct ae_aside **a);
/* Removes what killed writers of `path` left. */
void ae_aside_clean(const char *path);

#endif
