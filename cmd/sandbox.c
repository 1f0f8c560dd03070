/* sandbox.c - a run gives up what it doesn't need, before it reads anything.
 *
 * What the command line names is all that is read, besides models by name and
 * the system's libraries; files are made only in the folders of outputs and of
 * temporary files; there are no sockets, programs or processes.  So bytes that
 * deceive a decoder or the reader of a model don't reach what else the user
 * has.  It begins before the first thread, which all others come from, and is
 * a matter of commands: a library must not bind its caller. */
#define _GNU_SOURCE /* nftw() */
#include "sandbox.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

enum { FOLDERS = 4, DESCRIPTORS = 32 };

static struct {
    const struct cmd_spec *spec;
    const void *args; /* its options */
    char *const *operand;
    int count;
    const char *beside;        /* a path beside which files are written */
    int rules;                 /* -1: Landlock isn't to be had */
    int why;                   /* errno of that */
    const char *made[FOLDERS]; /* for outputs; removed again if empty */
} run = {.rules = -1};

static const struct cmd_common *common(void)
{
    return run.args;
}

static void allow(const char *path, enum sandbox_use use)
{
    if (run.rules < 0 || landlock_allow(run.rules, path, use) == 0)
        return;
    run.why = errno;
    close(run.rules);
    run.rules = -1;
}

/* ------------------------------------------------------------------ read */

