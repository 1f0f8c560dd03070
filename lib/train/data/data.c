/* data.c - what a run learns from: read, selected, split, held to be of one
 * kind, scaled.
 *
 * The order matters: scales are learned from the items that aren't held out,
 * and a model gone on from has its own. */
#include "train/data/data.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "data/period.h"
#include "data/scale.h"
#include "train/loop/network.h"
#include "train/data/pairs.h"

enum { SHRINK_ABOVE = 1000 }; /* photographs beyond that are shrunk */

static int nothing(const struct ae_dataset *items, const char *what,
                   struct ae_err *e)
{
    return ae_fail(e, AE_EARG,
                   "%s: nothing to use: %zu file(s) unreadable, %zu image(s) "
                   "too small, %zu file(s) of no known format",
                   what, items->stats.unreadable, items->stats.small,
                   items->stats.passed);
}

static int is_path(const char *val)
{
    double share;

    return val && ae_parse_real(val, -1e9, 1e9, &share, NULL) < 0;
}

static int is_auto(const struct ae_train_options *o)
{
    return o->window && strcmp(o->window, "auto") == 0;
}

/* Time steps of --window; 0 while they are to be found. */
static int parse_window(const struct ae_train_options *o, int *window,
                        struct ae_err *e)
{
    int64_t n = 0;
    int r = 0;

    if (o->window && !is_auto(o))
        r = ae_parse_int(o->window, 0, AE_MAX_WINDOW, &n, e);
    *window = (int)n;
    return r < 0 ? ae_err_at(e, AE_EARG, "`window` (N or auto)") : 0;
}

/* What was told; a model gone on from has its own, which is obeyed. */
static int init_recipe(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_preprocessing *r = &t->prep;

    if (parse_window(&t->o, &r->window, e) < 0)
        return AE_EARG;
    if (t->origin->model && json_object_get(t->origin->model->meta, "input")) {
        if (t->o.input || r->window || is_auto(&t->o) || t->o.columns ||
            t->o.scale)
            return ae_fail(e, AE_EARG,
                           "the model has its own `input`, `window`, `columns` "
                           "and `scale`");
        return ae_preprocessing_get(t->origin->model->meta, r, e);
    }
    r->kind = t->o.input;
    r->scale = t->o.scale;
    return 0;
}

/* ---------------------------------------------------------------- windows */

struct steps {
    struct ae_source source;
    struct ae_time_series series;
    uint64_t last;
};

/* Rows that don't follow one another are of different runs. */
static int take_step(void *arg, struct ae_item *it, struct ae_err *e)
{
    struct steps *s = arg;
    const int begins = it->last != s->last + 1 || it->last == 1;
    int r;

    if (s->source.prep->kind == AE_INPUT_CSV)
        r = ae_time_series_add(&s->series, it->px, it->w, begins, e);
    else
        r = ae_fail(e, AE_EARG, "no table (`input` csv tells that it is one)");
    s->last = it->last;
    s->source.stopped |= r < 0;
    free(it->px);
    return r;
}

static void drop_steps(void *arg, uint64_t count)
{
    ae_time_series_drop(&((struct steps *)arg)->series, count);
}

/* All wanted rows of the data, which are read once for this alone. */
static int read_steps(struct ae_trainer *t, const struct ae_source_options *so,
                      struct steps *s, struct ae_err *e)
{
    struct ae_preprocessing prep = {.kind = t->prep.kind};
    const struct ae_item_sink sink = {
        .take = take_step, .undo = drop_steps, .arg = s};
    int r = 0;

    s->source = (struct ae_source){
        .ctx = t->ctx, .o = so, .sink = &sink, .prep = &prep};
    for (size_t i = 0; r >= 0 && t->o.data[i]; i++) {
        if (strcmp(t->o.data[i], "-") == 0)
            r = ae_fail(e, AE_EARG, "stdin can't be read twice");
        s->last = 0;
        if (r >= 0)
            r = ae_source_read(&s->source, t->o.data[i], e);
    }
    if (so->selection)
        ae_selection_rewind(so->selection);
    ae_preprocessing_release(&prep);
    return r;
}

