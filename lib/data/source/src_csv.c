/* src_csv.c - tables as items: a row is one, or a window over rows that are
 * time steps.
 *
 * A first row of names is a header.  A column that holds dates or times, or is
 * named so, names the rows; without one their line does.  A window has the
 * name of its last row.
 *
 * A row becomes part of a window in add_step(): it enters a ring of the last
 * `window` rows.  Windows begin at every `stride`-th row of a run of wanted
 * rows; where rows are left over at the run's end, end_run() adds a window
 * that ends with the last one. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/csv.h"
#include "base/err.h"
#include "base/rng.h"
#include "data/preprocessing.h"
#include "data/source/source.h"

/* A row's name, its label or nothing, its fields. */
struct kept {
    struct ae_str text;
    size_t label, fields;
    int context; /* see struct ae_table_row */
};

struct table {
    struct ae_source *s;
    struct ae_csv csv;
    struct ae_arena arena; /* of the header's names */
    char **name;           /* NULL: no header */
    int time, label;       /* columns from 0, -1: none */
    int *at, n;            /* columns of the values */
    float *values;         /* of the row that was read */
    float *ring;           /* the last `window` rows */
    /* rows so far; the wanted ones among them since one was left out */
    uint64_t rows, run;
    const char *class; /* of the last row; NULL: none */
    char own[128];     /* that, where a column says it */
    uint64_t file;     /* hash of the file's name */
    char id[128];      /* the row's name */
    struct ae_table_layout about;
    /* the last `window` rows, or the last one; NULL: nobody asks for them */
    struct kept *kept;
    struct ae_table_row *step; /* as many, in order */
};

/* ---------------------------------------------------------------- columns */

static int is_number(const char *s)
{
    double v;

    return ae_parse_real(s, -1e300, 1e300, &v, NULL) == 0;
}

/* 2020-03-09, 9/3/2020, 10:14... */
static int is_time(const char *s)
{
    const size_t n = strspn(s, "0123456789");

    return n >= 1 && n <= 4 && strchr("-/.:", s[n]) && s[n] &&
           isdigit((unsigned char)s[n + 1]) && !is_number(s);
}

static int names_time(const char *s)
{
    static const char *const words[] = {"",     "time",     "timestamp",
                                        "date", "datetime", "ts"};

    for (size_t i = 0; i < AE_LEN(words); i++)
        if (strcasecmp(s, words[i]) == 0)
            return 1;
    return 0;
}

static int is_header(const struct ae_csv *c)
{
    int words = 0;

    for (int i = 0; i < c->fields; i++) {
        if (is_number(c->field[i]) || is_time(c->field[i]))
            return 0;
        words |= !ae_csv_is_missing(c->field[i]);
    }
    return words;
}

static int keep_header(struct table *t, struct ae_err *e)
{
    const int n = t->csv.fields;

    if (!is_header(&t->csv))
        return 0;
    t->name = ae_arena_alloc(&t->arena, (size_t)n, sizeof(*t->name), e);
    for (int i = 0; t->name && i < n; i++)
        if (!(t->name[i] = ae_arena_strdup(&t->arena, t->csv.field[i], e)))
            return AE_EMEM;
    const int rc = t->name ? ae_csv_next(&t->csv, e) : AE_EMEM;
    return rc == AE_END ? ae_fail(e, AE_EFORMAT, "a header and no rows") : rc;
}

/* A column by its name or number, or -1. */
static int find_column(const struct table *t, const char *what, size_t n)
{
    char *end;

    for (int i = 0; t->name && i < t->csv.width; i++)
        if (strlen(t->name[i]) == n && memcmp(t->name[i], what, n) == 0)
            return i;
    const unsigned long k = strtoul(what, &end, 10);
    return n && isdigit((unsigned char)*what) && end == what + n && k >= 1 &&
                   k <= (unsigned long)t->csv.width
               ? (int)k - 1
               : -1;
}

static int no_column(const struct table *t, const char *what, size_t n,
                     struct ae_err *e)
{
    return ae_fail(e, AE_EARG, "there is no column '%.*s' among the %d",
                   (int)(n < 60 ? n : 60), what, t->csv.width);
}

