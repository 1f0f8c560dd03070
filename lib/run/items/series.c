/* series.c - tables through a model: the same header, rows, times and units
 * come out, and each value is the mean of what the windows over it say.
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
#include "model/model.h"
#include "run/items/window_mean.h"

struct series {
    struct ae_preprocessing prep;
    struct ae_coder *coder;
    struct ae_io *out;
    struct ae_window_mean rows;
    struct ae_table_layout table; /* its columns' places are at `at` */
    int *at;
    int began; /* the header is out */
    float *x, *y, *z;
    double *value; /* [rows of an item][columns] */
    size_t item;   /* values of one */
    struct ae_str line;
};

/* --------------------------------------------------------------- writing */

static int put_end(struct series *s, int column, struct ae_err *e)
{
    const char blank = ' ',
               *mark = s->table.separator ? &s->table.separator : &blank;
    return column + 1 < s->table.width ? ae_str_addn(&s->line, mark, 1, e)
                                       : ae_str_add(&s->line, "\n", e);
}

static int write_header(struct series *s, struct ae_err *e)
{
    int rc = 0;

    s->line.len = 0;
    for (int i = 0; rc >= 0 && i < s->table.width; i++) {
        rc = ae_csv_add(&s->line, s->table.name[i], s->table.separator, e);
        if (rc >= 0)
            rc = put_end(s, i, e);
    }
    return rc < 0 ? rc : ae_io_write(s->out, s->line.p, s->line.len, e);
}

/* The value of column i among the model's, -1: it isn't one. */
static int value_of(const struct ae_table_layout *t, int i)
{
    for (int k = 0; k < t->values; k++)
        if (t->at[k] == i)
            return k;
    return -1;
}

static int write_row(void *arg, const struct ae_table_row *row,
                     const double *mean, int last, struct ae_err *e)
{
    struct series *s = arg;
    const char *field = row->fields;
    char number[32];
    int rc = 0;

    (void)last;
    s->line.len = 0;
    for (int i = 0; rc >= 0 && i < s->table.width; i++) {
        const int k = value_of(&s->table, i);
        if (k >= 0 && mean)
            ae_format(number, sizeof(number), "%.7g", mean[k]);
        rc = ae_csv_add(&s->line, k >= 0 && mean ? number : field,
                        s->table.separator, e);
        if (rc >= 0)
            rc = put_end(s, i, e);
        field += strlen(field) + 1;
    }
    return rc < 0 ? rc : ae_io_write(s->out, s->line.p, s->line.len, e);
}

/* --------------------------------------------------------------- reading */

/* Scales of what is in s->y: the model's, or the item's own. */
static void unscale(struct series *s, const float *raw, int c)
{
    const struct ae_preprocessing *r = &s->prep;
    double shift = 0, unit = 1;

    for (int k = 0; k < c; k++) {
        if (r->scale == AE_SCALE_WINDOW)
            ae_scale_of_window(raw, s->item, k, c, &shift, &unit);
        for (size_t i = (size_t)k; i < s->item; i += (size_t)c) {
            const size_t at = r->scales ? i % (size_t)r->scales : 0;
            if (r->scales) {
                shift = r->shift[at];
                unit = r->unit[at];
            }
            s->value[i] = shift + unit * (double)s->y[i];
        }
    }
}

