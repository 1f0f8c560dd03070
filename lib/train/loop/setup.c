/* setup.c - from options to a run that is ready for its next step.
 *
 * The order matters: whether the net takes any size decides on patches, the
 * patches on which images are too small, the data on the net's shape. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "model/level.h"
#include "train/data/data.h"
#include "train/loop/network.h"
#include "train/fit/pca.h"
#include "train/loop/settings.h"
#include "train/loop/output_bias.h"
#include "train/loop/trainer.h"

enum {
    PATCH = 64,    /* default side of a patch */
    VAL_SIDE = 128 /* of a crop that is scored */
};
#define VAL_SEED UINT64_C(0x76616c6964) /* scores of all runs compare */

/* -------------------------------------------------------------- patches */

static int resolve_patch(struct ae_trainer *t, int is_free, int align,
                         struct ae_err *e)
{
    struct ae_train_options *o = &t->o;

    if (!o->patch && is_free)
        o->patch = (int)ae_round_up(PATCH, (size_t)align);
    if (is_free && o->patch % align != 0)
        return ae_fail(e, AE_EARG,
                       "`patch` %d: this net needs a multiple of %d, for "
                       "example %d",
                       o->patch, align,
                       (int)ae_round_up((size_t)o->patch, (size_t)align));
    if (o->augment == AE_AUGMENT_AUTO)
        o->augment = !o->patch  ? AE_AUGMENT_NONE
                     : t->noise ? AE_AUGMENT_PHOTO
                                : AE_AUGMENT_TURNS;
    return 0;
}

/* ------------------------------------------------------------------- loss */

static int is_auto(const char *loss)
{
    return !loss || strcmp(loss, "auto") == 0;
}

/* Before the data are read, which may take long. */
static int check_loss(const char *loss, struct ae_err *e)
{
    struct ae_loss l = {0};

    if (is_auto(loss))
        return 0;
    const int r = ae_loss_parse(loss, &l, e);
    ae_loss_release(&l);
    return r;
}

static int choose_loss(struct ae_trainer *t, const struct ae_origin *origin,
                       struct ae_err *e)
{
    int r = 0;

    if (is_auto(t->o.loss)) {
        r = ae_origin_loss(origin, t->outside, &t->loss_text, e);
        t->o.loss = t->loss_text;
        if (r >= 0)
            ae_log(t->ctx, AE_LOG_INFO, "`loss` %s", t->o.loss);
    }
    if (r >= 0)
        r = ae_loss_parse(t->o.loss, &t->loss, e);
    if (r >= 0 && t->loss.kind->unit_range && t->outside)
        r = ae_fail(e, AE_EARG,
                    "the loss '%s' needs data within 0..1; use l2, or `scale` "
                    "unit",
                    t->loss.kind->name);
    return r;
}

/* --------------------------------------------------------------- samplers */

static int init_samplers(struct ae_trainer *t, int is_free, int align,
                         struct ae_err *e)
{
    const int apart = t->val_items.count > 0;
    struct ae_sampler *s = &t->train, *v = &t->held;
    int side = t->o.patch && is_free ? VAL_SIDE : t->shape.h;

    int r = ae_sampler_init(s, t->ctx, &t->items, apart ? -1 : 0, e);
    if (r >= 0)
        r = ae_sampler_init(v, t->ctx, apart ? &t->val_items : &t->items,
                            apart ? -1 : 1, e);
    if (r < 0)
        return r;
    s->noise = v->noise = t->noise;
    s->maxval = v->maxval = t->outside ? 0 : 255;
    s->c = v->c = t->shape.c;
    s->h = t->shape.h;
    s->w = t->shape.w;
    s->augment = (enum ae_augment)t->o.augment;
    s->binarise = v->binarise = (enum ae_binarise)t->o.binarise;
    s->level_dropout = v->level_dropout = t->o.level_dropout;
    s->seed = t->o.seed;
    for (uint32_t i = 0; t->o.patch && i < v->slots; i++) {
        const struct ae_item *it = &v->items->item[v->slot[i]];
        side = ae_min(side, ae_min(it->h, it->w) / align * align);
    }
    v->h = t->o.patch ? side : t->shape.h;
    v->w = t->o.patch ? side : t->shape.w;
    v->augment = AE_AUGMENT_NONE;
    v->seed = VAL_SEED;
    ae_log(t->ctx, AE_LOG_INFO,
           "%u examples to learn from, %u held out, %.0f MB", s->slots,
           v->slots, (double)(t->items.bytes + t->val_items.bytes) / 1e6);
    return 0;
}

