/* setup.c - from options to a run that is ready for its next step. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/rng.h"
#include "base/str.h"
#include "model/level.h"
#include "train/data/self.h"
#include "train/fit/fit.h"
#include "train/loop/settings.h"
#include "train/loop/timed.h"
#include "train/loop/trainer.h"
#include "train/ranks/agree.h"
#include "train/ranks/ranks.h"

/* ------------------------------------------------------------------- loss */

static int is_auto(const char *loss)
{
    return !loss || strcmp(loss, "auto") == 0;
}

/* Refuses a wrong loss before the data are read, which may take long. */
static int check_loss(const struct ae_train_options *o, struct ae_err *e)
{
    struct ae_loss l = {0};

    if (is_auto(o->loss))
        return 0;
    int rc = ae_loss_parse(o->loss, &l, e);
    if (!rc && o->self && l.kind->whole)
        rc = ae_fail(e, AE_EARG,
                     "the loss '%s' isn't a sum over pixels, so noise in what "
                     "it compares with doesn't average out: with `self` take "
                     "l2, l1, huber or charbonnier",
                     l.kind->name);
    ae_loss_release(&l);
    return rc;
}

static int choose_loss(struct ae_trainer *t,
                       const struct ae_model_source *source, struct ae_err *e)
{
    struct ae_loss *loss = &t->step.loss;

    if (is_auto(t->o.loss)) {
        t->o.loss = t->o.self ? "l2"
                              : ae_model_source_loss(source, t->data.outside);
        if (!t->o.loss)
            return ae_fail(e, AE_EARG,
                           "what is the noise of data outside 0..1? `loss` "
                           "gauss:sigma=X, X being the error that may stay, in "
                           "units of the scaled data; or `model` vae:lv=1, "
                           "which learns it");
        ae_log(t->ctx, AE_LOG_INFO, "`loss` %s", t->o.loss);
    }
    AE_TRY(ae_loss_parse(t->o.loss, loss, e));
    if (loss->kind->unit_range && t->data.outside)
        return ae_fail(e, AE_EARG,
                       "the loss '%s' needs data within 0..1; use l2, or "
                       "`scale` unit",
                       loss->kind->name);
    return 0;
}

/* ------------------------------------------------------------------ state */

/* The steps of the run.  A pass over patches draws as many patches as tile
 * the pictures. */
static struct ae_course plan_course(const struct ae_trainer *t)
{
    const struct ae_sampler *s = &t->data.train;
    const int span = ae_self_span(s->self);
    double draws = 0;

    if (!(t->o.epochs > 0))
        return t->given;
    for (uint32_t i = 0; i < s->slots; i++) {
        const struct ae_item *it = &s->items->item[s->slot[i]];
        const int down = it->h / span / s->h, across = it->w / span / s->w;
        draws += (double)down * across;
    }
    return ae_course_of((uint64_t)ceil(t->o.epochs * draws / t->o.batch));
}

/* Returns 1 where the net also cleans without being given the level.  A net
 * that learned to in an earlier run still does. */
static int needs_no_level(const struct ae_model *m, double level_dropout)
{
    return ae_graph_input(m->graph, "sigma") >= 0 &&
           (level_dropout > 0 || ae_level_optional(m->meta));
}

static int init_state(struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_step *s = &t->step;

    t->score = t->best_variance = NAN;
    t->state = (struct ae_checkpoint){
        .graph = s->model->graph,
        .weights = s->model->weights,
        .m = s->optim.m,
        .v = s->optim.v,
        .mean = s->mean,
        .course = plan_course(t),
        .best = NAN,
        .settings = ae_settings_json(&t->o, e),
        .optional = needs_no_level(s->model, t->o.level_dropout),
        .digest = ae_train_data_digest(&t->data)};
    if (!t->state.settings)
        return AE_EMEM;
    t->state.steps = ae_course_at(&t->state.course, 0);
    return ae_checkpoint_path(t->o.output, &t->checkpoint_path, e);
}

/* Loads the checkpoint; a number of steps in the options replaces its own. */
static int load_checkpoint(struct ae_trainer *t, const char *path,
                           struct ae_err *e)
{
    struct ae_checkpoint *s = &t->state;
    const struct ae_course asked = s->course;

    AE_TRY(ae_checkpoint_load(t->ctx, path, s, e));
    const uint64_t before = s->steps;
    if (asked.parts) {
        s->course = asked;
        s->steps = ae_course_at(&asked, s->step);
    }
    if (before && s->steps != before)
        ae_log(t->ctx, AE_LOG_NOTE,
               "%" PRIu64 " steps now, %" PRIu64 " when the run began: the "
               "schedule follows the new number from here on",
               s->steps, before);
    if (s->steps && s->step > s->steps)
        return ae_fail(e, AE_EARG,
                       "%s: %" PRIu64 " steps are done already, %" PRIu64
                       " were asked for",
                       path, s->step, s->steps);
    if (access(t->o.output, F_OK) != 0)
        s->best = NAN; /* the model that had it is gone */
    t->saved = !isnan(s->best);
    ae_log(t->ctx, AE_LOG_INFO, "going on from step %" PRIu64, s->step);
    return 0;
}

