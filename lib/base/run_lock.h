/* run_lock.h - one run at a time over a file that it replaces now and then. */
#ifndef AE_BASE_RUN_LOCK_H
#define AE_BASE_RUN_LOCK_H

#include "base/base.h"

struct ae_run_lock {
    int fd;     /* -1: none is held */
    char *name; /* of the file that is locked */
    int left;   /* 1: the last run began, and didn't end */
};

/* AE_EARG while another run holds the lock of `path`; none is needed where that
 * is a device or the like.  A killed run's lock ends with it. */
int ae_run_lock_take(const char *path, struct ae_run_lock *l, struct ae_err *e);
/* The work begins: a run that is killed from here on is known by what it
 * leaves. */
void ae_run_lock_begin(struct ae_run_lock *l);
/* The work is done: a run that is killed from here on leaves nothing to do. */
void ae_run_lock_end(struct ae_run_lock *l);
/* keep: leaves what says that the run didn't end. */
void ae_run_lock_release(struct ae_run_lock *l, int keep);

#endif
