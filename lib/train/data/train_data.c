/* train_data.c - reads what a run learns from, splits it, scales it.
 *
 * The order matters: whether the net takes any size decides on patches, the
 * patches on which images are too small, and scales are learned from the items
 * that aren't held out.  A model that training goes on from keeps its own. */
#include "train/data/train_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "data/means.h"
#include "data/scale.h"
#include "model/model.h"
#include "train/data/self.h"

enum {
    PATCH = 64,        /* default side of a patch */
    VAL_SIDE = 128,    /* most of a crop that is scored */
    HALVE_ABOVE = 1000 /* larger photographs are learned in smaller sizes */
};
/* Deviations that look like forgotten units: of two columns beside each other,
 * of all. */
static const double UNLIKE = 1000, LOUD = 100, FAINT = 1e-3;
#define VAL_SEED UINT64_C(0x76616c6964) /* scores of all runs compare */

/* ---------------------------------------------------------------- options */

int ae_train_data_is_path(const char *val)
{
    double share;

    return val && ae_parse_real(val, -1e9, 1e9, &share, NULL) < 0;
}

static int is_auto(const struct ae_train_options *o)
{
    return o->window && strcmp(o->window, "auto") == 0;
}

/* The time steps that the setting "window" names; 0 while they are unknown. */
static int parse_window(const struct ae_train_options *o, int *window,
                        struct ae_err *e)
{
    int64_t n = 0;
    int rc = 0;

    if (o->window && !is_auto(o))
        rc = ae_parse_int(o->window, 0, AE_MAX_WINDOW, &n, e);
    *window = (int)n;
    return rc < 0 ? ae_err_at(e, AE_EARG, "`window` (N or auto)") : 0;
}

/* Patch and augmentation of a run that leaves them open. */
static int resolve_patch(struct ae_train_data *d,
                         const struct ae_data_needs *needs, struct ae_err *e)
{
    const size_t align = (size_t)needs->align;
    struct ae_train_options *o = d->o;

    if (o->self && !needs->any_size)
        return ae_fail(e, AE_EARG,
                       "`self` learns to clean pictures of any size, which "
                       "this net doesn't take: `model` unet does");
    if (!o->patch && needs->any_size)
        o->patch = (int)ae_round_up(PATCH, align);
    if (needs->any_size && o->patch % needs->align != 0)
        return ae_fail(e, AE_EARG,
                       "`patch` %d: this net needs a multiple of %d, for "
                       "example %d",
                       o->patch, needs->align,
                       (int)ae_round_up((size_t)o->patch, align));
    if (o->augment == AE_AUGMENT_AUTO)
        o->augment = !o->patch  ? AE_AUGMENT_NONE
                     : o->noise ? AE_AUGMENT_PHOTO
                                : AE_AUGMENT_TURNS;
    return 0;
}

/* From the options, or from the model that training goes on from. */
static int init_preprocessing(struct ae_train_data *d,
                              const struct ae_model *model, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;

    AE_TRY(parse_window(o, &d->prep.window, e));
    if (model && json_object_get(model->meta, "input")) {
        if (o->input || d->prep.window || is_auto(o) || o->select.columns ||
            o->scale)
            return ae_fail(e, AE_EARG,
                           "the model has its own `input`, `window`, `columns` "
                           "and `scale`");
        AE_TRY(ae_preprocessing_get(model->meta, &d->prep, e));
    } else {
        d->prep.kind = o->input;
        d->prep.scale = o->scale;
    }
    return ae_dialect_parse(&o->select, &d->prep.dialect, e);
}

/* ---------------------------------------------------------------- reading */

/* The side of what a patch is made of. */
static int patch_span(const struct ae_train_options *o)
{
    return o->patch * ae_self_span((enum ae_self)o->self);
}

/* NULL: there are several. */
static const char *only_path(const struct ae_train_options *o)
{
    if (!o->data || !o->data[0])
        return o->clean;
    return o->data[1] || o->clean ? NULL : o->data[0];
}

