/* src_csv.c - tables as items: a row is one, or a window over rows that are
 * time steps.
 *
 * table.h finds the columns.  Those of times name the rows; without one their
 * line does.  A window has the name of its last row.
 *
 * A row becomes part of a window in add_step(): it enters a ring of the last
 * `window` rows.  Windows begin at every `stride`-th row of a run of wanted
 * rows; where rows are left over at the run's end, end_run() adds a window
 * that ends with the last one.  A row that is left out ends a run, too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "data/preprocessing.h"
#include "data/source/source.h"
#include "data/source/table.h"
#include "data/source/time_order.h"

/* A row's name, its label or nothing, its fields. */
struct kept {
    struct ae_str text;
    size_t label, fields;
    int context; /* see struct ae_table_row */
};

struct rows {
    struct ae_table t;
    float *value;        /* of the row that was read */
    float *last;         /* of each column, in the last row that was used */
    int has_last;        /* 1: there was one */
    float *ring;         /* the last `window` rows */
    uint64_t run;        /* wanted rows since one was left out */
    uint64_t longest;    /* of the runs */
    uint64_t left_out;   /* rows that were wanted */
    uint64_t incomplete; /* of them, for a missing value */
    int missing;         /* 1: so is the last row that has bad values */
    uint64_t filled;     /* missing values in rows that were used */
    const char *class;   /* of the last row; NULL: none */
    char own[128];       /* that, where a column says it */
    uint64_t file;       /* hash of the file's name */
    char id[128];        /* the row's name */
    struct ae_str shown; /* as it is printed */
    struct ae_time_order order;
    struct ae_table_layout about;
    /* the last `window` rows, or the last one; NULL: nobody asks for them */
    struct kept *kept;
    struct ae_table_row *step; /* as many, in order */
};

static const struct ae_preprocessing *prep_of(const struct rows *r)
{
    return r->t.s->prep;
}

static int steps_of(const struct rows *r)
{
    return ae_max(prep_of(r)->window, 1);
}

static int init_rows(struct rows *r, struct ae_err *e)
{
    const struct ae_table *t = &r->t;
    const size_t n = (size_t)t->n, steps = (size_t)steps_of(r);

    r->about = (struct ae_table_layout){
        t->csv.separator, t->csv.decimal, t->csv.width, t->name,
        t->units,         t->at,          t->n};
    r->value = ae_alloc(n, sizeof(*r->value), e);
    r->last = ae_alloc(n, sizeof(*r->last), e);
    if (!r->value || !r->last)
        return AE_EMEM;
    if (prep_of(r)->window &&
        !(r->ring = ae_alloc(steps, n * sizeof(float), e)))
        return AE_EMEM;
    if (!t->s->o->steps)
        return 0;
    r->kept = ae_alloc(steps, sizeof(*r->kept), e);
    r->step = ae_alloc(steps, sizeof(*r->step), e);
    return r->kept && r->step ? 0 : AE_EMEM;
}

static void release_rows(struct rows *r)
{
    ae_table_release(&r->t);
    ae_str_release(&r->shown);
    for (int i = 0; r->kept && i < steps_of(r); i++)
        ae_str_release(&r->kept[i].text);
    free(r->kept);
    free(r->step);
    free(r->ring);
    free(r->value);
    free(r->last);
}

/* ----------------------------------------------------------------- values */

/* A value for the i-th column, where the row has none: 1; else 0. */
static int fill_in(const struct rows *r, int i, float *v)
{
    const struct ae_preprocessing *p = prep_of(r);

    if (p->dialect.missing == AE_MISSING_LAST) {
        *v = r->last[i];
        return r->has_last;
    }
    if (p->dialect.missing != AE_MISSING_MEAN)
        return 0;
    *v = p->mean && i < p->means ? (float)p->mean[i] : NAN;
    return p->mean ? i < p->means : r->t.s->o->learn;
}

static int read_values(struct rows *r, struct ae_err *e)
{
    const struct ae_csv *c = &r->t.csv;
    uint64_t filled = 0;

    for (int i = 0; i < r->t.n; i++) {
        const int at = r->t.at[i];
        double v;
        const int rc = ae_csv_number(c, at, &v, e);
        r->missing = rc && ae_csv_is_missing(c->field[at]);
        if (!rc)
            r->value[i] = (float)v;
        else if (r->missing && fill_in(r, i, &r->value[i]))
            filled++;
        else
            return rc;
    }
    memcpy(r->last, r->value, (size_t)r->t.n * sizeof(*r->last));
    r->has_last = 1;
    r->filled += filled;
    return 0;
}

/* ------------------------------------------------------------------ items */

