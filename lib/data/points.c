/* points.c - see points.h. */
#include "data/points.h"

#include <stdlib.h>

#include "base/err.h"

void ae_points_init(struct ae_points *p, int how, int columns)
{
    *p = (struct ae_points){.how = how};
    p->rows.cols = 2 * columns + 1;
    p->rows.least = how == AE_POINTS_LEAST;
}

int ae_points_resize(struct ae_points *p, int steps, int channels,
                     struct ae_err *e)
{
    if (2 * channels != p->rows.cols - 1)
        return ae_fail(e, AE_EFORMAT,
                       "metadata: input: %d columns for %d channels",
                       p->rows.cols / 2, channels);
    free(p->value);
    free(p->row);
    p->row = ae_alloc((size_t)channels, sizeof(*p->row), e);
    p->value = ae_alloc((size_t)steps, (size_t)p->rows.cols * sizeof(*p->value),
                        e);
    p->steps = steps;
    p->channels = channels;
    return p->value && p->row ? 0 : AE_EMEM;
}

void ae_points_release(struct ae_points *p)
{
    ae_window_rows_release(&p->rows);
    free(p->value);
    free(p->row);
    *p = (struct ae_points){0};
}

static int put_row(void *arg, const struct ae_window_row *row,
                   const double *value, int last, struct ae_err *e)
{
    struct ae_points *p = arg;
    struct ae_score one = {.name = row->step.name,
                           .label = row->step.label,
                           .index = p->count,
                           .more = !last || p->more};

    if (!value || row->step.context || row->windows < p->fewest)
        return 0;
    p->count++;
    one.value = value[0];
    one.channel = p->errors ? value + 1 : NULL;
    one.channels = p->errors ? p->channels : 0;
    if (p->errors) {
        for (int k = 0; k < p->channels; k++)
            p->row[k] = (float)value[1 + p->channels + k];
        one.x = p->row;
        one.h = one.w = 1;
        one.c = p->channels;
    }
    return p->fn(p->arg, &one, e);
}

int ae_points_add(struct ae_points *p, const struct ae_points_window *w,
                  struct ae_err *e)
{
    const size_t c = (size_t)p->channels, cols = 2 * c + 1;
    const uint64_t next = w->last + (uint64_t)w->stride;
    const int own = w->own && p->how == AE_POINTS_MEAN;

    for (size_t t = 0; t < (size_t)p->steps; t++) {
        double *v = p->value + t * cols, sum = 0;
        for (size_t k = 0; w->y && k < c; k++) {
            const double d = (double)w->x[t * c + k] - (double)w->y[t * c + k];
            v[1 + k] = d * d;
            v[1 + c + k] = (double)w->x[t * c + k];
            sum += d * d / (double)c;
        }
        v[0] = own ? sum : w->score;
    }
    ae_window_rows_add(&p->rows, w->last, p->steps, p->value);
    p->more = w->more;
    return ae_window_rows_emit(&p->rows, next - (uint64_t)p->steps, put_row, p,
                               e);
}

int ae_points_end(struct ae_points *p, int more, struct ae_err *e)
{
    p->more = more;
    const int rc = ae_window_rows_emit(&p->rows, UINT64_MAX, put_row, p, e);
    ae_window_rows_release(&p->rows);
    p->rows.next = 0;
    return rc;
}