static int read_paths(struct ae_train_data *d,
                      const struct ae_source_options *so, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;

    for (size_t i = 0; o->data && o->data[i]; i++)
        AE_TRY(ae_dataset_read(d->ctx, o->data[i], so, &d->prep, &d->items, e));
    if (o->clean)
        AE_TRY(ae_dataset_read(d->ctx, o->clean, so, &d->prep, &d->items, e));
    ae_dataset_log(d->ctx, &d->items, only_path(o));
    ae_selection_whole(so->selection); /* "rows" selects from the data only */
    if (ae_train_data_is_path(o->val))
        AE_TRY(ae_dataset_read(d->ctx, o->val, so, &d->prep, &d->val_items, e));
    ae_dataset_log(d->ctx, &d->val_items, o->val);
    return ae_selection_end(so->selection, e);
}

static int read_selected(struct ae_train_data *d,
                         const struct ae_source_options *so, struct ae_err *e)
{
    struct ae_preprocessing *prep = &d->prep;

    if (is_auto(d->o))
        AE_TRY(ae_train_data_find_window(d, so, e));
    if (prep->window && !prep->stride)
        prep->stride = d->o->stride ? d->o->stride : (prep->window + 3) / 4;
    AE_TRY(read_paths(d, so, e));
    return d->o->noisy ? ae_train_data_read_noisy(d, e) : 0;
}

static int read_items(struct ae_train_data *d, const struct ae_model *model,
                      struct ae_err *e)
{
    const struct ae_train_options *o = d->o;
    struct ae_source_options so = {.min_side = ae_max(patch_span(o), 1),
                                   .select = &o->select,
                                   .learn = 1,
                                   .several = o->data && o->data[0] &&
                                              (o->data[1] || o->clean),
                                   .fail_fast = o->fail_fast,
                                   .windows = !o->patch,
                                   .filter = o->filter,
                                   .stop = o->stop};

    AE_TRY(init_preprocessing(d, model, e));
    AE_TRY(ae_train_data_choose_size(d, model, e));
    if (o->augment == AE_AUGMENT_PHOTO && !o->select.labels && !o->select.rows)
        so.downscale_above = HALVE_ABOVE; /* else a picture is one row */
    AE_TRY(ae_selection_new(d->ctx, &o->select, &so.selection, e));
    const int rc = read_selected(d, &so, e);
    ae_selection_free(so.selection);
    if (d->prep.kind == AE_INPUT_AUTO)
        d->prep.kind = AE_INPUT_IMAGE;
    return rc < 0 ? rc : 0;
}

/* -------------------------------------------------------------- splitting */

static int refuse_empty(const struct ae_dataset *items, const char *what,
                        struct ae_err *e)
{
    const struct ae_source_stats *s = &items->stats;
    const struct {
        size_t n;
        const char *what;
    } count[] = {{s->unreadable, "file(s) unreadable"},
                 {s->small, "image(s) too small"},
                 {s->unknown, "file(s) of no known format (`input` says what "
                              "they hold)"},
                 {s->rows, "row(s) faulty"}};
    char text[256] = "";
    int n = 0;

    for (size_t i = 0; i < AE_LEN(count); i++)
        if (count[i].n)
            n += ae_format(text + n, sizeof(text) - (size_t)n, "%s%zu %s",
                           n ? ", " : "", count[i].n, count[i].what);
    return ae_fail(e, AE_EARG, "%s: nothing to use%s%s", what,
                   n          ? ": "
                   : s->files ? ""
                              : ": there is no file",
                   text);
}

/* Leaves out pictures of idx files that patches can't be cut from; images of
 * files were compared as they were read. */
static void drop_small(struct ae_train_data *d, struct ae_dataset *items)
{
    size_t kept = 0;

    for (size_t i = 0; i < items->count; i++) {
        struct ae_item *it = &items->item[i];
        if (ae_min(it->h, it->w) >= patch_span(d->o)) {
            items->item[kept++] = *it;
            continue;
        }
        items->stats.small++;
        ae_dataset_drop(items, it);
    }
    if (kept < items->count)
        ae_log(d->ctx, AE_LOG_NOTE,
               "%zu pictures of idx files left out: at least %d pixels on a "
               "side are needed",
               items->count - kept, patch_span(d->o));
    items->count = kept;
}