/* Keeps the row that was read, as row number t.rows + 1. */
static int keep_row(struct rows *r, int context, struct ae_err *e)
{
    const struct ae_csv *c = &r->t.csv;

    if (!r->kept)
        return 0;
    struct kept *k = &r->kept[r->t.rows % (uint64_t)steps_of(r)];
    k->context = context;
    k->text.len = 0;
    AE_TRY(ae_str_addn(&k->text, r->shown.p, r->shown.len + 1, e));
    k->label = k->text.len;
    if (r->class)
        AE_TRY(ae_str_addn(&k->text, r->class, strlen(r->class) + 1, e));
    k->fields = k->text.len;
    for (int i = 0; i < c->fields; i++)
        AE_TRY(ae_str_addn(&k->text, c->field[i], strlen(c->field[i]) + 1, e));
    return 0;
}

static void lend_steps(const struct rows *r, struct ae_item *it)
{
    const uint64_t n = (uint64_t)steps_of(r);

    for (uint64_t i = 0; r->kept && i < n; i++) {
        const struct kept *k = &r->kept[(r->t.rows + i) % n];
        r->step[i] = (struct ae_table_row){
            .name = k->text.p,
            .label = k->label < k->fields ? k->text.p + k->label : NULL,
            .fields = k->text.p + k->fields,
            .size = k->text.len - k->fields,
            .context = k->context};
    }
    it->table = r->kept ? &r->about : NULL;
    it->step = r->step;
    it->last = r->t.rows;
}

/* Takes px. */
static int push(struct rows *r, float *px, int w, int c, struct ae_err *e)
{
    struct ae_source *s = r->t.s;
    const int window = s->prep->window;
    struct ae_item it = {.name = r->id,
                         .shown = r->shown.p,
                         .h = 1,
                         .w = w,
                         .c = c,
                         .bytes = 4,
                         .px = px,
                         .label = r->class};

    /* windows that overlap mustn't lie on both sides of the split */
    if (window)
        it.group = ae_mix(r->file, r->t.rows / (2 * (uint64_t)window)) | 1;
    s->stats.outside = 1;
    lend_steps(r, &it);
    return ae_source_push(s, &it, e);
}

static int push_window(struct rows *r, struct ae_err *e)
{
    const size_t window = (size_t)prep_of(r)->window, n = (size_t)r->t.n;
    const size_t from = (size_t)(r->t.rows % window) * n, all = window * n;
    float *px = ae_alloc(all, sizeof(float), e);

    if (!px)
        return AE_EMEM;
    memcpy(px, r->ring + from, (all - from) * sizeof(float));
    memcpy(px + all - from, r->ring, from * sizeof(float));
    return push(r, px, (int)window, r->t.n, e);
}

/* Where no window ended with the last row of a run one does now. */
static int end_run(struct rows *r, struct ae_err *e)
{
    const struct ae_preprocessing *p = prep_of(r);
    const uint64_t window = (uint64_t)p->window, run = r->run;

    if (run > r->longest)
        r->longest = run;
    r->run = 0;
    if (!window || run < window || (run - window) % (uint64_t)p->stride == 0)
        return 0;
    return push_window(r, e);
}

static int add_step(struct rows *r, struct ae_err *e)
{
    const uint64_t window = (uint64_t)prep_of(r)->window;
    const uint64_t stride = (uint64_t)prep_of(r)->stride;
    const size_t n = (size_t)r->t.n;

    memcpy(r->ring + (size_t)(r->t.rows % window) * n, r->value,
           n * sizeof(float));
    r->t.rows++;
    r->run++;
    return r->run >= window && (r->run - window) % stride == 0
               ? push_window(r, e)
               : 0;
}

static int add_row(struct rows *r, struct ae_err *e)
{
    const size_t n = (size_t)r->t.n;
    float *px = ae_alloc(n, sizeof(float), e);

    if (!px)
        return AE_EMEM;
    memcpy(px, r->value, n * sizeof(float));
    r->t.rows++;
    return push(r, px, r->t.n, 1, e);
}

/* ------------------------------------------------------------------- rows */

/* The name and the class of the row that was read; a column or a file of
 * labels gives the class. */
static int name_row(struct rows *r, const char *class, struct ae_err *e)
{
    const struct ae_table *t = &r->t;
    struct ae_naming *to = &t->s->naming;
    size_t n = 0;

    if (!t->names)
        ae_format(r->id, sizeof(r->id), "%llu",
                  (unsigned long long)t->csv.line);
    for (int i = 0; i < t->names && n < sizeof(r->id); i++)
        n += (size_t)ae_format(r->id + n, sizeof(r->id) - n, "%s%.120s",
                               i ? " " : "", t->csv.field[t->named[i]]);
    r->class = class;
    if (class && t->label >= 0) {
        ae_format(r->own, sizeof(r->own), "%.120s", class);
        r->class = r->own;
    }
    r->shown.len = 0;
    AE_TRY(ae_naming_make(to, r->id, t->names > 0, e));
    return ae_str_add(&r->shown, to->shown.p, e);
}

/* A row that no window spans: nobody asks for it, or it can't be used.  The run
 * before it ends first, as its last window has the name of the row above. */
static int pass_row(struct rows *r, const char *class, struct ae_err *e)
{
    AE_TRY(end_run(r, e));
    r->t.rows++;
    return name_row(r, class, e);
}

