/* thresholds.c - quantiles of the scores that a trained model gives, by which
 * users choose thresholds, and how many of other items each marks.
 *
 * Scores of learned items are too low: a threshold taken from them marks too
 * many of the next ones.  So quantiles are of held-out items, where there are
 * ENOUGH of them.  Windows are scored in their order, since the scores of rows
 * come from all windows over them. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "data/points.h"
#include "model/anomaly.h"
#include "train/fit/fit.h"

enum {
    BATCH = 64,
    MOST = 20000, /* items that are scored */
    ENOUGH = 100, /* scores that quantiles are taken from, at the least */
    SEED_HALF = 18
};

/* What is scored, and how. */
static const int methods[] = {AE_ANOMALY_RECONSTRUCTION, AE_ANOMALY_MAHALANOBIS,
                              AE_ANOMALY_ELBO};
static const char *const forms[] = {[AE_POINTS_NONE] = NULL,
                                    [AE_POINTS_LEAST] = "least",
                                    [AE_POINTS_MEAN] = "mean"};
enum { METHODS = AE_LEN(methods), FORMS = AE_LEN(forms) };

/* Scores of one kind, in two halves that share no item. */
struct scores {
    double *value[2];
    size_t n[2], cap[2];
};

/* One side of the data. */
struct side {
    struct ae_sampler sampler;
    size_t n;                 /* items that are scored */
    const struct ae_item *at; /* the last item */
    int half;                 /* of it */
    struct scores scores[METHODS][FORMS];
};

/* Where a row's score goes. */
struct taker {
    struct scores *scores;
    const int *half;
};

struct thresholds {
    const struct ae_train_data *data;
    struct ae_model *model;
    struct ae_anomaly *anomaly;
    int bounds; /* 1: the model has evidence bounds */
    struct ae_batch batch;
    struct ae_points points[METHODS][FORMS]; /* of windows */
    struct taker taker[METHODS][FORMS];
    struct ae_table_row *row; /* nameless, as many as a window's */
};

/* ------------------------------------------------------------------ items */

static int is_windows(const struct thresholds *t)
{
    return t->data->prep.kind == AE_INPUT_CSV && t->data->prep.window > 0;
}

/* Of many windows whole groups stay, so that their rows are complete. */
static void thin_out(struct ae_sampler *s)
{
    const double share = (double)MOST / s->slots;
    uint32_t n = 0;

    for (uint32_t i = 0; i < s->slots && share < 1; i++) {
        const uint64_t rank = ae_item_rank(&s->items->item[s->slot[i]]);
        if ((double)(ae_mix(rank, SEED_HALF) >> 11) * 0x1p-53 < share)
            s->slot[n++] = s->slot[i];
    }
    s->slots = n ? n : s->slots;
}

static int open_side(struct side *d, const struct thresholds *t,
                     const struct ae_sampler *from, struct ae_err *e)
{
    struct ae_sampler *s = &d->sampler;
    const size_t bytes = from->slots * sizeof(*s->slot);

    *s = ae_sampler_plain(from);
    s->binarise = AE_BINARISE_NONE; /* the items of users aren't binarised */
    s->in_order = is_windows(t);
    if (!(s->slot = ae_alloc(from->slots + 1, sizeof(*s->slot), e)))
        return AE_EMEM;
    memcpy(s->slot, from->slot, bytes);
    if (s->in_order)
        thin_out(s);
    d->n = s->slots < MOST ? s->slots : MOST;
    return 0;
}

/* The half of the side's next item.  Windows of one group stay together; in
 * their order one group after the other changes the half. */
static int half_of(const struct side *d, const struct ae_item *it)
{
    const uint64_t rank = ae_item_rank(it);

    if (!it->group)
        return (int)(ae_mix(rank, SEED_HALF) & 1);
    return d->at && ae_item_rank(d->at) != rank ? !d->half : d->half;
}

static int keep(struct scores *s, int half, double value, struct ae_err *e)
{
    if (s->n[half] == s->cap[half]) {
        const size_t cap = s->cap[half] ? 2 * s->cap[half] : 256;
        AE_TRY(ae_realloc(&s->value[half], cap, sizeof(double), e));
        s->cap[half] = cap;
    }
    s->value[half][s->n[half]++] = value;
    return 0;
}

/* ----------------------------------------------------------------- points */

