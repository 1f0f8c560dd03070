/* trainer.c - the loop: steps, and now and then a score, a row of metrics and
 * a checkpoint.
 *
 * The model depends on options and data only, never on the clock, the threads
 * or interruptions.  OUTPUT is written at fixed steps, before the checkpoint
 * that knows of it, so a run that is killed anywhere repeats what it lost and
 * ends in the same bytes. */
#include "train/loop/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "model/level.h"
#include "train/fit/fit.h"
#include "train/loop/settings.h"
#include "train/loop/timed.h"
#include "train/ranks/agree.h"
#include "train/ranks/ranks.h"

enum {
    ROW_EVERY = 100,  /* steps between rows of the metrics */
    PROGRESS_MS = 500 /* between calls of progress */
};
/* What the comparison with PCA may take: a share of the run's multiplications,
 * or so many, which is a second. */
static const double COMPARING = 0.05, COMPARING_LEAST = 2e10;

/* ---------------------------------------------------------------- saving */

static json_t *train_json(const struct ae_trainer *t)
{
    char digest[17];

    snprintf(digest, sizeof(digest), "%016" PRIx64, t->state.digest);
    return json_pack(
        "{s:O, s:I, s:o, s:{s:i, s:i, s:s}, s:{s:s, s:f}}", "settings",
        t->state.settings, "step", (json_int_t)t->state.step, "steps",
        ae_course_json(&t->state.course), "data", "items",
        (int)t->data.train.slots, "held_out", (int)t->data.held_out.slots,
        "digest", digest, "score", "name", ae_validation_name(&t->validation),
        "value", t->score);
}

/* The metadata of the model that training went on from, with this run's. */
static int make_meta(const struct ae_trainer *t, json_t **out, struct ae_err *e)
{
    const json_t *base = t->step.model->meta;
    json_t *meta = *out = base ? json_deep_copy(base) : json_object();

    if (!meta || json_object_set_new(meta, "train", train_json(t)) != 0)
        return ae_fail(e, AE_EMEM, "no memory for the metadata");
    json_t *input = ae_preprocessing_json(&t->data.prep, e);
    if (!input || json_object_set_new(meta, "input", input) != 0)
        return AE_EMEM;
    json_object_del(meta, "scores");
    json_object_del(meta, "removed");
    return t->state.optional ? ae_level_set_optional(meta, e) : 0;
}

/* The model with the weights that are saved: their running average. */
static struct ae_model averaged(const struct ae_trainer *t)
{
    struct ae_model m = *t->step.model;

    m.weights = t->step.mean ? t->step.mean : m.weights;
    m.fits = (struct ae_fits){{NULL}}; /* those belong to other weights */
    return m;
}

static int write_output(struct ae_trainer *t, const struct ae_model *m,
                        struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc = ae_io_create(t->o.output, &io, e);

    if (rc < 0 ||
        (rc = ae_model_write(t->ctx, m, t->o.save_precision ? 32 : 16, NULL, 0,
                             io, e)) < 0 ||
        (rc = ae_io_commit(io, e)) < 0)
        goto out;
    t->saved = 1;
    t->saved_parts = t->state.course.parts;
out:
    ae_io_close(io);
    return rc < 0 ? ae_err_at(e, rc, "%s", t->o.output) : 0;
}

static int save_output(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_model m = averaged(t);

    if (!t->leads) {
        t->saved = 1;
        return 0;
    }
    m.meta = NULL;
    int rc = make_meta(t, &m.meta, e);
    if (!rc)
        rc = write_output(t, &m, e);
    json_decref(m.meta);
    return rc;
}

/* Gives the best model the whole course, which was judged anew since it was
 * saved. */
static int save_course(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_model *m = NULL;

    if (t->saved_parts == t->state.course.parts)
        return 0;
    AE_TRY(ae_model_load(t->ctx, t->o.output, &m, e));
    json_t *train = json_object_get(m->meta, "train");
    const int bad = json_object_set_new(train, "steps",
                                        ae_course_json(&t->state.course));
    const int rc = bad ? ae_fail(e, AE_EMEM, "no memory for the metadata")
                       : write_output(t, m, e);
    ae_model_free(m);
    return rc;
}

/* ---------------------------------------------------------------- scoring */

/* Says what to do about a number that isn't finite any more. */
static int stop_diverged(const struct ae_trainer *t, const struct ae_err *why,
                         struct ae_err *e)
{
    return ae_fail(e, AE_ENUMERIC,
                   "%s: stopped; %s; try a smaller `lr`, or `clip`", why->msg,
                   t->saved ? "the best model before that is kept"
                            : "there was no model to keep yet");
}