static int find_window(struct ae_trainer *t, const struct ae_source_options *so,
                       struct ae_err *e)
{
    struct steps s = {0};
    int r = read_steps(t, so, &s, e);

    if (r >= 0 && !s.series.count)
        r = ae_fail(e, AE_EARG, "no row of the data can be used");
    if (r >= 0)
        r = ae_time_series_period(&s.series, AE_MAX_WINDOW, &t->prep.window, e);
    if (r >= 0)
        ae_log(t->ctx, AE_LOG_NOTE,
               "`window` auto: %d rows, the dominant period", t->prep.window);
    ae_time_series_release(&s.series);
    return r < 0 ? ae_err_at(e, r, "`window` auto") : 0;
}

/* Once it is known who is held out. */
static int scale_data(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_preprocessing *r = &t->prep;
    int rc = 0;

    if (r->window && r->kind != AE_INPUT_CSV)
        return ae_fail(e, AE_EARG, "`window` is for tables: `input` csv");
    if (r->scale == AE_SCALE_AUTO)
        r->scale = r->kind == AE_INPUT_CSV ? AE_SCALE_GLOBAL : AE_SCALE_NONE;
    if (!r->scales)
        rc = ae_scale_learn(r, &t->items, e);
    if (rc >= 0)
        rc = ae_scale_dataset(r, &t->items, e);
    if (rc >= 0)
        rc = ae_scale_dataset(r, &t->val_items, e);
    if (rc >= 0)
        rc = ae_scale_dataset(r, &t->noisy_items, e);
    return rc;
}

static int read_paths(struct ae_trainer *t, const struct ae_source_options *so,
                      struct ae_err *e)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && t->o.data && t->o.data[i]; i++)
        r = ae_dataset_read(t->ctx, t->o.data[i], so, &t->prep, &t->items, e);
    if (r >= 0 && t->o.clean)
        r = ae_dataset_read(t->ctx, t->o.clean, so, &t->prep, &t->items, e);
    ae_selection_whole(so->selection); /* --rows is for the data */
    if (r >= 0 && is_path(t->o.val))
        r = ae_dataset_read(t->ctx, t->o.val, so, &t->prep, &t->val_items, e);
    return r < 0 ? r : ae_selection_end(so->selection, e);
}

int ae_trainer_read(struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_select_options which = {.label_column = t->o.label_column,
                                            .labels = t->o.labels,
                                            .only = t->o.only,
                                            .rows = t->o.rows};
    struct ae_source_options so = {.min_side = ae_max(t->o.patch, 1),
                                   .columns = t->o.columns,
                                   .label_column = t->o.label_column,
                                   .stop = t->o.stop};
    int r = init_recipe(t, e);

    if (t->o.augment == AE_AUGMENT_PHOTO && !t->o.labels && !t->o.rows)
        so.downscale_above = SHRINK_ABOVE; /* else a picture is one row */
    if (r >= 0)
        r = ae_selection_new(t->ctx, &which, &so.selection, e);
    if (r >= 0 && is_auto(&t->o))
        r = find_window(t, &so, e);
    if (r >= 0 && t->prep.window && !t->prep.stride)
        t->prep.stride = t->o.stride ? t->o.stride : (t->prep.window + 3) / 4;
    if (r >= 0)
        r = read_paths(t, &so, e);
    if (r >= 0 && t->o.noisy)
        r = ae_pairs_read(t, e);
    if (t->prep.kind == AE_INPUT_AUTO)
        t->prep.kind = AE_INPUT_IMAGE;
    ae_selection_free(so.selection);
    return r < 0 ? r : 0;
}

/* Of nets that ask for them; others take labels to select by alone. */
static int find_classes(struct ae_trainer *t, struct ae_err *e)
{
    int r = ae_origin_asks(t->origin, "label", e);

    if (r > 0)
        r = ae_dataset_classes(&t->items, &t->prep, e);
    if (r >= 0 && t->prep.labels)
        r = ae_dataset_classes(&t->val_items, &t->prep, e);
    return r;
}

