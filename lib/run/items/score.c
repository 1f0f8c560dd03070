/* score.c - items to scores, in batches that never make a reader wait: what
 * is held for company is scored when the input has nothing further at hand. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"
#include "model/anomaly.h"
#include "run/items/examples.h"
#include "run/items/window_mean.h"
#include "run/items/condition.h"

enum {
    BATCH = 64,          /* items at once... */
    FLOATS = 1 << 22,    /* ...of so many numbers at most */
    REFERENCE = 1 << 20, /* most items of a reference... */
    NUMBERS = 1 << 28    /* ...and numbers in all of them */
};

const struct ae_field ae_score_fields[] = {
    AE_FIELD(
        "method", STR, ae_score_options, method, .def = "reconstruction",
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
             .help = "of the draws of elbo and iw, which depend on it and the "
                     "item's number alone"),
    AE_FIELD(
        "label", STR, ae_score_options, label, .arg = "CLASS",
        .help = "class of the items, for a model that asks for one; else that "
                "of `labels` or `label-column`"),
    AE_FIELD(
        "points", BOOL, ae_score_options, points,
        .help = "of windows of a table: a score for each row, by the windows "
                "that cover it"),
    {.name = NULL},
};

struct ae_scorer {
    struct ae_ctx *ctx;
    const struct ae_model *model;
    struct ae_score_options o;
    int method, draws;       /* of o.method */
    struct ae_anomaly judge; /* of items of h x w, 0: none yet */
    int h, w, batch, n;      /* n items wait */
    size_t item;             /* floats of one */
    float *x;                /* [batch][item] */
    double *value;           /* [batch] */
    double *error;           /* [rows of an item][1 + channels] */
    int columns;             /* 1: channels are the values of a row */
    int channels;
    struct ae_str *name, *label; /* [batch]; label empty: none */
    uint64_t *last;              /* [batch] numbers of items' last rows */
    uint64_t first;              /* number of the first that waits */
    uint64_t read, before;       /* items of this reading, of earlier ones */
    float *reference;            /* [count][compared] */
    size_t count, cap;
    int compared; /* numbers in each: a code's, an item's */
    struct ae_neighbours *near;
    struct ae_condition told;
    int *class; /* [batch] */
    struct ae_preprocessing prep;
    int stride;                 /* of training */
    struct ae_window_mean rows; /* with o.points */
    int steps;                  /* rows of an item */
    uint64_t row, said;         /* the last row known, the points said */
    int waits;                  /* 1: more is at hand than is said now */
    ae_score_fn *fn;            /* NULL: items go to the reference */
    void *arg;
};

static void release_batch(struct ae_scorer *s)
{
    ae_anomaly_release(&s->judge);
    for (int i = 0; s->name && i < s->batch; i++)
        ae_str_release(&s->name[i]);
    for (int i = 0; s->label && i < s->batch; i++)
        ae_str_release(&s->label[i]);
    free(s->name);
    free(s->label);
    free(s->last);
    free(s->class);
    free(s->x);
    free(s->value);
    free(s->error);
    s->name = s->label = NULL;
    s->last = NULL;
    s->class = NULL;
    s->x = NULL;
    s->value = s->error = NULL;
    s->h = s->w = s->n = 0;
}

/* Numbers that are compared with the reference's. */
static int compare_as(struct ae_scorer *s, int n, struct ae_err *e)
{
    if (s->count && n != s->compared)
        return ae_fail(e, AE_EARG,
                       "%s of %d numbers, but those of the reference have %d",
                       s->method == AE_ANOMALY_KNN_INPUT ? "items" : "codes", n,
                       s->compared);
    s->compared = n;
    return 0;
}

/* Makes ready for items of h x w, 0: the model's own size. */
static int prepare(struct ae_scorer *s, int h, int w, size_t item,
                   struct ae_err *e)
{
    const int most = s->draws ? AE_BOUND_BATCH : BATCH;