/* Says once that no number of a code follows the input, but not before a
 * fifth of the run, in which it may still come to life. */
static void check_code(struct ae_trainer *t)
{
    const struct ae_posterior *p = &t->validation.posterior;
    const struct ae_checkpoint *s = &t->state;

    if (!p->count)
        return;
    ae_log(t->ctx, AE_LOG_INFO,
           "step %" PRIu64 ": reconstruction %.2f, "
           "divergence %.2f nats, %d of %d numbers of the code active",
           s->step, p->reconstruction, p->total, p->active, p->count);
    if (p->active || t->has_collapsed || !s->steps || s->step < s->steps / 5)
        return;
    t->has_collapsed = 1;
    ae_log(t->ctx, AE_LOG_NOTE, "step %" PRIu64 ": %s", s->step,
           ae_posterior_collapsed);
}

/* 1 where the newest model is kept, whatever it scores, also where scores of
 * different steps don't compare: the second term of neighbours, whose weight
 * rises, trades the neighbour, by which a model is scored, for the picture. */
static int keeps_newest(const struct ae_trainer *t)
{
    return t->o.keep_newest || t->o.self == AE_SELF_NEIGHBOURS;
}

/* Scores the model, and saves it if it is the best so far. */
static int score_model(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_checkpoint *s = &t->state;
    struct ae_err why;

    t->score = ae_validation_score(&t->validation);
    if (ae_step_check_finite(t->score, "score", s->step, &why) < 0)
        return stop_diverged(t, &why, e);
    check_code(t);
    s->stale++;
    if (!keeps_newest(t) &&
        !ae_validation_better(&t->validation, t->score, s->best))
        return 0;
    s->best = t->score;
    s->best_step = keeps_newest(t) ? 0 : s->step;
    s->stale = 0;
    t->best_variance = ae_output_variance_share(&t->validation.variance);
    return save_output(t, e);
}

static int save_checkpoint(const struct ae_trainer *t, struct ae_err *e)
{
    return t->leads
               ? ae_checkpoint_save(t->ctx, t->checkpoint_path, &t->state, e)
               : 0;
}

/* At a halt before the first score OUTPUT gets what there is.  The checkpoint
 * doesn't know of it, so that the run goes on as if there had been no halt. */
static int halt(struct ae_trainer *t, struct ae_err *e)
{
    AE_TRY(save_checkpoint(t, e));
    if (t->saved || t->state.step == 0)
        return 0;
    t->score = ae_validation_score(&t->validation);
    return isfinite(t->score) ? save_output(t, e) : 0;
}

/* ------------------------------------------------------------- observers */

static double mean_of(const struct ae_loss_mean *m)
{
    return m->n ? m->sum / (double)m->n : NAN;
}

static void add_loss(struct ae_loss_mean *m, double loss)
{
    m->sum += loss;
    m->n++;
}

static struct ae_view reconstruct(void *arg, int first)
{
    struct ae_trainer *t = arg;

    return ae_validation_run(&t->validation, first);
}

static const char *label_of(void *arg, int i)
{
    const struct ae_trainer *t = arg;

    return ae_sampler_item(&t->data.held_out, (uint64_t)i)->label;
}

/* What observers see of the run now; lent until the next step. */
static struct ae_train_view view_of(struct ae_trainer *t)
{
    const struct ae_validation *v = &t->validation;

    return (struct ae_train_view){
        .ctx = t->ctx,
        .options = &t->o,
        .settings = t->state.settings,
        .model = averaged(t),
        .shape = t->data.shape,
        .learned = t->data.train.slots,
        .held_out = t->data.held_out.slots,
        .text = t->data.prep.kind == AE_INPUT_TEXT,
        .outside = t->data.outside,
        .first = t->first,
        .step = t->state.step,
        .steps = t->state.steps,
        .loss = mean_of(&t->since_row),
        .lr = ae_step_rate(&t->step, &t->state),
        .seconds = ae_timed_now() - t->began,
        .score_kind = v->kind,
        .score_name = ae_validation_name(v),
        .score = t->score,
        .best = keeps_newest(t) ? NAN : t->state.best,
        .posterior = &v->posterior,
        .advice = t->has_collapsed ? ae_posterior_collapsed : NULL,
        .clean = ae_batch_clean(&v->all, 0, v->all.n),
        .noisy = ae_batch_noisy(&v->all, 0, v->all.n),
        .untouched = ae_validation_noisy_psnr(v),
        .class = v->all.class,
        .label = label_of,
        .reconstruct = reconstruct,
        .arg = t};
}

