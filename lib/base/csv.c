/* csv.c - see csv.h.  A line is taken from its stream without a byte of the
 * next one, so that a stream can be followed. */
#include "base/csv.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"

enum {
    MAX_LINE = 1 << 20, /* bytes, also of a row */
    MAX_JOINED = 1000,  /* lines of a row with quoted line ends */
    MAX_FIELDS = 1 << 16
};

int ae_lines_next(struct ae_lines *l, struct ae_err *e)
{
    unsigned char part[4096];
    const void *at;
    size_t got;

    l->text.len = 0;
    l->cut = 0;
    l->number++;
    for (int any = 0;; any = 1) {
        AE_TRY(ae_io_peek_some(l->io, &at, &got, e));
        if (got == 0 && !any)
            return AE_END;
        const char *end = memchr(at, '\n', got);
        size_t n = end ? (size_t)(end - (const char *)at) + 1 : got;
        n = n < sizeof(part) ? n : sizeof(part);
        AE_TRY(ae_io_read(l->io, part, n, e));
        l->cut |= l->text.len + n > MAX_LINE;
        if (!l->cut)
            AE_TRY(ae_str_addn(&l->text, part, n, e));
        if (n == 0 || part[n - 1] == '\n')
            break;
    }
    struct ae_str *s = &l->text;
    if (s->len && s->p[s->len - 1] == '\n')
        s->len--;
    if (s->len && s->p[s->len - 1] == '\r')
        s->len--;
    s->p[s->len] = 0;
    return 0;
}

/* -------------------------------------------------------------- is it text */

int ae_lines_check(const struct ae_lines *l, struct ae_err *e)
{
    const unsigned long long line = l->number;

    if (l->cut)
        return ae_fail(e, AE_EFORMAT,
                       "line %llu has more than %d bytes: not text", line,
                       MAX_LINE);
    if (memchr(l->text.p, 0, l->text.len))
        return ae_fail(e, AE_EFORMAT, "line %llu holds a NUL byte: not text",
                       line);
    return 0;
}

static int check_text(const struct ae_lines *l, struct ae_err *e)
{
    if (l->cut)
        return ae_lines_check(l, e);
    for (size_t i = 0, n; i < l->text.len; i += n) {
        const unsigned char c = (unsigned char)l->text.p[i];
        n = ae_utf8_length(&l->text.p[i]);
        if (n == 0 || (c < 32 && c != '\t'))
            return ae_fail(e, AE_EFORMAT,
                           "line %llu, byte %zu: 0x%02x is not text%s",
                           (unsigned long long)l->number, i + 1, c,
                           c >= 0xfe ? "; UTF-16? iconv -f UTF-16 -t UTF-8 "
                                       "converts it"
                                     : "");
    }
    return 0;
}

/* ------------------------------------------------------------------- rows */

static char find_separator(const char *s)
{
    static const char known[] = "\t;|,";
    int seen[4] = {0}, quoted = 0;

    for (; *s; s++) {
        const char *k = strchr(known, *s);
        quoted ^= *s == '"';
        if (k && !quoted)
            seen[k - known] = 1;
    }
    for (int i = 0; i < 4; i++)
        if (seen[i])
            return known[i];
    return ' ';
}

static int add_field(struct ae_csv *c, char *at, struct ae_err *e)
{
    if (c->fields == c->cap) {
        const int cap = c->cap ? 2 * c->cap : 16;
        AE_TRY(ae_realloc(&c->field, (size_t)cap, sizeof(*c->field), e));
        c->cap = cap;
    }
    c->field[c->fields++] = at;
    return 0;
}

