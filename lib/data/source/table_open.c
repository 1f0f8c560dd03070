/* table_open.c - a table down to its first row of values: marks, header, units.
 *
 * In training this is settled by the table's first MiB, see table_survey.h.
 * Else a row must be understood as soon as it is there, by the model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "data/source/table.h"
#include "data/source/table_cell.h"

enum { LONGEST_UNIT = 24 }; /* bytes: "counts per minute" */

void ae_table_note(const struct ae_table *t, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (t->s->o->silent)
        return;
    va_start(ap, fmt);
    ae_vformat(text, sizeof(text), fmt, ap);
    va_end(ap);
    ae_log(t->s->ctx, AE_LOG_NOTE, "%s: %s", t->s->path, text);
}

int ae_table_spoilt(struct ae_table *t, const struct ae_err *why,
                    struct ae_err *e)
{
    const char *class = NULL;
    int wanted;

    t->rows++;
    AE_TRY(ae_source_select_row(t->s, &class, &wanted, e));
    return wanted ? ae_source_leave_out(t->s, 1, why, e) : 0;
}

void ae_table_release(struct ae_table *t)
{
    ae_csv_release(&t->csv);
    ae_survey_release(&t->survey);
    ae_arena_release(&t->arena);
}

/* ------------------------------------------------------------------ header */

/* 0,1,2 or a first field that is empty or speaks of time, and then that or
 * rising whole numbers: 2019,2020. */
static int has_numbered_columns(const struct ae_csv *c)
{
    const char *first = c->field[0];
    const int names = ae_name_is_time(first), from = names || !*first;

    for (int i = from; i < c->fields; i++) {
        const long v = strtol(c->field[i], NULL, 10);
        if (!ae_cell_is_count(c->field[i]) || (!names && v != i - from) ||
            (i > from && v <= strtol(c->field[i - 1], NULL, 10)))
            return 0;
    }
    return c->fields > 1;
}

/* The model's columns have names. */
static int knows_names(const struct ae_table *t)
{
    const struct ae_preprocessing *r = t->s->prep;

    return r->columns && r->column[0].name;
}

/* All columns of the model have their names in the row. */
static int has_model_names(const struct ae_table *t)
{
    const struct ae_preprocessing *r = t->s->prep;

    for (int k = 0; k < r->columns; k++) {
        int found = 0;
        for (int i = 0; r->column[k].name && i < t->csv.fields && !found; i++)
            found = strcmp(t->csv.field[i], r->column[k].name) == 0;
        if (!found)
            return 0;
    }
    return r->columns > 0;
}

static int is_header(const struct ae_table *t)
{
    const int how = t->s->prep->dialect.header;

    if (how != AE_HEADER_AUTO)
        return how == AE_HEADER_YES;
    if (ae_cells_are_words(&t->csv) || has_model_names(t))
        return 1;
    if (!t->survey.text || !has_numbered_columns(&t->csv))
        return 0;
    ae_table_note(t,
                  "line %llu, %s,%s..., is taken as a header: `header` no "
                  "takes it as a row",
                  (unsigned long long)t->csv.line, t->csv.field[0],
                  t->csv.field[1]);
    return 1;
}

static char **copy_fields(struct ae_table *t, struct ae_err *e)
{
    char **to = ae_arena_alloc(&t->arena, (size_t)t->csv.fields, sizeof(*to),
                               e);

    for (int i = 0; to && i < t->csv.fields; i++)
        if (!(to[i] = ae_arena_strdup(&t->arena, t->csv.field[i], e)))
            return NULL;
    return to;
}

/* Takes the row as the header.  Columns without a name at its end may lack in
 * rows. */
static int keep_header(struct ae_table *t, struct ae_err *e)
{
    int n = t->csv.fields;

    if (!(t->name = copy_fields(t, e)))
        return AE_EMEM;
    while (n > 1 && !*t->name[n - 1])
        n--;
    t->csv.least = n;
    t->csv.name = t->name;
    return 0;
}

/* "# time,temp" above the first row is its header where it has as many fields,
 * none of them a number. */