/* Held out: a path's, or a share of the data. */
static int split_data(struct ae_trainer *t, struct ae_err *e)
{
    double share = 0;

    if (!t->items.count)
        return nothing(&t->items, t->o.clean ? t->o.clean : t->o.data[0], e);
    if (is_path(t->o.val))
        return t->val_items.count ? 0 : nothing(&t->val_items, t->o.val, e);
    int r = ae_parse_real(t->o.val ? t->o.val : "0.05", 0, 0.5, &share, e);
    if (r >= 0 && share == 0)
        r = ae_fail(e, AE_EARG, "some data must be held out");
    return r < 0 ? ae_err_at(e, AE_EARG, "`val` %s", t->o.val)
                 : ae_dataset_split(&t->items, share, e);
}

/* Pictures of idx files that patches can't be cut from, beside images. */
static void drop_small(struct ae_trainer *t, struct ae_dataset *items)
{
    size_t kept = 0;

    for (size_t i = 0; i < items->count; i++) {
        struct ae_item *it = &items->item[i];
        if (ae_min(it->h, it->w) >= t->o.patch) {
            items->item[kept++] = *it;
            continue;
        }
        items->bytes -= (uint64_t)it->h * (uint64_t)it->w * (uint64_t)it->c *
                        (uint64_t)it->bytes;
        items->stats.small++;
        free(it->px);
    }
    if (kept < items->count)
        ae_log(t->ctx, AE_LOG_NOTE,
               "%zu pictures of idx files left out: at least %d pixels on a "
               "side are needed",
               items->count - kept, t->o.patch);
    items->count = kept;
}

/* All items of one size, unless patches are cut; gray among colour is fine. */
static int measure(struct ae_trainer *t, const struct ae_dataset *items,
                   struct ae_err *e)
{
    const struct ae_item *first = &t->items.item[0];

    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        if (it->c != first->c &&
            !(it->c <= 3 && first->c <= 3 && it->c != 2 && first->c != 2))
            return ae_fail(e, AE_EARG,
                           "%s has %d channels, %s has %d: they can't be "
                           "learned together",
                           it->name, it->c, first->name, first->c);
        t->shape.c = ae_max(t->shape.c, it->c);
        if (!t->o.patch && (it->h != first->h || it->w != first->w))
            return ae_fail(e, AE_EARG,
                           "%s is %dx%d, %s is %dx%d: a net of fixed size "
                           "needs items of one size, or `patch` N",
                           it->name, it->w, it->h, first->name, first->w,
                           first->h);
    }
    return 0;
}

int ae_trainer_split(struct ae_trainer *t, struct ae_err *e)
{
    drop_small(t, &t->items);
    drop_small(t, &t->val_items);
    return split_data(t, e);
}

int ae_trainer_shape(struct ae_trainer *t, int told_patch, struct ae_err *e)
{
    if (!told_patch && !t->items.stats.images) {
        t->o.patch = 0; /* idx items are taken whole */
        if (t->o.augment == AE_AUGMENT_PHOTO)
            t->o.augment = AE_AUGMENT_NONE;
    }
    int r = ae_trainer_split(t, e);
    if (r >= 0)
        r = measure(t, &t->items, e);
    if (r >= 0)
        r = measure(t, &t->val_items, e);
    if (r >= 0)
        r = scale_data(t, e);
    if (r >= 0)
        r = find_classes(t, e);
    if (r < 0)
        return r;
    t->shape.h = t->o.patch ? t->o.patch : t->items.item[0].h;
    t->shape.w = t->o.patch ? t->o.patch : t->items.item[0].w;
    t->outside = t->items.stats.outside || t->val_items.stats.outside;
    if (t->o.binarise && t->outside)
        return ae_fail(e, AE_EARG,
                       "`binarise` needs data within 0..1: `scale` unit");
    return 0;
}