/* Marks the columns of a list "a,b,3" or "-a,-3". */
static int mark_list(const struct table *t, const char *list, char *use,
                     struct ae_err *e)
{
    const int width = t->csv.width, inverse = *list == '-';

    for (int i = 0; i < width; i++)
        use[i] = (char)(inverse && use[i]);
    for (const char *p = list; *p;) {
        const size_t n = strcspn(p, ",");
        const int out = *p == '-' && find_column(t, p, n) < 0;
        const int i = find_column(t, p + out, n - (size_t)out);
        if (i < 0)
            return no_column(t, p + out, n - (size_t)out, e);
        use[i] = (char)!out;
        p += n + (p[n] == ',');
    }
    return 0;
}

static int learn_columns(struct table *t, struct ae_err *e)
{
    struct ae_preprocessing *r = t->s->prep;
    const int width = t->csv.width;
    const char *list = t->s->o->columns;
    char *use = ae_arena_alloc(&t->arena, (size_t)width, 1, e);

    r->column = ae_arena_alloc(&r->arena, (size_t)width, sizeof(*r->column), e);
    if (!use || !r->column)
        return AE_EMEM;
    for (int i = 0; i < width; i++)
        use[i] = i != t->time && i != t->label && !is_time(t->csv.field[i]);
    if (list && mark_list(t, list, use, e) < 0)
        return AE_EARG;
    for (int i = 0; i < width; i++) {
        struct ae_column *c = &r->column[r->columns];
        if (!use[i])
            continue;
        c->at = i + 1;
        if (t->name && !(c->name = ae_arena_strdup(&r->arena, t->name[i], e)))
            return AE_EMEM;
        r->columns++;
    }
    return r->columns ? 0 : ae_fail(e, AE_EARG, "no column holds values");
}

/* The model's columns in this file: by name where both have names. */
static int place_columns(struct table *t, struct ae_err *e)
{
    const struct ae_preprocessing *r = t->s->prep;

    t->n = r->columns;
    t->at = ae_arena_alloc(&t->arena, (size_t)t->n, sizeof(*t->at), e);
    if (!t->at)
        return AE_EMEM;
    for (int i = 0; i < t->n; i++) {
        const struct ae_column *c = &r->column[i];
        if (t->name && c->name) {
            t->at[i] = find_column(t, c->name, strlen(c->name));
            if (t->at[i] < 0)
                return no_column(t, c->name, strlen(c->name), e);
        } else if (c->at > t->csv.width) {
            return ae_fail(e, AE_EFORMAT,
                           "%d columns; the model takes column %d too",
                           t->csv.width, c->at);
        } else {
            t->at[i] = c->at - 1;
        }
    }
    return 0;
}

static int find_time(const struct table *t)
{
    for (int i = 0; i < t->csv.width; i++)
        if (is_time(t->csv.field[i]) || (t->name && names_time(t->name[i])))
            return i;
    return -1;
}

static int steps_of(const struct table *t)
{
    return ae_max(t->s->prep->window, 1);
}

static int init_steps(struct table *t, struct ae_err *e)
{
    const size_t n = (size_t)steps_of(t);

    t->about = (struct ae_table_layout){t->csv.separator, t->csv.width, t->name,
                                        t->at, t->n};
    if (!t->s->o->steps)
        return 0;
    t->kept = ae_alloc(n, sizeof(*t->kept), e);
    t->step = ae_alloc(n, sizeof(*t->step), e);
    return t->kept && t->step ? 0 : AE_EMEM;
}

static int open_table(struct table *t, struct ae_err *e)
{
    const char *label = t->s->o->label_column;
    const struct ae_preprocessing *r = t->s->prep;

    int rc = keep_header(t, e);
    if (rc)
        return rc;
    t->time = find_time(t);
    t->label = label ? find_column(t, label, strlen(label)) : -1;
    if (label && t->label < 0)
        return no_column(t, label, strlen(label), e);
    if (!r->columns && (rc = learn_columns(t, e)) < 0)
        return rc;
    if ((rc = place_columns(t, e)) < 0 || (rc = init_steps(t, e)) < 0)
        return rc;
    t->values = ae_alloc((size_t)t->n, sizeof(*t->values), e);
    if (!t->values || !r->window)
        return t->values ? 0 : AE_EMEM;
    t->ring = ae_alloc((size_t)r->window, (size_t)t->n * sizeof(float), e);
    return t->ring ? 0 : AE_EMEM;
}

