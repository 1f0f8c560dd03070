/* messages.h - what a run says: messages, the progress line, the log. */
#ifndef AE_CMD_MESSAGES_H
#define AE_CMD_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "ae.h"

struct cmd_common;
struct cmd_spec;

/* ------------------------------------------------------------- messages */

/* message.c: one line each on stderr, "ae-x: ...", control bytes escaped, and
 * fields shown as the options that they are here. */
void cmd_init(const struct cmd_spec *spec, const struct cmd_common *c);
/* The library names fields in backquotes (`kl-warmup`); puts the options in
 * their places (--kl-warmup), which are as long. */
void cmd_name_options(char *text);
/* A message unless -q. */
void cmd_note(const char *fmt, ...) AE_PRINTF(1, 2);
/* A message with -v. */
void cmd_detail(const char *fmt, ...) AE_PRINTF(1, 2);
/* "ae-x: WHERE: message"; WHERE may be NULL. */
void cmd_error(const char *where, const struct ae_err *e);
void cmd_warn(const char *fmt, ...) AE_PRINTF(1, 2);
/* A bare line, unless -q: a run's summary. */
void cmd_summary(const char *fmt, ...) AE_PRINTF(1, 2);
_Noreturn void cmd_usage(const char *fmt, ...) AE_PRINTF(1, 2);
_Noreturn void cmd_die(int status, const char *fmt, ...) AE_PRINTF(2, 3);
/* Seconds of a clock that only goes forward. */
double cmd_now(void);

/* Messages that wait for their turn; one that is all zeros is empty. */
struct cmd_said {
    char *text; /* whole lines; NULL: none */
    size_t size;
};
/* What this thread says goes there; NULL: as all others. */
void cmd_say_aside(struct cmd_said *s);
/* The same for all threads but those; NULL: to stderr again. */
void cmd_say_later(struct cmd_said *s);
/* Says it at last. */
void cmd_said_show(struct cmd_said *s);
void cmd_said_release(struct cmd_said *s);

/* ------------------------------------------------------------- progress */

/* progress.c: mode as --progress names them. */
void cmd_progress_init(int mode, int quiet);
/* Erases the line, so that a message stands by itself. */
void cmd_progress_erase(void);
/* Draws the progress line anew where progress is on: on a terminal without -q,
 * or with --progress=always.  Calls less than half a second after the last
 * drawing do nothing, unless `last`. */
void cmd_progress(int last, const char *fmt, ...) AE_PRINTF(2, 3);
/* How far a run through files is. */
struct cmd_course {
    const char *name;     /* the present file, or NULL */
    uint64_t done, files; /* files 0: nobody knows */
    double share;         /* of the present file that is done, 0..1 */
    double speed;         /* megapixels a second */
    double seconds, left; /* since the start, to the end; left < 0: unknown */
};
void cmd_progress_files(int last, const struct cmd_course *c);
/* Seconds as "1:02:03"; buf of 32 bytes. */
const char *cmd_clock(double seconds, char *buf);

/* ----------------------------------------------------------- log of files */

/* log.c: --log-json.  Ends with status 2 where stdout carries data: without -d,
 * --in-place and -o FILE, or in any case. */
void cmd_log_check(const struct cmd_common *c, int in_any_case);
/* Lines are kept until the log begins, anew, when all is known to be well with
 * the usage; that ends with status 2 where it can't be. */
void cmd_log_open(const struct cmd_common *c);
void cmd_log_begin(void);
enum cmd_log_status {
    CMD_LOG_OK,
    CMD_LOG_UNCHANGED, /* written, and every image is as it came */
    CMD_LOG_SKIPPED,
    CMD_LOG_FAILED
};
struct cmd_log_line {
    const char *input, *output; /* output NULL: nothing was written */
    int w, h;                   /* of its first image; 0: unknown */
    double seconds;
    enum cmd_log_status status;
    const char *error; /* NULL: none */
};
/* These do nothing without a log. */
void cmd_log_put(const struct cmd_log_line *l);
void cmd_log_skip(const char *input);
void cmd_log_fail(const char *input, const struct ae_err *e);
/* The status: CMD_FAILED where a line was lost, which is said. */
int cmd_log_close(void);

/* item_log.c: a line for each file that items are read from with these options;
 * nothing without a log. */
void cmd_item_log_open(const struct cmd_common *c,
                       struct ae_examples_options *o);
/* A file begins to be read, after a wait that isn't its own. */
void cmd_item_log_start(void);
/* The next item is out, or has failed. */
void cmd_item_log_put(const struct ae_err *fault);
/* All items that were read are out. */
void cmd_item_log_flush(void);

#endif
