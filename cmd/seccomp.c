/* seccomp.c - Linux's seccomp: the system calls that a run may make.
 *
 * They are listed, and all others refused: a list of what is forbidden would
 * miss what kernels yet to come can do.  Those get EPERM, but calls that are
 * younger than Landlock ENOSYS, so that a new C library does what it does on
 * an older kernel.  Paths are landlock.c's matter; what that doesn't guard
 * (modes, owners, times, attributes) is let through for open files only.
 *
 * On x86-64 and AArch64; elsewhere there is none. */
#define _GNU_SOURCE /* syscall() */
#include "sandbox.h"

#include <errno.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#define OLD_FORMS                                                              \
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents,     \
        SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename, SYS_link, SYS_dup2,      \
        SYS_pipe, SYS_poll, SYS_select, SYS_pause, SYS_time, SYS_inotify_init,
#else
#define MACHINE AUDIT_ARCH_AARCH64
#define OLD_FORMS
#endif
#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS SECCOMP_RET_KILL
#endif

enum {
    X32 = 0x40000000, /* another set of calls of x86-64, from this number on */
    CLOSE_RANGE = 436,
    FACCESSAT2 = 439,
    KNOWN = 446,           /* Landlock's last call */
    LINUX_CONSOLE = 0x541c /* TIOCLINUX: can type in the user's place */
};

/* What is always let through, the frequent ones first. */
/* clang-format off */
static const uint16_t allowed[] = {
    SYS_read, SYS_write, SYS_futex, SYS_lseek, SYS_munmap, SYS_madvise, SYS_brk,
    SYS_close, SYS_openat, SYS_fstat, SYS_newfstatat, SYS_fcntl,
    /* reading and writing */
    SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_preadv, SYS_pwritev,
    SYS_copy_file_range, SYS_sendfile, SYS_fadvise64, SYS_readahead,
    SYS_fallocate, SYS_ftruncate, SYS_fsync, SYS_fdatasync, SYS_sync_file_range,
    SYS_flock, SYS_dup, SYS_dup3, SYS_pipe2, SYS_eventfd2, SYS_ppoll,
    SYS_pselect6, SYS_inotify_init1, SYS_inotify_add_watch,
    SYS_inotify_rm_watch,
    /* names */
    SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat, SYS_readlinkat,
    SYS_getdents64, SYS_getcwd, SYS_mkdirat, SYS_unlinkat, SYS_renameat,
    SYS_renameat2, SYS_linkat, SYS_umask,
    /* open files' modes and attributes */
    SYS_fchmod, SYS_fchown, SYS_fgetxattr, SYS_fsetxattr, SYS_flistxattr,
    /* memory, threads, signals */
    SYS_mremap, SYS_set_robust_list, SYS_sched_yield, SYS_sched_getaffinity,
    SYS_getcpu, SYS_membarrier, SYS_exit, SYS_exit_group, SYS_rt_sigaction,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait, SYS_rt_sigpending, SYS_sigaltstack,
    SYS_restart_syscall,
    /* time and what else is asked */
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep,
    SYS_gettimeofday, SYS_getrusage, SYS_times, SYS_sysinfo, SYS_uname,
    SYS_getrandom, SYS_getrlimit, SYS_getpid, SYS_gettid, SYS_getuid,
    SYS_geteuid, SYS_getgid, SYS_getegid,
    SYS_rseq, CLOSE_RANGE, FACCESSAT2,
    OLD_FORMS /* of some of these */
};
/* clang-format on */

/* What is let through only where the bits of `mask` in an argument are, or are
 * not, `value`; checks of one call in a row must all hold. */
static const struct check {
    uint16_t call;
    uint8_t word; /* of the arguments: 2 n is the lower half of the n-th one */
    uint8_t equal;
    uint32_t mask, value;
} checks[] = {
    /* no memory that is code and can be written */
    {SYS_mmap, 4, 0, PROT_WRITE | PROT_EXEC, PROT_WRITE | PROT_EXEC},
    {SYS_mprotect, 4, 1, PROT_EXEC, 0},
    /* threads, but no processes */
    {SYS_clone, 0, 1, CLONE_THREAD, CLONE_THREAD},
    /* nothing is typed into the terminal */
    {SYS_ioctl, 2, 0, UINT32_MAX, TIOCSTI},
    {SYS_ioctl, 2, 0, UINT32_MAX, LINUX_CONSOLE},
    /* limits are read, of this process */
    {SYS_prlimit64, 0, 1, UINT32_MAX, 0},
    {SYS_prlimit64, 4, 1, UINT32_MAX, 0},
    {SYS_prlimit64, 5, 1, UINT32_MAX, 0},
    /* times of an open file: no path */
    {SYS_utimensat, 2, 1, UINT32_MAX, 0},
    {SYS_utimensat, 3, 1, UINT32_MAX, 0},
};

