/* table_survey.c - see table_survey.h. */
#include "data/source/table_survey.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "data/source/table_cell.h"

enum {
    HEAD = 1 << 20, /* bytes that are looked at */
    SAMPLE = 50,    /* rows that decide on the separator */
    ENOUGH = 20     /* rows that show a course */
};

int ae_survey_read(struct ae_survey *s, struct ae_lines *l, struct ae_err *e)
{
    AE_TRY(ae_lines_ahead(l, HEAD, e));
    s->size = l->ahead.len - l->at;
    if (s->size >= HEAD)
        while (s->size && l->ahead.p[l->at + s->size - 1] != '\n')
            s->size--;
    s->text = ae_alloc(s->size + 1, 1, e);
    if (!s->text)
        return AE_EMEM;
    if (s->size)
        memcpy(s->text, l->ahead.p + l->at, s->size);
    return 0;
}

void ae_survey_release(struct ae_survey *s)
{
    free(s->text);
    free(s->column);
    *s = (struct ae_survey){0};
}

/* ------------------------------------------------------------ rows of it */

struct head {
    struct ae_csv csv;
    struct ae_io *io;
};

static int open_head(struct head *h, const struct ae_survey *s,
                     const struct ae_csv *like, struct ae_err *e)
{
    h->csv = (struct ae_csv){.separator = like->separator,
                             .decimal = like->decimal,
                             .width = like->width,
                             .least = like->least};
    AE_TRY(ae_io_open_memory(s->text, s->size, "head", &h->io, e));
    h->csv.lines.io = h->io;
    return 0;
}

static void close_head(struct head *h)
{
    ae_csv_release(&h->csv);
    ae_io_close(h->io);
}

/* The next row that isn't spoilt. */
static int next_row(struct head *h, struct ae_err *e)
{
    int rc;

    do
        rc = ae_csv_next(&h->csv, e);
    while (rc < 0 && h->csv.spoilt);
    return rc;
}

/* ----------------------------------------------------------------- titles */

static int has_number(const struct ae_csv *c)
{
    for (int i = 0; i < c->fields; i++)
        if (ae_csv_is_number(c, c->field[i], NULL))
            return 1;
    return 0;
}

/* Reads over lines that are titles where `mark` parts fields; *end is where
 * the last one ends. */
static int count_titles(struct head *h, char mark, uint64_t *end)
{
    const char marks[] = {mark, 0};
    int n = 0;

    *end = 0;
    while (n <= AE_TITLES && ae_csv_next(&h->csv, NULL) == 0 &&
           ae_line_is_title(h->csv.lines.text.p, marks)) {
        *end = ae_io_offset(h->io);
        h->csv.width = 0;
        n++;
    }
    return n;
}

/* The same, where a header and a row of numbers follow. */
static int find_titles(const struct ae_survey *s, char mark, uint64_t *end,
                       struct ae_err *e)
{
    const struct ae_csv like = {.separator = mark};
    struct head h;

    AE_TRY(open_head(&h, s, &like, e));
    int n = count_titles(&h, mark, end);
    if (n > AE_TITLES || h.csv.fields < 2 || !ae_cells_are_words(&h.csv) ||
        ae_csv_next(&h.csv, NULL) || !has_number(&h.csv))
        n = 0;
    close_head(&h);
    return n;
}

int ae_survey_titles(struct ae_survey *s, char separator, struct ae_err *e)
{
    const char own[] = {separator, 0};
    uint64_t end = 0;

    for (const char *m = separator ? own : "\t;|,"; *m && !s->titles; m++)
        AE_TRY(s->titles = find_titles(s, *m, &end, e));
    for (uint64_t i = 0; s->titles && i < end; i++)
        if (s->text[i] != '\n')
            s->text[i] = ' ';
    return 0;
}

/* -------------------------------------------------------------- separator */

/* Whether that mark cuts the first row, and at least half of the sample into
 * as many fields. */
