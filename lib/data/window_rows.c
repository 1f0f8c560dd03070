/* window_rows.c - a queue of rows in order of their numbers. */
#include "data/window_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void ae_window_rows_release(struct ae_window_rows *o)
{
    for (size_t i = 0; i < o->count; i++)
        free(o->row[i].text);
    free(o->row);
    free(o->value);
    o->row = NULL;
    o->value = NULL;
    o->count = o->cap = 0;
}

static size_t put_text(char *to, size_t at, const char **out, const char *from,
                       size_t size)
{
    if (!from)
        return at;
    memcpy(to + at, from, size);
    *out = to + at;
    return at + size;
}

static int copy_row(struct ae_window_row *r, const struct ae_table_row *s,
                    struct ae_err *e)
{
    const size_t name = strlen(s->name) + 1;
    const size_t label = s->label ? strlen(s->label) + 1 : 0;

    r->text = ae_alloc(name + label + s->size + 1, 1, e);
    if (!r->text)
        return AE_EMEM;
    r->step = (struct ae_table_row){.size = s->size, .context = s->context};
    size_t at = put_text(r->text, 0, &r->step.name, s->name, name);
    at = put_text(r->text, at, &r->step.label, s->label, label);
    put_text(r->text, at, &r->step.fields, s->fields, s->size);
    return 0;
}

static int grow(struct ae_window_rows *o, struct ae_err *e)
{
    const size_t cap = o->cap ? 2 * o->cap : 256;

    if (ae_realloc(&o->row, cap, sizeof(*o->row), e) < 0 ||
        ae_realloc(&o->value, cap, (size_t)o->cols * sizeof(*o->value), e) < 0)
        return AE_EMEM;
    o->cap = cap;
    return 0;
}

int ae_window_rows_know(struct ae_window_rows *o, uint64_t last, int n,
                        const struct ae_table_row *step, struct ae_err *e)
{
    const uint64_t known = o->count ? o->row[o->count - 1].number : 0;

    for (int i = 0; i < n; i++) {
        const uint64_t number = last - (uint64_t)(n - 1 - i);
        if (number <= known || number < o->next)
            continue;
        if (o->count == o->cap && grow(o, e) < 0)
            return AE_EMEM;
        struct ae_window_row *r = &o->row[o->count];
        *r = (struct ae_window_row){.number = number};
        if (copy_row(r, &step[i], e) < 0)
            return AE_EMEM;
        o->count++;
    }
    return 0;
}

/* What one more window says of a row. */
static void add_values(const struct ae_window_rows *o, size_t i,
                       const double *from)
{
    double *to = o->value + i * (size_t)o->cols;
    const int first = o->row[i].windows == 0;

    for (int k = 0; k < o->cols; k++)
        if (!first && k >= o->least)
            to[k] += from[k];
        else if (first || from[k] < to[k])
            to[k] = from[k];
}

void ae_window_rows_add(struct ae_window_rows *o, uint64_t last, int n,
                        const double *v)
{
    const uint64_t first = last - (uint64_t)(n - 1);
    size_t i = 0;

    while (i < o->count && o->row[i].number < first)
        i++;
    for (; i < o->count && o->row[i].number <= last; i++) {
        add_values(o, i, v + (o->row[i].number - first) * (size_t)o->cols);
        o->row[i].windows++;
    }
}

int ae_window_rows_emit(struct ae_window_rows *o, uint64_t upto,
                        ae_window_rows_fn *fn, void *arg, struct ae_err *e)
{
    const size_t cols = (size_t)o->cols;
    size_t n = 0;
    int rc = 0;

    for (; !rc && n < o->count && o->row[n].number <= upto; n++) {
        struct ae_window_row *r = &o->row[n];
        double *value = o->value + n * cols;
        for (size_t k = (size_t)o->least; k < cols && r->windows; k++)
            value[k] /= (double)r->windows;
        const int last = n + 1 == o->count || r[1].number > upto;
        rc = fn(arg, r, r->windows ? value : NULL, last, e);
        o->next = r->number + 1;
        free(r->text);
    }
    if (n == 0)
        return rc;
    o->count -= n;
    memmove(o->row, o->row + n, o->count * sizeof(*o->row));
    memmove(o->value, o->value + n * cols, o->count * cols * sizeof(*o->value));
    return rc;
}
