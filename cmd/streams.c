/* streams.c - stdin, stdout and some outputs at a time.
 *
 * What is written under a name appears whole or not at all, also when a
 * signal ends the process; output that is lost on stdout is never status 0. */
#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <strings.h>
#include <unistd.h>

#include "cmd.h"

/* By these a user, the system or a closed pipe ends a process. */
static const int stopping[] = {SIGINT,  SIGTERM, SIGHUP,
                               SIGQUIT, SIGXCPU, SIGPIPE};

void cmd_stop(int number)
{
    sigset_t only;

    ae_io_remove_all_temps();
    signal(number, SIG_DFL);
    raise(number); /* which waits, as all others, until here */
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
}

void cmd_catch(int number, void (*handler)(int))
{
    struct sigaction act = {.sa_handler = handler}, old;

    sigfillset(&act.sa_mask);
    if (sigaction(number, NULL, &old) == 0 &&
        old.sa_handler != SIG_IGN) /* nohup stays nohup */
        sigaction(number, &act, NULL);
}

/* The signal that asked for the end of a run. */
static volatile int asked;

static void ask(int number)
{
    if (asked)
        cmd_stop(number);
    asked = number;
}

void cmd_stop_softly(void)
{
    cmd_catch(SIGINT, ask);
    cmd_catch(SIGTERM, ask);
}

int cmd_is_stopped(void)
{
    return asked;
}

const volatile int *cmd_stop_flag(void)
{
    return &asked;
}

/* Blocks the stopping signals, or lets them come again. */
static void hold(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        sigaddset(&set, stopping[i]);
    pthread_sigmask(how, &set, NULL);
}

int cmd_wait_for(int fd)
{
    sigset_t open;
    fd_set set;
    int rc = 0;

    hold(SIG_BLOCK); /* so that none comes between the question and the wait */
    pthread_sigmask(SIG_BLOCK, NULL, &open);
    for (size_t i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        sigdelset(&open, stopping[i]);
    while (!asked && rc <= 0) {
        FD_ZERO(&set);
        FD_SET((unsigned)fd, &set);
        rc = pselect(fd + 1, &set, NULL, NULL, NULL, &open);
    }
    hold(SIG_UNBLOCK);
    return !asked;
}

/* Keeps memory that one image frees for the next one, so that the kernel
 * needn't clear it anew: that is a tenth of the time of small images. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    enum { KEEP = 32 << 20, AHEAD = 1 << 20, MAPPED = 4 << 20 };

    mallopt(M_TRIM_THRESHOLD, KEEP);
    mallopt(M_TOP_PAD, AHEAD);
    mallopt(M_MMAP_THRESHOLD, MAPPED);
#endif
}

void cmd_streams(void)
{
    /* Closed streams are opened in the wrong direction, so that their use still
     * fails; messages to a closed stderr are lost without harm. */
    static const int mode[] = {O_WRONLY, O_RDONLY, O_WRONLY};

    keep_memory();
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
            open("/dev/null", mode[fd]) != fd)
            _exit(CMD_USAGE);
    signal(SIGPIPE, SIG_DFL);
    for (size_t i = 0; i < sizeof(stopping) / sizeof(stopping[0]); i++)
        cmd_catch(stopping[i], cmd_stop);
    /* A file past its limit is a failed write with a reason, as a full disk is,
     * and the temporary file is removed. */
    signal(SIGXFSZ, SIG_IGN);
}

static void log_line(void *arg, enum ae_log_level level, const char *msg)
{
    (void)arg;
    if (level == AE_LOG_FAULT)
        cmd_warn("%s", msg);
    else if (level == AE_LOG_NOTE)
        cmd_note("%s", msg);
    else
        cmd_detail("%s", msg);
}

static struct ae_ctx *new_context(const struct cmd_common *c, int threads,
                                  uint64_t memory)
{
    const struct ae_ctx_options o = {
        .threads = threads,
        .precision = (enum ae_precision)c->precision,
        .max_pixels = c->max_pixels,
        .memory = memory,
        .log = log_line,
        .salvage = c->salvage};
    struct ae_ctx *ctx;
    struct ae_err e;

    hold(SIG_BLOCK); /* so that only this thread takes signals */
    const int rc = ae_ctx_new(&o, &ctx, &e);
    hold(SIG_UNBLOCK);
    if (rc)
        cmd_die(CMD_USAGE, "%s", e.msg);
    return ctx;
}

struct ae_ctx *cmd_context(const struct cmd_common *c)
{
    cmd_sandbox_enter(c); /* before there are threads */
    return new_context(c, c->threads, c->memory);
}

struct ae_ctx *cmd_side_context(const struct cmd_common *c, uint64_t memory)
{
    return new_context(c, 1, memory);
}

const char *cmd_input(const char *name)
{
    static int said;

    if (strcmp(name, "-") == 0 && isatty(STDIN_FILENO) && !said++)
        cmd_note("reading the terminal, which ends with Ctrl-D; --help shows "
                 "the options");
    return name;
}

int cmd_open(const char *name, struct ae_io **out, struct ae_err *e)
{
    if (strcmp(cmd_input(name), "-") == 0)
        return ae_io_open_fd(STDIN_FILENO, 0, "stdin", out, e);
    return ae_io_open_path(name, out, e);
}

