/* table_columns.c - which columns of a table are values, which name its rows.
 *
 * By themselves these aren't learned: names and times, empty columns, and
 * where the survey shows it row numbers and times as a number of seconds.
 * Columns of words are refused, since only the user knows what becomes of
 * them. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "data/source/table.h"
#include "data/source/table_cell.h"

/* -------------------------------------------------------------- by name */

static int is_named(const struct ae_table *t, int i, const char *what, size_t n)
{
    return t->name && strlen(t->name[i]) == n &&
           memcmp(t->name[i], what, n) == 0;
}

/* A column by its name, the first that has it, or by its number; or -1. */
static int find_column(const struct ae_table *t, const char *what, size_t n)
{
    char *end;

    for (int i = 0; i < t->csv.width; i++)
        if (is_named(t, i, what, n))
            return i;
    const unsigned long k = strtoul(what, &end, 10);
    return n && isdigit((unsigned char)*what) && end == what + n && k >= 1 &&
                   k <= (unsigned long)t->csv.width
               ? (int)k - 1
               : -1;
}

static int count_named(const struct ae_table *t, const char *name, size_t n)
{
    int count = 0;

    for (int i = 0; i < t->csv.width; i++)
        count += is_named(t, i, name, n);
    return count;
}

static int no_column(const struct ae_table *t, const char *what, size_t n,
                     struct ae_err *e)
{
    return ae_fail(e, AE_EARG, "there is no column '%.*s' among the %d",
                   (int)(n < 60 ? n : 60), what, t->csv.width);
}

/* The one column that an option names. */
static int find_one(const struct ae_table *t, const char *what, size_t n,
                    int *at, struct ae_err *e)
{
    const int count = count_named(t, what, n);

    if ((*at = find_column(t, what, n)) < 0)
        return no_column(t, what, n, e);
    return count < 2 ? 0
                     : ae_fail(e, AE_EARG,
                               "%d columns are named '%.*s': say which by its "
                               "number, from 1",
                               count, (int)(n < 60 ? n : 60), what);
}

int ae_table_place(const struct ae_table *t, const struct ae_column *c, int *at,
                   struct ae_err *e)
{
    const char *name = t->name ? c->name : NULL;
    const size_t n = name ? strlen(name) : 0;

    if (!name && c->at > t->csv.width)
        return ae_fail(e, AE_EFORMAT,
                       "%d columns; the model takes column %d too",
                       t->csv.width, c->at);
    *at = c->at - 1;
    if (!name || (*at < t->csv.width && is_named(t, *at, name, n)))
        return 0;
    const int count = count_named(t, name, n);
    if (count > 1)
        return ae_fail(e, AE_EARG,
                       "%d columns are named '%.60s', and none of them is "
                       "column %d as in training",
                       count, name, c->at);
    if (count == 0)
        return no_column(t, name, n, e);
    *at = find_column(t, name, n);
    return 0;
}

/* The column's name for a message, or its number, as an option takes it. */
static const char *show(const struct ae_table *t, int i, char buf[64])
{
    const char *name = t->name ? t->name[i] : "";
    const int same = *name && find_column(t, name, strlen(name)) == i;

    if (same && !strchr(name, ',') && strlen(name) < 60)
        ae_format(buf, 64, "%s", name);
    else
        ae_format(buf, 64, "%d", i + 1);
    return buf;
}

/* ------------------------------------------------------------ rows' names */

static int is_time_column(const struct ae_table *t, int i)
{
    return t->survey.columns ? ae_survey_is_time(&t->survey, i)
                             : ae_cell_is_time(&t->csv, t->csv.field[i]);
}

/* A time of the column, as an example of how they look; "": there is none. */
static const char *example(const struct ae_table *t, int i)
{
    return t->survey.columns ? t->survey.column[i].time : t->csv.field[i];
}

static int names_time(const struct ae_table *t, int i)
{
    if (!t->name)
        return 0;
    return ae_name_is_time(t->name[i]) ||
           (!*t->name[i] && *t->csv.field[i] && i < t->csv.least);
}

/* "Time" beside a date: the time of day, whatever it looks like. */
static int is_clock_column(const struct ae_table *t, int i)
{
    const char *name = t->name ? t->name[i] : "";

    if (strcasecmp(name, "date") == 0)
        return 0;
    if (strcasecmp(name, "time") == 0)
        return 1;
    return is_time_column(t, i) && ae_cell_is_clock(example(t, i)) &&
           (!ae_cell_is_date(example(t, i)) || strcasecmp(name, "hour") == 0);
}

static int is_date_column(const struct ae_table *t, int i)
{
    return is_time_column(t, i) && ae_cell_is_date(example(t, i)) &&
           !(t->name && strcasecmp(t->name[i], "time") == 0);
}

