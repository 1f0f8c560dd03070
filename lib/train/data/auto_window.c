/* auto_window.c - finds the time steps of a window where none are told. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "data/period.h"
#include "train/data/train_data.h"

struct steps {
    struct ae_source source;
    struct ae_time_series series;
    uint64_t last; /* row of the file that came last */
};

/* Columns' means aren't known yet: a missing value is as the one before. */
static void fill_step(const struct steps *s, struct ae_item *it)
{
    const size_t n = (size_t)it->w, count = s->series.count;
    float *x = it->px;

    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            x[i] = count ? s->series.x[(count - 1) * n + i] : 0;
}

/* Rows that don't follow one another belong to different runs. */
static int take_step(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct steps *s = arg;
    const int begins = it->last != s->last + 1 || it->last == 1;
    int rc;

    if (s->source.prep->kind == AE_INPUT_CSV) {
        fill_step(s, it);
        rc = ae_time_series_add(&s->series, it->px, it->w, begins, e);
    } else
        rc = ae_fail(e, AE_EARG, "no table (`input` csv says that it is one)");
    s->last = it->last;
    s->source.stopped |= rc < 0;
    free(it->px);
    return rc;
}

static void drop_steps(void *arg, uint64_t count)
{
    ae_time_series_drop(&((struct steps *)arg)->series, count);
}

/* Reads all wanted rows once more than training does, to find the window. */
static int read_steps(struct ae_train_data *d,
                      const struct ae_source_options *so, struct steps *s,
                      struct ae_err *e)
{
    struct ae_preprocessing prep = {.kind = d->prep.kind,
                                    .dialect = d->prep.dialect};
    struct ae_source_options first = *so;
    const struct ae_item_sink sink = {
        .take = take_step, .undo = drop_steps, .arg = s};
    int rc = 0;

    first.silent = 1;
    s->source = (struct ae_source){
        .ctx = d->ctx, .o = &first, .sink = &sink, .prep = &prep};
    for (size_t i = 0; rc >= 0 && d->o->data[i]; i++) {
        s->last = 0;
        rc = strcmp(d->o->data[i], "-") == 0
                 ? ae_fail(e, AE_EARG, "stdin can't be read twice")
                 : ae_source_read(&s->source, d->o->data[i], e);
    }
    if (so->selection)
        ae_selection_rewind(so->selection);
    ae_preprocessing_release(&prep);
    return rc;
}

int ae_train_data_find_window(struct ae_train_data *d,
                              const struct ae_source_options *so,
                              struct ae_err *e)
{
    struct steps s = {0};
    int rc = read_steps(d, so, &s, e);

    if (rc < 0)
        goto out;
    if (s.series.count)
        rc = ae_time_series_period(&s.series, AE_MAX_WINDOW, &d->prep.window,
                                   e);
    else
        rc = ae_fail(e, AE_EARG, "no row of the data can be used");
out:
    ae_time_series_release(&s.series);
    if (rc < 0) {
        ae_left_out_log(&s.source.left_out, d->ctx, "the data");
        return ae_err_at(e, rc, "`window` auto");
    }
    ae_log(d->ctx, AE_LOG_NOTE, "`window` auto: %d rows, the dominant period",
           d->prep.window);
    return 0;
}