static int take_point(void *arg, const struct ae_score *s, struct ae_err *e)
{
    const struct taker *to = arg;

    return keep(to->scores, *to->half, s->value, e);
}

static int init_points(struct thresholds *t, struct ae_err *e)
{
    const struct ae_preprocessing *r = &t->data->prep;
    const int most = ae_max(r->window / r->stride, 1);

    if (!(t->row = ae_alloc((size_t)r->window, sizeof(*t->row), e)))
        return AE_EMEM;
    for (int i = 0; i < r->window; i++)
        t->row[i].name = "";
    for (int m = 0; m < METHODS; m++)
        for (int k = AE_POINTS_LEAST; k < FORMS; k++) {
            struct ae_points *p = &t->points[m][k];
            ae_points_init(p, k, t->data->shape.c);
            p->fewest = (uint64_t)most; /* rows at an edge have other scores */
            p->fn = take_point;
            AE_TRY(ae_points_resize(p, r->window, t->data->shape.c, e));
        }
    return 0;
}

static void aim_points(struct thresholds *t, struct side *d)
{
    for (int m = 0; m < METHODS; m++)
        for (int k = AE_POINTS_LEAST; k < FORMS; k++) {
            t->taker[m][k] = (struct taker){&d->scores[m][k], &d->half};
            t->points[m][k].arg = &t->taker[m][k];
        }
}

static int end_points(struct thresholds *t, struct ae_err *e)
{
    for (int m = 0; is_windows(t) && m < METHODS; m++)
        for (int k = AE_POINTS_LEAST; k < FORMS; k++)
            AE_TRY(ae_points_end(&t->points[m][k], 1, e));
    return 0;
}

static int add_window(struct thresholds *t, int m,
                      const struct ae_points_window *w, struct ae_err *e)
{
    for (int k = AE_POINTS_LEAST; k < FORMS; k++) {
        struct ae_points *p = &t->points[m][k];
        AE_TRY(ae_window_rows_know(&p->rows, w->last, p->steps, t->row, e));
        AE_TRY(ae_points_add(p, w, e));
    }
    return 0;
}

/* ---------------------------------------------------------------- scoring */

/* Windows that don't follow one another share no rows' scores. */
static int next_item(struct thresholds *t, struct side *d,
                     const struct ae_item *it, struct ae_err *e)
{
    const int half = half_of(d, it);
    const uint64_t stride = (uint64_t)t->data->prep.stride;
    const int follows = d->at && d->at->file == it->file && half == d->half &&
                        it->last == d->at->last + stride;

    if (!follows)
        AE_TRY(end_points(t, e));
    d->half = half;
    d->at = it;
    return 0;
}

static int has_method(const struct thresholds *t, int m)
{
    return methods[m] == AE_ANOMALY_MAHALANOBIS
               ? t->model->fits.at[AE_FIT_GAUSS] != NULL
           : methods[m] == AE_ANOMALY_ELBO ? t->bounds
                                           : 1;
}

/* Scores draws i to i + n - 1 by one method. */
static int score_method(struct thresholds *t, int m, size_t i, int n,
                        double *score, struct ae_err *e)
{
    const struct ae_coder_items items = {t->batch.clean, t->batch.class, n, i};
    const struct ae_mixture *gauss = t->model->fits.at[AE_FIT_GAUSS];
    double room[AE_MIXTURE_DIMS];

    if (methods[m] != AE_ANOMALY_MAHALANOBIS)
        return ae_anomaly_run(t->anomaly, methods[m], &items, score, e);
    for (int k = 0; k < n; k++)
        score[k] = ae_mixture_distance(
            gauss, 0, t->anomaly->z + (size_t)k * (size_t)gauss->d, room);
    return 0;
}

static int put_item(struct thresholds *t, struct side *d, size_t k,
                    const double score[METHODS], struct ae_err *e)
{
    const struct ae_preprocessing *r = &t->data->prep;
    const size_t at = k * t->batch.item;
    struct ae_points_window w = {.x = t->batch.clean + at,
                                 .y = t->anomaly->y + at,
                                 .last = d->at->last,
                                 .stride = r->stride,
                                 .more = 1};

    for (int m = 0; m < METHODS; m++) {
        if (!has_method(t, m))
            continue;
        AE_TRY(keep(&d->scores[m][AE_POINTS_NONE], d->half, score[m], e));
        w.score = score[m];
        w.own = methods[m] == AE_ANOMALY_RECONSTRUCTION;
        if (is_windows(t))
            AE_TRY(add_window(t, m, &w, e));
    }
    return 0;
}