static int keep_comment(struct ae_table *t, struct ae_err *e)
{
    struct ae_csv c = {.separator = t->csv.separator,
                       .decimal = t->csv.decimal};
    const char *text = t->csv.comment.len ? t->csv.comment.p : "";
    int closed;

    text += strspn(text, "# ");
    if (!*text || t->csv.fields < 2)
        return 0;
    char *copy = ae_arena_strdup(&t->arena, text, e);
    if (!copy)
        return AE_EMEM;
    const int rc = ae_csv_cut(&c, copy, &closed, NULL);
    if (!rc && closed && c.fields == t->csv.fields && ae_cells_are_words(&c)) {
        t->name = ae_arena_alloc(&t->arena, (size_t)c.fields, sizeof(*t->name),
                                 e);
        for (int i = 0; t->name && i < c.fields; i++)
            t->name[i] = c.field[i];
    }
    t->csv.name = t->name;
    ae_csv_release(&c);
    return rc == AE_EMEM ? ae_fail(e, rc, "no memory for a header") : 0;
}

/* ------------------------------------------------------------------- units */

/* Short words or nothing: "s,degC,%". */
static int may_be_units(const struct ae_csv *c)
{
    for (int i = 0; i < c->fields; i++)
        if (strlen(c->field[i]) > LONGEST_UNIT)
            return 0;
    return ae_cells_are_words(c);
}

/* Below some of them stand numbers. */
static int has_numbers_below(const struct ae_table *t)
{
    const struct ae_survey *s = &t->survey;

    if (!s->columns)
        return 1;
    for (int i = 0; i < s->columns; i++)
        if (s->column[i].cells && !ae_survey_is_text(s, i) &&
            !ae_csv_is_missing(t->csv.field[i]))
            return 1;
    return 0;
}

/* ------------------------------------------------------------------ opening */

static int same_as(const struct ae_csv *c, char *const *text)
{
    for (int i = 0; i < c->fields; i++)
        if (strcmp(c->field[i], text[i]) != 0)
            return 0;
    return 1;
}

int ae_table_next(struct ae_table *t, struct ae_err *e)
{
    int rc;

    do
        rc = ae_csv_next(&t->csv, e);
    while (!rc && ((t->name && same_as(&t->csv, t->name)) ||
                   (t->units && same_as(&t->csv, t->units))));
    return rc;
}

int ae_table_is_header(const struct ae_table *t)
{
    return t->name && has_model_names(t);
}

/* The next row that can be cut into fields. */
static int next_whole_row(struct ae_table *t, struct ae_err *e)
{
    struct ae_err why;
    int rc;

    while ((rc = ae_table_next(t, &why)) < 0 && t->csv.spoilt)
        AE_TRY(ae_table_spoilt(t, &why, e));
    if (rc < 0 && e)
        *e = why;
    return rc == AE_END ? ae_fail(e, AE_EFORMAT, "a header and no rows") : rc;
}

static int survey_columns(struct ae_table *t, uint64_t from, struct ae_err *e)
{
    return t->survey.text ? ae_survey_columns(&t->survey, &t->csv, from, e) : 0;
}

/* The first row below the header, with one of units between them or not. */
static int pass_units(struct ae_table *t, struct ae_err *e)
{
    AE_TRY(next_whole_row(t, e));
    const int units = may_be_units(&t->csv);
    AE_TRY(survey_columns(t, t->csv.line + (uint64_t)units, e));
    if (!units || !has_numbers_below(t))
        return 0;
    ae_table_note(t, "line %llu is taken as a row of units",
                  (unsigned long long)t->csv.line);
    if (!(t->units = copy_fields(t, e)))
        return AE_EMEM;
    return next_whole_row(t, e);
}