/* Holds out all of a path, or a share of the data. */
static int split_items(struct ae_train_data *d, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;
    double share = 0;

    drop_small(d, &d->items);
    drop_small(d, &d->val_items);
    if (!d->items.count)
        return refuse_empty(&d->items, o->clean ? o->clean : o->data[0], e);
    if (o->self == AE_SELF_PAIRS) {
        AE_TRY(ae_self_scenes(&d->items, e));
        AE_TRY(ae_self_scenes(&d->val_items, e));
    }
    if (ae_train_data_is_path(o->val))
        return d->val_items.count ? 0 : refuse_empty(&d->val_items, o->val, e);
    int rc = ae_parse_real(o->val ? o->val : "0.05", 0, 0.5, &share, e);
    if (rc >= 0 && share == 0)
        rc = ae_fail(e, AE_EARG, "some data must be held out");
    return rc < 0 ? ae_err_at(e, AE_EARG, "`val` %s", o->val)
                  : ae_dataset_split(&d->items, share, e);
}

/* ------------------------------------------------------- shapes and values */

/* Items must have one size unless patches are cut; gray and colour may mix. */
static int check_shapes(struct ae_train_data *d, const struct ae_dataset *items,
                        struct ae_err *e)
{
    const struct ae_item *first = &d->items.item[0];

    for (size_t i = 0; i < items->count; i++) {
        const struct ae_item *it = &items->item[i];
        if (it->c != first->c &&
            !(it->c <= 3 && first->c <= 3 && it->c != 2 && first->c != 2))
            return ae_fail(e, AE_EARG,
                           "%s has %d channels, %s has %d: they can't be "
                           "learned together",
                           it->shown, it->c, first->shown, first->c);
        d->shape.c = ae_max(d->shape.c, it->c);
        if (!d->o->patch && (it->h != first->h || it->w != first->w))
            return ae_fail(e, AE_EARG,
                           "%s is %dx%d, %s is %dx%d: a net of fixed size "
                           "needs items of one size: `fit` crop, pad or "
                           "resize makes them so, `patch` N is for nets of any "
                           "size",
                           it->shown, it->w, it->h, first->shown, first->w,
                           first->h);
    }
    return 0;
}

/* Values that are missing become the mean of their column, which is kept. */
static int fill_missing(struct ae_train_data *d, struct ae_err *e)
{
    struct ae_preprocessing *prep = &d->prep;

    if (prep->kind != AE_INPUT_CSV || prep->dialect.missing != AE_MISSING_MEAN)
        return 0;
    if (!prep->means)
        AE_TRY(ae_means_learn(prep, &d->items, e));
    ae_means_fill(prep, &d->items);
    ae_means_fill(prep, &d->val_items);
    ae_means_fill(prep, &d->noisy_items);
    return 0;
}

static int scale_items(struct ae_train_data *d, struct ae_err *e)
{
    struct ae_preprocessing *prep = &d->prep;

    if (prep->window && prep->kind != AE_INPUT_CSV)
        return ae_fail(e, AE_EARG, "`window` is for tables: `input` csv");
    if (prep->scale == AE_SCALE_AUTO)
        prep->scale = prep->kind == AE_INPUT_CSV ? AE_SCALE_GLOBAL
                                                 : AE_SCALE_NONE;
    if (prep->kind == AE_INPUT_CSV)
        AE_TRY(ae_sentinels_note(d->ctx, prep, &d->items, e));
    AE_TRY(fill_missing(d, e));
    if (!prep->scales)
        AE_TRY(ae_scale_learn(prep, &d->items, e));
    AE_TRY(ae_scale_dataset(prep, &d->items, e));
    AE_TRY(ae_scale_dataset(prep, &d->val_items, e));
    return ae_scale_dataset(prep, &d->noisy_items, e);
}

/* Says that a loss which is a mean over all values will hear the loud ones
 * alone, or next to nothing. */
