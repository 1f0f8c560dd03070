/* window_mean.c - a queue of rows in order of their numbers. */
#include "run/items/window_mean.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void ae_window_mean_release(struct ae_window_mean *o)
{
    for (size_t i = 0; i < o->count; i++)
        free(o->row[i].text);
    free(o->row);
    free(o->sum);
    o->row = NULL;
    o->sum = NULL;
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

static int copy_row(struct ae_window_mean_row *r, const struct ae_table_row *s,
                    struct ae_err *e)
{
    const size_t name = strlen(s->name) + 1;
    const size_t label = s->label ? strlen(s->label) + 1 : 0;

    r->text = ae_alloc(name + label + s->size + 1, 1, e);
    if (!r->text)
        return AE_EMEM;
    r->step = (struct ae_table_row){.size = s->size};
    size_t at = put_text(r->text, 0, &r->step.name, s->name, name);
    at = put_text(r->text, at, &r->step.label, s->label, label);
    put_text(r->text, at, &r->step.fields, s->fields, s->size);
    return 0;
}

static int grow(struct ae_window_mean *o, struct ae_err *e)
{
    const size_t cap = o->cap ? 2 * o->cap : 256;

    if (ae_realloc(&o->row, cap, sizeof(*o->row), e) < 0 ||
        ae_realloc(&o->sum, cap, (size_t)o->cols * sizeof(*o->sum), e) < 0)
        return AE_EMEM;
    o->cap = cap;
    return 0;
}

int ae_window_mean_rows(struct ae_window_mean *o, uint64_t last, int n,
                        const struct ae_table_row *step, struct ae_err *e)
{
    const uint64_t known = o->count ? o->row[o->count - 1].number : 0;

    for (int i = 0; i < n; i++) {
        const uint64_t number = last - (uint64_t)(n - 1 - i);
        if (number <= known || number < o->next)
            continue;
        if (o->count == o->cap && grow(o, e) < 0)
            return AE_EMEM;
        struct ae_window_mean_row *r = &o->row[o->count];
        *r = (struct ae_window_mean_row){.number = number};
        if (copy_row(r, &step[i], e) < 0)
            return AE_EMEM;
        memset(o->sum + o->count * (size_t)o->cols, 0,
               (size_t)o->cols * sizeof(*o->sum));
        o->count++;
    }
    return 0;
}

void ae_window_mean_add(struct ae_window_mean *o, uint64_t last, int n,
                        const double *v)
{
    const size_t cols = (size_t)o->cols;
    const uint64_t first = last - (uint64_t)(n - 1);
    size_t i = 0;

    while (i < o->count && o->row[i].number < first)
        i++;
    for (; i < o->count && o->row[i].number <= last; i++) {
        const double *from = v + (o->row[i].number - first) * cols;
        for (size_t k = 0; k < cols; k++)
            o->sum[i * cols + k] += from[k];
        o->row[i].windows++;
    }
}

int ae_window_mean_emit(struct ae_window_mean *o, uint64_t upto,
                        ae_window_mean_fn *fn, void *arg, struct ae_err *e)
{
    const size_t cols = (size_t)o->cols;
    size_t n = 0;
    int rc = 0;

    for (; !rc && n < o->count && o->row[n].number <= upto; n++) {
        struct ae_window_mean_row *r = &o->row[n];
        double *mean = o->sum + n * cols;
        for (size_t k = 0; k < cols && r->windows; k++)
            mean[k] /= (double)r->windows;
        const int last = n + 1 == o->count || r[1].number > upto;
        rc = fn(arg, &r->step, r->windows ? mean : NULL, last, e);
        o->next = r->number + 1;
        free(r->text);
    }
    if (n == 0)
        return rc;
    o->count -= n;
    memmove(o->row, o->row + n, o->count * sizeof(*o->row));
    memmove(o->sum, o->sum + n * cols, o->count * cols * sizeof(*o->sum));
    return rc;
}