int cmd_try_picture(struct ae_ctx *ctx, const struct cmd_common *c,
                    const char *path, struct ae_err *e)
{
    struct ae_reader *r = NULL;
    struct ae_io *io = NULL;
    int rc = ae_io_open_path(path, &io, e);

    if (!rc)
        rc = ae_io_unzip(&io, c->memory, e);
    if (!rc)
        rc = ae_reader_open(ctx, io, 1, &r, e);
    ae_reader_free(r);
    ae_io_close(io);
    return rc;
}

int cmd_create_as(const char *name, const struct ae_create_options *o,
                  struct ae_io **out, struct ae_err *e)
{
    if (!name || strcmp(name, "-") == 0)
        return ae_io_open_fd(STDOUT_FILENO, 0, "stdout", out, e);
    return ae_io_create_as(name, o, out, e);
}

void cmd_commit_all(struct ae_io *const *io, int n, struct ae_err *e)
{
    ae_io_commit_all(io, n, e);
    for (int i = 0; i < n; i++)
        ae_io_close(io[i]);
}

int cmd_commit(struct ae_io *io, struct ae_err *e)
{
    cmd_commit_all(&io, 1, e);
    return e->code;
}

void cmd_drop(struct ae_io *io)
{
    ae_io_close(io);
}

void cmd_name_output(const struct ae_io *io, struct ae_err *e)
{
    char why[sizeof(e->msg)];

    if (!io || !ae_io_broken(io))
        return;
    memcpy(why, e->msg, sizeof(why));
    snprintf(e->msg, sizeof(e->msg), "%s: %.*s", ae_io_name(io),
             (int)sizeof(why) / 2, why);
}

void cmd_check_terminal(const struct cmd_common *c)
{
    if (!c->output && !c->folder && !c->force && isatty(STDOUT_FILENO))
        cmd_usage("stdout is a terminal: -o FILE writes a file, -o - or "
                  "--force write here");
}

static const char *picture_format(size_t i)
{
    const struct ae_format *f = ae_format_at(i);

    return f ? ae_format_name(f) : NULL;
}

void cmd_list_formats(int latents, char *buf, size_t size)
{
    const char *name;
    size_t n = 0;

    buf[0] = '\0';
    for (size_t i = 0;
         (name = latents ? ae_latent_format_name(i) : picture_format(i)) &&
         n < size;
         i++)
        n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : "", name);
}

int cmd_ending_known(const char *path)
{
    struct ae_err e;

    return ae_format_by_ending(path) || ae_latent_format_by_ending(path) ||
           ae_format_refuse_name(path, &e);
}

void cmd_check_table_name(const struct cmd_common *c, int npy)
{
    const char *const out = c->to ? NULL : c->output;

    if (!out || !cmd_ending_known(out) ||
        ae_latent_format_by_ending(out) == ae_latent_format_by_name("csv") ||
        (npy && ae_format_by_ending(out) == ae_format_by_name("npy")))
        return;
    cmd_usage("%s: by its ending no csv, which a model of tables writes", out);
}

const struct ae_format *cmd_format_asked(const struct cmd_common *c)
{
    char known[256];
    struct ae_err e;

    if (!c->to) {
        if (c->output && ae_format_refuse_name(c->output, &e))
            cmd_usage("%s: %s", c->output, e.msg);
        if (c->output && !ae_format_by_ending(c->output) &&
            cmd_ending_known(c->output))
            cmd_usage("%s: by its ending no picture: -T or another ending "
                      "names a format that is",
                      c->output);
        return NULL;
    }
    const struct ae_format *f = ae_format_by_name(c->to);
    if (f)
        return f;
    if (ae_format_refuse_name(c->to, &e))
        cmd_usage("option '--to': %s", e.msg);
    cmd_list_formats(0, known, sizeof(known));
    cmd_usage("option '--to': '%s' is not one of %s", c->to, known);
}

const struct ae_format *cmd_format(const struct cmd_common *c,
                                   const char *output,
                                   const struct ae_format *input)
{
    const struct ae_format *f = cmd_format_asked(c);

    if (!f && output && !c->in_place && strcmp(output, "-") != 0)
        f = ae_format_by_ending(output);
    return f ? f : input;
}

const struct ae_format *cmd_plot_format(const char *to, const char *output)
{
    const struct cmd_common c = {.to = to, .output = output};
    const char *dot = output ? strrchr(output, '.') : NULL;

    if (to ? strcmp(to, "svg") == 0 : dot && strcasecmp(dot, ".svg") == 0)
        return NULL;
    return cmd_format(&c, output, ae_format_by_name("png"));
}

int cmd_close(int status)
{
    /* A stdout that was closed all along and never used is no failure. */
    const int lost = ferror(stdout) != 0;
    const int failed = fflush(stdout) || lost;
    int number = errno;

    if (close(STDOUT_FILENO) && !failed && errno != EBADF)
        number = errno;
    else if (!failed)
        return status;
    cmd_warn("stdout: can't be written: %s", strerror(number));
    return status == CMD_OK ? CMD_FAILED : status;
}
