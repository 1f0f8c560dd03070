/* latent_text.c - latents as rows of a table: tsv and csv.
 *
 * A row is a name and its numbers.  A first row whose cells behind the first
 * are all no numbers is a header; columns of it that begin with "logvar" hold
 * variances.  csv is quoted as RFC 4180 has it; in tsv a tab, newline,
 * carriage return and backslash of a name are \t, \n, \r and \\. */
#include <string.h>

#include "base/err.h"
#include "data/latent/latent.h"

/* ---------------------------------------------------------------- cells */

/* Undoes the escapes of a tsv name, in place. */
static char *unescape(char *p, char *end)
{
    static const char from[] = "tnr\\", to[] = "\t\n\r\\";
    char *out = p;

    while (p < end) {
        const char *c = p[0] == '\\' && p + 1 < end ? strchr(from, p[1]) : NULL;
        *out++ = c && *c ? to[c - from] : *p;
        p += c && *c ? 2 : 1;
    }
    return out;
}

/* Undoes the quotes of a csv cell, in place; p stands behind the first.
 * Returns where the text ends, *next becomes what follows the cell. */
static char *unquote(char *p, char *end, char **next)
{
    char *out = p;

    while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"'))) {
        p += *p == '"';
        *out++ = *p++;
    }
    *next = p < end ? p + 1 : NULL;
    return out;
}

/* The cell at *p, as begin and end; *p becomes the next one's, or NULL
 * behind the last. */
static int next_cell(const struct ae_latents *r, char **p, char *line_end,
                     char **begin, char **end, struct ae_err *e)
{
    const char separator = r->format == &ae_latent_csv ? ',' : '\t';
    char *next = *p;

    *begin = *p;
    if (separator == ',' && *p < line_end && **p == '"') {
        *begin = *p + 1;
        *end = unquote(*begin, line_end, &next);
        if (!next)
            return ae_fail(e, AE_EFORMAT, "a quote is not closed");
        if (next < line_end && *next != ',')
            return ae_fail(e, AE_EFORMAT, "'%.20s' behind a closing quote",
                           next);
    } else {
        next = memchr(*p, separator, (size_t)(line_end - *p));
        next = next ? next : line_end;
        *end = next;
    }
    *p = next < line_end ? next + 1 : NULL;
    return 0;
}

static void trim(char **begin, char **end)
{
    while (*begin < *end && **begin == ' ')
        ++*begin;
    while (*end > *begin && (*end)[-1] == ' ')
        --*end;
}

/* -------------------------------------------------------------- reading */

static int take_name(struct ae_latents *r, char *begin, char *end,
                     struct ae_err *e)
{
    r->name.len = 0;
    if (r->format == &ae_latent_tsv)
        end = unescape(begin, end);
    return ae_str_addn(&r->name, begin, (size_t)(end - begin), e);
}

/* What a first row's cells are: numbers, and columns of variances. */
struct head {
    int numbers, variances, columns;
};

static int look_at_head(const struct ae_latents *r, char *line, char *end,
                        struct head *h, struct ae_err *e)
{
    static const char variance[] = "logvar";
    char *begin, *stop;
    float v;
    int rc = next_cell(r, &line, end, &begin, &stop, e);

    *h = (struct head){0, 0, 0};
    while (!rc && line) {
        rc = next_cell(r, &line, end, &begin, &stop, e);
        if (rc)
            break;
        trim(&begin, &stop);
        const int rc_number = ae_latents_number(begin, stop, &v, NULL);
        const size_t n = (size_t)(stop - begin);
        h->columns++;
        h->numbers += rc_number != AE_EFORMAT ||
                      (n == 3 && strncmp(begin, "nan", 3) == 0) ||
                      (n == 3 && strncmp(begin, "NaN", 3) == 0);
        h->variances += n >= sizeof(variance) - 1 &&
                        memcmp(begin, variance, sizeof(variance) - 1) == 0;
    }
    return rc;
}

static int parse_row(struct ae_latents *r, char *line, char *end,
                     struct ae_err *e)
{
    char *begin, *stop;
    float v;
    int rc = next_cell(r, &line, end, &begin, &stop, e);

    if (!rc)
        rc = take_name(r, begin, stop, e);
    for (int i = 0; !rc && line; i++) {
        struct ae_float_list *l = r->variances && r->d && i >= r->d ? &r->logvar
                                                                    : &r->z;
        rc = next_cell(r, &line, end, &begin, &stop, e);
        if (rc)
            break;
        trim(&begin, &stop);
        rc = begin == stop ? ae_fail(e, AE_EFORMAT, "is empty")
                           : ae_latents_number(begin, stop, &v, e);
        if (rc)
            return ae_err_at(e, rc, "cell %d", i + 2);
        rc = ae_float_list_add(l, v, e);
    }
    return rc;
}