static char *skip_blanks(char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* The text of a quoted field is moved over its quotes; NULL: not closed. */
static char *unquote(char *p, char **end)
{
    char *to = p, *from = p + 1;

    for (;; from++) {
        if (*from == 0)
            return NULL;
        if (*from == '"' && *++from != '"')
            break;
        *to++ = *from;
    }
    *end = from + strspn(from, " ");
    *to = 0;
    return p;
}

/* The text of a bare field ends before blanks, unless these mean nothing. */
static char *bare(const struct ae_csv *c, char *p, char **end)
{
    const char ends[] = {c->separator, c->separator == ' ' ? '\t' : 0, 0};
    char *stop = p + strcspn(p, ends);

    *end = stop;
    while (!c->plain && stop > p && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    return stop;
}

static int text_after_quote(const struct ae_csv *c, struct ae_err *e)
{
    char line[32] = "";

    if (c->line)
        ae_format(line, sizeof(line), "line %llu, ",
                  (unsigned long long)c->line);
    return ae_fail(e, AE_EFORMAT, "%scolumn %d: text after a closing quote",
                   line, c->fields);
}

int ae_csv_cut(struct ae_csv *c, char *row, int *closed, struct ae_err *e)
{
    const int blanks = c->separator != '\t' && !c->plain; /* mean nothing */
    char *p = blanks ? skip_blanks(row) : row;

    *closed = 1;
    for (c->fields = 0;;) {
        char *end, *stop = NULL;
        if (blanks)
            p = skip_blanks(p);
        if (*p != '"' || c->plain)
            stop = bare(c, p, &end);
        else if (!unquote(p, &end))
            return *closed = 0;
        AE_TRY(add_field(c, p, e));
        const char after = *end;
        if (stop)
            *stop = 0;
        if (after == 0)
            return 0;
        if (c->separator != ' ' && after != c->separator)
            return text_after_quote(c, e);
        p = c->separator == ' ' ? skip_blanks(stop ? end + 1 : end) : end + 1;
        if (c->separator == ' ' && *p == 0)
            return 0;
    }
}

/* The next line that isn't blank. */
static int first_line(struct ae_csv *c, struct ae_err *e)
{
    int rc;

    do {
        if ((rc = ae_lines_next(&c->lines, e)) != 0)
            return rc;
        char *s = c->lines.text.p;
        if (c->lines.number == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0) {
            c->lines.text.len -= 3;
            memmove(s, s + 3, c->lines.text.len + 1);
        }
        c->line = c->lines.number;
        if ((rc = check_text(&c->lines, e)) < 0) {
            c->spoilt = 1;
            return rc;
        }
    } while (*skip_blanks(c->lines.text.p) == 0);
    return 0;
}

/* One more line of a row whose quoted field holds the line's end. */
static int add_line(struct ae_csv *c, struct ae_str *row, struct ae_err *e)
{
    const int rc = ae_lines_next(&c->lines, e);

    AE_TRY(rc);
    if (rc == AE_END || c->lines.number - c->line > MAX_JOINED)
        return ae_fail(e, AE_EFORMAT, "line %llu: a quote is not closed",
                       (unsigned long long)c->line);
    AE_TRY(check_text(&c->lines, e));
    AE_TRY(ae_str_printf(row, e, "\n%s", c->lines.text.p));
    if (row->len > MAX_LINE)
        return ae_fail(e, AE_EFORMAT, "line %llu: a row of more than %d bytes",
                       (unsigned long long)c->line, MAX_LINE);
    return 0;
}

/* All lines of a row; c->row is its copy that is cut. */
static int whole_row(struct ae_csv *c, struct ae_err *e)
{
    struct ae_str all = {0};
    int closed = 0, rc = ae_str_add(&all, c->lines.text.p, e);

    while (!rc) {
        c->row.len = 0;
        rc = ae_str_add(&c->row, all.p, e);
        if (!rc)
            rc = ae_csv_cut(c, c->row.p, &closed, e);
        if (rc || closed)
            break;
        rc = add_line(c, &all, e);
    }
    ae_str_release(&all);
    return rc;
}

/* Cuts the row that begins on the line that was read. */
static int cut_row(struct ae_csv *c, struct ae_err *e)
{
    if (!c->separator)
        c->separator = find_separator(c->lines.text.p);
    AE_TRY(whole_row(c, e));
    if (c->fields > MAX_FIELDS)
        return ae_fail(e, AE_ELIMIT, "line %llu has more than %d columns",
                       (unsigned long long)c->line, MAX_FIELDS);
    if (!c->width)
        c->width = c->fields;
    if (c->fields != c->width)
        return ae_fail(e, AE_EFORMAT,
                       "line %llu has %d column(s), the first row has %d",
                       (unsigned long long)c->line, c->fields, c->width);
    return 0;
}

int ae_csv_next(struct ae_csv *c, struct ae_err *e)
{
    c->spoilt = 0;
    int rc = first_line(c, e);
    if (rc)
        return rc;
    rc = cut_row(c, e);
    c->spoilt = rc == AE_EFORMAT;
    return rc;
}

void ae_csv_release(struct ae_csv *c)
{
    ae_str_release(&c->lines.text);
    ae_str_release(&c->row);
    free(c->field);
    memset(c, 0, sizeof(*c));
}

int ae_csv_is_missing(const char *field)
{
    static const char *const words[] = {"", "na", "n/a", "nan", "null", "?"};

    for (size_t i = 0; i < AE_LEN(words); i++)
        if (strcasecmp(field, words[i]) == 0)
            return 1;
    return 0;
}

int ae_csv_number(const struct ae_csv *c, int at, double *out, struct ae_err *e)
{
    const char *s = c->field[at];
    const unsigned long long line = c->line;

    if (ae_csv_is_missing(s))
        return ae_fail(e, AE_ENUMERIC,
                       "line %llu, column %d: the value is missing ('%s')",
                       line, at + 1, s);
    if (ae_parse_real(s, -FLT_MAX, FLT_MAX, out, NULL) < 0)
        return ae_fail(e, AE_ENUMERIC,
                       "line %llu, column %d: '%.40s' is not a number%s", line,
                       at + 1, s, strchr(s, ',') ? " with a point" : "");
    return 0;
}

/* ---------------------------------------------------------------- writing */

/* Blanks at the ends of a bare field would be lost, but for fields that tabs
 * part. */
static int needs_quotes(const char *field, char separator)
{
    const char marks[] = {'"', '\r', '\n', separator, 0};
    const size_t n = strlen(field);

    return strpbrk(field, marks) ||
           (separator != '\t' && n &&
            (strchr(" \t", field[0]) || strchr(" \t", field[n - 1])));
}

int ae_csv_add(struct ae_str *row, const char *field, char separator,
               struct ae_err *e)
{
    if (!needs_quotes(field, separator))
        return ae_str_add(row, field, e);
    AE_TRY(ae_str_add(row, "\"", e));
    for (; *field; field++) {
        if (*field == '"')
            AE_TRY(ae_str_add(row, "\"", e));
        AE_TRY(ae_str_addn(row, field, 1, e));
    }
    return ae_str_add(row, "\"", e);
}

int ae_csv_quote(const char *field, char separator, char **out,
                 struct ae_err *e)
{
    struct ae_str s = {0};
    const int rc = ae_csv_add(&s, field, separator, e);

    if (rc)
        ae_str_release(&s);
    *out = s.p;
    return rc;
}
