/* table.c - results as rows on stdout: for people, as TSV, as JSON lines.
 *
 * Numbers have a point and six digits.  JSON knows neither infinity nor NaN:
 * they are the string "inf", which jq orders above every number, and null. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

const char *cmd_image_name(const struct ae_io *in, int n, char *buf)
{
    snprintf(buf, CMD_NAME, n > 1 ? "%s#%d" : "%s", ae_io_name(in), n);
    return buf;
}

void cmd_table_head(enum cmd_style style, const struct cmd_cell *cell,
                    int count)
{
    if (style == CMD_JSON)
        return;
    if (style == CMD_TSV)
        fputs("name", stdout);
    for (int i = 0; i < count; i++)
        if (style == CMD_TSV)
            printf("\t%s", cell[i].key);
        else
            printf("%10s", cell[i].key);
    putchar('\n');
}

/* A string of JSON; bytes that are not UTF-8 or steer a terminal come as \xHH
 * from ae_escape(), whose backslash is then escaped in turn. */
void cmd_quoted(const char *text)
{
    char safe[4096], *quoted;
    struct ae_err e;

    ae_escape(safe, sizeof(safe), text);
    if (ae_json_quote(safe, &quoted, &e))
        cmd_die(CMD_FAILED, "%s", e.msg);
    fputs(quoted, stdout);
    free(quoted);
}

static void print_json(const char *name, const struct cmd_cell *cell, int count)
{
    fputs("{\"name\":", stdout);
    cmd_quoted(name);
    for (int i = 0; i < count; i++) {
        printf(",\"%s\":", cell[i].key);
        if (isfinite(cell[i].value))
            printf("%.6g", cell[i].value);
        else
            fputs(isnan(cell[i].value) ? "null" : "\"inf\"", stdout);
    }
    fputs("}\n", stdout);
}

static void print_row(enum cmd_style style, const char *name,
                      const struct cmd_cell *cell, int count)
{
    char safe[4096];

    ae_escape(safe, sizeof(safe), name);
    if (style == CMD_TSV)
        fputs(safe, stdout);
    for (int i = 0; i < count; i++)
        printf(style == CMD_TSV ? "\t%.6g" : "%10.6g", cell[i].value);
    if (style == CMD_TEXT)
        printf("  %s", safe);
    putchar('\n');
}

void cmd_table_row(enum cmd_style style, const char *name,
                   const struct cmd_cell *cell, int count)
{
    if (style == CMD_JSON)
        print_json(name, cell, count);
    else
        print_row(style, name, cell, count);
    fflush(stdout); /* the next image may be long in coming */
}