static int cuts(const struct ae_survey *s, char mark, int *yes,
                struct ae_err *e)
{
    const struct ae_csv like = {.separator = mark};
    struct head h;
    int rows = 0, alike = 0, rc = open_head(&h, s, &like, e);

    while (!rc && rows < SAMPLE) {
        rc = ae_csv_next(&h.csv, e);
        alike += rc == 0;
        rows += rc == 0 || h.csv.spoilt;
        if (rc < 0 && h.csv.spoilt)
            rc = 0;
    }
    *yes = h.csv.width > 1 && 2 * (alike - 1) >= rows - 1;
    close_head(&h);
    return rc < 0 ? rc : 0;
}

/* "sep=;" is the first line. */
static int is_told(const struct ae_survey *s)
{
    const char *text = s->text;

    text += strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return strncasecmp(text + (*text == '"'), "sep=", 4) == 0;
}

int ae_survey_separator(const struct ae_survey *s, char *separator,
                        struct ae_err *e)
{
    static const char marks[] = "\t;|,";
    struct head h;
    int yes = 0;

    for (const char *m = is_told(s) ? "" : marks; *m; m++) {
        AE_TRY(cuts(s, *m, &yes, e));
        if (yes) {
            *separator = *m;
            return 0;
        }
    }
    AE_TRY(open_head(&h, s, &(struct ae_csv){0}, e));
    const int rc = ae_csv_next(&h.csv, e);
    *separator = h.csv.separator;
    close_head(&h);
    return rc == AE_EMEM ? rc : 0;
}

/* ---------------------------------------------------------------- decimal */

/* What numbers show of their marks; the first of each kind counts. */
enum { POINT, COMMA, GROUP, BOTH, KINDS };

struct evidence {
    char text[48];
    uint64_t line;
    int column; /* from 1; 0: none was found */
};

/* "1.5", "1,5", "1,500" and "1.234,5"; KINDS: the text shows nothing. */
static int judge(const char *s)
{
    const char *comma = strchr(s, ',');
    const struct ae_csv as = {.decimal = comma ? ',' : '.'};

    if (!comma && !strchr(s, '.'))
        return KINDS;
    if (comma && strchr(s, '.'))
        return s[strspn(s, "+-.,0123456789")] ? KINDS : BOTH;
    if (!ae_csv_is_number(&as, s, NULL))
        return KINDS;
    if (!comma)
        return POINT;
    return strspn(comma + 1, "0123456789") == 3 && !comma[4] ? GROUP : COMMA;
}

static int find_evidence(const struct ae_survey *s, const struct ae_csv *like,
                         struct evidence *v, struct ae_err *e)
{
    struct head h;
    int rc = open_head(&h, s, like, e);

    while (!rc && (rc = next_row(&h, e)) == 0)
        for (int i = 0; i < h.csv.fields; i++) {
            const int kind = judge(h.csv.field[i]);
            if (kind == KINDS || v[kind].column)
                continue;
            v[kind].line = h.csv.line;
            v[kind].column = i + 1;
            ae_format(v[kind].text, sizeof(v[kind].text), "%.40s",
                      h.csv.field[i]);
        }
    close_head(&h);
    return rc < 0 ? rc : 0;
}

static int doubt(const struct evidence *v, const char *why, struct ae_err *e)
{
    return ae_fail(e, AE_EARG,
                   "line %llu, column %d: '%s' %s: `decimal` , or `decimal` . "
                   "says what marks decimals, and marks of thousands aren't "
                   "read",
                   (unsigned long long)v->line, v->column, v->text, why);
}