/* -------------------------------------------------------------- network */

/* Items of a step: examples, with their samples or moved twins. */
static int at_once(const struct ae_trainer *t)
{
    return t->o.batch * ae_objective_copies(&t->objective);
}

static int check_memory(struct ae_trainer *t, struct ae_err *e)
{
    const uint64_t held = t->items.bytes + t->val_items.bytes +
                          t->noisy_items.bytes;
    uint64_t bytes = 0;

    int r = ae_exec_bytes(t->ctx, t->model->graph, at_once(t), t->shape.h,
                          t->shape.w, 1, &bytes, e);
    if (r >= 0 && bytes + held > t->ctx->memory)
        r = ae_fail(e, AE_ELIMIT,
                    "a step with `batch` %d takes %.0f MB and the data %.0f "
                    "MB: take a smaller batch or patch, or allow more with "
                    "`memory`",
                    t->o.batch, (double)bytes / 1e6, (double)held / 1e6);
    return r;
}

static int init_objective(struct ae_trainer *t,
                          struct ae_objective_options *how, struct ae_err *e)
{
    *how = (struct ae_objective_options){.items = t->o.batch,
                                         .samples = t->o.iw,
                                         .beta = t->o.beta,
                                         .free_nats = t->o.free_bits,
                                         .contractive = t->o.contractive,
                                         .weights = t->model->weights};
    int r = ae_objective_init(&t->objective, t->ctx, t->model->graph, &t->loss,
                              how, e);
    if (r >= 0 && t->ramp.kind && !t->objective.draws)
        r = ae_fail(e, AE_EARG,
                    "`kl-warmup` is for nets with a latent node, which this "
                    "one hasn't");
    if (r >= 0 &&
        (int64_t)t->o.batch * ae_objective_copies(&t->objective) > 1 << 20)
        r = ae_fail(e, AE_ELIMIT, "`batch` %d times `iw` %d are too many",
                    t->o.batch, t->o.iw);
    return r;
}

/* For init=pca. */
static int fit_axes(struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_graph *g = t->model->graph;
    struct ae_pca p;

    if (!ae_pca_asked(g))
        return 0;
    int r = ae_pca_fit(&p, &t->train, t->train.slots, ae_pca_asked(g), e);
    if (r >= 0)
        r = ae_pca_install(&p, g, t->model->weights, e);
    ae_pca_release(&p);
    return r;
}

static int init_net(struct ae_trainer *t, struct ae_origin *origin,
                    struct ae_err *e)
{
    struct ae_objective_options how;
    const int fresh = origin->model == NULL;
    int r = ae_network_new(t->ctx, origin, t->shape, t->items.stats.outside,
                           t->prep.labels, &t->o, &t->model, e);
    if (r >= 0)
        r = ae_network_check(t->model->graph, t->shape, t->prep.labels, e);
    if (r >= 0 && fresh)
        r = ae_init_output_bias(&t->train, t->model->graph, t->model->weights,
                                e);
    if (r >= 0 && fresh)
        r = fit_axes(t, e);
    if (r >= 0)
        r = init_objective(t, &how, e);
    if (r >= 0)
        r = check_memory(t, e);
    if (r < 0)
        return r;
    const struct ae_graph *g = t->model->graph;
    if (t->o.ema > 0) {
        t->mean = ae_alloc_aligned(g->weights + 1, sizeof(float), e);
        if (!t->mean)
            return AE_EMEM;
        memcpy(t->mean, t->model->weights, g->weights * sizeof(float));
    }
    r = ae_optim_init(&t->optim, t->ctx, g, t->o.optim, t->o.weight_decay, e);
    if (r >= 0)
        r = ae_batch_init(&t->batch, &t->train, t->o.batch, e);
    if (r >= 0)
        r = ae_exec_new(t->ctx, g, t->model->weights, at_once(t), t->shape.h,
                        t->shape.w, 1, &t->exec, e);
    if (r >= 0)
        r = ae_validation_init(&t->valid, &t->held, g,
                               t->mean ? t->mean : t->model->weights, &t->loss,
                               &how, t->o.patch > 0 && !t->objective.draws, e);
    return r;
}

