/* series.c - tables through a model: the same header, rows, times and units
 * come out, and each value is the mean of what the windows over it give.
 *
 * Columns that the model doesn't take pass as they are.  A row is written as
 * soon as no later window can cover it. */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/scale.h"
#include "data/source/source.h"
#include "data/window_rows.h"
#include "model/model.h"
#include "run/items/batcher.h"

struct series {
    struct ae_source source;
    struct ae_preprocessing prep;
    struct ae_coder *coder;
    struct ae_io *out;
    struct ae_batcher batcher; /* of windows, as they are in the data */
    struct ae_window_rows rows;
    struct ae_table_layout table; /* its columns' places are at `at` */
    int *at;
    int began;         /* 1: a window came, the header is written */
    uint64_t last;     /* row of the last window that came */
    float *scaled, *y; /* [batch][item], as the model has them */
    float *z;          /* [batch][code] */
    double *value;     /* [rows of an item][columns] */
    struct ae_str line;
};

/* --------------------------------------------------------------- writing */

/* What follows column i: a separator, or the end of the line. */
static int put_separator(struct series *s, int column, struct ae_err *e)
{
    const char mark[] = {s->table.separator ? s->table.separator : ' ', 0};

    return ae_str_add(&s->line, column + 1 < s->table.width ? mark : "\n", e);
}

static int write_texts(struct series *s, char *const *text, struct ae_err *e)
{
    s->line.len = 0;
    for (int i = 0; text && i < s->table.width; i++) {
        AE_TRY(ae_csv_add(&s->line, text[i], s->table.separator, e));
        AE_TRY(put_separator(s, i, e));
    }
    return text ? ae_io_write(s->out, s->line.p, s->line.len, e) : 0;
}

/* The place of column i among the model's values; -1: the model doesn't take
 * it. */
static int value_of_column(const struct ae_table_layout *t, int i)
{
    for (int k = 0; k < t->values; k++)
        if (t->at[k] == i)
            return k;
    return -1;
}

static void print_number(const struct series *s, double v, char *buf,
                         size_t size)
{
    ae_format(buf, size, "%.7g", v);
    char *point = strchr(buf, '.');
    if (point && s->table.decimal == ',')
        *point = ',';
}

static int write_row(void *arg, const struct ae_window_row *row,
                     const double *mean, int last, struct ae_err *e)
{
    struct series *s = arg;
    const char *field = row->step.fields;
    char number[32];

    (void)last;
    s->line.len = 0;
    for (int i = 0; i < s->table.width; i++, field += strlen(field) + 1) {
        const int k = mean ? value_of_column(&s->table, i) : -1;
        if (k >= 0)
            print_number(s, mean[k], number, sizeof(number));
        AE_TRY(ae_csv_add(&s->line, k >= 0 ? number : field, s->table.separator,
                          e));
        AE_TRY(put_separator(s, i, e));
    }
    return ae_io_write(s->out, s->line.p, s->line.len, e);
}

/* ---------------------------------------------------------------- batches */

/* A window y of the model in the units of the data, by the model's scales or
 * by the window's own. */
static void unscale_window(struct series *s, const float *data, const float *y)
{
    const struct ae_preprocessing *p = &s->prep;
    const size_t item = s->batcher.size;
    const int c = ae_coder_info(s->coder)->c;
    double shift = 0, unit = 1;

    for (int k = 0; k < c; k++) {
        if (p->scale == AE_SCALE_WINDOW)
            ae_scale_of_window(data, item, k, c, &shift, &unit);
        for (size_t i = (size_t)k; i < item; i += (size_t)c) {
            const size_t at = p->scales ? i % (size_t)p->scales : 0;
            if (p->scales) {
                shift = p->shift[at];
                unit = p->unit[at];
            }
            s->value[i] = shift + unit * (double)y[i];
        }
    }
}

static int reconstruct(struct series *s, struct ae_err *e)
{
    const struct ae_coder_info *i = ae_coder_info(s->coder);
    const struct ae_batcher *b = &s->batcher;
    const size_t n = (size_t)b->n;

    memcpy(s->scaled, b->x, n * b->size * sizeof(*s->scaled));
    for (size_t k = 0; k < n; k++)
        AE_TRY(
            ae_scale(&s->prep, s->scaled + k * b->size, i->h, i->w, i->c, e));
    AE_TRY(ae_coder_encode(s->coder, s->scaled, NULL, b->n, s->z, NULL, e));
    return ae_coder_decode(s->coder, s->z, NULL, b->n, s->y, e);
}

static int run_batch(void *arg, struct ae_err *e)
{
    struct series *s = arg;
    const struct ae_batcher *b = &s->batcher;
    const int n = ae_max(s->prep.window, 1);
    const uint64_t step = n > 1 ? (uint64_t)s->prep.stride : 1;

    AE_TRY(reconstruct(s, e));
    for (int i = 0; i < b->n; i++) {
        const uint64_t next = b->row[i] + step;
        unscale_window(s, b->item[i].x, s->y + (size_t)i * b->size);
        ae_window_rows_add(&s->rows, b->row[i], n, s->value);
        if (next > (uint64_t)n)
            AE_TRY(ae_window_rows_emit(&s->rows, next - (uint64_t)n, write_row,
                                       s, e));
    }
    return 0;
}

/* ---------------------------------------------------------------- reading */

static int check_shape(const struct series *s, const struct ae_item *it,
                       struct ae_err *e)
{
    const struct ae_coder_info *i = ae_coder_info(s->coder);