/* ------------------------------------------------------------------- rows */

static int read_values(struct table *t, float *out, struct ae_err *e)
{
    for (int i = 0; i < t->n; i++) {
        double v;
        const int rc = ae_csv_number(&t->csv, t->at[i], &v, e);
        if (rc)
            return rc;
        out[i] = (float)v;
    }
    return 0;
}

/* Keeps the row that was read, as row number t->rows + 1. */
static int keep_row(struct table *t, int context, struct ae_err *e)
{
    if (!t->kept)
        return 0;
    struct kept *k = &t->kept[t->rows % (uint64_t)steps_of(t)];
    k->context = context;
    k->text.len = 0;
    AE_TRY(ae_str_addn(&k->text, t->id, strlen(t->id) + 1, e));
    k->label = k->text.len;
    if (t->class)
        AE_TRY(ae_str_addn(&k->text, t->class, strlen(t->class) + 1, e));
    k->fields = k->text.len;
    for (int i = 0; i < t->csv.fields; i++)
        AE_TRY(ae_str_addn(&k->text, t->csv.field[i],
                           strlen(t->csv.field[i]) + 1, e));
    return 0;
}

static void lend_steps(const struct table *t, struct ae_item *it)
{
    const uint64_t n = (uint64_t)steps_of(t);

    for (uint64_t i = 0; t->kept && i < n; i++) {
        const struct kept *k = &t->kept[(t->rows + i) % n];
        t->step[i] = (struct ae_table_row){
            .name = k->text.p,
            .label = k->label < k->fields ? k->text.p + k->label : NULL,
            .fields = k->text.p + k->fields,
            .size = k->text.len - k->fields,
            .context = k->context};
    }
    it->table = t->kept ? &t->about : NULL;
    it->step = t->step;
    it->last = t->rows;
}

/* Takes px. */
static int push(struct table *t, float *px, int w, int c, struct ae_err *e)
{
    const int window = t->s->prep->window;
    struct ae_item it = {.name = t->id,
                         .h = 1,
                         .w = w,
                         .c = c,
                         .bytes = 4,
                         .px = px,
                         .label = t->class};

    /* windows that overlap mustn't lie on both sides of the split */
    if (window)
        it.group = ae_mix(t->file, t->rows / (2 * (uint64_t)window)) | 1;
    t->s->stats.outside = 1;
    lend_steps(t, &it);
    return ae_source_push(t->s, &it, e);
}

static int push_window(struct table *t, struct ae_err *e)
{
    const size_t window = (size_t)t->s->prep->window, n = (size_t)t->n;
    const size_t from = (size_t)(t->rows % window) * n, all = window * n;
    float *px = ae_alloc(all, sizeof(float), e);

    if (!px)
        return AE_EMEM;
    memcpy(px, t->ring + from, (all - from) * sizeof(float));
    memcpy(px + all - from, t->ring, from * sizeof(float));
    return push(t, px, (int)window, t->n, e);
}

/* Where no window ended with the last row of a run one does now. */
static int end_run(struct table *t, struct ae_err *e)
{
    const struct ae_preprocessing *r = t->s->prep;
    const uint64_t window = (uint64_t)r->window, run = t->run;

    t->run = 0;
    if (!window || run < window || (run - window) % (uint64_t)r->stride == 0)
        return 0;
    return push_window(t, e);
}

/* The row's values, in a ring of the last ones, become part of windows. */
static int add_step(struct table *t, const float *values, struct ae_err *e)
{
    const uint64_t window = (uint64_t)t->s->prep->window;
    const uint64_t stride = (uint64_t)t->s->prep->stride;
    const size_t n = (size_t)t->n;

    memcpy(t->ring + (size_t)(t->rows % window) * n, values,
           n * sizeof(*values));
    t->rows++;
    t->run++;
    return t->run >= window && (t->run - window) % stride == 0
               ? push_window(t, e)
               : 0;
}

static int end_steps(struct table *t, struct ae_err *e)
{
    const uint64_t window = (uint64_t)t->s->prep->window;

    if (t->rows < window)
        return ae_fail(e, AE_EFORMAT, "%llu row(s), a window takes %llu",
                       (unsigned long long)t->rows, (unsigned long long)window);
    return end_run(t, e);
}