/* Opened for the linker, the C library and the count of CPUs. */
static void allow_system(void)
{
    static const char *const paths[] = {
        "/lib",           "/lib64",         "/usr/lib",
        "/usr/lib64",     "/usr/local/lib", "/etc/ld.so.cache",
        "/proc/self",     "/proc/cpuinfo",  "/proc/meminfo",
        "/proc/stat",     "/proc/sys/vm",   "/sys/devices/system",
        "/sys/fs/cgroup", "/dev/urandom",   "/etc/localtime"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        allow(paths[i], SANDBOX_READ);
    allow("/dev/null", SANDBOX_READ);
    allow("/dev/null", SANDBOX_INTO);
}

/* Folders with colons between them. */
static void allow_list(const char *list)
{
    char path[PATH_MAX];

    while (list && *list) {
        const size_t n = strcspn(list, ":");
        if (n && n < sizeof(path)) {
            snprintf(path, sizeof(path), "%.*s", (int)n, list);
            allow(path, SANDBOX_READ);
        }
        list += n + (list[n] == ':');
    }
}

/* Where OpenBLAS may lie: beside this library, too, in a tree that was moved as
 * one. */
static void allow_libraries(void)
{
    static const char beside[] = "/../lib";
    char path[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", path,
                               sizeof(path) - sizeof(beside));

    allow_list(getenv("LD_LIBRARY_PATH"));
    if (n <= 0)
        return;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return;
    memcpy(slash, beside, sizeof(beside));
    allow(path, SANDBOX_READ);
}

static int allow_models(void *arg, const char *folder, struct ae_err *e)
{
    (void)arg, (void)e;
    allow(folder, SANDBOX_READ);
    return 0;
}

/* ----------------------------------------------------------------- write */

/* The folder that a path lies in, to be freed with free(). */
static char *folder_of(const char *path)
{
    size_t n = strlen(path);
    char *p = cmd_need(malloc(n + 2));

    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    snprintf(p, n + 2, "%.*s", n ? (int)n : 1, n ? path : ".");
    return p;
}

static void allow_folder_of(const char *path, enum sandbox_use use)
{
    char *folder = folder_of(path);

    allow(folder, use);
    free(folder);
}

/* A file is written aside, in the folder where links lead; devices and pipes
 * are written into. */
static void allow_output(const char *path)
{
    struct stat st;
    char *target;

    if (strcmp(path, "-") == 0 || ae_io_target(path, &target, NULL))
        return;
    if (stat(target, &st) == 0 && !S_ISREG(st.st_mode)) {
        if (!S_ISDIR(st.st_mode))
            allow(target, SANDBOX_INTO);
    } else {
        allow_folder_of(target, SANDBOX_OUTPUT);
    }
    free(target);
}

static void remove_made(void)
{
    for (int i = 0; i < FOLDERS; i++)
        if (run.made[i])
            rmdir(run.made[i]);
}

/* The nearest folder around `path` that is there. */
static void allow_nearest(const char *path)
{
    struct stat st;
    char *folder = folder_of(path);

    while (stat(folder, &st) && errno == ENOENT && strcmp(folder, ".") != 0 &&
           strcmp(folder, "/") != 0) {
        char *next = folder_of(folder);
        free(folder);
        folder = next;
    }
    allow(folder, SANDBOX_OUTPUT);
    free(folder);
}

/* A rule is for a folder that is there, so it is made now, and removed where
 * nothing comes into it. */
static void allow_folder(const char *path)
{
    int i = 0;

    while (i < FOLDERS - 1 && run.made[i])
        i++;
    if (run.rules < 0)
        return;
    if (mkdir(path, 0777) == 0) {
        run.made[i] = path;
        allow_folder_of(path, SANDBOX_EMPTIED);
    } else if (errno != EEXIST) {
        allow_nearest(path);
    }
    allow(path, SANDBOX_OUTPUT);
}

/* ------------------------------------------------- what the user has named */

/* A file that is read and, in place, written. */
static void allow_file(const char *path)
{
    allow(path, SANDBOX_READ);
    if (common()->in_place)
        allow_output(path);
}

/* A link in a folder may lead to a file elsewhere, which is read as well. */
static int allow_link(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    struct stat to;

    (void)st, (void)ftw;
    if (type == FTW_SL && stat(path, &to) == 0 && S_ISREG(to.st_mode))
        allow(path, SANDBOX_READ);
    return run.rules < 0;
}

static void allow_tree(const char *path)
{
    allow(path, common()->in_place ? SANDBOX_OUTPUT : SANDBOX_READ);
    if (run.rules >= 0)
        nftw(path, allow_link, DESCRIPTORS, FTW_PHYS);
}

static void allow_operand(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        allow_tree(path);
    else
        allow_file(path);
}

/* What an option's text names, if it names anything: a file, a folder with all
 * in it, or either with something after a colon. */
static void allow_named(const char *text)
{
    const char *colon = strrchr(text, ':');
    char path[PATH_MAX];
    struct stat st;

    allow(text, SANDBOX_READ);
    if (run.rules >= 0 && stat(text, &st) == 0 && S_ISDIR(st.st_mode))
        nftw(text, allow_link, DESCRIPTORS, FTW_PHYS);
    if (!colon || colon - text >= PATH_MAX)
        return;
    snprintf(path, sizeof(path), "%.*s", (int)(colon - text), text);
    allow(path, SANDBOX_READ);
}

/* The names of --files-from are read later, perhaps from a pipe. */
static void allow_listed(void)
{
    if (common()->files_from)
        allow("/", common()->in_place ? SANDBOX_OUTPUT : SANDBOX_READ);
}

static void allow_temporary(void)
{
    const char *folder = getenv("TMPDIR");

    allow(folder && *folder ? folder : "/var/tmp", SANDBOX_OUTPUT);
}

/* --------------------------------------------------------------- the run */

static void allow_option(const struct ae_field *f, const char *value)
{
    allow_named(value);
    if (f->file == AE_FILE_WRITTEN)
        allow_output(value);
    else if (f->file == AE_FILE_FOLDER)
        allow_folder(value);
}

static void allow_run(void)
{
    allow_system();
    allow_libraries();
    allow_temporary();
    ae_model_folders(allow_models, NULL, NULL);
    if (run.beside)
        allow_folder_of(run.beside, SANDBOX_OUTPUT);
    for (int i = 0; i < run.count; i++)
        allow_operand(run.operand[i]);
    allow_listed();
    for (const struct cmd_table *t = run.spec->tables; t->fields; t++)
        for (const struct ae_field *f = t->fields; f->name; f++) {
            const char *at = (const char *)run.args + t->offset + f->offset;
            if (f->type != AE_F_STR)
                continue;
            const char *value = *(const char *const *)(const void *)at;
            if (value && *value)
                allow_option(f, value);
        }
}

/* --in-place=FOLDER/ gives an original a name in another folder, for which
 * version 1 knows no right. */
static int moves(const struct cmd_common *c)
{
    return c->in_place && strchr(c->in_place, '/');
}

/* Returns 0, or errno where the kernel refuses. */
static int enter_landlock(int *abi)
{
    run.rules = landlock_begin(abi);
    if (run.rules < 0)
        return errno;
    if (*abi < 2 && moves(common())) {
        close(run.rules);
        return EXDEV;
    }
    allow_run();
    if (run.rules < 0)
        return run.why;
    const int rc = landlock_enter(run.rules) ? errno : 0;
    close(run.rules);
    return rc;
}

/* Sanitizers and counters of lines start processes and write files as a
 * process ends. */
static int is_instrumented(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 1;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
    return 1;
#endif
#endif
#ifdef __GNUC__
    extern void __gcov_init(void *) __attribute__((weak));
    extern void __llvm_profile_initialize(void) __attribute__((weak));
    extern void llvm_gcov_init(void *, void *) __attribute__((weak));

    return __gcov_init || __llvm_profile_initialize || llvm_gcov_init;
#else
    return 0;
#endif
}

void cmd_sandbox_init(const struct cmd_spec *spec, const void *args,
                      char *const *operand, int count)
{
    run.spec = spec;
    run.args = args;
    run.operand = operand;
    run.count = count;
}

void cmd_sandbox_beside(const char *path)
{
    run.beside = path;
}

static int is_wanted(const struct cmd_common *c)
{
    const char *value = getenv("AE_SANDBOX");

    return !c->no_sandbox && !(value && strcmp(value, "no") == 0);
}

void cmd_sandbox_enter(const struct cmd_common *c)
{
    char files[128] = "", calls[128] = "";
    int abi;

    if (!is_wanted(c) || is_instrumented()) {
        cmd_detail("sandbox: none%s",
                   is_wanted(c) ? " in an instrumented build" : ", as asked");
        return;
    }
    atexit(remove_made);
    const int no_files = enter_landlock(&abi);
    const int no_calls = seccomp_enter() ? errno : 0;
    if (no_files)
        snprintf(files, sizeof(files), "no landlock (%s)", strerror(no_files));
    else
        snprintf(files, sizeof(files), "landlock %d", abi);
    if (no_calls)
        snprintf(calls, sizeof(calls), "no seccomp (%s)", strerror(no_calls));
    else
        snprintf(calls, sizeof(calls), "seccomp");
    cmd_detail("sandbox: %s, %s", files, calls);
}