static int note_unscaled(struct ae_train_data *d, struct ae_err *e)
{
    double range[2];

    if (d->prep.scale > AE_SCALE_NONE || d->prep.kind == AE_INPUT_TEXT)
        return 0;
    AE_TRY(ae_scale_deviations(&d->prep, &d->items, range, e));
    if (range[1] > UNLIKE * range[0])
        ae_log(d->ctx, AE_LOG_NOTE,
               "the data look unscaled: columns deviate by %.2g to %.2g, and "
               "only the large ones count; try `scale` global",
               range[0], range[1]);
    else if (range[1] > LOUD || (range[1] > 0 && range[1] < FAINT))
        ae_log(d->ctx, AE_LOG_NOTE,
               "the data look unscaled: values deviate by %.2g; try `scale` "
               "global",
               range[1]);
    return 0;
}

/* Only nets with an input for it learn the class; others use labels to select
 * items. */
static int find_classes(struct ae_train_data *d, int wanted, struct ae_err *e)
{
    if (wanted)
        AE_TRY(ae_dataset_classes(&d->items, &d->prep, e));
    if (d->prep.labels)
        AE_TRY(ae_dataset_classes(&d->val_items, &d->prep, e));
    return 0;
}

static int prepare_items(struct ae_train_data *d, int classes, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;

    AE_TRY(ae_train_data_fit(d, e));
    AE_TRY(check_shapes(d, &d->items, e));
    AE_TRY(check_shapes(d, &d->val_items, e));
    AE_TRY(scale_items(d, e));
    AE_TRY(note_unscaled(d, e));
    AE_TRY(find_classes(d, classes, e));
    d->shape.h = o->patch ? o->patch : d->items.item[0].h;
    d->shape.w = o->patch ? o->patch : d->items.item[0].w;
    d->outside = d->items.stats.outside || d->val_items.stats.outside;
    if (o->binarise && d->outside)
        return ae_fail(e, AE_EARG,
                       "`binarise` needs data within 0..1: `scale` unit");
    return 0;
}

/* --------------------------------------------------------------- samplers */

/* The side of the crops that are scored: all held-out items have one. */
static int validation_side(const struct ae_train_data *d,
                           const struct ae_data_needs *needs)
{
    const struct ae_sampler *v = &d->held_out;
    const int unit = needs->align * ae_self_span(v->self);
    int side = needs->any_size ? VAL_SIDE : d->shape.h;

    for (uint32_t i = 0; i < v->slots; i++) {
        const struct ae_item *it = &v->items->item[v->slot[i]];
        side = ae_min(side, ae_min(it->h, it->w) / unit * needs->align);
    }
    return side;
}

static int init_samplers(struct ae_train_data *d,
                         const struct ae_data_needs *needs,
                         const struct ae_noise *noise, struct ae_err *e)
{
    const struct ae_train_options *o = d->o;
    const int apart = d->val_items.count > 0;
    struct ae_sampler *s = &d->train, *v = &d->held_out;

    AE_TRY(ae_sampler_init(s, d->ctx, &d->items,
                           apart ? AE_SIDE_BOTH : AE_SIDE_TRAIN, e));
    AE_TRY(ae_sampler_init(v, d->ctx, apart ? &d->val_items : &d->items,
                           apart ? AE_SIDE_BOTH : AE_SIDE_HELD_OUT, e));
    s->noise = v->noise = noise;
    s->maxval = v->maxval = d->outside ? 0 : 255;
    s->c = v->c = d->shape.c;
    s->h = v->h = d->shape.h;
    s->w = v->w = d->shape.w;
    s->self = v->self = (enum ae_self)o->self;
    if (o->patch)
        v->h = v->w = validation_side(d, needs);
    s->augment = (enum ae_augment)o->augment;
    v->augment = AE_AUGMENT_NONE;
    s->binarise = v->binarise = (enum ae_binarise)o->binarise;
    s->level_dropout = v->level_dropout = o->level_dropout;
    s->seed = o->seed;
    v->seed = VAL_SEED;
    return 0;
}