int ae_survey_decimal(const struct ae_survey *s, const struct ae_csv *like,
                      char *decimal, struct ae_err *e)
{
    struct evidence v[KINDS] = {{{0}, 0, 0}};

    if (like->separator == ',')
        return 0;
    AE_TRY(find_evidence(s, like, v, e));
    if (v[BOTH].column)
        return doubt(&v[BOTH], "has a comma and a point", e);
    if (v[POINT].column && (v[COMMA].column || v[GROUP].column))
        return doubt(&v[v[COMMA].column ? COMMA : GROUP],
                     "has a comma, and other numbers have a point", e);
    if (v[GROUP].column && !v[COMMA].column)
        return doubt(&v[GROUP], "may have decimals or thousands", e);
    if (v[COMMA].column)
        *decimal = ',';
    return 0;
}

/* ---------------------------------------------------------------- columns */

static void add_number(struct ae_survey_column *c, double v, uint64_t row)
{
    const uint64_t before = c->cells - c->words - c->times;

    c->broken |= v < floor(v) || v > floor(v);
    c->low = before ? fmin(c->low, v) : v;
    c->high = before ? fmax(c->high, v) : v;
    if (before) {
        const double step = v - c->last;
        c->falls |= step < 0;
        c->stays |= !(step < 0 || step > 0);
        c->jumps |= fabs(step - (double)(row - c->row)) > 0;
    }
    c->last = v;
    c->row = row;
}

static void add_cell(struct ae_survey *s, const struct ae_csv *c, int i)
{
    struct ae_survey_column *to = &s->column[i];
    const char *text = c->field[i];
    double v;

    if (ae_csv_is_number(c, text, &v)) {
        add_number(to, v, s->rows);
    } else if (ae_csv_is_missing(text)) {
        return;
    } else if (ae_cell_is_time(c, text)) {
        if (to->times++ == 0)
            ae_format(to->time, sizeof(to->time), "%.40s", text);
    } else if (to->words++ == 0) {
        to->word_line = c->line;
        ae_format(to->word, sizeof(to->word), "%.40s", text);
    }
    to->cells++;
}

int ae_survey_columns(struct ae_survey *s, const struct ae_csv *like,
                      uint64_t from, struct ae_err *e)
{
    struct head h;

    s->columns = like->width;
    s->column = ae_alloc((size_t)like->width, sizeof(*s->column), e);
    if (!s->column)
        return AE_EMEM;
    int rc = open_head(&h, s, like, e);
    while (!rc && (rc = next_row(&h, e)) == 0) {
        if (h.csv.line < from)
            continue;
        s->rows++;
        for (int i = 0; i < s->columns; i++)
            add_cell(s, &h.csv, i);
    }
    close_head(&h);
    return rc < 0 ? rc : 0;
}

int ae_survey_is_text(const struct ae_survey *s, int column)
{
    const struct ae_survey_column *c = &s->column[column];

    return 2 * c->words > c->cells;
}

int ae_survey_is_time(const struct ae_survey *s, int column)
{
    const struct ae_survey_column *c = &s->column[column];

    return 2 * c->times > c->cells;
}

static int has_course(const struct ae_survey *s, int column)
{
    const struct ae_survey_column *c = &s->column[column];

    return c->cells >= ENOUGH && !c->words && !c->times;
}

int ae_survey_is_index(const struct ae_survey *s, int column)
{
    const struct ae_survey_column *c = &s->column[column];

    return has_course(s, column) && !c->broken && !c->jumps;
}

int ae_survey_is_epoch(const struct ae_survey *s, int column, const char *name)
{
    static const double first = 631152000, last = 4102444800; /* 1990, 2100 */
    const struct ae_survey_column *c = &s->column[column];
    const int goes_on = !c->falls && c->high > c->low;

    if (!has_course(s, column) || c->broken ||
        !(goes_on || (name && ae_name_has_time(name))))
        return 0;
    for (int64_t unit = 1; unit <= 1000000000; unit *= 1000)
        if (c->low >= first * (double)unit && c->high <= last * (double)unit)
            return 1;
    return 0;
}

int ae_survey_is_rising(const struct ae_survey *s, int column)
{
    const struct ae_survey_column *c = &s->column[column];

    return has_course(s, column) && !c->falls && !c->stays;
}
