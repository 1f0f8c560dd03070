/* attributes.h - what a file has besides its bytes, from one file to another:
 * permissions, times and extended attributes. */
#ifndef AE_BASE_ATTRIBUTES_H
#define AE_BASE_ATTRIBUTES_H

#include <sys/stat.h>

#include "base/base.h"

/* A file's attributes as they were when it was opened for them. */
struct ae_attributes {
    int fd; /* of the file; -1: none */
    struct stat st;
};
int ae_attributes_open(const char *path, struct ae_attributes *a,
                       struct ae_err *e);
/* Gives them to the file `fd`, of which all is written, without the permissions
 * `deny`.  Extended attributes that its file system or the user's rights don't
 * allow are left out. */
int ae_attributes_give(const struct ae_attributes *a, int fd, int deny,
                       struct ae_err *e);
/* Closes the file, if any. */
void ae_attributes_close(struct ae_attributes *a);

#endif
