/* sandbox.h - the two halves of the sandbox; its door is in cmd.h.
 *
 *     sandbox.c    which paths a run needs, and when it begins
 *     landlock.c   nothing but those is opened, made or removed
 *     seccomp.c    nothing but what pictures and sums need is asked of the
 *                  system
 */
#ifndef AE_CMD_SANDBOX_H
#define AE_CMD_SANDBOX_H

/* What a run may do at a path, and with all below it where that is a folder. */
enum sandbox_use {
    SANDBOX_READ,   /* and list */
    SANDBOX_OUTPUT, /* read, write, make, move and remove files, make folders */
    SANDBOX_INTO,   /* write into what is there already: a device, a pipe */
    SANDBOX_EMPTIED /* remove empty folders */
};

/* landlock.c: a set of rules, -1 with errno where there is none to be had.
 * *abi: the version of the kernel's interface. */
int landlock_begin(int *abi);
/* A path that isn't there needs no rule.  -1 with errno where the rule can't be
 * had. */
int landlock_allow(int rules, const char *path, enum sandbox_use use);
/* Binds this thread, and those that it starts from now on. */
int landlock_enter(int rules);

/* seccomp.c: likewise; -1 with errno. */
int seccomp_enter(void);

#endif