static int open_observers(struct ae_trainer *t, struct ae_err *e)
{
    const struct ae_train_view view = view_of(t);

    AE_TRY(ae_metrics_open(&t->metrics, t->o.metrics, view.score_name,
                           view.posterior->count, view.step, e));
    return ae_report_open(&t->report, &view, e);
}

static void show_progress(struct ae_trainer *t, int done)
{
    const double time = ae_timed_now(), gone = time - t->began;
    const uint64_t step = t->state.step, steps = t->state.steps;

    if (!t->o.progress || !t->leads ||
        (!done && time - t->shown < PROGRESS_MS * 1e-3))
        return;
    const double speed = gone > 0 ? (double)(step - t->first) / gone : 0;
    const struct ae_train_progress p = {
        .step = step,
        .steps = steps,
        .loss = mean_of(&t->since_progress),
        .lr = ae_step_rate(&t->step, &t->state),
        .val = t->score,
        .val_name = ae_validation_name(&t->validation),
        .steps_per_s = speed,
        .seconds_left = steps && speed > 0    ? (double)(steps - step) / speed
                        : t->o.time_limit > 0 ? t->o.time_limit - gone
                                              : NAN,
        .seconds = gone,
        .done = done};
    t->shown = time;
    t->since_progress = (struct ae_loss_mean){0};
    t->o.progress(t->o.progress_arg, &p);
}

/* Rows come at fixed steps and with every score. */
static int show_row(struct ae_trainer *t, int scored, struct ae_err *e)
{
    if (!t->since_row.n || (!scored && t->state.step % ROW_EVERY != 0))
        return 0;
    struct ae_train_view view = view_of(t);
    view.scored = scored;
    t->since_row = (struct ae_loss_mean){0};
    AE_TRY(ae_metrics_row(&t->metrics, &view, e));
    return ae_report_row(&t->report, &view, e);
}

/* --------------------------------------------------------------- the loop */

static int run_step(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_err why = {0};
    double loss = 0;

    const int rc = ae_step_run(&t->step, &t->data.train, &t->state, &loss,
                               &why);
    if (rc == AE_ENUMERIC)
        return stop_diverged(t, &why, e);
    if (rc < 0)
        return ae_fail(e, rc, "%s", why.msg);
    add_loss(&t->since_progress, loss);
    add_loss(&t->since_row, loss);
    return 0;
}

static int is_over(const struct ae_trainer *t)
{
    return t->no_steps || (t->state.steps && t->state.step >= t->state.steps);
}

static int is_stale(const struct ae_trainer *t)
{
    return t->o.early_stop && t->state.stale >= t->o.early_stop;
}

/* A step, and what is due after it: score, row, checkpoint. */
static int advance(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_checkpoint *s = &t->state;

    AE_TRY(run_step(t, e));
    ae_timed_judge(t);
    const int scored = is_over(t) || s->step % t->o.checkpoint_every == 0;
    if (scored)
        AE_TRY(score_model(t, e));
    AE_TRY(show_row(t, scored, e));
    if (is_stale(t)) {
        ae_log(t->ctx, AE_LOG_NOTE,
               "no gain in %" PRIu64 " scores: ended at step %" PRIu64,
               s->stale, s->step);
        t->ending = "ended early, having gained nothing more";
        return 0;
    }
    if (scored && !is_over(t))
        AE_TRY(save_checkpoint(t, e));
    show_progress(t, 0);
    return 0;
}

/* About as many as the run took: a backward pass takes two forward ones. */
static double multiplications(const struct ae_trainer *t)
{
    const struct ae_shape *b = &t->step.batch.shape;
    const double pixels = (double)b->h * b->w;

    return 3 * ae_graph_macs(t->step.model->graph) * pixels * t->o.batch *
           (double)t->state.step;
}

