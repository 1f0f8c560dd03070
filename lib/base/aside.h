/* aside.h - a file written beside its name and renamed when it is whole.
 *
 * For io.c alone. */
#ifndef AE_BASE_ASIDE_H
#define AE_BASE_ASIDE_H

#include "base/base.h"

struct ae_aside; /* the name aside and the final one */

/* A descriptor to write to.  *out stays NULL when `path` is written directly:
 * devices, fifos, /dev/stdout, /dev/fd/N. */
int ae_aside_open(const char *path, int *fd, struct ae_aside **out,
                  struct ae_err *e);
const char *ae_aside_name(const struct ae_aside *a);
/* The file's way to the disk begins, so that several go it together. */
void ae_aside_begin(int fd);
/* Syncs and renames; then the folder's entry must be synced too, once for all
 * files of a folder. */
int ae_aside_rename(struct ae_aside *a, int fd, struct ae_err *e);
int ae_aside_sync_folder(const struct ae_aside *a, struct ae_err *e);
int ae_aside_same_folder(const struct ae_aside *a, const struct ae_aside *b);
/* Removes what was written aside, unless it was renamed; frees *a. */
void ae_aside_drop(struct ae_aside **a);
/* Removes what killed writers of `path` left. */
void ae_aside_clean(const char *path);

#endif