static int add_row(struct table *t, const float *values, struct ae_err *e)
{
    const size_t n = (size_t)t->n;
    float *px = ae_alloc(n, sizeof(float), e);

    t->rows++;
    if (!px)
        return AE_EMEM;
    memcpy(px, values, n * sizeof(*px));
    return push(t, px, t->n, 1, e);
}

/* The name and the class of the row that was read; a column or a file of
 * labels gives the class. */
static void name_row(struct table *t, const char *class)
{
    if (t->time >= 0)
        ae_format(t->id, sizeof(t->id), "%.120s", t->csv.field[t->time]);
    else
        ae_format(t->id, sizeof(t->id), "%llu",
                  (unsigned long long)t->csv.line);
    t->class = class;
    if (class && t->label >= 0) {
        ae_format(t->own, sizeof(t->own), "%.120s", class);
        t->class = t->own;
    }
}

/* A row that no window spans: nobody asks for it, or it can't be used. */
static int pass_row(struct table *t, struct ae_err *e)
{
    const int rc = end_run(t, e);

    t->rows++;
    return rc;
}

/* The row can't be used for the reason *why; those behind it can. */
static int leave_out(struct table *t, const struct ae_err *why,
                     struct ae_err *e)
{
    AE_TRY(ae_source_leave_out(t->s, 1, why, e));
    return pass_row(t, e);
}

/* Windows may begin with the row that was counted, though it isn't wanted. */
static int is_context(const struct table *t, const char *class)
{
    const struct ae_preprocessing *r = t->s->prep;
    const struct ae_source_options *o = t->s->o;

    return o->context && o->selection && r->window &&
           ae_selection_is_context(o->selection, class, (uint64_t)r->window,
                                   (uint64_t)r->stride);
}

/* Rows that nobody asks for need hold no numbers. */
static int take_row(struct table *t, struct ae_err *e)
{
    const char *class = t->label >= 0 ? t->csv.field[t->label] : NULL;
    struct ae_err why;
    int wanted;

    AE_TRY(ae_source_select_row(t->s, &class, &wanted, e));
    const int context = !wanted && is_context(t, class);
    if (!wanted && !context)
        return pass_row(t, e);
    if (read_values(t, t->values, &why))
        return context ? pass_row(t, e) : leave_out(t, &why, e);
    name_row(t, class);
    AE_TRY(keep_row(t, context, e));
    return t->s->prep->window ? add_step(t, t->values, e)
                              : add_row(t, t->values, e);
}

/* A row that can't be cut into fields counts all the same. */
static int spoilt_row(struct table *t, const struct ae_err *why,
                      struct ae_err *e)
{
    const char *class = NULL;
    int wanted;

    AE_TRY(ae_source_select_row(t->s, &class, &wanted, e));
    return leave_out(t, why, e);
}

static int next_row(struct table *t, struct ae_err *e)
{
    struct ae_err why;
    const int rc = ae_csv_next(&t->csv, &why);

    if (rc == 0)
        return take_row(t, e);
    if (rc < 0 && t->csv.spoilt)
        return spoilt_row(t, &why, e);
    if (rc < 0 && e)
        *e = why;
    return rc;
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct table t = {
        .s = s, .csv.lines.io = io, .file = ae_hash(name, strlen(name))};
    int rc = ae_csv_next(&t.csv, e);

    if (rc == AE_END)
        rc = ae_fail(e, AE_EFORMAT, "no rows");
    if (rc == 0 && (rc = open_table(&t, e)) == 0)
        rc = take_row(&t, e);
    while (rc == 0)
        rc = next_row(&t, e);
    if (rc == AE_END && s->prep->window)
        rc = end_steps(&t, e);
    ae_csv_release(&t.csv);
    ae_arena_release(&t.arena);
    for (int i = 0; t.kept && i < steps_of(&t); i++)
        ae_str_release(&t.kept[i].text);
    free(t.kept);
    free(t.step);
    free(t.ring);
    free(t.values);
    return rc < 0 ? rc : 0;
}

const struct ae_source_kind ae_source_csv = {"csv", NULL, read_all};
