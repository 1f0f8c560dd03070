/* latent_text.c - latents as rows of a table: tsv and csv.
 *
 * A row is a name and its numbers; is_nameless() says where it has no name.  A
 * first row is a header where none of its numbers' cells is one; columns whose
 * names begin with "logvar" hold variances.  csv is quoted as RFC 4180 has it;
 * in tsv a tab, newline, carriage return and backslash of a name are \t, \n,
 * \r and \\. */
#include <string.h>

#include "base/err.h"
#include "data/latent/latent.h"

static const char special[] = "\t\n\r\\", letter[] = "tnr\\";

/* -------------------------------------------------------------- reading */

/* Undoes the escapes of a tsv name, in place. */
static void unescape(char *p)
{
    char *out = p;

    while (*p) {
        const char *c = p[0] == '\\' && p[1] ? strchr(letter, p[1]) : NULL;
        *out++ = c ? special[c - letter] : *p;
        p += c ? 2 : 1;
    }
    *out = '\0';
}

/* The cell's text without blanks at its ends. */
static const char *trim(const char *cell, const char **end)
{
    while (*cell == ' ')
        cell++;
    *end = cell + strlen(cell);
    while (*end > cell && (*end)[-1] == ' ')
        --*end;
    return cell;
}

/* What a first row's cells are: numbers, and columns of variances. */
struct head {
    int numbers, variances, columns;
};

/* 1 where two cells of a header differ by their number alone: z0 and z1. */
static int is_series(const char *a, const char *b)
{
    static const char digits[] = "0123456789";
    const size_t n = strcspn(a, digits), m = strcspn(b, digits);

    return n == m && strncmp(a, b, n) == 0 && a[n] && b[n] &&
           !a[n + strspn(a + n, digits)] && !b[m + strspn(b + m, digits)];
}

static int is_number(const char *cell)
{
    const char *end, *p = trim(cell, &end);
    float v;

    return ae_latents_number(p, end, &v, NULL) != AE_EFORMAT;
}

static int all_whole(const struct ae_csv *row)
{
    for (int i = 0; i < row->fields; i++)
        if (!is_number(row->field[i]) || strpbrk(row->field[i], ".eE"))
            return 0;
    return 1;
}

/* Whether the first row has no cell for a name: a header whose cells are named
 * alike; or a number where there are as many cells as numbers in a code, or
 * that names hardly are: with an exponent, or in csv, which has a header when
 * it is written here, with a point or where all are whole. */
static int is_nameless(const struct ae_latents *r)
{
    const struct ae_csv *row = &r->row;
    const char *first = row->field[0];

    if (!is_number(first))
        return is_series(first, row->fields > 1 ? row->field[1] : "z0");
    if (r->d > 1)
        return row->fields == r->d;
    if (row->plain)
        return strpbrk(first, "eE") != NULL;
    return strpbrk(first, ".eE") || all_whole(row);
}

static struct head look_at_head(const struct ae_latents *r)
{
    static const char variance[] = "logvar";
    struct head h = {0, 0, 0};
    const char *end;
    float v;

    for (int i = !r->nameless; i < r->row.fields; i++) {
        const char *cell = trim(r->row.field[i], &end);
        const int rc = ae_latents_number(cell, end, &v, NULL);
        const int nan = end - cell == 3 && (strncmp(cell, "nan", 3) == 0 ||
                                            strncmp(cell, "NaN", 3) == 0);
        h.columns++;
        h.numbers += rc != AE_EFORMAT || nan;
        h.variances += strncmp(cell, variance, sizeof(variance) - 1) == 0;
    }
    return h;
}

/* The cells of the next line that isn't blank. */
static int next_row(struct ae_latents *r, struct ae_err *e)
{
    char *line;
    size_t n;
    int rc, closed;

    do
        rc = ae_latents_line(r, &line, &n, e);
    while (!rc && n == 0);
    if (rc)
        return rc;
    r->row.plain = r->format == &ae_latent_tsv;
    r->row.separator = r->row.plain ? '\t' : ',';
    AE_TRY(ae_csv_cut(&r->row, line, &closed, e));
    return closed ? 0 : ae_fail(e, AE_EFORMAT, "a quote is not closed");
}

/* Takes the sizes from a header and cuts the row after it; where the first row
 * is none, it stays. */
static int read_head(struct ae_latents *r, struct ae_err *e)
{
    r->nameless = is_nameless(r);
    const struct head h = look_at_head(r);

    r->headed = 1;
    if (h.numbers || !h.columns)
        return 0; /* the row itself will say what's wrong */
    r->variances = h.variances;
    const int rc = ae_latents_count(r, h.columns - h.variances, e);
    if (rc) {
        r->ended = 1;
        return ae_err_at(e, rc, "the header names");
    }
    return next_row(r, e);
}

/* The number in cell i, which is one of the code or a variance. */
static int take_number(struct ae_latents *r, int i, struct ae_err *e)
{
    const int variance = r->variances && r->d && i >= r->d + !r->nameless;
    const char *end, *cell = trim(r->row.field[i], &end);
    float v = 0;
    const int rc = cell == end ? ae_fail(e, AE_EFORMAT, "is empty")
                               : ae_latents_number(cell, end, &v, e);

    if (rc)
        return ae_err_at(e, rc, "cell %d", i + 1);
    return ae_float_list_add(variance ? &r->logvar : &r->z, v, e);
}

static int read_table(struct ae_latents *r, struct ae_latent *out,
                      struct ae_err *e)
{
    int rc = next_row(r, e);

    if (rc || (!r->headed && (rc = read_head(r, e))))
        return rc; /* AE_END, too */
    if (r->row.plain && !r->nameless)
        unescape(r->row.field[0]);
    out->name = r->nameless ? NULL : r->row.field[0];
    for (int i = !r->nameless; i < r->row.fields; i++)
        AE_TRY(take_number(r, i, e));
    return 0;
}

/* -------------------------------------------------------------- writing */

static int head(struct ae_latent_writer *w, char separator, struct ae_err *e)
{
    AE_TRY(ae_str_add(&w->text, "name", e));
    for (int i = 0; i < w->d; i++)
        AE_TRY(ae_str_printf(&w->text, e, "%cz%d", separator, i));
    for (int i = 0; w->variances && i < w->d; i++)
        AE_TRY(ae_str_printf(&w->text, e, "%clogvar%d", separator, i));
    return ae_str_add(&w->text, "\n", e);
}

static int numbers(struct ae_latent_writer *w, char separator,
                   const struct ae_latent *z, struct ae_err *e)
{
    for (int i = 0; i < z->d; i++)
        AE_TRY(
            ae_str_printf(&w->text, e, "%c%.9g", separator, (double)z->z[i]));
    for (int i = 0; w->variances && i < z->d; i++)
        AE_TRY(ae_str_printf(&w->text, e, "%c%.9g", separator,
                             (double)z->logvar[i]));
    return ae_str_add(&w->text, "\n", e);
}

static int put_csv(struct ae_latent_writer *w, const struct ae_latent *z,
                   struct ae_err *e)
{
    AE_TRY(ae_csv_add(&w->text, z->name ? z->name : "", ',', e));
    return numbers(w, ',', z, e);
}

static int put_tsv(struct ae_latent_writer *w, const struct ae_latent *z,
                   struct ae_err *e)
{
    for (const char *p = z->name ? z->name : ""; *p; p++) {
        const char *c = strchr(special, *p);
        AE_TRY(c ? ae_str_printf(&w->text, e, "\\%c", letter[c - special])
                 : ae_str_addn(&w->text, p, 1, e));
    }
    return numbers(w, '\t', z, e);
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