/* After the last step.  When it fails the checkpoint stays, to try again. */
static int finish(struct ae_trainer *t, struct ae_err *e)
{
    if (isnan(t->state.best)) /* no step was left, but OUTPUT was gone */
        AE_TRY(score_model(t, e));
    t->complete = !t->leads;
    if (!t->leads)
        return 0;
    AE_TRY(save_course(t, e));
    t->compared.budget = ae_timed_is_late(t)
                             ? 0
                             : fmax(COMPARING * multiplications(t),
                                    COMPARING_LEAST);
    AE_TRY(ae_fit_codes(t->ctx, &t->o, &t->data, &t->compared, e));
    AE_TRY(ae_metrics_finish(&t->metrics, e));
    ae_run_lock_end(&t->lock); /* first: killed then, the run goes on */
    unlink(t->checkpoint_path);
    t->complete = 1;
    return 0;
}

/* Why a run pauses, or ends; of several ranks' reasons the last one counts. */
enum pause { GO_ON, HALT, TIME_IS_UP, STOP, FAIL };

static enum pause wish(const struct ae_trainer *t, int rc)
{
    const struct ae_train_options *o = &t->o;

    if (rc < 0)
        return FAIL;
    if (o->stop && *o->stop)
        return STOP;
    if (t->leads && o->time_limit > 0 && !t->is_judged &&
        t->state.step > t->first &&
        ae_timed_now() - t->entered >= o->time_limit)
        return TIME_IS_UP;
    return o->until && t->state.step >= o->until ? HALT : GO_ON;
}

static int pause_run(struct ae_trainer *t, enum pause why, struct ae_err *e)
{
    const struct ae_checkpoint *s = &t->state;

    if (why == TIME_IS_UP)
        ae_log(t->ctx, AE_LOG_NOTE,
               "time is up at step %" PRIu64 " of %" PRIu64
               ": `resume` goes on",
               s->step, s->steps);
    else if (why == HALT)
        ae_log(t->ctx, AE_LOG_INFO, "halted at step %" PRIu64, s->step);
    if (why != STOP)
        t->ending = why == HALT ? "halted: `resume` goes on"
                                : "time is up: `resume` goes on";
    AE_TRY(ae_ranks_agree(halt(t, e), e));
    if (why != STOP)
        return AE_END;
    return ae_fail(e, AE_EINTR, "stopped at step %" PRIu64 ": `resume` goes on",
                   s->step);
}

/* AE_END: it paused. */
static int run_steps(struct ae_trainer *t, struct ae_err *e)
{
    for (int rc = 0;; rc = advance(t, e)) {
        const enum pause why = (enum pause)ae_ranks_max((int)wish(t, rc));
        if (why == FAIL)
            return ae_ranks_agree(rc, e);
        if (is_over(t) || t->ending)
            return 0;
        if (why != GO_ON)
            return pause_run(t, why, e);
    }
}

static int run(struct ae_trainer *t, struct ae_err *e)
{
    AE_TRY(ae_timed_begin(t, e));
    const int rc = run_steps(t, e);
    if (rc)
        return rc < 0 ? rc : 0;
    return ae_ranks_agree(finish(t, e), e);
}

/* The run, and the last words to its observers. */
static int observed_run(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_err why = {0};

    ae_run_lock_begin(&t->lock);
    t->began = t->shown = ae_timed_now();
    int rc = run(t, &why);
    t->seconds = ae_timed_now() - t->began;
    show_progress(t, 1);
    if (t->saved)
        ae_trainer_close(t);
    const struct ae_train_view view = view_of(t);
    const char *state = rc < 0 ? why.msg : t->ending ? t->ending : "complete";
    const int last = ae_report_close(&t->report, &view, state, e);
    if (rc < 0)
        return ae_fail(e, rc, "%s", why.msg);
    return last;
}

static int check_options(const struct ae_train_options *o, struct ae_err *e)
{
    AE_TRY(ae_fields_check(ae_train_fields, o, e));
    return ae_settings_check(o, e);
}

int ae_train(struct ae_ctx *ctx, const struct ae_train_options *o,
             struct ae_err *e)
{
    struct ae_trainer t;

    AE_TRY(ae_ranks_agree(check_options(o, e), e));
    if (o->dump_data) {
        if (ae_ranks_mine() > 0)
            return 0;
        AE_TRY(ae_train_check_files(o, NULL, e));
        return ae_dump_data(ctx, o, e);
    }
    int rc = ae_trainer_init(&t, ctx, o, e); /* AE_END: it is complete */
    if (!rc)
        rc = ae_ranks_agree(open_observers(&t, e), e);
    if (!rc)
        rc = observed_run(&t, e);
    if (!rc)
        rc = ae_train_data_check_faults(&t.data, e);
    ae_trainer_release(&t);
    return rc;
}
