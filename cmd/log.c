/* log.c - --log-json: a line of JSON for each file that a run goes through,
 * for programs that look at the result.
 *
 * A line is written whole when its file is done with, so that a log can be
 * followed, and what is there after a kill is true.  JSON holds characters and
 * names are bytes: of a name that isn't UTF-8 the bytes that are none become
 * U+FFFD, and all its bytes stand beside it in hexadecimal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static struct {
    const char *name;
    FILE *file; /* NULL: no log is wanted */
    char *text; /* lines that wait for the beginning, in a memory stream */
    size_t size;
    int lost; /* errno of the first line that couldn't be written */
} record;

void cmd_log_check(const struct cmd_common *c, int in_any_case)
{
    const int elsewhere = c->folder || c->in_place ||
                          (c->output && strcmp(c->output, "-") != 0);

    if (!c->log_json || strcmp(c->log_json, "-") != 0 ||
        (elsewhere && !in_any_case))
        return;
    cmd_usage("option '--log-json': stdout has the results, give a file%s",
              in_any_case ? "" : ", or write them elsewhere");
}

void cmd_log_open(const struct cmd_common *c)
{
    record.name = c->log_json;
    if (record.name)
        record.file = cmd_need(open_memstream(&record.text, &record.size));
}

void cmd_log_begin(void)
{
    FILE *waiting = record.file;

    if (!waiting)
        return;
    fclose(waiting);
    record.file = strcmp(record.name, "-") == 0 ? stdout
                                                : fopen(record.name, "we");
    if (!record.file)
        cmd_die(CMD_USAGE, "--log-json: %s: can't be written: %s", record.name,
                strerror(errno));
    if (record.size)
        fputs(record.text, record.file);
    free(record.text);
}

/* The text with U+FFFD for each byte that is no UTF-8; *whole: it has none. */
static char *make_valid(const char *text, int *whole)
{
    static const char unknown[] = "\357\277\275";
    char *out = cmd_need(malloc(3 * strlen(text) + 1)), *at = out;

    *whole = 1;
    while (*text) {
        const size_t n = ae_utf8_length(text);
        memcpy(at, n ? text : unknown, n ? n : 3);
        at += n ? n : 3;
        text += n ? n : 1;
        *whole &= n > 0;
    }
    *at = '\0';
    return out;
}

/* ,"key":"text", and "key_hex" where the text isn't UTF-8; null for NULL. */
static void put_text(FILE *f, const char *key, const char *text)
{
    char *valid, *quoted = NULL;
    struct ae_err e;
    int whole;

    if (!text) {
        fprintf(f, ",\"%s\":null", key);
        return;
    }
    valid = make_valid(text, &whole);
    if (ae_json_quote(valid, &quoted, &e))
        cmd_die(CMD_FAILED, "%s", e.msg);
    fprintf(f, ",\"%s\":%s", key, quoted);
    free(quoted);
    free(valid);
    if (whole)
        return;
    fprintf(f, ",\"%s_hex\":\"", key);
    for (; *text; text++)
        fprintf(f, "%02x", (unsigned char)*text);
    putc('"', f);
}

static void put_size(FILE *f, const char *key, int n)
{
    if (n > 0)
        fprintf(f, ",\"%s\":%d", key, n);
    else
        fprintf(f, ",\"%s\":null", key);
}

void cmd_log_put(const struct cmd_log_line *l)
{
    static const char *const names[] = {"ok", "unchanged", "skipped", "failed"};
    FILE *f = record.file;

    if (!f)
        return;
    fputs("{\"event\":\"file\"", f);
    put_text(f, "input", l->input);
    put_text(f, "output", l->output);
    put_size(f, "width", l->w);
    put_size(f, "height", l->h);
    fprintf(f, ",\"ms\":%.1f,\"status\":\"%s\"", 1e3 * l->seconds,
            names[l->status]);
    put_text(f, "error", l->error);
    fputs("}\n", f);
    if (fflush(f) && !record.lost)
        record.lost = errno;
}

void cmd_log_skip(const char *input)
{
    cmd_log_put(
        &(struct cmd_log_line){.input = input, .status = CMD_LOG_SKIPPED});
}

void cmd_log_fail(const char *input, const struct ae_err *e)
{
    cmd_log_put(&(struct cmd_log_line){
        .input = input, .status = CMD_LOG_FAILED, .error = e->msg});
}

int cmd_log_close(void)
{
    FILE *f = record.file;

    record.file = NULL;
    if (f && f != stdout && fclose(f) && !record.lost)
        record.lost = errno;
    if (!record.lost)
        return CMD_OK;
    if (f != stdout) /* cmd_close() tells of stdout */
        cmd_warn("--log-json: %s: can't be written: %s", record.name,
                 strerror(record.lost));
    return CMD_FAILED;
}