/* A day's column and, where there is one, that of the time of day. */
static void find_times(struct ae_table *t)
{
    int first = 0;

    while (first < t->csv.width && !is_time_column(t, first) &&
           !names_time(t, first))
        first++;
    if (first == t->csv.width)
        return;
    const int date = is_date_column(t, first);
    t->named[t->names++] = first;
    for (int i = 0; i < t->csv.width && t->names == 1; i++)
        if (i != first &&
            (date ? is_clock_column(t, i)
                  : is_clock_column(t, first) && is_date_column(t, i)))
            t->named[t->names++] = i;
    if (t->names == 2 && !date) {
        t->named[0] = t->named[1];
        t->named[1] = first;
    }
}

/* The columns of a list "a,b,3". */
static int find_listed(struct ae_table *t, const char *list, struct ae_err *e)
{
    for (const char *p = list; *p;) {
        const size_t n = strcspn(p, ",");
        int i;
        AE_TRY(find_one(t, p, n, &i, e));
        if (t->names == AE_TABLE_NAMES)
            return ae_fail(e, AE_EARG, "`name-column` %s: %d columns at most",
                           list, AE_TABLE_NAMES);
        t->named[t->names++] = i;
        p += n + (p[n] == ',');
    }
    return 0;
}

/* Column i for the model. */
static int keep_column(struct ae_table *t, struct ae_column *c, int i,
                       struct ae_err *e)
{
    c->at = i + 1;
    if (t->name)
        c->name = ae_arena_strdup(&t->s->prep->arena, t->name[i], e);
    return t->name && !c->name ? AE_EMEM : 0;
}

static int keep_names(struct ae_table *t, struct ae_err *e)
{
    struct ae_preprocessing *r = t->s->prep;

    r->name = ae_arena_alloc(&r->arena, (size_t)t->names, sizeof(*r->name), e);
    if (!r->name)
        return AE_EMEM;
    for (int i = 0; i < t->names; i++)
        AE_TRY(keep_column(t, &r->name[i], t->named[i], e));
    r->names = t->names;
    return 0;
}

/* As the option says, else as the model says, else by looks. */
static int find_names(struct ae_table *t, struct ae_err *e)
{
    const struct ae_preprocessing *r = t->s->prep;
    const char *list = t->s->o->select ? t->s->o->select->name_column : NULL;

    if (list) {
        AE_TRY(find_listed(t, list, e));
        return ae_table_learns(t) ? keep_names(t, e) : 0;
    }
    while (t->names < ae_min(r->names, AE_TABLE_NAMES) &&
           !ae_table_place(t, &r->name[t->names], &t->named[t->names], NULL))
        t->names++;
    if (r->names && t->names == r->names)
        return 0;
    t->names = 0;
    find_times(t);
    return 0;
}

/* -------------------------------------------------------------- learning */

/* Marks the columns of a list "a,b,3" or "-a,-3", all that have a name. */
static int mark_list(const struct ae_table *t, const char *list, char *use,
                     struct ae_err *e)
{
    const int width = t->csv.width, inverse = *list == '-';

    for (int i = 0; i < width; i++)
        use[i] = (char)(inverse && use[i]);
    for (const char *p = list; *p;) {
        const size_t n = strcspn(p, ",");
        const int out = *p == '-' && find_column(t, p, n) < 0;
        const char *what = p + out;
        const size_t size = n - (size_t)out;
        const int first = find_column(t, what, size);
        if (first < 0)
            return no_column(t, what, size, e);
        for (int i = first; i < width; i++)
            if (i == first || is_named(t, i, what, size))
                use[i] = (char)!out;
        p += n + (p[n] == ',');
    }
    return 0;
}

/* Words "a,b,c" of the columns in a text, at most a line of them. */
struct listing {
    char text[256], option[256];
    int n;
};

static void list_column(struct listing *l, const struct ae_table *t, int i)
{
    char name[64];
    const size_t a = strlen(l->text), b = strlen(l->option);

    if (l->n++ && (a > 160 || b > 160))
        return;
    show(t, i, name);
    ae_format(l->text + a, sizeof(l->text) - a, "%s'%s'", a ? ", " : "", name);
    ae_format(l->option + b, sizeof(l->option) - b, "%s-%s", b ? "," : "",
              name);
}

static int refuse_texts(const struct ae_table *t, const char *use,
                        struct ae_err *e)
{
    struct listing l = {.n = 0};
    int first = -1;

    for (int i = 0; i < t->csv.width; i++)
        if (use[i] && ae_survey_is_text(&t->survey, i)) {
            first = first < 0 ? i : first;
            list_column(&l, t, i);
        }
    if (first < 0)
        return 0;
    const struct ae_survey_column *c = &t->survey.column[first];
    return ae_fail(
        e, AE_EARG,
        "%s %s%s text, '%s' in line %llu: `columns` %s leaves %s out",
        l.n > 1 ? "columns" : "column", l.text, l.n > 1 ? " hold" : " holds",
        c->word, (unsigned long long)c->word_line, l.option,
        l.n > 1 ? "them" : "it");
}

