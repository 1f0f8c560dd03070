/* table.c - results as rows on stdout: for people, as TSV, as JSON lines.
 *
 * Numbers have a point and six digits.  JSON knows neither infinity nor NaN:
 * they are the string "inf", which jq orders above every number, and null. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

const char *cmd_image_name(const struct ae_io *in, int n, char *buf)
{
    snprintf(buf, CMD_NAME, n > 1 ? "%s#%d" : "%s", ae_io_name(in), n);
    return buf;
}

/* A copy that is safe for a terminal, with `tab` in place of each tab. */
static char *safe_text(const char *text, const char *tab)
{
    const size_t size = 4 * strlen(text) + 1;
    char *out = cmd_need(malloc(size)), *part = cmd_need(malloc(size));
    size_t at = 0;

    while (*text) {
        const size_t n = strcspn(text, "\t");
        memcpy(part, text, n);
        part[n] = '\0';
        ae_escape(out + at, size - at, part);
        at += strlen(out + at);
        text += n;
        for (; *text == '\t'; text++, at += strlen(tab))
            memcpy(out + at, tab, strlen(tab));
    }
    out[at] = '\0';
    free(part);
    return out;
}

static void quote(const char *text)
{
    char *quoted;
    struct ae_err e;

    if (ae_json_quote(text, &quoted, &e))
        cmd_die(CMD_FAILED, "%s", e.msg);
    fputs(quoted, stdout);
    free(quoted);
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
    char *safe = safe_text(text, "\\x09");

    quote(safe);
    free(safe);
}

static void print_text(const char *text, const char *tab,
                       void (*print)(const char *))
{
    char *safe = safe_text(text, tab);

    print(safe);
    free(safe);
}

static void put(const char *text)
{
    fputs(text, stdout);
}

static void print_json(const char *name, const struct cmd_cell *cell, int count)
{
    fputs("{\"name\":", stdout);
    cmd_quoted(name);
    for (int i = 0; i < count; i++) {
        printf(",\"%s\":", cell[i].key);
        if (cell[i].text)
            print_text(cell[i].text, "\t", quote);
        else if (isfinite(cell[i].value))
            printf("%.6g", cell[i].value);
        else
            fputs(isnan(cell[i].value) ? "null" : "\"inf\"", stdout);
    }
    fputs("}\n", stdout);
}

static void print_row(enum cmd_style style, const char *name,
                      const struct cmd_cell *cell, int count)
{
    if (style == CMD_TSV)
        print_text(name, "\\x09", put);
    for (int i = 0; i < count; i++) {
        if (!cell[i].text) {
            printf(style == CMD_TSV ? "\t%.6g" : "%10.6g", cell[i].value);
            continue;
        }
        putchar('\t');
        print_text(cell[i].text, "\\t", put);
    }
    if (style == CMD_TEXT) {
        put("  ");
        print_text(name, "\\x09", put);
    }
    putchar('\n');
}

void cmd_table_row(enum cmd_style style, const char *name,
                   const struct cmd_cell *cell, int count)
{
    if (style == CMD_JSON)
        print_json(name, cell, count);
    else
        print_row(style, name, cell, count);
}
