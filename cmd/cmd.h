/* cmd.h - what the commands share: options, streams, messages, batches.
 *
 * A command is a table of options, a struct they fill, and a run function;
 * everything a user meets in every command (help, version, stdin and stdout,
 * exit codes, messages) is here, once. */
#ifndef AE_CMD_H
#define AE_CMD_H

#include "ae.h"

enum { CMD_OK = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

struct cmd_spec {
    const char *name;            /* "ae-denoise" */
    const char *synopsis;        /* "[-m MODEL] [INPUT...]" */
    const char *summary;         /* one line */
    const struct ae_field *const *tables;  /* NULL-terminated list */
};

/* opt.c: parses argv against the tables into obj (all offsets are into obj);
 * handles --help, --version; wrong usage ends the process with status 2.
 * Returns the index of the first operand. */
int cmd_parse(const struct cmd_spec *spec, void *obj, int argc, char **argv);

/* report.c */
void cmd_init(const char *name, int quiet, int verbose);
void cmd_note(const char *fmt, ...) AE_PRINTF(1, 2);
/* "ae-x: NAME: message" on stderr */
void cmd_error(const char *where, const struct ae_err *e);
_Noreturn void cmd_usage(const char *fmt, ...) AE_PRINTF(1, 2);
_Noreturn void cmd_die(int status, const char *fmt, ...) AE_PRINTF(2, 3);

#endif