/* ---------------------------------------------------------------- state */

/* Passes over patches count as many patches as tile the pictures. */
static uint64_t count_steps(const struct ae_trainer *t)
{
    double draws = 0;

    if (!(t->o.epochs > 0))
        return t->o.steps;
    for (uint32_t i = 0; i < t->train.slots; i++) {
        const struct ae_item *it = &t->items.item[t->train.slot[i]];
        draws += (double)(it->h / t->shape.h) * (it->w / t->shape.w);
    }
    return (uint64_t)ceil(t->o.epochs * draws / t->o.batch);
}

/* Once a net has learned to do without the level, it isn't taken to have
 * forgotten that. */
static int needs_no_level(const struct ae_trainer *t)
{
    return ae_graph_input(t->model->graph, "sigma") >= 0 &&
           (t->o.level_dropout > 0 || ae_level_optional(t->model->meta));
}

static int init_state(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_checkpoint *c = &t->state;

    c->graph = t->model->graph;
    c->weights = t->model->weights;
    c->m = t->optim.m;
    c->v = t->optim.v;
    c->mean = t->mean;
    c->optional = needs_no_level(t);
    c->steps = count_steps(t);
    c->best = t->val = NAN;
    c->digest = ae_mix(ae_dataset_digest(&t->items),
                       ae_dataset_digest(&t->val_items));
    if (t->noisy_items.count)
        c->digest = ae_mix(c->digest, ae_dataset_digest(&t->noisy_items));
    c->settings = ae_settings_json(&t->o, e);
    return c->settings ? 0 : AE_EMEM;
}

/* The number of steps told now wins over the one told then. */
static int resume(struct ae_trainer *t, struct ae_err *e)
{
    const int named = t->o.resume && *t->o.resume;
    const char *path = named ? t->o.resume : t->ckpt_path;
    const uint64_t told = t->state.steps;

    if (!t->o.resume) {
        if (access(path, F_OK) == 0)
            ae_log(t->ctx, AE_LOG_NOTE,
                   "%s of an earlier run will be overwritten; `resume` goes on "
                   "from it",
                   path);
        return 0;
    }
    if (!named && access(path, F_OK) != 0 && errno == ENOENT) {
        ae_log(t->ctx, AE_LOG_NOTE, "%s isn't there: starting anew", path);
        return 0;
    }
    int r = ae_checkpoint_load(t->ctx, path, &t->state, e);
    if (r < 0)
        return r;
    if (told && t->state.steps && told != t->state.steps)
        ae_log(t->ctx, AE_LOG_NOTE,
               "%llu steps now, %llu when the run began: the schedule follows "
               "the new number from here on",
               (unsigned long long)told, (unsigned long long)t->state.steps);
    if (told)
        t->state.steps = told;
    if (t->state.steps && t->state.step > t->state.steps)
        return ae_fail(e, AE_EARG,
                       "%s: %llu steps are done already, %llu were asked for",
                       path, (unsigned long long)t->state.step,
                       (unsigned long long)t->state.steps);
    if (access(t->o.output, F_OK) != 0)
        t->state.best = NAN; /* the model that had it is gone */
    t->saved = !isnan(t->state.best);
    ae_log(t->ctx, AE_LOG_INFO, "going on from step %llu",
           (unsigned long long)t->state.step);
    return 0;
}