    release_batch(s);
    s->batch = ae_max(1, ae_min(most, (int)(FLOATS / item)));
    int rc = ae_anomaly_init(&s->judge, s->ctx, s->model, h, w, s->batch, e);
    if (rc)
        return rc;
    const struct ae_coder_info *i = ae_coder_info(s->judge.coder);
    rc = compare_as(s, s->method == AE_ANOMALY_KNN_INPUT ? (int)item : i->code,
                    e);
    if (rc)
        return rc;
    if (s->draws && (rc = ae_anomaly_bounds(&s->judge, s->model, s->draws,
                                            s->o.seed, e)) != 0)
        return rc;
    s->judge.near = s->near;
    s->judge.k = s->o.neighbours;
    s->judge.reconstruct = s->o.errors;
    s->h = i->h;
    s->w = i->w;
    s->item = item;
    s->x = ae_alloc((size_t)s->batch, item * sizeof(*s->x), e);
    s->value = ae_alloc((size_t)s->batch, sizeof(*s->value), e);
    s->name = ae_alloc((size_t)s->batch, sizeof(*s->name), e);
    s->label = ae_alloc((size_t)s->batch, sizeof(*s->label), e);
    s->last = ae_alloc((size_t)s->batch, sizeof(*s->last), e);
    s->class = ae_alloc((size_t)s->batch, sizeof(int), e);
    s->columns = i->c == 1 && i->h == 1 && !s->prep.window;
    s->channels = s->columns ? i->w : i->c;
    s->steps = s->prep.window ? i->w : 1;
    if (s->o.points && s->channels != s->rows.cols - 1)
        return ae_fail(e, AE_EFORMAT,
                       "metadata: input: %d columns for %d channels",
                       s->rows.cols - 1, s->channels);
    s->error = ae_alloc((size_t)s->steps + 1,
                        (size_t)(s->channels + 1) * sizeof(*s->error), e);
    return s->x && s->value && s->name && s->label && s->last && s->class &&
                   s->error
               ? 0
               : AE_EMEM;
}

static int has_reference(const struct ae_scorer *s)
{
    return s->method == AE_ANOMALY_KNN || s->method == AE_ANOMALY_KNN_INPUT;
}

/* Their codes, or the items themselves, to the reference. */
static int keep(struct ae_scorer *s, struct ae_err *e)
{
    const int own = s->method == AE_ANOMALY_KNN_INPUT;
    const size_t d = (size_t)s->compared, n = (size_t)s->n;
    const struct ae_coder_items items = {s->x, s->class, s->n, 0};
    int rc = own ? 0 : ae_anomaly_encode(&s->judge, &items, e);

    if (!rc && (s->count + n > REFERENCE || s->count + n > NUMBERS / d))
        rc = ae_fail(e, AE_ELIMIT,
                     "a reference of more than %d items or %d numbers",
                     REFERENCE, NUMBERS);
    if (!rc && s->count + n > s->cap) {
        s->cap = 2 * (s->count + n);
        rc = ae_realloc(&s->reference, s->cap, d * sizeof(float), e);
    }
    if (!rc)
        memcpy(s->reference + s->count * d, own ? s->x : s->judge.z,
               n * d * sizeof(float));
    s->count += rc ? 0 : n;
    return rc;
}

/* Mean squared errors of item i's channels. */
static void channel_errors(const struct ae_scorer *s, int i, double *out)
{
    const size_t c = (size_t)s->channels, at = (size_t)i * s->item;

    memset(out, 0, c * sizeof(*out));
    for (size_t k = 0; k < s->item; k++) {
        const double d = (double)s->x[at + k] - (double)s->judge.y[at + k];
        out[k % c] += d * d * (double)c / (double)s->item;
    }
}

