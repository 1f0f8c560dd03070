/* score.c - items to anomaly scores, in batches.  A batch that isn't full is
 * scored when the input has nothing more ready, so that no reader waits. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "data/points.h"
#include "model/anomaly.h"
#include "run/items/item_reader.h"
#include "run/items/reference.h"

enum { BATCH = 64 }; /* items at once, for methods without draws */

static const char *const points[] = {"none", "least", "mean", NULL};

const struct ae_field ae_score_fields[] = {
    AE_FIELD(
        "method", STR, ae_score_options, method, .group = "Options",
        .def = "reconstruction",
        .arg = "reconstruction|elbo[:K]|iw[:K]|mahalanobis|knn|knn-input",
        .help =
            "squared error of a value; minus the evidence bound, or the "
            "importance-weighted one, by K draws; distance of the code from "
            "those of the training data, or from its nearest of `reference`; "
            "distance of the item itself from its nearest of `reference`"),
    AE_FIELD(
        "neighbours", INT, ae_score_options, neighbours, .def = "1", .min = 1,
        .max = AE_NEIGHBOURS_MOST, .arg = "K",
        .help = "nearest codes or items that knn and knn-input take the mean "
                "distance from"),
    AE_FIELD("seed", COUNT, ae_score_options, seed, .max = 9e15, .arg = "N",
             .help = "seed of the draws of elbo and iw, which depend only on "
                     "it and the item's number"),
    AE_FIELD(
        "label", STR, ae_score_options, label, .arg = "CLASS",
        .help = "class of the items, for a model that asks for one; else that "
                "of `labels` or `label-column`"),
    AE_FIELD(
        "points", ENUM, ae_score_options, points, .def = "none",
        .names = points, .arg = "[least|mean]",
        .help = "of windows of a table: a score for each row, the least of "
                "those of the windows that cover it, or the mean of its own "
                "error in each"),
    {.name = NULL},
};

struct ae_scorer {
    struct ae_score_options o;
    int method, draws; /* of o.method */
    struct ae_item_reader reader;
    struct ae_anomaly anomaly; /* of items of the reader's size */
    struct ae_reference reference;
    struct ae_points points; /* with o.points */
    struct ae_preprocessing prep;
    double *value;   /* [batch] */
    double *error;   /* [channels] */
    int channels;    /* of an item; the columns of a row that is an item */
    int stride;      /* rows from one window of a table to the next */
    ae_score_fn *fn; /* NULL: items go to the reference */
    void *arg;
};

/* ---------------------------------------------------------------- batches */

static void release_batch(struct ae_scorer *s)
{
    ae_anomaly_release(&s->anomaly);
    free(s->value);
    free(s->error);
    s->value = s->error = NULL;
}

static int init_anomaly(struct ae_scorer *s, struct ae_shape x, int batch,
                        struct ae_err *e)
{
    const struct ae_model *m = s->reader.model;
    struct ae_anomaly *a = &s->anomaly;

    AE_TRY(ae_anomaly_init(a, s->reader.ctx, m, x.h, x.w, batch, e));
    const struct ae_coder_info *i = ae_coder_info(a->coder);
    const int own = s->method == AE_ANOMALY_KNN_INPUT;
    AE_TRY(ae_reference_size(&s->reference, own ? (int)i->item : i->code,
                             own ? "items" : "codes", e));
    a->near = s->reference.near;
    a->k = s->o.neighbours;
    a->reconstruct = s->o.errors;
    return s->draws ? ae_anomaly_bounds(a, m, s->draws, s->o.seed, e) : 0;
}

/* Makes ready for items of another size. */
static int resize(void *arg, struct ae_shape x, struct ae_err *e)
{
    struct ae_scorer *s = arg;
    const size_t item = (size_t)x.h * (size_t)x.w * (size_t)x.c;
    const int batch = ae_coder_batch(item, s->draws ? AE_BOUND_BATCH : BATCH);
    const int is_row = x.c == 1 && x.h == 1 && !s->prep.window;

    release_batch(s);
    AE_TRY(init_anomaly(s, x, batch, e));
    s->channels = is_row ? x.w : x.c;
    if (s->o.points)
        AE_TRY(ae_points_resize(&s->points, s->prep.window ? x.w : 1,
                                s->channels, e));
    s->value = ae_alloc((size_t)batch, sizeof(*s->value), e);
    s->error = ae_alloc((size_t)s->channels, sizeof(*s->error), e);
    if (!s->value || !s->error)
        return AE_EMEM;
    return ae_batcher_resize(&s->reader.batcher, item, batch, e);
}

/* Mean squared errors of an item's channels. */
static void channel_errors(const struct ae_scorer *s, const float *x,
                           const float *y, double *out)
{
    const size_t c = (size_t)s->channels, item = s->reader.batcher.size;

    memset(out, 0, c * sizeof(*out));
    for (size_t k = 0; k < item; k++) {
        const double d = (double)x[k] - (double)y[k];
        out[k % c] += d * d * (double)c / (double)item;
    }
}