/* Leaves out what nobody would learn, and says so. */
static int drop_counters(struct ae_table *t, char *use, struct ae_err *e)
{
    const struct ae_survey *s = &t->survey;
    char name[64];

    for (int i = 0; i < t->csv.width; i++) {
        const char *own = t->name ? t->name[i] : NULL;
        const int epoch = use[i] && ae_survey_is_epoch(s, i, own);
        if (!epoch && !(use[i] && ae_survey_is_index(s, i)))
            continue;
        use[i] = 0;
        ae_table_note(t,
                      "column '%s' isn't learned, as it holds %s: `columns` "
                      "LIST takes it",
                      show(t, i, name),
                      epoch ? "times since 1970" : "row numbers");
        if (epoch && !t->names) {
            t->named[t->names++] = i;
            AE_TRY(keep_names(t, e));
        }
    }
    return 0;
}

static void drop_empty(const struct ae_table *t, char *use)
{
    char name[64];

    for (int i = 0; i < t->csv.width; i++) {
        if (!use[i] || t->survey.column[i].cells)
            continue;
        use[i] = 0;
        if (!t->name || *t->name[i])
            ae_table_note(t, "column '%s' isn't learned, as it holds nothing",
                          show(t, i, name));
    }
}

static void note_rising(const struct ae_table *t, const char *use)
{
    struct listing l = {.n = 0};

    for (int i = 0; i < t->csv.width; i++)
        if (use[i] && ae_survey_is_rising(&t->survey, i))
            list_column(&l, t, i);
    if (l.n)
        ae_table_note(t,
                      "column%s %s rise%s from row to row, as times and "
                      "counters do: `columns` %s leaves %s out",
                      l.n > 1 ? "s" : "", l.text, l.n > 1 ? "" : "s", l.option,
                      l.n > 1 ? "them" : "it");
}

/* What the survey says of the columns that would be learned. */
static int judge(struct ae_table *t, const char *list, char *use,
                 struct ae_err *e)
{
    if (!t->survey.columns)
        return 0;
    if (!list && t->survey.rows)
        drop_empty(t, use);
    AE_TRY(refuse_texts(t, use, e));
    if (!list)
        AE_TRY(drop_counters(t, use, e));
    if (!list || *list == '-')
        note_rising(t, use);
    return 0;
}

static int learn_columns(struct ae_table *t, struct ae_err *e)
{
    struct ae_preprocessing *r = t->s->prep;
    const int width = t->csv.width;
    const char *list = t->s->o->select ? t->s->o->select->columns : NULL;
    char *use = ae_arena_alloc(&t->arena, (size_t)width, 1, e);

    r->column = ae_arena_alloc(&r->arena, (size_t)width, sizeof(*r->column), e);
    if (!use || !r->column)
        return AE_EMEM;
    for (int i = 0; i < width; i++)
        use[i] = i != t->label && !is_time_column(t, i);
    for (int i = 0; i < t->names; i++)
        use[t->named[i]] = 0;
    if (list)
        AE_TRY(mark_list(t, list, use, e));
    AE_TRY(judge(t, list, use, e));
    for (int i = 0; i < width; i++)
        if (use[i])
            AE_TRY(keep_column(t, &r->column[r->columns++], i, e));
    return r->columns ? 0 : ae_fail(e, AE_EARG, "no column holds values");
}

/* With -v. */
static void tell_columns(const struct ae_table *t)
{
    struct listing l = {.n = 0};

    for (int i = 0; i < t->n; i++)
        list_column(&l, t, t->at[i]);
    if (!t->s->o->silent)
        ae_log(t->s->ctx, AE_LOG_INFO, "%s: %d column(s) are taken: %s%s",
               t->s->path, t->n, l.text,
               strlen(l.text) > 160 && l.n > 1 ? "..." : "");
}

/* ---------------------------------------------------------------- placing */

static int place_columns(struct ae_table *t, struct ae_err *e)
{
    const struct ae_preprocessing *r = t->s->prep;
    char *seen = ae_arena_alloc(&t->arena, (size_t)t->csv.width, 1, e);

    t->n = r->columns;
    t->at = ae_arena_alloc(&t->arena, (size_t)t->n, sizeof(*t->at), e);
    if (!t->at || !seen)
        return AE_EMEM;
    for (int i = 0; i < t->n; i++) {
        AE_TRY(ae_table_place(t, &r->column[i], &t->at[i], e));
        if (seen[t->at[i]]++)
            return ae_fail(e, AE_EARG,
                           "the model takes two columns named '%.60s', and "
                           "there is one",
                           r->column[i].name ? r->column[i].name : "");
    }
    return 0;
}

int ae_table_learns(const struct ae_table *t)
{
    return t->s->o->learn && !t->s->prep->columns;
}

int ae_table_columns(struct ae_table *t, struct ae_err *e)
{
    const struct ae_select_options *o = t->s->o->select;
    const char *label = o ? o->label_column : NULL;
    const int learns = !t->s->prep->columns;

    if (label)
        AE_TRY(find_one(t, label, strlen(label), &t->label, e));
    AE_TRY(find_names(t, e));
    if (learns)
        AE_TRY(learn_columns(t, e));
    AE_TRY(place_columns(t, e));
    if (learns)
        tell_columns(t);
    return 0;
}