/* The next line that isn't blank. */
static int next_row(struct ae_latents *r, char **line, size_t *n,
                    struct ae_err *e)
{
    int rc;

    do
        rc = ae_latents_line(r, line, n, e);
    while (!rc && *n == 0);
    return rc;
}

/* Sizes by a header, which the row is behind; or none. */
static int read_head(struct ae_latents *r, char **line, size_t *n,
                     struct ae_err *e)
{
    /* Quotes are undone in place, so the look is at a copy. */
    struct ae_str copy = {0};
    struct head h = {0, 0, 0};
    int rc = ae_str_addn(&copy, *line, *n, e);

    if (!rc)
        rc = look_at_head(r, copy.p, copy.p + copy.len, &h, NULL);
    ae_str_release(&copy);
    r->headed = 1;
    if (rc || h.numbers || !h.columns)
        return 0; /* the row itself will say what's wrong */
    r->variances = h.variances;
    rc = ae_latents_count(r, h.columns - h.variances, e);
    if (rc) {
        r->ended = 1;
        return ae_err_at(e, rc, "the header names");
    }
    return next_row(r, line, n, e);
}

static int read_table(struct ae_latents *r, struct ae_latent *out,
                      struct ae_err *e)
{
    char *line;
    size_t n;
    int rc = next_row(r, &line, &n, e);

    if (!rc && !r->headed)
        rc = read_head(r, &line, &n, e);
    if (!rc)
        rc = parse_row(r, line, line + n, e);
    out->name = r->name.p;
    return rc;
}

/* -------------------------------------------------------------- writing */

static int head(struct ae_latent_writer *w, char separator, struct ae_err *e)
{
    int rc = ae_str_add(&w->text, "name", e);

    for (int i = 0; !rc && i < w->d; i++)
        rc = ae_str_printf(&w->text, e, "%cz%d", separator, i);
    for (int i = 0; !rc && w->variances && i < w->d; i++)
        rc = ae_str_printf(&w->text, e, "%clogvar%d", separator, i);
    return rc ? rc : ae_str_add(&w->text, "\n", e);
}

static int numbers(struct ae_latent_writer *w, char separator,
                   const struct ae_latent *z, struct ae_err *e)
{
    int rc = 0;

    for (int i = 0; !rc && i < z->d; i++)
        rc = ae_str_printf(&w->text, e, "%c%.9g", separator, (double)z->z[i]);
    for (int i = 0; !rc && w->variances && i < z->d; i++)
        rc = ae_str_printf(&w->text, e, "%c%.9g", separator,
                           (double)z->logvar[i]);
    return rc ? rc : ae_str_add(&w->text, "\n", e);
}

static int put_csv(struct ae_latent_writer *w, const struct ae_latent *z,
                   struct ae_err *e)
{
    const char *name = z->name ? z->name : "";
    const size_t n = strlen(name);
    const int quotes = strpbrk(name, ",\"\r\n") ||
                       (n && (name[0] == ' ' || name[n - 1] == ' '));
    int rc = quotes ? ae_str_add(&w->text, "\"", e) : 0;

    for (const char *p = name; !rc && *p; p++) {
        if (*p == '"')
            rc = ae_str_add(&w->text, "\"", e);
        if (!rc)
            rc = ae_str_addn(&w->text, p, 1, e);
    }
    if (!rc && quotes)
        rc = ae_str_add(&w->text, "\"", e);
    return rc ? rc : numbers(w, ',', z, e);
}

static int put_tsv(struct ae_latent_writer *w, const struct ae_latent *z,
                   struct ae_err *e)
{
    static const char from[] = "\t\n\r\\", to[] = "tnr\\";
    int rc = 0;

    for (const char *p = z->name ? z->name : ""; !rc && *p; p++) {
        const char *c = strchr(from, *p);
        rc = c ? ae_str_printf(&w->text, e, "\\%c", to[c - from])
               : ae_str_addn(&w->text, p, 1, e);
    }
    return rc ? rc : numbers(w, '\t', z, e);
}

static int begin_csv(struct ae_latent_writer *w, struct ae_err *e)
{
    return head(w, ',', e);
}

/* No header unless it is needed: sort and cut want none. */
static int begin_tsv(struct ae_latent_writer *w, struct ae_err *e)
{
    return w->variances ? head(w, '\t', e) : 0;
}

const struct ae_latent_format ae_latent_csv = {.name = "csv",
                                               .variances = 1,
                                               .read = read_table,
                                               .whole = ae_latents_line_whole,
                                               .begin = begin_csv,
                                               .put = put_csv};

const struct ae_latent_format ae_latent_tsv = {.name = "tsv",
                                               .variances = 1,
                                               .read = read_table,
                                               .whole = ae_latents_line_whole,
                                               .begin = begin_tsv,
                                               .put = put_tsv};