static int put_score(struct ae_scorer *s, int i, struct ae_err *e)
{
    const struct ae_example *x = &s->reader.batcher.item[i];
    struct ae_score one = {.name = x->name,
                           .label = x->label,
                           .line = x->line,
                           .value = s->value[i],
                           .index = x->index,
                           .h = x->h,
                           .w = x->w,
                           .c = x->c,
                           .more = x->more};

    if (s->o.errors) {
        one.x = x->x;
        one.y = s->anomaly.y + (size_t)i * s->reader.batcher.size;
        one.channel = s->error;
        one.channels = s->channels;
        channel_errors(s, one.x, one.y, s->error);
    }
    return s->fn(s->arg, &one, e);
}

static int put_window(struct ae_scorer *s, int i, struct ae_err *e)
{
    const struct ae_batcher *b = &s->reader.batcher;
    const int own = s->method == AE_ANOMALY_RECONSTRUCTION;
    const float *y = s->anomaly.y + (size_t)i * b->size;
    const struct ae_points_window w = {.x = b->item[i].x,
                                       .y = own || s->o.errors ? y : NULL,
                                       .score = s->value[i],
                                       .own = own,
                                       .last = b->row[i],
                                       .stride = s->prep.stride,
                                       .more = b->item[i].more};

    return ae_points_add(&s->points, &w, e);
}

/* Adds the items themselves, or their codes. */
static int add_to_reference(struct ae_scorer *s,
                            const struct ae_coder_items *items,
                            struct ae_err *e)
{
    const size_t n = (size_t)items->n;

    if (s->method == AE_ANOMALY_KNN_INPUT)
        return ae_reference_add(&s->reference, items->x, n, e);
    AE_TRY(ae_anomaly_encode(&s->anomaly, items, e));
    return ae_reference_add(&s->reference, s->anomaly.z, n, e);
}

static int run_batch(void *arg, struct ae_err *e)
{
    struct ae_scorer *s = arg;
    const struct ae_batcher *b = &s->reader.batcher;
    const struct ae_coder_items items = {b->x, b->class, b->n,
                                         s->reader.before + b->item[0].index};

    if (!s->fn)
        return add_to_reference(s, &items, e);
    AE_TRY(ae_anomaly_run(&s->anomaly, s->method, &items, s->value, e));
    for (int i = 0; i < b->n; i++)
        AE_TRY(s->o.points ? put_window(s, i, e) : put_score(s, i, e));
    return 0;
}

/* ---------------------------------------------------------------- reading */

/* Passes the fault on, but ends the reading of a reference, which must be
 * complete. */
static int refuse_item(void *arg, const struct ae_example *x,
                       const struct ae_err *why, struct ae_err *e)
{
    const struct ae_scorer *s = arg;
    const struct ae_score one = {.name = x->name,
                                 .label = x->label,
                                 .index = x->index,
                                 .more = x->more,
                                 .fault = why};

    if (!s->fn)
        return ae_fail(e, why->code, "%s: %s", x->name, why->msg);
    return s->fn(s->arg, &one, e);
}

/* Takes the rows of the next window; numbers that start again mean another
 * file. */
static int take_rows(void *arg, const struct ae_table_row *row, int n,
                     uint64_t last, struct ae_err *e)
{
    struct ae_scorer *s = arg;

    if (last <= s->reader.row) {
        AE_TRY(ae_batcher_flush(&s->reader.batcher, 1, e));
        AE_TRY(ae_points_end(&s->points, 1, e));
    }
    s->reader.row = last;
    return ae_window_rows_know(&s->points.rows, last, n, row, e);
}

/* Rows before a fault are reported all the same. */
static int read_path(struct ae_scorer *s, const char *path,
                     const struct ae_examples_options *o, struct ae_err *e)
{
    struct ae_err later;

    s->reader.rows = s->fn && s->o.points ? take_rows : NULL;
    s->reader.context = s->o.points == AE_POINTS_LEAST;
    if (s->prep.window)
        s->prep.stride = o && o->stride ? o->stride : s->stride;
    int rc = ae_item_reader_read(&s->reader, path, o, e);
    if (s->reader.rows) {
        const int rest = ae_points_end(&s->points, 0, rc ? &later : e);
        rc = rc ? rc : rest;
    }
    s->reader.row = 0;
    return rc;
}

/* ----------------------------------------------------------------- scorer */