enum {
    ALLOWED = sizeof(allowed) / sizeof(allowed[0]),
    CHECKS = sizeof(checks) / sizeof(checks[0]),
    SIGNALS = 3,
    MOST = 16 + 6 * (CHECKS + SIGNALS) + ALLOWED /* operations */
};

struct program {
    struct sock_filter op[MOST];
    unsigned short n;
};

static void add(struct program *p, int code, uint32_t k, int yes, int no)
{
    p->op[p->n++] = (struct sock_filter){
        .code = (uint16_t)code, .k = k, .jt = (uint8_t)yes, .jf = (uint8_t)no};
}

static void load(struct program *p, size_t offset)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void give(struct program *p, uint32_t action)
{
    add(p, BPF_RET | BPF_K, action, 0, 0);
}

static void refuse(struct program *p, int number)
{
    give(p, SECCOMP_RET_ERRNO | (uint32_t)number);
}

/* Four operations: refuses the call unless the check holds. */
static void add_check(struct program *p, const struct check *c)
{
    load(p, offsetof(struct seccomp_data, args) + 4u * c->word);
    add(p, BPF_ALU | BPF_AND | BPF_K, c->mask, 0, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, c->value, c->equal, !c->equal);
    refuse(p, EPERM);
}

/* The n checks of one call; the number of the call stays loaded for the others,
 * since one that is meant never comes out of here. */
static void add_checks(struct program *p, const struct check *c, int n)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, c->call, 0, 4 * n + 1);
    for (int i = 0; i < n; i++)
        add_check(p, &c[i]);
    give(p, SECCOMP_RET_ALLOW);
}

static void add_all_checks(struct program *p)
{
    static const uint16_t signals[] = {SYS_kill, SYS_tkill, SYS_tgkill};

    for (int i = 0, n; i < CHECKS; i += n) {
        for (n = 1; i + n < CHECKS && checks[i + n].call == checks[i].call;)
            n++;
        add_checks(p, &checks[i], n);
    }
    for (int i = 0; i < SIGNALS; i++) { /* to this process: raise() */
        const struct check self = {signals[i], 0, 1, UINT32_MAX,
                                   (uint32_t)getpid()};
        add_checks(p, &self, 1);
    }
}

/* Refuses all that has come as far as this. */
static void add_end(struct program *p)
{
#ifdef SYS_clone3 /* its flags lie in memory, where they can't be seen */
    add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0);
#endif
    add(p, BPF_JMP | BPF_JGT | BPF_K, KNOWN, 0, 1);
    refuse(p, ENOSYS);
    refuse(p, EPERM);
}

static void build(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0);
    give(p, SECCOMP_RET_KILL_PROCESS);
    load(p, offsetof(struct seccomp_data, nr));
    add(p, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
    refuse(p, ENOSYS);
    for (int i = 0; i < ALLOWED; i++) /* to what follows the list, and a jump */
        add(p, BPF_JMP | BPF_JEQ | BPF_K, allowed[i], ALLOWED - i, 0);
    add(p, BPF_JMP | BPF_JA, 1, 0, 0);
    give(p, SECCOMP_RET_ALLOW);
    add_all_checks(p);
    add_end(p);
}

int seccomp_enter(void)
{
    /* Without this some kernels turn off speculation as well, at the cost of a
     * few percent; no secrets are guarded against code of this process. */
    enum { SPEC_ALLOW = 1 << 2 };
    static struct program p;
    struct sock_fprog filter = {.filter = p.op};

    p.n = 0;
    build(&p);
    filter.len = p.n;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SPEC_ALLOW, &filter) == 0)
        return 0;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
}

#else

int seccomp_enter(void)
{
    errno = ENOSYS;
    return -1;
}

#endif