static int say_item(struct ae_scorer *s, int i, int more, struct ae_err *e)
{
    const struct ae_coder_info *info = ae_coder_info(s->judge.coder);
    const size_t at = (size_t)i * s->item;
    struct ae_score one = {.name = s->name[i].p,
                           .value = s->value[i],
                           .h = info->h,
                           .w = info->w,
                           .c = info->c,
                           .index = s->first + (uint64_t)i,
                           .label = s->label[i].len ? s->label[i].p : NULL,
                           .more = more || i < s->n - 1};

    if (s->o.errors) {
        channel_errors(s, i, s->error);
        one.x = s->x + at;
        one.y = s->judge.y + at;
        one.channel = s->error;
        one.channels = s->channels;
    }
    return s->fn(s->arg, &one, e);
}

static int say_point(void *arg, const struct ae_table_row *row,
                     const double *mean, int last, struct ae_err *e)
{
    struct ae_scorer *s = arg;
    struct ae_score one = {.name = row->name,
                           .label = row->label,
                           .index = s->said,
                           .more = !last || s->waits};

    if (!mean)
        return 0;
    s->said++;
    one.value = mean[0];
    one.channel = s->o.errors ? mean + 1 : NULL;
    one.channels = s->o.errors ? s->rows.cols - 1 : 0;
    return s->fn(s->arg, &one, e);
}

static int has_errors(const struct ae_scorer *s)
{
    return s->o.errors ||
           (s->o.points && s->method == AE_ANOMALY_RECONSTRUCTION);
}

/* Item i says the errors of its rows, or its own score of each of them. */
static int add_window(struct ae_scorer *s, int i, int more, struct ae_err *e)
{
    const int own = s->method == AE_ANOMALY_RECONSTRUCTION, n = s->steps;
    const size_t c = (size_t)s->channels, cols = c + 1;
    const size_t at = (size_t)i * s->item;
    const uint64_t done = s->last[i] + (uint64_t)s->prep.stride;

    for (size_t t = 0; t < (size_t)n; t++) {
        double *v = s->error + t * cols, sum = 0;
        for (size_t k = 0; has_errors(s) && k < c; k++) {
            const size_t one = at + t * c + k;
            const double d = (double)s->x[one] - (double)s->judge.y[one];
            v[1 + k] = d * d;
            sum += d * d / (double)c;
        }
        v[0] = own ? sum : s->value[i];
    }
    ae_window_mean_add(&s->rows, s->last[i], n, s->error);
    s->waits = more || i < s->n - 1;
    return ae_window_mean_emit(&s->rows, done - (uint64_t)n, say_point, s, e);
}

/* The end of a file. */
static int end_points(struct ae_scorer *s, int more, struct ae_err *e)
{
    s->waits = more;
    const int rc = s->fn ? ae_window_mean_emit(&s->rows, UINT64_MAX, say_point,
                                               s, e)
                         : 0;
    ae_window_mean_release(&s->rows);
    s->rows.next = s->row = 0;
    return rc;
}

static int judge(struct ae_scorer *s, struct ae_err *e)
{
    const struct ae_coder_items items = {s->x, s->class, s->n,
                                         s->before + s->first};

    return ae_anomaly_run(&s->judge, s->method, &items, s->value, e);
}

/* What waits is scored and said, or goes to the reference. */
static int work(struct ae_scorer *s, int more, struct ae_err *e)
{
    int rc = 0;

    if (s->n == 0)
        return 0;
    if (!s->fn)
        rc = keep(s, e);
    else
        rc = judge(s, e);
    for (int i = 0; s->fn && !rc && i < s->n; i++)
        rc = s->o.points ? add_window(s, i, more, e) : say_item(s, i, more, e);
    s->n = 0;
    return rc;
}

/* Said after those before it; of a reference nothing is left out. */
static int refuse(struct ae_scorer *s, const struct ae_example *x,
                  const struct ae_err *why, struct ae_err *e)
{
    const struct ae_score one = {.name = x->name,
                                 .label = x->label,
                                 .index = x->index,
                                 .more = x->more,
                                 .fault = why};
    const int rc = work(s, x->more, e);

    s->read = x->index + 1;
    if (!s->fn)
        return ae_fail(e, why->code, "%s: %s", x->name, why->msg);
    return rc ? rc : s->fn(s->arg, &one, e);
}