/* Reports what the model can't do before anything is read. */
static int try_method(const struct ae_scorer *s, struct ae_err *e)
{
    const struct ae_model *m = s->reader.model;
    struct ae_coder *c = NULL;
    struct ae_bound b;
    int rc = ae_coder_new(s->reader.ctx, m, 0, 0, 1, &c, e);

    if (rc == AE_EARG) /* of any size, which the first item decides */
        return 0;
    if (rc < 0)
        goto out;
    if (s->draws) {
        rc = ae_bound_init(&b, s->reader.ctx, m, c, 1, e);
        ae_bound_release(&b);
        if (rc < 0)
            goto out;
    }
    if (s->draws || s->o.errors || s->method == AE_ANOMALY_RECONSTRUCTION)
        rc = ae_coder_decode(c, NULL, NULL, 0, NULL, e);
    if (rc < 0)
        goto out;
    if (s->method == AE_ANOMALY_MAHALANOBIS && !m->fits.at[AE_FIT_GAUSS])
        rc = ae_fail(e, AE_EUNSUPPORTED,
                     "the model holds no Gaussian of its training codes, which "
                     "mahalanobis needs");
out:
    ae_coder_free(c);
    return rc;
}

static int init_scorer(struct ae_scorer *s, const struct ae_score_options *o,
                       struct ae_err *e)
{
    AE_TRY(ae_fields_copy(ae_score_fields, &s->o, sizeof(s->o), o, e));
    AE_TRY(ae_anomaly_parse(s->o.method, &s->method, &s->draws, e));
    AE_TRY(try_method(s, e));
    AE_TRY(ae_item_reader_init(&s->reader, s->o.label, e));
    AE_TRY(ae_preprocessing_get(s->reader.model->meta, &s->prep, e));
    if (s->o.points && !s->prep.window)
        return ae_fail(e, AE_EARG,
                       "`points` is for models of windows of a table");
    ae_points_init(&s->points, s->o.points, s->prep.columns);
    s->points.errors = s->o.errors;
    s->stride = s->prep.stride;
    return 0;
}

int ae_scorer_new(struct ae_ctx *ctx, const struct ae_model *m,
                  const struct ae_score_options *o, struct ae_scorer **out,
                  struct ae_err *e)
{
    struct ae_scorer *s = ae_alloc(1, sizeof(*s), e);

    *out = NULL;
    if (!s)
        return AE_EMEM;
    *s = (struct ae_scorer){
        .reader = {.ctx = ctx,
                   .model = m,
                   .resize = resize,
                   .refuse = refuse_item,
                   .batcher = {.run = run_batch, .arg = s}}};
    const int rc = init_scorer(s, o, e);
    if (rc)
        ae_scorer_free(s);
    else
        *out = s;
    return rc;
}

void ae_scorer_free(struct ae_scorer *s)
{
    if (!s)
        return;
    release_batch(s);
    ae_item_reader_release(&s->reader);
    ae_points_release(&s->points);
    ae_reference_release(&s->reference);
    ae_preprocessing_release(&s->prep);
    free(s);
}

int ae_scorer_classes(const struct ae_scorer *s)
{
    return ae_condition_asks(&s->reader.condition);
}

static int has_reference(const struct ae_scorer *s)
{
    return s->method == AE_ANOMALY_KNN || s->method == AE_ANOMALY_KNN_INPUT;
}

int ae_scorer_refer(struct ae_scorer *s, const char *path,
                    const struct ae_examples_options *o, struct ae_err *e)
{
    const uint64_t before = s->reader.before;

    s->fn = NULL;
    int rc = read_path(s, path, o, e);
    s->reader.before = before; /* these aren't scored */
    if (!rc)
        rc = ae_reference_index(&s->reference, e);
    s->anomaly.near = s->reference.near;
    return rc;
}

int ae_scorer_read(struct ae_scorer *s, const char *path,
                   const struct ae_examples_options *o, ae_score_fn *fn,
                   void *arg, struct ae_err *e)
{
    if (has_reference(s) && s->reference.count < (size_t)s->o.neighbours)
        return ae_fail(e, AE_EARG,
                       "a reference of %zu item(s) has no %d nearest",
                       s->reference.count, s->o.neighbours);
    s->fn = s->points.fn = fn;
    s->arg = s->points.arg = arg;
    return read_path(s, path, o, e);
}

int ae_scorer_quantile(const struct ae_scorer *s, double share, double *out,
                       struct ae_err *e)
{
    const char *method = ae_anomaly_names[s->method];
    const json_t *all = json_object_get(s->reader.model->meta, "scores");

    if (has_reference(s) && s->reference.near && !s->o.points)
        return ae_reference_quantile(&s->reference, s->reader.ctx,
                                     s->o.neighbours, share, out, e);
    if (s->o.points)
        all = json_object_get(json_object_get(all, "points"),
                              points[s->o.points]);
    const json_t *q = json_object_get(all, method);
    if (!q)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model holds no quantiles of %s scores%s: give a "
                       "score, or `contamination`%s",
                       method, s->o.points ? " of rows" : "",
                       s->o.points && !has_reference(s)
                           ? ", or train it anew with this version"
                           : "");
    return ae_quantile(q, share, out, e);
}