/* AE_END where OUTPUT is what this very run ended with.  A run that was killed
 * before its first checkpoint isn't complete, though it has left a model. */
static int check_complete(const struct ae_trainer *t, struct ae_err *e)
{
    struct ae_io *io = NULL;
    struct ae_model *m = NULL;
    uint64_t steps = 0;

    if (t->lock.left || access(t->o.output, F_OK) != 0)
        return 0;
    AE_TRY(ae_io_open_path(t->o.output, &io, e));
    int rc = ae_model_read(t->ctx, io, &m, e);
    ae_io_close(io);
    if (rc >= 0)
        rc = ae_checkpoint_is_end(&t->state, m->meta, &steps, e);
    ae_model_free(m);
    if (rc <= 0)
        return rc < 0 ? ae_err_at(e, rc, "%s", t->o.output) : 0;
    if (steps < ae_course_at(&t->state.course, UINT64_MAX))
        ae_log(t->ctx, AE_LOG_NOTE,
               "%s is complete with %" PRIu64 " steps; `model` %s goes on from "
               "it to another `output`",
               t->o.output, steps, t->o.output);
    else
        ae_log(t->ctx, AE_LOG_NOTE, "%s is complete: nothing to do",
               t->o.output);
    return AE_END;
}

static int resume(struct ae_trainer *t, struct ae_err *e)
{
    const int named = t->o.resume && *t->o.resume;
    const char *path = named ? t->o.resume : t->checkpoint_path;
    const int missing = access(path, F_OK) != 0;

    if (!t->o.resume && !missing)
        ae_log(t->ctx, AE_LOG_NOTE,
               "%s of an earlier run will be overwritten; `resume` goes on "
               "from it",
               path);
    if (!t->o.resume)
        return 0;
    if (!named && missing && errno == ENOENT) {
        const int rc = check_complete(t, e);
        if (rc)
            return rc;
        ae_log(t->ctx, AE_LOG_NOTE, "%s isn't there: starting anew", path);
        return 0;
    }
    return load_checkpoint(t, path, e);
}

/* -------------------------------------------------------------- the whole */

/* The level of the noise isn't known, and the weight of neighbours' second term
 * rises all the way. */
static int set_self(struct ae_trainer *t, struct ae_err *e)
{
    if (t->step.ramp.kind)
        return ae_fail(e, AE_EARG, "`self` goes without `kl-warmup`");
    t->o.level_dropout = 1;
    return ae_ramp_parse("linear:1", &t->step.ramp, e);
}

/* Refuses what can be refused before anything large is read. */
static int parse_options(struct ae_trainer *t, struct ae_err *e)
{
    AE_TRY(ae_ctx_precision(t->ctx, (enum ae_precision)t->o.precision, e));
    t->given = ae_course_of(t->o.steps);
    if (t->o.course)
        AE_TRY(ae_course_parse(t->o.course, &t->given, e));
    if (t->o.noise)
        AE_TRY(ae_noise_parse(t->o.noise, &t->noise, e));
    AE_TRY(check_loss(&t->o, e));
    if (t->o.kl_warmup)
        AE_TRY(ae_ramp_parse(t->o.kl_warmup, &t->step.ramp, e));
    return t->o.self ? set_self(t, e) : 0;
}

/* The preset pca is done when it is fitted; others must be given a length. */
static int check_length(struct ae_trainer *t,
                        const struct ae_model_source *source, struct ae_err *e)
{
    if (t->given.parts || t->o.epochs > 0 || t->o.time_limit > 0)
        return 0;
    t->no_steps = source->pca;
    return source->pca
               ? 0
               : ae_fail(e, AE_EARG,
                         "how long? `time-limit` 1h, `steps` N or `epochs` N");
}

/* What a killed run was writing, which this one perhaps doesn't write. */
static void remove_temps(const struct ae_trainer *t)
{
    ae_io_remove_temps(t->checkpoint_path);
    ae_io_remove_temps(t->o.output);
    if (t->o.report)
        ae_io_remove_temps(t->o.report);
}

static int init_run(struct ae_trainer *t, struct ae_model_source *source,
                    struct ae_err *e)
{
    const struct ae_data_needs needs = {.model = source->model,
                                        .classes = source->has_label,
                                        .any_size = source->any_size,
                                        .align = source->align};
    struct ae_step *s = &t->step;

    AE_TRY(check_length(t, source, e));
    AE_TRY(ae_train_data_init(&t->data, t->ctx, &t->o, &needs, t->noise, e));
    AE_TRY(choose_loss(t, source, e));
    AE_TRY(ae_step_init(s, t->ctx, &t->o, source, &t->data, e));
    /* One shard is said nothing of, as runs before there were several. */
    ae_format(t->accumulate, sizeof(t->accumulate), "%d", s->shards.count);
    t->o.accumulate = s->shards.count > 1 ? t->accumulate : NULL;
    AE_TRY(ae_fit_check(&t->o, s->model->graph, e));
    AE_TRY(ae_validation_init(
        &t->validation, &t->data.held_out, s->model->graph,
        s->mean ? s->mean : s->model->weights, &s->loss, &s->objective.o,
        t->o.patch > 0 && !s->objective.variational, e));
    return init_state(t, e);
}

