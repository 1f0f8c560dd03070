/* help.c - what --help prints: the rows of a command's tables, under their
 * headings.  A row without help is an option that the command passes on to
 * another one, whose --help has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum { COLUMN = 26, WIDTH = 79 };

/* Words of `text` from column `at`, wrapped, each line begun at COLUMN. */
static void print_wrapped(const char *text, int at)
{
    while (*text) {
        const size_t n = strcspn(text, " ");
        if (at + 1 + (int)n > WIDTH) {
            printf("\n%*s", COLUMN, "");
            at = COLUMN;
        }
        at += printf("%s%.*s", at > COLUMN ? " " : "", (int)n, text);
        text += n + strspn(text + n, " ");
    }
    putchar('\n');
}

static void print_option(int letter, const char *name, const char *arg,
                         const char *help)
{
    char left[128], shown[96] = "";
    int n;

    if (arg && arg[0] == '[')
        snprintf(shown, sizeof(shown), "[=%s", arg + 1);
    else if (arg)
        snprintf(shown, sizeof(shown), "=%s", arg);
    n = letter
            ? snprintf(left, sizeof(left), "  -%c, --%s%s", letter, name, shown)
            : snprintf(left, sizeof(left), "      --%s%s", name, shown);
    if (n >= COLUMN - 1)
        printf("%s\n%*s", left, COLUMN, "");
    else
        printf("%-*s", COLUMN, left);
    print_wrapped(help, COLUMN);
}

void cmd_describe(const struct ae_field *f, char *text, size_t size)
{
    const char *mark = strstr(f->help, "%s");
    const size_t before = mark ? (size_t)(mark - f->help) : strlen(f->help);
    char formats[256] = "";
    const int has_default = f->def && f->def[0] &&
                            (f->type != AE_F_BOOL || f->def[0] == '1');

    if (mark)
        cmd_list_formats(strcmp(f->name, "format") == 0, formats,
                         sizeof(formats));
    snprintf(text, size, "%.*s%s%s%s%s%s", (int)before, f->help, formats,
             mark ? mark + 2 : "", has_default ? " (default: " : "",
             has_default ? f->def : "", has_default ? ")" : "");
    cmd_name_options(text);
}

static void print_field(const struct ae_field *f)
{
    char help[512];

    cmd_describe(f, help, sizeof(help));
    print_option(f->letter, f->name,
                 f->arg                 ? f->arg
                 : f->type == AE_F_BOOL ? NULL
                                        : "VALUE",
                 help);
}

const char *cmd_group(const struct ae_field *f, const char *above)
{
    return f->group ? f->group : above ? above : "Options";
}

/* Prints the rows under that heading, wherever in the tables they stand. */
static void print_group(const struct cmd_spec *spec, const char *group)
{
    const char *at = NULL;

    printf("\n%s:\n", group);
    for (const struct cmd_table *t = spec->tables; t->fields; t++) {
        for (const struct ae_field *f = t->fields; f->name; f++) {
            at = cmd_group(f, at);
            if (f->help && strcmp(at, group) == 0)
                print_field(f);
        }
    }
}

/* Whether a row before f stands under that heading. */
static int is_printed(const struct cmd_spec *spec, const struct ae_field *last,
                      const char *group)
{
    const char *at = NULL;

    for (const struct cmd_table *t = spec->tables; t->fields; t++) {
        for (const struct ae_field *f = t->fields; f->name; f++) {
            if (f == last)
                return 0;
            at = cmd_group(f, at);
            if (f->help && strcmp(at, group) == 0)
                return 1;
        }
    }
    return 0;
}

void cmd_print_help(const struct cmd_spec *spec)
{
    const char *at = NULL;

    printf("Usage: %s %s\n%s.\n", spec->name, spec->synopsis, spec->summary);
    for (const struct cmd_table *t = spec->tables; t->fields; t++) {
        for (const struct ae_field *f = t->fields; f->name; f++) {
            at = cmd_group(f, at);
            if (f->help && !is_printed(spec, f, at))
                print_group(spec, at);
        }
    }
    print_option('h', "help", NULL, "show this and exit");
    print_option('V', "version", NULL, "show the version and exit");
    if (spec->more)
        spec->more();
}
