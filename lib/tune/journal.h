/* journal.h - a file of lines to which several processes add.
 *
 * Lines are only added, so what one doesn't know stays; a last line that a
 * crash cut short is dropped.  The file is opened anew each time, so that
 * network file systems show what others have written. */
#ifndef AE_TUNE_JOURNAL_H
#define AE_TUNE_JOURNAL_H

#include "base/str.h"
#include "tune/link_lock.h"

/* What the first line begins with. */
#define AE_STUDY_BEGINS "{\"ae_tune\":"

struct ae_journal {
    char *path;
    struct ae_link_lock lock;
    int fd;        /* -1: not open, as it is without the lock */
    uint64_t read; /* bytes whose lines were handed on */
    uint64_t line; /* lines among them */
};

/* line: without its end; number: from 1. */
typedef int ae_journal_fn(void *arg, const char *line, size_t n,
                          uint64_t number, struct ae_err *e);

int ae_journal_init(struct ae_journal *j, const char *path, struct ae_err *e);
void ae_journal_release(struct ae_journal *j);
/* Takes the lock, makes the file where there is none, and hands on the lines
 * that are new since the last time. */
int ae_journal_begin(struct ae_journal *j, ae_journal_fn *fn, void *arg,
                     struct ae_err *e);
/* Adds whole lines, which are handed on the next time. */
int ae_journal_add(struct ae_journal *j, const struct ae_str *lines,
                   struct ae_err *e);
/* Hands on what was added since, too. */
int ae_journal_read(struct ae_journal *j, ae_journal_fn *fn, void *arg,
                    struct ae_err *e);
void ae_journal_end(struct ae_journal *j);

#endif