    if (it->h == i->h && it->w == i->w && it->c == i->c)
        return 0;
    return ae_fail(e, AE_EARG,
                   "%d x %d values, the model takes %d x %d: choose as many "
                   "with `columns`, or another model",
                   it->w, it->c, i->w, i->c);
}

/* Copies the layout, since rows are written after their file is closed. */
static int copy_layout(struct series *s, const struct ae_table_layout *t,
                       struct ae_err *e)
{
    const size_t n = (size_t)t->values;

    AE_TRY(ae_realloc(&s->at, n, sizeof(*s->at), e));
    memcpy(s->at, t->at, n * sizeof(*s->at));
    s->table = *t;
    s->table.at = s->at;
    return 0;
}

static int add_window(struct series *s, const struct ae_item *it,
                      struct ae_err *e)
{
    const struct ae_example x = {.x = it->px, .more = 1};
    const int n = ae_max(s->prep.window, 1);

    AE_TRY(check_shape(s, it, e));
    if (it->last <= s->last) /* a window of another table */
        AE_TRY(ae_batcher_flush(&s->batcher, 1, e));
    s->last = it->last;
    AE_TRY(copy_layout(s, it->table, e));
    if (!s->began) {
        AE_TRY(write_texts(s, s->table.name, e));
        AE_TRY(write_texts(s, s->table.units, e));
    }
    s->began = 1;
    AE_TRY(ae_window_rows_know(&s->rows, it->last, n, it->step, e));
    return ae_batcher_add(&s->batcher, &x, 0, it->last, e);
}

static int take_item(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct series *s = arg;
    const int rc = add_window(s, it, e);

    s->source.stopped |= rc < 0; /* it would be true of all others, too */
    free(it->px);
    return rc;
}

static int idle(void *arg, struct ae_err *e)
{
    struct series *s = arg;

    AE_TRY(ae_batcher_flush(&s->batcher, 0, e));
    return ae_io_flush(s->out, e);
}

static int init_series(struct series *s, struct ae_ctx *ctx,
                       const struct ae_model *m, struct ae_err *e)
{
    AE_TRY(ae_preprocessing_get(m->meta, &s->prep, e));
    if (s->prep.kind != AE_INPUT_CSV)
        return ae_fail(e, AE_EARG, "the model isn't for tables");
    AE_TRY(ae_coder_new(ctx, m, 0, 0, 0, &s->coder, e));
    AE_TRY(ae_coder_decode(s->coder, NULL, NULL, 0, NULL, e));
    const struct ae_coder_info *i = ae_coder_info(s->coder);
    const size_t n = (size_t)i->batch;
    if (i->labels)
        return ae_fail(e, AE_EUNSUPPORTED, "the model asks for labels");
    s->prep.stride = ae_min(s->prep.stride, s->prep.window);
    s->rows.cols = s->prep.columns;
    s->scaled = ae_alloc(n, i->item * sizeof(*s->scaled), e);
    s->y = ae_alloc(n, i->item * sizeof(*s->y), e);
    s->z = ae_alloc(n, (size_t)i->code * sizeof(*s->z), e);
    s->value = ae_alloc(i->item, sizeof(*s->value), e);
    if (!s->scaled || !s->y || !s->z || !s->value)
        return AE_EMEM;
    return ae_batcher_resize(&s->batcher, i->item, i->batch, e);
}

static void release_series(struct series *s)
{
    ae_coder_free(s->coder);
    ae_batcher_release(&s->batcher);
    ae_window_rows_release(&s->rows);
    ae_preprocessing_release(&s->prep);
    ae_str_release(&s->line);
    free(s->scaled);
    free(s->y);
    free(s->z);
    free(s->value);
    free(s->at);
}

/* All windows of the table, and then the rows that are left. */
static int read_table(struct series *s, struct ae_ctx *ctx, const char *path,
                      const struct ae_examples_options *o, struct ae_err *e)
{
    const struct ae_source_options so = {.strict = 1,
                                         .steps = 1,
                                         .select = &o->select,
                                         .selection = o->selection,
                                         .done = o->done,
                                         .done_arg = o->done_arg};
    const struct ae_item_sink sink = {
        .take = take_item, .idle = idle, .arg = s};

    s->source = (struct ae_source){
        .ctx = ctx, .o = &so, .sink = &sink, .prep = &s->prep};
    AE_TRY(ae_preprocessing_obey(&s->prep, &o->select, e));
    AE_TRY(ae_source_read(&s->source, path, e));
    ae_left_out_log(&s->source.left_out, ctx, path);
    AE_TRY(ae_batcher_flush(&s->batcher, 0, e));
    if (o->selection)
        AE_TRY(ae_selection_end(o->selection, e));
    if (!s->began)
        return ae_fail(e, AE_EARG,
                       "%s: no table, or no window of wanted rows; give one "
                       "file at a time",
                       path);
    return ae_window_rows_emit(&s->rows, UINT64_MAX, write_row, s, e);
}

int ae_denoise_table(struct ae_ctx *ctx, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     struct ae_io *out, uint64_t *left_out, struct ae_err *e)
{
    static const struct ae_examples_options defaults;
    struct series s = {.out = out};

    if (!o)
        o = &defaults;
    s.batcher = (struct ae_batcher){.run = run_batch, .arg = &s};
    int rc = init_series(&s, ctx, m, e);
    if (!rc)
        rc = read_table(&s, ctx, path, o, e);
    if (left_out)
        *left_out = s.source.left_out.rows;
    release_series(&s);
    return rc;
}