/* A stream may have been entered in the middle of a row. */
static int pass_cut_row(struct ae_table *t, struct ae_err *e)
{
    const struct ae_preprocessing *r = t->s->prep;
    struct ae_err why;
    int last = 0;

    for (int i = 0; i < r->columns; i++)
        last = ae_max(last, r->column[i].at);
    if (t->csv.width >= last)
        return 0;
    ae_fail(&why, AE_EFORMAT,
            "line %llu has %d column(s); the model takes column %d too",
            (unsigned long long)t->csv.line, t->csv.width, last);
    t->csv.width = 0;
    if (ae_csv_next(&t->csv, NULL) == 0 && t->csv.width >= last)
        return ae_table_spoilt(t, &why, e);
    if (e)
        *e = why;
    return AE_EFORMAT;
}

/* Goes on to the next row, as if this one had not been there. */
static int pass_title(struct ae_table *t, struct ae_err *e)
{
    ae_table_note(t, "line %llu is taken as a title",
                  (unsigned long long)t->csv.line);
    t->csv.width = 0;
    t->csv.comment.len = 0;
    t->csv.separator = t->s->prep->dialect.separator;
    return ae_csv_next(&t->csv, e);
}

/* The first row.  Titles above the header are known by what follows, in
 * training, and else by the model's names, which they lack. */
static int first_row(struct ae_table *t, struct ae_err *e)
{
    const char own[] = {t->s->prep->dialect.separator, 0};
    const char *marks = *own ? own : "\t;|,";
    int n = 0, rc = ae_csv_next(&t->csv, e);

    if (rc || t->s->prep->dialect.header != AE_HEADER_AUTO)
        return rc;
    if (t->survey.text)
        for (; !rc && n < t->survey.titles; n++)
            rc = pass_title(t, e);
    else
        for (; !rc && n < AE_TITLES && knows_names(t) && !has_model_names(t) &&
               ae_line_is_title(t->csv.lines.text.p, marks);
             n++)
            rc = pass_title(t, e);
    return rc;
}

/* What parts fields and marks decimals. */
static int settle_marks(struct ae_table *t, struct ae_err *e)
{
    struct ae_preprocessing *r = t->s->prep;

    t->csv.separator = r->dialect.separator;
    t->csv.decimal = r->dialect.decimal;
    if (!ae_table_learns(t))
        return 0;
    AE_TRY(ae_survey_read(&t->survey, &t->csv.lines, e));
    if (r->dialect.header == AE_HEADER_AUTO)
        AE_TRY(ae_survey_titles(&t->survey, r->dialect.separator, e));
    if (!t->csv.separator)
        AE_TRY(ae_survey_separator(&t->survey, &t->csv.separator, e));
    if (!t->csv.decimal)
        AE_TRY(ae_survey_decimal(&t->survey, &t->csv, &r->dialect.decimal, e));
    t->csv.decimal = r->dialect.decimal;
    return 0;
}

/* Where the first row, cut by the first mark in it, lacks the model's names,
 * another mark may give them: "time,temp|C". */
static int settle_separator(struct ae_table *t, struct ae_err *e)
{
    static const char marks[] = "\t;|, ";
    const char found = t->csv.separator;

    if (t->s->prep->dialect.separator || !knows_names(t) || has_model_names(t))
        return 0;
    for (const char *m = marks; *m; m++)
        if (ae_csv_recut(&t->csv, *m, NULL) == 0 && has_model_names(t))
            return 0;
    return ae_csv_recut(&t->csv, found, e);
}

int ae_table_open(struct ae_table *t, struct ae_err *e)
{
    t->label = -1;
    AE_TRY(settle_marks(t, e));
    const int rc = first_row(t, e);
    if (rc)
        return rc == AE_END ? ae_fail(e, AE_EFORMAT, "no rows") : rc;
    AE_TRY(settle_separator(t, e));
    if (is_header(t)) {
        AE_TRY(keep_header(t, e));
        AE_TRY(pass_units(t, e));
    } else {
        if (t->s->prep->dialect.header == AE_HEADER_AUTO)
            AE_TRY(keep_comment(t, e));
        AE_TRY(pass_cut_row(t, e));
        AE_TRY(survey_columns(t, t->csv.line, e));
    }
    return ae_table_columns(t, e);
}