/* What this rank does by itself; the first one alone looks after the files. */
static int init_alone(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_model_source source = {0};

    AE_TRY(parse_options(t, e));
    int rc = ae_model_source_find(t->ctx, t->o.model, &source, e);
    if (rc >= 0 && t->leads)
        rc = ae_train_check_files(&t->o, source.model, e);
    if (rc >= 0 && t->leads)
        rc = ae_run_lock_take(t->o.output, &t->lock, e);
    if (rc >= 0)
        rc = init_run(t, &source, e);
    ae_model_source_release(&source);
    return rc;
}

/* A run that goes on does so with the kernels it began with. */
static int choose_kernels(struct ae_trainer *t, struct ae_err *e)
{
    char before[32] = "", *path = NULL;

    AE_TRY(ae_ranks_agree(ae_checkpoint_path(t->o.output, &path, e), e));
    if (t->leads && t->o.resume)
        ae_checkpoint_kernels(t->ctx, *t->o.resume ? t->o.resume : path, before,
                              sizeof(before));
    free(path);
    ae_ranks_broadcast(before, sizeof(before));
    ae_ranks_choose_kernels(t->ctx, before);
    return 0;
}

/* The ranks learn one model from the same data. */
static int compare_ranks(const struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_graph *g = t->state.graph;
    const uint64_t spec = ae_hash(g->text, strlen(g->text));
    char *settings = json_dumps(t->state.settings,
                                JSON_COMPACT | JSON_SORT_KEYS);

    AE_TRY(ae_ranks_agree(settings ? 0 : AE_EMEM, e));
    const uint64_t number = ae_hash(settings, strlen(settings));
    free(settings);
    AE_TRY(ae_ranks_same(number, "the options are other ones", e));
    AE_TRY(ae_ranks_same(
        ae_mix(spec, ae_hash(t->state.weights, g->weights * sizeof(float))),
        "`model` is another one", e));
    AE_TRY(ae_ranks_same_items(&t->data.items, e));
    AE_TRY(ae_ranks_same_items(&t->data.val_items, e));
    return ae_ranks_same_items(&t->data.noisy_items, e);
}

/* Gives all ranks what the first one goes on from. */
static void share_state(struct ae_trainer *t)
{
    struct ae_checkpoint *s = &t->state, first = *s;
    float *const block[] = {s->weights, s->m, s->v, s->mean};

    ae_ranks_broadcast(&first, sizeof(first));
    ae_ranks_broadcast(&t->saved, sizeof(t->saved));
    s->step = first.step;
    s->steps = first.steps;
    s->course = first.course;
    s->norm = first.norm;
    s->best = first.best;
    s->best_step = first.best_step;
    s->stale = first.stale;
    for (size_t i = 0; i < AE_LEN(block); i++)
        if (block[i])
            ae_ranks_broadcast(block[i], s->graph->weights * sizeof(float));
}

/* Goes on from a checkpoint, which only the first rank reads. */
static int take_up(struct ae_trainer *t, struct ae_err *e)
{
    int rc = 0;

    if (t->leads) {
        remove_temps(t);
        rc = resume(t, e);
    }
    AE_TRY(ae_ranks_agree(rc, e));
    ae_ranks_broadcast(&rc, sizeof(rc));
    if (!rc)
        share_state(t);
    t->first = t->state.step;
    return rc;
}

int ae_trainer_init(struct ae_trainer *t, struct ae_ctx *ctx,
                    const struct ae_train_options *o, struct ae_err *e)
{
    memset(t, 0, sizeof(*t));
    t->lock.fd = -1;
    t->entered = ae_timed_now();
    t->leads = ae_ranks_mine() == 0;
    t->own = *ctx;
    t->ctx = &t->own;
    t->o = *o;
    if (!t->leads)
        t->o.metrics = t->o.report = NULL;
    AE_TRY(ae_ranks_check_version(e));
    AE_TRY(choose_kernels(t, e));
    AE_TRY(ae_ranks_agree(init_alone(t, e), e));
    AE_TRY(compare_ranks(t, e));
    return take_up(t, e);
}

/* Without a checkpoint only the lock tells that OUTPUT isn't complete. */
static int is_cut_short(const struct ae_trainer *t)
{
    return !t->complete && (t->saved || t->lock.left) &&
           access(t->o.output, F_OK) == 0 &&
           !(t->checkpoint_path && access(t->checkpoint_path, F_OK) == 0);
}

void ae_trainer_release(struct ae_trainer *t)
{
    ae_run_lock_release(&t->lock, is_cut_short(t));
    ae_metrics_close(&t->metrics);
    ae_report_release(&t->report);
    json_decref(t->state.settings);
    ae_validation_release(&t->validation);
    ae_step_release(&t->step);
    ae_train_data_release(&t->data);
    ae_noise_free(t->noise);
    free(t->checkpoint_path);
    memset(t, 0, sizeof(*t));
}