static int take(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct ae_scorer *s = arg;
    const size_t item = (size_t)x->h * (size_t)x->w * (size_t)x->c;
    struct ae_err why;
    int rc = 0, class;
    if (ae_condition_class(&s->told, x->label, &class, &why))
        return refuse(s, x, &why, e);

    if (x->h != s->h || x->w != s->w || !s->x) {
        rc = work(s, 1, e);
        if (!rc)
            rc = prepare(s, x->h, x->w, item, e);
        if (rc)
            return rc;
    }
    if (s->n == 0)
        s->first = x->index;
    s->read = x->index + 1;
    s->name[s->n].len = s->label[s->n].len = 0;
    rc = ae_str_add(&s->name[s->n], x->name, e);
    if (!rc && x->label)
        rc = ae_str_add(&s->label[s->n], x->label, e);
    if (rc)
        return rc;
    s->last[s->n] = s->row;
    s->class[s->n] = class;
    memcpy(s->x + (size_t)s->n++ * item, x->x, item * sizeof(*s->x));
    return s->n == s->batch || !x->more ? work(s, x->more, e) : 0;
}

/* Rows of the next window; numbers that start again are another file's. */
static int take_rows(void *arg, const struct ae_table_row *step, int n,
                     uint64_t last, struct ae_err *e)
{
    struct ae_scorer *s = arg;
    int rc = 0;

    if (last <= s->row) {
        rc = work(s, 1, e);
        if (!rc)
            rc = end_points(s, 1, e);
    }
    s->row = last;
    return rc ? rc : ae_window_mean_rows(&s->rows, last, n, step, e);
}

/* Items that came before a fault are done all the same. */
static int read_path(struct ae_scorer *s, const char *path,
                     const struct ae_examples_options *o, ae_score_fn *fn,
                     void *arg, struct ae_err *e)
{
    struct ae_err later;

    s->fn = fn;
    s->arg = arg;
    s->n = 0;
    s->read = 0;
    const int points = fn && s->o.points;
    if (s->prep.window)
        s->prep.stride = o && o->stride ? o->stride : s->stride;
    const int rc = ae_examples_steps(s->ctx, s->model, path, o, take,
                                     points ? take_rows : NULL, s, e);
    int rest = work(s, 0, rc ? &later : e);
    if (points && !rest)
        rest = end_points(s, 0, rc ? &later : e);
    s->before += fn ? s->read : 0;
    return rc ? rc : rest;
}

/* What the model can't do is better said before anything is read. */
static int try_method(const struct ae_scorer *s, struct ae_err *e)
{
    struct ae_coder *c = NULL;
    struct ae_bound b;
    int rc = ae_coder_new(s->ctx, s->model, 0, 0, 1, &c, e);

    if (rc == AE_EARG) /* of any size: known with the first item */
        return 0;
    if (!rc && s->draws) {
        rc = ae_bound_init(&b, s->ctx, s->model, c, 1, e);
        ae_bound_release(&b);
    }
    if (!rc &&
        (s->draws || s->o.errors || s->method == AE_ANOMALY_RECONSTRUCTION))
        rc = ae_coder_decode(c, NULL, NULL, 0, NULL, e);
    if (!rc && s->method == AE_ANOMALY_MAHALANOBIS &&
        !s->model->fits.at[AE_FIT_GAUSS])
        rc = ae_fail(e, AE_EUNSUPPORTED,
                     "the model holds no Gaussian of its training codes, which "
                     "mahalanobis needs");
    ae_coder_free(c);
    return rc;
}

int ae_scorer_new(struct ae_ctx *ctx, const struct ae_model *m,
                  const struct ae_score_options *o, struct ae_scorer **out,
                  struct ae_err *e)
{
    struct ae_scorer *s = ae_alloc(1, sizeof(*s), e);