static int check_item(const struct series *s, const struct ae_item *it,
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

static int clean_item(struct series *s, const struct ae_item *it,
                      struct ae_err *e)
{
    const float *raw = it->px;
    int rc = check_item(s, it, e);

    if (rc < 0)
        return rc;
    memcpy(s->x, raw, s->item * sizeof(*s->x));
    rc = ae_scale(&s->prep, s->x, it->h, it->w, it->c, e);
    if (rc >= 0)
        rc = ae_coder_encode(s->coder, s->x, NULL, 1, s->z, NULL, e);
    if (rc >= 0)
        rc = ae_coder_decode(s->coder, s->z, NULL, 1, s->y, e);
    if (rc >= 0)
        unscale(s, raw, it->c);
    return rc;
}

/* What is needed of it when its file is closed already. */
static int learn_table(struct series *s, const struct ae_table_layout *t,
                       struct ae_err *e)
{
    const size_t n = (size_t)t->values;

    s->table = *t;
    if (ae_realloc(&s->at, n, sizeof(*s->at), e) < 0)
        return AE_EMEM;
    memcpy(s->at, t->at, n * sizeof(*s->at));
    s->table.at = s->at;
    return 0;
}

static int take_item(struct series *s, const struct ae_item *it,
                     struct ae_err *e)
{
    const int n = ae_max(s->prep.window, 1);
    const uint64_t out = it->last + (uint64_t)(n > 1 ? s->prep.stride : 1);
    int rc = clean_item(s, it, e);

    if (rc >= 0)
        rc = learn_table(s, it->table, e);
    if (rc >= 0 && !s->began && s->table.name)
        rc = write_header(s, e);
    s->began = 1;
    if (rc >= 0)
        rc = ae_window_mean_rows(&s->rows, it->last, n, it->step, e);
    if (rc < 0)
        return rc;
    ae_window_mean_add(&s->rows, it->last, n, s->value);
    return out <= (uint64_t)n ? 0
                              : ae_window_mean_emit(&s->rows, out - (uint64_t)n,
                                                    write_row, s, e);
}

static int take(void *arg, struct ae_item *it, struct ae_err *e)
{
    const int rc = take_item(arg, it, e);

    free(it->px);
    return rc;
}

static int idle(void *arg, struct ae_err *e)
{
    const struct series *s = arg;

    return ae_io_flush(s->out, e);
}

static int init(struct series *s, struct ae_ctx *ctx, const struct ae_model *m,
                struct ae_err *e)
{
    int rc = ae_preprocessing_get(m->meta, &s->prep, e);

    if (rc >= 0 && s->prep.kind != AE_INPUT_CSV)
        rc = ae_fail(e, AE_EARG, "the model is none of tables");
    if (rc >= 0)
        rc = ae_coder_new(ctx, m, 0, 0, 1, &s->coder, e);
    if (rc >= 0)
        rc = ae_coder_decode(s->coder, NULL, NULL, 0, NULL, e);
    if (rc < 0)
        return rc;
    const struct ae_coder_info *i = ae_coder_info(s->coder);
    if (i->labels)
        return ae_fail(e, AE_EUNSUPPORTED, "the model asks for labels");
    s->prep.stride = ae_min(s->prep.stride, s->prep.window);
    s->item = (size_t)i->h * (size_t)i->w * (size_t)i->c;
    s->rows.cols = s->prep.columns;
    s->x = ae_alloc(s->item, sizeof(*s->x), e);
    s->y = ae_alloc(s->item, sizeof(*s->y), e);
    s->z = ae_alloc((size_t)i->code, sizeof(*s->z), e);
    s->value = ae_alloc(s->item, sizeof(*s->value), e);
    return s->x && s->y && s->z && s->value ? 0 : AE_EMEM;
}

int ae_denoise_table(struct ae_ctx *ctx, const struct ae_model *m,
                     const char *path, const struct ae_examples_options *o,
                     struct ae_io *out, struct ae_err *e)
{
    static const struct ae_examples_options defaults;
    struct series s = {.out = out};

    if (!o)
        o = &defaults;
    const struct ae_source_options so = {.strict = 1,
                                         .steps = 1,
                                         .columns = o->select.columns,
                                         .label_column = o->select.label_column,
                                         .selection = o->selection};
    const struct ae_item_sink sink = {.take = take, .idle = idle, .arg = &s};
    struct ae_source source = {
        .ctx = ctx, .o = &so, .sink = &sink, .prep = &s.prep};
    int rc = init(&s, ctx, m, e);

    if (o->select.columns)
        s.prep.columns = 0; /* found anew by the source */
    if (rc >= 0)
        rc = ae_source_read(&source, path, e);
    if (rc >= 0 && o->selection)
        rc = ae_selection_end(o->selection, e);
    if (rc >= 0 && !s.began)
        rc = ae_fail(e, AE_EARG,
                     "%s: no table, or no window of wanted rows: one file at a "
                     "time",
                     path);
    if (rc >= 0)
        rc = ae_window_mean_emit(&s.rows, UINT64_MAX, write_row, &s, e);
    ae_coder_free(s.coder);
    ae_window_mean_release(&s.rows);
    ae_preprocessing_release(&s.prep);
    ae_str_release(&s.line);
    free(s.x);
    free(s.y);
    free(s.z);
    free(s.value);
    free(s.at);
    return rc < 0 ? rc : 0;
}