/* The reconstructions come first and stay, as bounds use neither y nor z. */
static int score_batch(struct thresholds *t, struct side *d, size_t i, int n,
                       struct ae_err *e)
{
    double score[METHODS][BATCH];

    AE_TRY(ae_batch_fill(&t->batch, &d->sampler, i, e));
    for (int m = 0; m < METHODS; m++)
        if (has_method(t, m))
            AE_TRY(score_method(t, m, i, n, score[m], e));
    for (int k = 0; k < n; k++) {
        double one[METHODS];
        for (int m = 0; m < METHODS; m++)
            one[m] = score[m][k];
        AE_TRY(next_item(t, d, ae_sampler_item(&d->sampler, i + (size_t)k), e));
        AE_TRY(put_item(t, d, (size_t)k, one, e));
    }
    return 0;
}

static int score_side(struct thresholds *t, struct side *d,
                      const struct ae_sampler *from, struct ae_err *e)
{
    AE_TRY(open_side(d, t, from, e));
    aim_points(t, d);
    for (size_t i = 0; i < d->n; i += BATCH)
        AE_TRY(score_batch(t, d, i, d->n - i < BATCH ? (int)(d->n - i) : BATCH,
                           e));
    return end_points(t, e);
}

static void release_side(struct side *d)
{
    for (int m = 0; m < METHODS; m++)
        for (int k = 0; k < FORMS; k++)
            for (int half = 0; half < 2; half++)
                free(d->scores[m][k].value[half]);
    free(d->sampler.slot);
}

/* -------------------------------------------------------------- quantiles */

static size_t count(const struct scores *s)
{
    return s->n[0] + s->n[1];
}

static json_t *quantiles(const struct scores *s, struct ae_err *e)
{
    double *all = ae_alloc(count(s), sizeof(*all), e);

    if (!all)
        return NULL;
    for (size_t i = 0; i < s->n[0]; i++)
        all[i] = s->value[0][i];
    for (size_t i = 0; i < s->n[1]; i++)
        all[s->n[0] + i] = s->value[1][i];
    json_t *q = ae_quantiles_json(all, count(s));
    free(all);
    return q;
}

/* How many of `of`'s scores in a half lie above the threshold. */
static double count_above(const struct scores *of, int half, double threshold)
{
    double n = 0;

    for (size_t i = 0; i < of->n[half]; i++)
        n += of->value[half][i] > threshold;
    return n;
}

/* The quantiles whose thresholds mark a half of `held`: `all`, those of the
 * whole of `from`, or, where both are the same, those of the other half. */
static json_t *marking(const struct scores *from, const struct scores *held,
                       json_t *all, int half, struct ae_err *e)
{
    const struct scores other = {.value = {from->value[!half]},
                                 .n = {from->n[!half]}};

    return from == held ? quantiles(&other, e) : json_incref(all);
}

/* Which share of `held` the thresholds of `share` mark. */
static int marked_share(json_t *const q[2], const struct scores *held,
                        double share, double *out, struct ae_err *e)
{
    double above = 0, threshold;

    for (int half = 0; half < 2; half++) {
        AE_TRY(ae_quantile(q[half], share, &threshold, e));
        above += count_above(held, half, threshold);
    }
    *out = above / (double)count(held);
    return 0;
}

/* *fine 1: so few scores, n, that the rest of the shares can't be told. */
static int add_shares(struct ae_str *line, json_t *const q[2],
                      const struct scores *held, size_t n, int *fine,
                      struct ae_err *e)
{
    static const double shares[] = {0.9, 0.95, 0.99, 0.999};
    double share;

    for (size_t i = 0; i < AE_LEN(shares); i++) {
        *fine = (1 - shares[i]) * (double)n < 1 - 1e-9;
        if (*fine)
            return 0;
        AE_TRY(marked_share(q, held, shares[i], &share, e));
        AE_TRY(ae_str_printf(line, e, "%s q%g %.3g %%", line->len ? "," : "",
                             100 * shares[i], 100 * share));
    }
    return 0;
}

/* Says what thresholds mark of held-out items that they weren't taken from.
 * all: the quantiles of `from`. */
