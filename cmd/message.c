/* message.c - what a command says to its user: messages and summaries.
 *
 * All text goes to stderr, a whole line at once.  Names in it come from files,
 * so bytes that could steer a terminal are escaped.
 *
 * The library knows fields, not options, and puts a field's name between
 * backquotes.  Here it is shown as the user types it: "`labels`: no such
 * file" becomes "--labels: no such file". */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"

enum { LINE = 4096 };

static struct {
    const char *name;
    const struct cmd_table *tables; /* of the command's options, or NULL */
    int quiet, verbose;
    pthread_mutex_t lock;   /* for what follows, and stderr */
    struct cmd_said *later; /* NULL: what is said is printed */
} report = {.name = "ae", .lock = PTHREAD_MUTEX_INITIALIZER};

/* Where this thread's messages go; NULL: as all others. */
static _Thread_local struct cmd_said *aside;

double cmd_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void cmd_init(const struct cmd_spec *spec, const struct cmd_common *c)
{
    report.name = spec->name;
    report.tables = spec->tables;
    report.quiet = c->quiet;
    report.verbose = c->verbose;
    cmd_progress_init(c->progress, c->quiet);
}

static int has_field(const struct ae_field *f, const char *name, size_t n)
{
    for (; f->name; f++)
        if (strlen(f->name) == n && memcmp(f->name, name, n) == 0)
            return 1;
    return 0;
}

/* Whether this command, or ae-train, which made the models, has that option. */
static int is_option(const char *name, size_t n)
{
    for (const struct cmd_table *t = report.tables; t && t->fields; t++)
        if (has_field(t->fields, name, n))
            return 1;
    return has_field(ae_train_fields, name, n);
}

void cmd_name_options(char *text)
{
    for (char *end; *text; text = end + 1) {
        end = *text == '`' ? strchr(text + 1, '`') : NULL;
        const size_t n = end ? (size_t)(end - text) - 1 : 0;
        if (n && is_option(text + 1, n)) {
            memmove(text + 2, text + 1, n);
            memcpy(text, "--", 2);
        } else {
            end = text;
        }
    }
}

/* ------------------------------------------------------------ their turn */

void cmd_say_aside(struct cmd_said *s)
{
    aside = s;
}

void cmd_say_later(struct cmd_said *s)
{
    pthread_mutex_lock(&report.lock);
    report.later = s;
    pthread_mutex_unlock(&report.lock);
}

void cmd_said_release(struct cmd_said *s)
{
    free(s->text);
    *s = (struct cmd_said){0};
}

static void print_text(const char *text)
{
    cmd_progress_erase();
    fputs(text, stderr);
}

void cmd_said_show(struct cmd_said *s)
{
    pthread_mutex_lock(&report.lock);
    if (s->text)
        print_text(s->text);
    pthread_mutex_unlock(&report.lock);
    cmd_said_release(s);
}

static void keep(struct cmd_said *s, const char *text)
{
    const size_t n = strlen(text);

    s->text = cmd_need(realloc(s->text, s->size + n + 1));
    memcpy(s->text + s->size, text, n + 1);
    s->size += n;
}

/* "BEFORE: TEXT" as a line, at once or in its turn. */
static void put_line(const char *before, const char *text)
{
    char all[2 * LINE];

    snprintf(all, sizeof(all), "%s%s%s\n", before, *before ? ": " : "", text);
    pthread_mutex_lock(&report.lock);
    struct cmd_said *const later = aside ? aside : report.later;
    if (later)
        keep(later, all);
    else
        print_text(all);
    pthread_mutex_unlock(&report.lock);
}

static void say(const char *before, const char *fmt, va_list ap)
{
    char text[LINE], safe[LINE];

    vsnprintf(text, sizeof(text), fmt, ap);
    ae_escape(safe, sizeof(safe), text);
    cmd_name_options(safe);
    put_line(before, safe);
}

void cmd_note(const char *fmt, ...)
{
    va_list ap;

    if (report.quiet)
        return;
    va_start(ap, fmt);
    say(report.name, fmt, ap);
    va_end(ap);
}

void cmd_detail(const char *fmt, ...)
{
    va_list ap;

    if (report.quiet || !report.verbose)
        return;
    va_start(ap, fmt);
    say(report.name, fmt, ap);
    va_end(ap);
}

void cmd_warn(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(report.name, fmt, ap);
    va_end(ap);
}

/* Whether a message begins with the name, or that of an item of it. */
static int names(const char *msg, const char *name)
{
    const size_t n = strlen(name);

    return n && strncmp(msg, name, n) == 0 && (msg[n] == ':' || msg[n] == '#');
}

void cmd_error(const char *where, const struct ae_err *e)
{
    struct ae_err shown = *e; /* is escaped already */
    char safe[LINE], text[LINE + 2 + sizeof(shown.msg)];

    cmd_name_options(shown.msg);
    ae_escape(safe, sizeof(safe), where ? where : "");
    if (names(shown.msg, safe))
        where = NULL;
    snprintf(text, sizeof(text), "%s%s%s", where ? safe : "", where ? ": " : "",
             shown.msg);
    put_line(report.name, text);
}

void cmd_summary(const char *fmt, ...)
{
    va_list ap;

    if (report.quiet)
        return;
    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
}

void cmd_usage(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(report.name, fmt, ap);
    va_end(ap);
    fprintf(stderr, "Try '%s --help' for the options.\n", report.name);
    exit(CMD_USAGE);
}

void cmd_die(int status, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say(report.name, fmt, ap);
    va_end(ap);
    ae_io_remove_all_temps();
    exit(status);
}

void *cmd_need(void *p)
{
    if (!p)
        cmd_die(CMD_FAILED, "out of memory");
    return p;
}

char *cmd_copy(const char *s)
{
    return cmd_need(strdup(s));
}