/* Says how much there is. */
static void log_samplers(const struct ae_train_data *d)
{
    const struct ae_sampler *s = &d->train, *v = &d->held_out;

    ae_log(d->ctx, AE_LOG_NOTE,
           "%u example%s to learn from, %u held out, %.3g MB", s->slots,
           s->slots == 1 ? "" : "s", v->slots,
           (double)(d->items.bytes + d->val_items.bytes) / 1e6);
    if (ae_train_data_bytes(d) < d->items.bytes + d->val_items.bytes)
        ae_log(d->ctx, AE_LOG_INFO,
               "%.3g MB of them lie in a temporary file, since `memory` has no "
               "room",
               (double)(d->items.spilled + d->val_items.spilled) / 1e6);
    if (!d->val_items.count && s->slots + v->slots < d->items.count)
        ae_log(d->ctx, AE_LOG_INFO,
               "%zu windows share rows with others that are held out, and "
               "aren't used",
               d->items.count - s->slots - v->slots);
}

/* ------------------------------------------------------------- the whole */

int ae_train_data_read(struct ae_train_data *d, struct ae_ctx *ctx,
                       struct ae_train_options *o, struct ae_err *e)
{
    *d = (struct ae_train_data){.ctx = ctx, .o = o};
    AE_TRY(read_items(d, NULL, e));
    return split_items(d, e);
}

int ae_train_data_init(struct ae_train_data *d, struct ae_ctx *ctx,
                       struct ae_train_options *o,
                       const struct ae_data_needs *needs,
                       const struct ae_noise *noise, struct ae_err *e)
{
    const int patch = o->patch;

    *d = (struct ae_train_data){.ctx = ctx, .o = o};
    AE_TRY(resolve_patch(d, needs, e));
    AE_TRY(read_items(d, needs->model, e));
    if (!patch && !d->items.stats.images) {
        o->patch = 0; /* items of arrays are taken whole */
        if (o->augment == AE_AUGMENT_PHOTO)
            o->augment = AE_AUGMENT_NONE;
    }
    if (o->self && !o->patch && d->items.count)
        return ae_fail(e, AE_EARG,
                       "`self` learns from patches: `patch` N cuts them out of "
                       "arrays, too");
    AE_TRY(split_items(d, e));
    AE_TRY(prepare_items(d, needs->classes, e));
    AE_TRY(init_samplers(d, needs, noise, e));
    log_samplers(d);
    return ae_self_note(ctx, (enum ae_self)o->self, &d->items, e);
}

void ae_train_data_release(struct ae_train_data *d)
{
    ae_sampler_release(&d->train);
    ae_sampler_release(&d->held_out);
    ae_preprocessing_release(&d->prep);
    ae_dataset_release(&d->items);
    ae_dataset_release(&d->val_items);
    ae_dataset_release(&d->noisy_items);
    memset(d, 0, sizeof(*d));
}

uint64_t ae_train_data_bytes(const struct ae_train_data *d)
{
    const struct ae_dataset *all[] = {&d->items, &d->val_items,
                                      &d->noisy_items};
    uint64_t bytes = 0;

    for (size_t i = 0; i < AE_LEN(all); i++)
        bytes += all[i]->bytes - all[i]->spilled;
    return bytes;
}

uint64_t ae_train_data_digest(const struct ae_train_data *d)
{
    const uint64_t digest = ae_mix(ae_dataset_digest(&d->items),
                                   ae_dataset_digest(&d->val_items));

    return d->noisy_items.count
               ? ae_mix(digest, ae_dataset_digest(&d->noisy_items))
               : digest;
}

static size_t faulty(const struct ae_dataset *items)
{
    return items->stats.unreadable + items->stats.rows;
}

int ae_train_data_check_faults(const struct ae_train_data *d, struct ae_err *e)
{
    const size_t bad = faulty(&d->items) + faulty(&d->val_items);
    const size_t all = bad + d->items.count + d->val_items.count;

    if (bad <= all / 10)
        return 0;
    return ae_fail(e, AE_EFORMAT,
                   "the run is complete, but %zu of %zu items were left out as "
                   "faulty, more than a tenth",
                   bad, all);
}
