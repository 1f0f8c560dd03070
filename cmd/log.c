/* log.c - --log-json: a line of JSON for each file that a run goes through,
 * for programs that look at the result.
 *
 * A line is written whole when its file is done with, so that a log can be
 * followed, and what is there after a kill is true; where a full disk takes a
 * part of one, that is cut off again.  JSON holds characters and
 * names are bytes: of a name that isn't UTF-8 the bytes that are none become
 * U+FFFD, and all its bytes stand beside it in hexadecimal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

static struct {
    const char *name;
    FILE *lines; /* in memory, until they are written; NULL: no log is wanted */
    char *text;  /* theirs */
    size_t size;
    int fd, begun; /* the log; -1: stdout */
    int lost;      /* errno of the first line that couldn't be written */
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
        record.lines = cmd_need(open_memstream(&record.text, &record.size));
}

/* Returns 0 or errno. */
static int write_text(void)
{
    size_t put = 0;

    if (record.fd < 0)
        return fwrite(record.text, 1, record.size, stdout) == record.size &&
                       !fflush(stdout)
                   ? 0
                   : errno;
    while (put < record.size) {
        const ssize_t n = write(record.fd, record.text + put,
                                record.size - put);
        if (n < 0 && errno != EINTR)
            return errno;
        put += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Writes the lines that wait, all or none where the log is a file. */
static void write_lines(void)
{
    if (!record.begun)
        return;
    const off_t before = record.fd < 0 ? -1 : lseek(record.fd, 0, SEEK_CUR);
    const int lost = fflush(record.lines) ? errno : write_text();
    rewind(record.lines);
    if (!lost)
        return;
    if (!record.lost)
        record.lost = lost;
    if (before >= 0 && ftruncate(record.fd, before) == 0)
        lseek(record.fd, before, SEEK_SET);
}

void cmd_log_begin(void)
{
    enum { HOW = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC };

    if (!record.lines)
        return;
    const int is_file = strcmp(record.name, "-") != 0;
    record.fd = is_file ? open(record.name, HOW, 0666) : -1;
    if (is_file && record.fd < 0)
        cmd_die(CMD_USAGE, "--log-json: %s: can't be written: %s", record.name,
                strerror(errno));
    record.begun = 1;
    write_lines();
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
    FILE *f = record.lines;

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
    write_lines();
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
    if (!record.lines)
        return CMD_OK;
    fclose(record.lines);
    free(record.text);
    record.lines = NULL;
    if (record.begun && record.fd >= 0 && close(record.fd) && !record.lost)
        record.lost = errno;
    if (!record.lost)
        return CMD_OK;
    if (record.fd >= 0) /* cmd_close() tells of stdout */
        cmd_warn("--log-json: %s: can't be written: %s", record.name,
                 strerror(record.lost));
    return CMD_FAILED;
}
