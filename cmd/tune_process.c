/* tune_process.c - processes of trials, and signals.
 *
 * A child is in a group of its own, so that a key typed at a terminal reaches
 * ae-tune alone, which lets trials save their state; and it is killed where
 * ae-tune is, so that nobody else takes up a trial that still runs.  Where
 * mpirun or srun started several ae-tune, their trials train by themselves. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tune.h"

static volatile sig_atomic_t asked;

static void ask(int number)
{
    if (asked)
        cmd_stop(number);
    asked = number;
}

void tune_catch(void)
{
    sigset_t child;

    cmd_catch(SIGINT, ask);
    cmd_catch(SIGTERM, ask);
    cmd_catch(SIGHUP, ask);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
}

int tune_stopped(void)
{
    return asked;
}

void tune_wait(double seconds)
{
    const struct timespec time = {(time_t)seconds,
                                  (long)(1e9 * (seconds - floor(seconds)))};
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigtimedwait(&child, NULL, &time);
}

/* In the child: its streams; -1 where one can't be opened. */
static int redirect(const char *out, const char *log)
{
    const int in = open("/dev/null", O_RDONLY);
    const int to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const int err = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);

    if (in < 0 || to < 0 || err < 0 || dup2(in, 0) < 0 || dup2(to, 1) < 0 ||
        dup2(err, 2) < 0)
        return -1;
    close(in);
    close(to);
    close(err);
    return 0;
}

/* By these (is_launched() of ranks_mpi.c) the trials of several ae-tune would
 * take each other for ranks of one training. */
static void forget_launcher(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK",
                                        "PMI_FD", "PMIX_RANK"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
}

static _Noreturn void become(char *const *argv, const char *model,
                             const char *out, const char *log, pid_t parent)
{
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127); /* it was killed before */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    forget_launcher();
    if (redirect(out, log) == 0 && setenv("MODEL", model, 1) == 0)
        execv(argv[0], argv);
    dprintf(2, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

pid_t tune_spawn(char *const *argv, const char *model, const char *out,
                 const char *log)
{
    const pid_t parent = getpid(), pid = fork();

    if (pid < 0)
        cmd_die(CMD_FAILED, "no process can be started: %s", strerror(errno));
    if (pid == 0)
        become(argv, model, out, log, parent);
    setpgid(pid, pid);
    return pid;
}

void tune_last_line(const char *path, char *line, size_t size)
{
    char text[1024];
    FILE *f = fopen(path, "r");

    *line = '\0';
    while (f && fgets(text, sizeof(text), f)) {
        text[strcspn(text, "\n")] = '\0';
        if (*text && strncmp(text, "Try 'ae-train", 13) != 0)
            ae_escape(line, size, text);
    }
    if (f)
        fclose(f);
}
