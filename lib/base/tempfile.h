/* tempfile.h - temporary files: one that is written beside its name and
 * renamed when it is whole (for io.c only), and one without a name. */
#ifndef AE_BASE_TEMPFILE_H
#define AE_BASE_TEMPFILE_H

#include "base/base.h"

/* A file in TMPDIR, else in /var/tmp, whose name is removed at once, so that
 * nothing is left however the process ends. */
int ae_tempfile_nameless(int *fd, struct ae_err *e);

struct ae_tempfile; /* the temporary name and the final one */

/* The path after all links, to be freed with free(); the last one may not exist
 * yet. */
int ae_tempfile_target(const char *path, char **out, struct ae_err *e);
/* The hidden name .NAME.ae-MARK beside such a path, to be freed with
 * free(). */
int ae_tempfile_beside(const char *target, const char *mark, char **out,
                       struct ae_err *e);
/* Whether fd is still what the name means, itself no link. */
int ae_tempfile_is_named(int fd, const char *name);
/* A descriptor to write to.  *out stays NULL when `path` is written directly:
 * devices, fifos, /dev/stdout, /dev/fd/N. */
int ae_tempfile_open(const char *path, const struct ae_create_options *o,
                     int *fd, struct ae_tempfile **out, struct ae_err *e);
/* The file's way to the disk begins, so that several go it together. */
void ae_tempfile_begin(int fd);
int ae_tempfile_sync(int fd, struct ae_err *e);
/* Syncs and renames, which replaces nothing where the file is to be fresh
 * (AE_EEXIST); then the folder's entry must be synced too, once for all
 * files of a folder. */
int ae_tempfile_rename(struct ae_tempfile *a, int fd, struct ae_err *e);
int ae_tempfile_sync_folder(const struct ae_tempfile *a, struct ae_err *e);
int ae_tempfile_same_folder(const struct ae_tempfile *a,
                            const struct ae_tempfile *b);
/* Removes the temporary file, unless it was renamed; frees *a. */
void ae_tempfile_drop(struct ae_tempfile **a);
/* Removes all that this process writes.  From then on none is made, renamed or
 * dropped: only for the handler of a signal that ends the process. */
void ae_tempfile_remove_all(void);
/* 1 while another process writes `path`, or another stream of this one does;
 * `wait`: waits until none does. */
int ae_tempfile_has_writer(const char *path, int wait);
/* Removes what killed writers of `path` left. */
void ae_tempfile_clean(const char *path);

#endif