/* The row that was read has values that are none, for the reason *why. */
static int refuse_row(struct rows *r, const char *class,
                      const struct ae_err *why, struct ae_err *e)
{
    const struct ae_csv *c = &r->t.csv;

    if (ae_table_is_header(&r->t))
        return ae_fail(e, AE_EFORMAT,
                       "line %llu is a header of columns in another order: "
                       "give the tables one by one",
                       (unsigned long long)c->line);
    if (r->missing && prep_of(r)->dialect.missing == AE_MISSING_REFUSE)
        return ae_fail(e, why->code, "%s", why->msg);
    r->incomplete += (uint64_t)r->missing;
    AE_TRY(pass_row(r, class, e));
    r->left_out++;
    return ae_source_leave_out(r->t.s, 1, why, e);
}

/* Windows may begin with the row that was counted, though it isn't wanted. */
static int is_context(const struct rows *r, const char *class)
{
    const struct ae_preprocessing *p = prep_of(r);
    const struct ae_source_options *o = r->t.s->o;

    return o->context && o->selection && p->window &&
           ae_selection_is_context(o->selection, class, (uint64_t)p->window,
                                   (uint64_t)p->stride);
}

/* Rows that nobody wants need hold no numbers; all are named, so that equal
 * names are counted. */
static int take_row(struct rows *r, struct ae_err *e)
{
    const struct ae_table *t = &r->t;
    const char *class = t->label >= 0 ? t->csv.field[t->label] : NULL;
    struct ae_err why;
    int wanted;

    AE_TRY(ae_source_select_row(t->s, &class, &wanted, e));
    const int context = !wanted && is_context(r, class);
    if (!wanted && !context)
        return pass_row(r, class, e);
    if (read_values(r, &why))
        return context ? pass_row(r, class, e) : refuse_row(r, class, &why, e);
    AE_TRY(name_row(r, class, e));
    if (prep_of(r)->window && t->names)
        ae_time_order_add(&r->order, r->id, r->run == 0);
    AE_TRY(keep_row(r, context, e));
    return prep_of(r)->window ? add_step(r, e) : add_row(r, e);
}

/* A row that can't be cut into fields costs itself; but one that is too short
 * at the end of data to learn from shows that the file was cut. */
static int take_spoilt(struct rows *r, const struct ae_err *why,
                       struct ae_err *e)
{
    struct ae_lines *l = &r->t.csv.lines;

    if (r->t.s->o->learn && r->t.csv.fields < r->t.csv.width) {
        AE_TRY(ae_lines_ahead(l, 1, e));
        if (l->at == l->ahead.len)
            return ae_fail(e, why->code, "%s, and is the last: the file is cut",
                           why->msg);
    }
    AE_TRY(end_run(r, e));
    r->left_out++;
    return ae_table_spoilt(&r->t, why, e);
}

static int next_row(struct rows *r, struct ae_err *e)
{
    struct ae_err why;
    const int rc = ae_table_next(&r->t, &why);

    if (rc == 0)
        return take_row(r, e);
    if (rc < 0 && r->t.csv.spoilt)
        return take_spoilt(r, &why, e);
    if (rc < 0 && e)
        *e = why;
    return rc;
}

/* ------------------------------------------------------------------ table */

static int end_steps(struct rows *r, struct ae_err *e)
{
    const unsigned long long window = (unsigned long long)prep_of(r)->window;

    if (r->t.rows < window)
        return ae_fail(e, AE_EFORMAT, "%llu row(s), a window takes %llu",
                       (unsigned long long)r->t.rows, window);
    AE_TRY(end_run(r, e));
    if (r->left_out && r->longest < window)
        return ae_fail(e, AE_EFORMAT,
                       "at most %llu row(s) without one that is left out, a "
                       "window takes %llu",
                       (unsigned long long)r->longest, window);
    return 0;
}

/* What became of the rows. */
static void tell(const struct rows *r)
{
    const struct ae_table *t = &r->t;
    const int last = prep_of(r)->dialect.missing == AE_MISSING_LAST;

    if (r->incomplete)
        ae_table_note(t,
                      "%llu row(s) with missing values are left out: "
                      "`missing` last or `missing` mean fills them in",
                      (unsigned long long)r->incomplete);
    if (r->filled)
        ae_table_note(t, "%llu missing value(s) taken as the %s",
                      (unsigned long long)r->filled,
                      last ? "last ones before" : "mean in training");
    if (!t->s->o->silent)
        ae_time_order_tell(&r->order, t->s->ctx, t->s->path);
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct rows r = {
        .t.s = s, .t.csv.lines.io = io, .file = ae_hash(name, strlen(name))};
    int rc = ae_table_open(&r.t, e);

    if (!rc)
        rc = init_rows(&r, e);
    if (!rc)
        rc = take_row(&r, e);
    while (!rc)
        rc = next_row(&r, e);
    if (rc == AE_END) {
        tell(&r);
        rc = s->prep->window ? end_steps(&r, e) : 0;
    }
    release_rows(&r);
    return rc;
}

const struct ae_source_kind ae_source_csv = {"csv", NULL, read_all};
