/* walk.h - operands to jobs, for batch.c alone. */
#ifndef AE_CMD_WALK_H
#define AE_CMD_WALK_H

#include <sys/stat.h>

#include "cmd.h"

struct cmd_job {
    char *in, *out;
    int found;                   /* in a folder, not named by the user */
    int known;                   /* dev and ino are the input's */
    dev_t dev;
    ino_t ino;
};

struct cmd_jobs {
    struct cmd_job *job;
    size_t count, cap;
    size_t passed, failed;       /* entries of folders that are no job */
    const struct ae_format *to;  /* -T, or NULL */
    int flat;
    int folder_known;            /* -d exists already: never walked into */
    dev_t folder_dev;
    ino_t folder_ino;
};

/* Ends with status 2 where two inputs have one output name. */
void cmd_jobs_find(struct cmd_jobs *j, struct ae_ctx *ctx,
                   const struct cmd_common *c, char *const *operand,
                   int count);
/* The job that reads this very file, or NULL. */
const struct cmd_job *cmd_jobs_input(const struct cmd_jobs *j,
                                     const struct stat *st);
void cmd_jobs_release(struct cmd_jobs *j);
/* p, or the end of the process where memory is used up. */
void *cmd_need(void *p);

#endif
