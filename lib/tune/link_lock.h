/* link_lock.h - a lock that holds between hosts which share a folder.
 *
 * flock() isn't sure on network file systems; link(2) fails on all of them
 * where the name is taken.  A lock is held for an instant.  Its holder writes
 * who it is: where that process is gone, or the lock is older than a minute by
 * the file system's own clock, it is broken. */
#ifndef AE_TUNE_LINK_LOCK_H
#define AE_TUNE_LINK_LOCK_H

#include "base/base.h"

enum { AE_LEASE = 60 /* seconds that a lock or a trial is believed in */ };

struct ae_link_lock {
    char *name, *mine; /* the lock, and the file of ours that it is a link to */
    double now; /* the file system's time when the lock was taken, seconds */
};

/* The lock of `path` is PATH.lock, the file of ours PATH.lock-HOST-PID.
 * Removes such files of processes of this host that are gone. */
int ae_link_lock_init(struct ae_link_lock *l, const char *path,
                      struct ae_err *e);
void ae_link_lock_release(struct ae_link_lock *l);
/* Waits until the lock is ours; two minutes at most. */
int ae_link_lock_take(struct ae_link_lock *l, struct ae_err *e);
/* Whether it still is, which another may have thought too old. */
int ae_link_lock_is_held(const struct ae_link_lock *l);
void ae_link_lock_drop(struct ae_link_lock *l);

/* This host's name, for life, in a container with the number of its namespace
 * of processes, as others of the host don't see these; whether a process of
 * that host is surely gone. */
const char *ae_this_host(void);
int ae_process_is_gone(const char *host, long pid);

#endif