static int tell_shares(const struct thresholds *t, int m, int form,
                       const struct scores *from, const struct scores *held,
                       json_t *all, struct ae_err *e)
{
    static const char *const suffix[] = {"", " of points", " of points=mean"};
    const int main_one = m == 0 && form != AE_POINTS_MEAN;
    struct ae_str line = {0};
    int fine = 0;

    if (!count(held) || (from == held && (!held->n[0] || !held->n[1])))
        return 0;
    json_t *const q[2] = {marking(from, held, all, 0, e),
                          marking(from, held, all, 1, e)};
    const int rc = q[0] && q[1]
                       ? add_shares(&line, q, held, count(from), &fine, e)
                       : AE_EMEM;
    if (!rc && line.len)
        ae_log(t->anomaly->ctx, main_one ? AE_LOG_NOTE : AE_LOG_INFO,
               "%s%s: thresholds from %zu %s scores mark of %sheld-out ones:"
               "%s%s",
               ae_anomaly_names[methods[m]], suffix[form], count(from),
               from == held ? "held-out" : "learned",
               from == held ? "other " : "", line.p,
               fine ? "; a finer one is a guess" : "");
    json_decref(q[0]);
    json_decref(q[1]);
    ae_str_release(&line);
    return rc;
}

static int put_quantiles(const struct thresholds *t, int m, int form,
                         const struct side *train, const struct side *held,
                         json_t *to, struct ae_err *e)
{
    const struct scores *h = &held->scores[m][form];
    const struct scores *from = count(h) >= ENOUGH || !train
                                    ? h
                                    : &train->scores[m][form];

    if (!count(from))
        return 0;
    json_t *q = quantiles(from, e);
    if (!q || json_object_set_new(to, ae_anomaly_names[methods[m]], q))
        return ae_fail(e, AE_EMEM, "no memory for the scores");
    return tell_shares(t, m, form, from, h, q, e);
}

/* All quantiles of one form, NULL with *e set. */
static json_t *form_json(const struct thresholds *t, int form,
                         const struct side *train, const struct side *held,
                         struct ae_err *e)
{
    json_t *out = json_object();

    for (int m = 0; out && m < METHODS; m++)
        if (put_quantiles(t, m, form, train, held, out, e) < 0) {
            json_decref(out);
            return NULL;
        }
    return out;
}

static int keep_quantiles(const struct thresholds *t, const struct side *train,
                          const struct side *held, struct ae_err *e)
{
    json_t *all = form_json(t, AE_POINTS_NONE, train, held, e);
    json_t *points = is_windows(t) ? json_object() : NULL;
    int bad = !all;

    for (int k = AE_POINTS_LEAST; points && !bad && k < FORMS; k++) {
        json_t *one = form_json(t, k, train, held, e);
        bad = !one || json_object_set_new(points, forms[k], one);
    }
    if (points && !bad)
        bad = json_object_set_new(all, "points", points);
    if (bad || json_object_set_new(t->model->meta, "scores", all))
        return ae_fail(e, AE_EMEM, "no memory for the scores");
    return 0;
}

/* Learned items are scored where too few are held out. */
static int run(struct thresholds *t, struct side *held, struct side *train,
               struct ae_err *e)
{
    int enough = 1;

    AE_TRY(ae_batch_init(&t->batch, &t->data->held_out, BATCH, e));
    if (is_windows(t))
        AE_TRY(init_points(t, e));
    AE_TRY(score_side(t, held, &t->data->held_out, e));
    for (int k = 0; k < (is_windows(t) ? FORMS : 1); k++)
        enough &= count(&held->scores[0][k]) >= ENOUGH;
    if (!enough)
        AE_TRY(score_side(t, train, &t->data->train, e));
    return keep_quantiles(t, enough ? NULL : train, held, e);
}

int ae_fit_thresholds(struct ae_model *m, const struct ae_train_data *data,
                      struct ae_anomaly *a, int bounds, struct ae_err *e)
{
    struct thresholds t = {
        .data = data, .model = m, .anomaly = a, .bounds = bounds};
    struct side held = {0}, train = {0};
    const int rc = run(&t, &held, &train, e);

    release_side(&held);
    release_side(&train);
    for (int i = 0; i < METHODS; i++)
        for (int k = AE_POINTS_LEAST; k < FORMS; k++)
            ae_points_release(&t.points[i][k]);
    ae_batch_release(&t.batch);
    free(t.row);
    return rc;
}