    *out = NULL;
    if (!s)
        return AE_EMEM;
    *s = (struct ae_scorer){.ctx = ctx, .model = m};
    int rc = ae_fields_copy(ae_score_fields, &s->o, sizeof(s->o), o, e);
    if (!rc)
        rc = ae_anomaly_parse(s->o.method, &s->method, &s->draws, e);
    if (!rc)
        rc = try_method(s, e);
    if (!rc)
        rc = ae_condition_init(&s->told, m, s->o.label, e);
    if (!rc)
        rc = ae_preprocessing_get(m->meta, &s->prep, e);
    if (!rc && s->o.points && !s->prep.window)
        rc = ae_fail(e, AE_EARG,
                     "`points` is for models of windows of a table");
    s->rows.cols = s->prep.columns + 1;
    s->stride = s->prep.stride;
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
    ae_window_mean_release(&s->rows);
    ae_preprocessing_release(&s->prep);
    ae_condition_release(&s->told);
    ae_neighbours_free(s->near);
    free(s->reference);
    free(s);
}

int ae_scorer_classes(const struct ae_scorer *s)
{
    return s->told.class < 0 ? s->told.classes : 0;
}

int ae_scorer_refer(struct ae_scorer *s, const char *path,
                    const struct ae_examples_options *o, struct ae_err *e)
{
    int rc = read_path(s, path, o, NULL, NULL, e);

    ae_neighbours_free(s->near);
    s->near = NULL;
    if (!rc && s->count)
        rc = ae_neighbours_new(s->reference, s->count, s->compared, &s->near,
                               e);
    s->judge.near = s->near;
    return rc;
}

int ae_scorer_read(struct ae_scorer *s, const char *path,
                   const struct ae_examples_options *o, ae_score_fn *fn,
                   void *arg, struct ae_err *e)
{
    if (has_reference(s) && s->count < (size_t)s->o.neighbours)
        return ae_fail(e, AE_EARG,
                       "a reference of %zu item(s) has no %d nearest", s->count,
                       s->o.neighbours);
    return read_path(s, path, o, fn, arg, e);
}

enum { SOME = 2000 }; /* reference items that stand for all */

/* Of the reference's own scores, each without itself. */
static int reference_quantile(const struct ae_scorer *s, double share,
                              double *out, struct ae_err *e)
{
    const size_t n = s->count < SOME ? s->count : SOME;
    double all[AE_NEIGHBOURS_MOST + 1], *score;
    const int k = s->o.neighbours;
    int rc = 0;

    if (s->count < (size_t)k + 1 || k >= AE_NEIGHBOURS_MOST)
        return ae_fail(e, AE_EARG,
                       "the reference's %zu item(s) have no %d nearest others",
                       s->count, k);
    if (!(score = ae_alloc(n, sizeof(*score), e)))
        return AE_EMEM;
    for (size_t i = 0; !rc && i < n; i++) {
        const size_t at = i * s->count / n;
        rc = ae_neighbours_find(s->near, s->ctx->pool,
                                s->reference + at * (size_t)s->compared, 1,
                                k + 1, all, e);
        for (int m = 1; !rc && m <= k; m++)
            score[i] += all[m] / k;
    }
    json_t *q = rc ? NULL : ae_quantiles_json(score, n);
    if (!rc)
        rc = ae_quantile(q, share, out, e);
    json_decref(q);
    free(score);
    return rc;
}

int ae_scorer_quantile(const struct ae_scorer *s, double share, double *out,
                       struct ae_err *e)
{
    const char *method = ae_anomaly_names[s->method];
    const json_t *all = json_object_get(s->model->meta, "scores");
    const json_t *q = json_object_get(all, method);

    if (has_reference(s) && s->near)
        return reference_quantile(s, share, out, e);
    if (!q)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the model holds no %s scores of its training data",
                       method);
    return ae_quantile(q, share, out, e);
}