static int init_paths(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_str s = {0};

    int r = ae_str_printf(&s, e, "%s.ckpt", t->o.output);
    t->ckpt_path = s.p;
    return r;
}

/* The preset pca is done when it is fitted; others are told how long. */
static int check_length(struct ae_trainer *t, const struct ae_origin *origin,
                        struct ae_err *e)
{
    const int told = t->o.steps || t->o.epochs > 0 || t->o.time_limit > 0;

    if (told)
        return 0;
    const int r = ae_origin_fits(origin, e);
    t->fitted = r > 0;
    return r ? r
             : ae_fail(e, AE_EARG,
                       "how long? `time-limit` 1h, `steps` N or `epochs` N");
}

int ae_trainer_init(struct ae_trainer *t, struct ae_ctx *ctx,
                    const struct ae_train_options *o, struct ae_err *e)
{
    struct ae_origin origin = {0};
    int align = 1, is_free = 0;

    memset(t, 0, sizeof(*t));
    t->own = *ctx;
    t->ctx = &t->own;
    t->o = *o;
    int r = ae_ctx_precision(t->ctx, (enum ae_precision)o->precision, e);
    if (r >= 0)
        r = ae_settings_check(o, e);
    if (r >= 0)
        r = init_paths(t, e);
    if (r >= 0 && o->noise)
        r = ae_noise_parse(o->noise, &t->noise, e);
    if (r >= 0)
        r = check_loss(o->loss, e);
    if (r >= 0 && o->kl_warmup)
        r = ae_ramp_parse(o->kl_warmup, &t->ramp, e);
    if (r >= 0)
        r = ae_origin_find(t->ctx, o->model, &origin, e);
    if (r >= 0)
        r = check_length(t, &origin, e);
    if (r >= 0)
        r = is_free = ae_origin_is_free(&origin, &align, e);
    if (r >= 0)
        r = resolve_patch(t, is_free, align, e);
    t->origin = &origin;
    if (r >= 0)
        r = ae_trainer_read(t, e);
    if (r >= 0)
        r = ae_trainer_shape(t, o->patch, e);
    if (r >= 0)
        r = choose_loss(t, &origin, e);
    if (r >= 0)
        r = init_samplers(t, is_free, align, e);
    if (r >= 0)
        r = init_net(t, &origin, e);
    if (r >= 0)
        r = init_state(t, e);
    if (r >= 0)
        r = resume(t, e);
    if (r >= 0)
        r = ae_metrics_open(&t->metrics, o->metrics,
                            ae_validation_name(&t->valid),
                            t->valid.posterior.count, t->state.step, e);
    if (r >= 0)
        r = ae_report_open(t, e);
    t->origin = NULL;
    ae_origin_release(&origin);
    return r;
}

void ae_trainer_release(struct ae_trainer *t)
{
    ae_metrics_close(&t->metrics);
    ae_report_release(&t->report);
    json_decref(t->state.settings);
    ae_validation_release(&t->valid);
    ae_objective_release(&t->objective);
    ae_exec_free(t->exec);
    ae_batch_release(&t->batch);
    ae_optim_release(&t->optim);
    ae_free_aligned(t->mean);
    ae_model_free(t->model);
    ae_sampler_release(&t->train);
    ae_sampler_release(&t->held);
    ae_preprocessing_release(&t->prep);
    ae_dataset_release(&t->items);
    ae_dataset_release(&t->val_items);
    ae_dataset_release(&t->noisy_items);
    ae_loss_release(&t->loss);
    ae_noise_free(t->noise);
    free(t->loss_text);
    free(t->ckpt_path);
    memset(t, 0, sizeof(*t));
}
