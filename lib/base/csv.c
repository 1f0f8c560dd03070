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
    MAX_LINE = 1 << 20, /* bytes, of text */
    MAX_ROW = 1 << 25,  /* bytes */
    MAX_JOINED = 1000,  /* lines of a row with quoted line ends */
    MAX_FIELDS = 1 << 20
};

/* ------------------------------------------------------------------ lines */

static int peek_line(struct ae_lines *l, const void **at, size_t *got,
                     struct ae_err *e)
{
    if (l->at == l->ahead.len)
        return ae_io_peek_some(l->io, 1, at, got, e);
    *at = l->ahead.p + l->at;
    *got = l->ahead.len - l->at;
    return 0;
}

static int take_bytes(struct ae_lines *l, void *to, size_t n, struct ae_err *e)
{
    if (l->at == l->ahead.len)
        return ae_io_read(l->io, to, n, e);
    memcpy(to, l->ahead.p + l->at, n);
    l->at += n;
    if (l->at == l->ahead.len)
        l->at = l->ahead.len = 0;
    return 0;
}

static size_t most_of(const struct ae_lines *l)
{
    return l->most ? l->most : MAX_LINE;
}

int ae_lines_next(struct ae_lines *l, struct ae_err *e)
{
    unsigned char part[4096];
    const void *at;
    size_t got;

    l->text.len = 0;
    l->cut = 0;
    l->number++;
    for (int any = 0;; any = 1) {
        AE_TRY(peek_line(l, &at, &got, e));
        if (got == 0 && !any)
            return AE_END;
        const char *end = memchr(at, '\n', got);
        size_t n = end ? (size_t)(end - (const char *)at) + 1 : got;
        n = n < sizeof(part) ? n : sizeof(part);
        AE_TRY(take_bytes(l, part, n, e));
        l->cut |= l->text.len + n > most_of(l);
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

int ae_lines_ahead(struct ae_lines *l, size_t size, struct ae_err *e)
{
    const void *at;
    size_t got;

    while (l->ahead.len - l->at < size) {
        AE_TRY(ae_io_peek_some(l->io, 1, &at, &got, e));
        if (got == 0)
            break;
        AE_TRY(ae_str_addn(&l->ahead, at, got, e));
        AE_TRY(ae_io_skip(l->io, got, e));
    }
    return 0;
}

int ae_lines_back(struct ae_lines *l, const char *text, size_t n,
                  struct ae_err *e)
{
    struct ae_str all = {0};

    l->number--;
    for (size_t i = 0; i < n; i++)
        l->number -= text[i] == '\n';
    if (l->at > n) { /* where they came from, most often */
        l->at -= n + 1;
        memcpy(l->ahead.p + l->at, text, n);
        l->ahead.p[l->at + n] = '\n';
        return 0;
    }
    int rc = ae_str_addn(&all, text, n, e);
    if (!rc)
        rc = ae_str_addn(&all, "\n", 1, e);
    if (!rc && l->at < l->ahead.len)
        rc = ae_str_addn(&all, l->ahead.p + l->at, l->ahead.len - l->at, e);
    if (rc) {
        ae_str_release(&all);
        return rc;
    }
    ae_str_release(&l->ahead);
    l->ahead = all;
    l->at = 0;
    return 0;
}

/* -------------------------------------------------------------- is it text */

int ae_lines_check(const struct ae_lines *l, struct ae_err *e)
{
    const unsigned long long line = l->number;

    if (l->cut)
        return ae_fail(e, AE_EFORMAT,
                       "line %llu has more than %zu bytes: not text", line,
                       most_of(l));
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
        n = c >= 32 && c < 127 ? 1 : ae_utf8_length(&l->text.p[i]);
        if (n == 0 || (c < 32 && c != '\t'))
            return ae_fail(e, AE_EFORMAT,
                           "line %llu, byte %zu: 0x%02x is not text%s",
                           (unsigned long long)l->number, i + 1, c,
                           c >= 0xfe   ? "; UTF-16? iconv -f UTF-16 -t UTF-8 "
                                         "converts it"
                           : c >= 0x80 ? "; Latin 1? iconv -f LATIN1 -t UTF-8 "
                                         "converts it"
                                       : "");
    }
    return 0;
}

/* ------------------------------------------------------------------- rows */

char ae_csv_separator(const char *s)
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

/* An error that is the row's own. */
static int row_fault(struct ae_csv *c, int rc)
{
    c->spoilt = rc < 0 && rc != AE_EMEM;
    return rc;
}

static int copy_row(struct ae_csv *c, const struct ae_str *text,
                    struct ae_err *e)
{
    c->row.len = 0;
    return ae_str_addn(&c->row, text->p, text->len, e);
}

/* "sep=;", which spreadsheets write and obey, in quotes or not. */
static int says_separator(struct ae_csv *c)
{
    const char *s = c->lines.text.p;
    const size_t quote = *s == '"', n = c->lines.text.len - 2 * quote;

    if (n != 5 || strncasecmp(s + quote, "sep=", 4) != 0)
        return 0;
    if (!c->separator)
        c->separator = s[quote + 4];
    return 1;
}

/* "#1,2,3" is a row, "# made in 2024, by hand" isn't: all fields of a row are
 * numbers but its name. */
static int is_comment(struct ae_csv *c, int *yes, struct ae_err *e)
{
    const char known = c->separator;
    int closed, numbers = 0, words = 0;

    *yes = 1;
    if (!known)
        c->separator = ae_csv_separator(c->lines.text.p);
    AE_TRY(copy_row(c, &c->lines.text, e));
    const int rc = ae_csv_cut(c, c->row.p, &closed, NULL);
    c->separator = known;
    if (rc || !closed)
        return rc == AE_EMEM ? ae_fail(e, rc, "no memory for a row") : 0;
    for (int i = 1; i < c->fields; i++)
        if (ae_csv_is_number(c, c->field[i], NULL))
            numbers = 1;
        else
            words |= !ae_csv_is_missing(c->field[i]);
    *yes = words || !numbers || (c->width && c->fields != c->width);
    if (!*yes || c->width)
        return 0;
    c->comment.len = 0;
    return ae_str_add(&c->comment, c->lines.text.p, e);
}

static void drop_mark(struct ae_str *s)
{
    if (strncmp(s->p, "\xef\xbb\xbf", 3) != 0)
        return;
    s->len -= 3;
    memmove(s->p, s->p + 3, s->len + 1);
}

/* The next line that is a row, or the beginning of one. */
static int first_line(struct ae_csv *c, struct ae_err *e)
{
    const struct ae_str *s = &c->lines.text;
    int passed = 1;

    while (passed) {
        const int rc = ae_lines_next(&c->lines, e);
        if (rc)
            return rc;
        c->line = c->lines.number;
        drop_mark(&c->lines.text);
        AE_TRY(row_fault(c, check_text(&c->lines, e)));
        passed = *skip_blanks(s->p) == 0 || says_separator(c);
        if (!passed && *s->p == '#')
            AE_TRY(is_comment(c, &passed, e));
    }
    return 0;
}

/* One more line of a row whose quoted field holds the line's end. */
static int add_line(struct ae_csv *c, struct ae_err *e)
{
    const unsigned long long line = c->line;
    const int rc = ae_lines_next(&c->lines, e);

    AE_TRY(rc);
    if (rc == AE_END || c->lines.number - c->line > MAX_JOINED) {
        if (rc == AE_END)
            c->lines.number--;
        else
            AE_TRY(ae_lines_back(&c->lines, c->lines.text.p, c->lines.text.len,
                                 e));
        return row_fault(c, ae_fail(e, AE_EFORMAT,
                                    "line %llu: a quote is not closed", line));
    }
    AE_TRY(ae_str_addn(&c->joined, "\n", 1, e));
    AE_TRY(ae_str_addn(&c->joined, c->lines.text.p, c->lines.text.len, e));
    AE_TRY(row_fault(c, check_text(&c->lines, e)));
    if (c->joined.len > MAX_ROW)
        return row_fault(c, ae_fail(e, AE_EFORMAT,
                                    "line %llu: a row of more than %d bytes",
                                    line, MAX_ROW));
    return 0;
}

/* Whether a quoted field is open behind this line, as one is before it, by the
 * rules of ae_csv_cut(); so a row of many lines is cut but once. */
static int stays_open(const struct ae_csv *c, const char *p)
{
    const char ends[] = {c->separator, c->separator == ' ' ? '\t' : 0, 0};

    for (int quoted = 1;;) {
        const char *end = p + strcspn(p, ends);
        if (quoted) {
            while ((p = strchr(p, '"')) && p[1] == '"')
                p += 2;
            if (!p)
                return 1;
            end = p + 1 + strspn(p + 1, " ");
        }
        if (!*end || (c->separator != ' ' && *end != c->separator))
            return 0;
        p = quoted && c->separator == ' ' ? end : end + 1;
        p += strspn(p, c->separator == '\t' ? "" : " \t");
        quoted = *p == '"';
        p += quoted;
    }
}

/* All lines of a row; c->row is its copy that is cut. */
static int whole_row(struct ae_csv *c, struct ae_err *e)
{
    int closed;

    c->joined.len = 0;
    AE_TRY(copy_row(c, &c->lines.text, e));
    AE_TRY(row_fault(c, ae_csv_cut(c, c->row.p, &closed, e)));
    if (closed)
        return 0;
    AE_TRY(ae_str_addn(&c->joined, c->lines.text.p, c->lines.text.len, e));
    while (!closed) {
        AE_TRY(add_line(c, e));
        if (stays_open(c, c->lines.text.p))
            continue;
        AE_TRY(copy_row(c, &c->joined, e));
        AE_TRY(row_fault(c, ae_csv_cut(c, c->row.p, &closed, e)));
    }
    return 0;
}

static int is_empty(const struct ae_csv *c)
{
    for (int i = 0; i < c->fields; i++)
        if (*c->field[i])
            return 0;
    return 1;
}

static int fit_width(struct ae_csv *c, struct ae_err *e)
{
    if (!c->width)
        c->width = c->fields;
    const int least = c->least ? c->least : c->width, fields = c->fields;
    while (c->fields > c->width && *c->field[c->fields - 1] == 0)
        c->fields--;
    while (c->fields >= least && c->fields < c->width)
        AE_TRY(add_field(c, c->row.p + c->row.len, e));
    if (c->fields == c->width)
        return 0;
    return ae_fail(e, AE_EFORMAT,
                   "line %llu has %d column(s), the first row has %d",
                   (unsigned long long)c->line, fields, c->width);
}

static int read_row(struct ae_csv *c, struct ae_err *e)
{
    do {
        const int rc = first_line(c, e);
        if (rc)
            return rc;
        if (!c->separator)
            c->separator = ae_csv_separator(c->lines.text.p);
        AE_TRY(whole_row(c, e));
    } while (is_empty(c));
    if (c->fields > MAX_FIELDS)
        return row_fault(c, ae_fail(e, AE_ELIMIT,
                                    "line %llu has more than %d columns",
                                    (unsigned long long)c->line, MAX_FIELDS));
    return row_fault(c, fit_width(c, e));
}

/* A row of several lines that is spoilt began, perhaps, with a stray quote: it
 * costs its first line only. */
int ae_csv_next(struct ae_csv *c, struct ae_err *e)
{
    c->spoilt = 0;
    c->joined.len = 0;
    c->lines.most = MAX_ROW;
    const int rc = read_row(c, e);
    const char *all = c->joined.p;
    const char *end = c->spoilt && c->joined.len
                          ? memchr(all, '\n', c->joined.len)
                          : NULL;
    if (end)
        AE_TRY(ae_lines_back(&c->lines, end + 1,
                             c->joined.len - (size_t)(end + 1 - all), e));
    return rc;
}

int ae_csv_recut(struct ae_csv *c, char separator, struct ae_err *e)
{
    int closed;

    c->separator = separator;
    AE_TRY(copy_row(c, &c->lines.text, e));
    AE_TRY(ae_csv_cut(c, c->row.p, &closed, e));
    c->width = c->fields;
    return 0;
}

void ae_csv_release(struct ae_csv *c)
{
    ae_str_release(&c->lines.text);
    ae_str_release(&c->lines.ahead);
    ae_str_release(&c->row);
    ae_str_release(&c->joined);
    ae_str_release(&c->comment);
    free(c->field);
    memset(c, 0, sizeof(*c));
}

/* ---------------------------------------------------------------- numbers */

int ae_csv_is_missing(const char *field)
{
    static const char *const words[] = {"",     "na",   "n/a", "#n/a", "nan",
                                        "null", "none", "?",   "-",    "--"};

    if (*field >= '0' && *field <= '9')
        return 0;
    for (size_t i = 0; i < AE_LEN(words); i++)
        if (strcasecmp(field, words[i]) == 0)
            return 1;
    return 0;
}

/* The text with a point for its comma; it has no point of its own. */
static int has_comma_number(const char *text, double *out)
{
    char copy[64];
    const size_t n = strlen(text);

    if (n >= sizeof(copy) || strchr(text, '.'))
        return 0;
    memcpy(copy, text, n + 1);
    char *comma = strchr(copy, ',');
    if (comma)
        *comma = '.';
    return ae_parse_real(copy, -FLT_MAX, FLT_MAX, out, NULL) == 0;
}

int ae_csv_is_number(const struct ae_csv *c, const char *text, double *out)
{
    double v;

    if (!out)
        out = &v;
    return c->decimal == ','
               ? has_comma_number(text, out)
               : ae_parse_real(text, -FLT_MAX, FLT_MAX, out, NULL) == 0;
}

/* What makes a number of the text, if anything does. */
static const char *hint(const struct ae_csv *c, const char *text)
{
    double v;

    if (c->decimal == ',')
        return strchr(text, '.') ? " with a comma (`decimal`)" : "";
    if (!strchr(text, ','))
        return "";
    return has_comma_number(text, &v) ? " with a point (`decimal` , reads it)"
                                      : " with a point";
}

int ae_csv_number(const struct ae_csv *c, int at, double *out, struct ae_err *e)
{
    const char *s = c->field[at];
    char where[128];

    if (ae_csv_is_number(c, s, out))
        return 0;
    ae_format(where, sizeof(where), "line %llu, column %d%s%.60s%s",
              (unsigned long long)c->line, at + 1, c->name ? " '" : "",
              c->name ? c->name[at] : "", c->name ? "'" : "");
    if (ae_csv_is_missing(s))
        return ae_fail(e, AE_ENUMERIC, "%s: the value is missing ('%s')", where,
                       s);
    return ae_fail(e, AE_ENUMERIC, "%s: '%.40s' is not a number%s", where, s,
                   hint(c, s));
}
