/* trainer.c - the loop: draw, forward, loss, backward, step, now and then a
 * score, a row and a checkpoint.
 *
 * The model depends on options and data alone, never on the clock, the
 * threads or interruptions: OUTPUT is written at fixed steps, before the
 * checkpoint that knows of it, so a run killed anywhere repeats what it lost
 * and ends in the same bytes. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "model/level.h"
#include "train/data/dump.h"
#include "train/fit/fit_codes.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/trainer.h"

#define NORM_BLEND 0.01 /* a gradient's share of the mean norm */
enum {
    MEASURED = 100,  /* steps that a time limit is judged by */
    ROW_EVERY = 100, /* steps between rows of the metrics */
    TELL_MS = 500    /* between calls of progress */
};

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* ---------------------------------------------------------------- saving */

static json_t *train_json(const struct ae_trainer *t)
{
    char digest[17];

    snprintf(digest, sizeof(digest), "%016" PRIx64, t->state.digest);
    return json_pack(
        "{s:O, s:I, s:I, s:{s:i, s:i, s:s}, s:{s:s, s:f}}", "settings",
        t->state.settings, "step", (json_int_t)t->state.step, "steps",
        (json_int_t)t->state.steps, "data", "items", (int)t->train.slots,
        "held_out", (int)t->held.slots, "digest", digest, "score", "name",
        ae_validation_name(&t->valid), "value", t->val);
}

/* The averaged weights as a model, with what a model gone on from carried. */
static int save_output(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_model m = *t->model;
    struct ae_io *io = NULL;
    int r = 0;

    m.weights = t->mean ? t->mean : m.weights;
    m.fits = (struct ae_fits){{NULL}}; /* those belong to other weights */
    m.meta = t->model->meta ? json_deep_copy(t->model->meta) : json_object();
    if (!m.meta || json_object_set_new(m.meta, "train", train_json(t)) != 0)
        r = ae_fail(e, AE_EMEM, "no memory for the metadata");
    json_t *input = r >= 0 ? ae_preprocessing_json(&t->prep, e) : NULL;
    if (r >= 0 && (!input || json_object_set_new(m.meta, "input", input)))
        r = AE_EMEM;
    if (r >= 0) {
        json_object_del(m.meta, "scores");
        json_object_del(m.meta, "removed");
        r = t->state.optional ? ae_level_set_optional(m.meta, e) : 0;
    }
    if (r >= 0) {
        r = ae_io_create(t->o.output, &io, e);
    }
    if (r >= 0)
        r = ae_model_write(t->ctx, &m, t->o.save_precision ? 32 : 16, NULL, 0,
                           io, e);
    if (r >= 0)
        r = ae_io_commit(io, e);
    ae_io_close(io);
    json_decref(m.meta);
    t->saved |= r >= 0;
    return r < 0 ? ae_err_at(e, r, "%s", t->o.output) : 0;
}

static int diverged(const struct ae_trainer *t, const char *what, double v,
                    struct ae_err *e)
{
    return ae_fail(e, AE_ENUMERIC,
                   "the %s became %s at step %" PRIu64 ": stopped; %s; try a "
                   "smaller `lr`, or `clip`",
                   what, isnan(v) ? "not a number" : "infinite", t->state.step,
                   t->saved ? "the best model before that is kept"
                            : "there was no model to keep yet");
}

/* A code none of whose numbers follows the input is told once, after the
 * first fifth of the run, in which it may still come to life. */
static void tell_code(struct ae_trainer *t)
{
    const struct ae_posterior *p = &t->valid.posterior;
    const struct ae_checkpoint *s = &t->state;

    if (!p->count || t->valid.psnr)
        return;
    ae_log(t->ctx, AE_LOG_INFO,
           "step %" PRIu64 ": reconstruction %.2f, "
           "divergence %.2f nats, %d of %d numbers of the code active",
           s->step, p->reconstruction, p->total, p->active, p->count);
    if (p->active || t->warned || !s->steps || s->step < s->steps / 5)
        return;
    t->warned = 1;
    ae_log(t->ctx, AE_LOG_NOTE, "step %" PRIu64 ": %s", s->step, ae_collapsed);
}

/* Scores, and keeps the model if it is the best so far. */
static int score(struct ae_trainer *t, struct ae_err *e)
{
    t->val = ae_validation_score(&t->valid);
    if (!isfinite(t->val))
        return diverged(t, "score", t->val, e);
    tell_code(t);
    t->state.stale++;
    if (!ae_validation_better(&t->valid, t->val, t->state.best))
        return 0;
    t->state.best = t->val;
    t->state.stale = 0;
    return save_output(t, e);
}

/* At a halt before the first score OUTPUT gets what there is; the checkpoint
 * doesn't know of it, so that going on is as if there had been no halt. */
static int halt(struct ae_trainer *t, struct ae_err *e)
{
    int r = ae_checkpoint_save(t->ctx, t->ckpt_path, &t->state, e);

    if (r >= 0 && !t->saved && t->state.step > 0) {
        t->val = ae_validation_score(&t->valid);
        if (isfinite(t->val))
            r = save_output(t, e);
    }
    return r;
}

/* ------------------------------------------------------------- reporting */

static double rate(const struct ae_trainer *t)
{
    return t->o.lr * ae_lr_schedule(t->o.schedule, t->state.step,
                                    t->state.steps, t->o.warmup);
}

static void tell(struct ae_trainer *t, int done)
{
    const double time = now();
    const uint64_t step = t->state.step, steps = t->state.steps;

    if (!t->o.progress || (!done && time - t->told < TELL_MS * 1e-3))
        return;
    const double gone = time - t->start;
    const double speed = gone > 0 ? (double)(step - t->start_step) / gone : 0;
    const struct ae_train_progress p = {
        .step = step,
        .steps = steps,
        .loss = t->told_n ? t->loss_sum / (double)t->told_n : NAN,
        .lr = rate(t),
        .val = t->val,
        .val_name = ae_validation_name(&t->valid),
        .steps_per_s = speed,
        .seconds_left = steps && speed > 0    ? (double)(steps - step) / speed
                        : t->o.time_limit > 0 ? t->o.time_limit - gone
                                              : NAN,
        .seconds = gone,
        .done = done};
    t->told = time;
    t->loss_sum = 0;
    t->told_n = 0;
    t->o.progress(t->o.progress_arg, &p);
}

/* Rows come at fixed steps and with every score (`scored`). */
static int row(struct ae_trainer *t, int scored, struct ae_err *e)
{
    if (!t->row_n || (!scored && t->state.step % ROW_EVERY != 0))
        return 0;
    const struct ae_row figures = {
        .step = t->state.step,
        .loss = t->row_sum / (double)t->row_n,
        .lr = rate(t),
        .val = scored ? t->val : NAN,
        .posterior = scored && t->valid.posterior.count ? &t->valid.posterior
                                                        : NULL,
        .seconds = now() - t->start};
    t->row_sum = 0;
    t->row_n = 0;
    const int r = ae_metrics_row(&t->metrics, &figures, e);
    return r < 0 ? r : ae_report_row(t, &figures, e);
}

/* -------------------------------------------------------------- the step */

/* What a gradient of that norm is scaled by.  The bound follows the running
 * mean, since norms depend on the loss's unit and fall while a net learns
 * (Seetharaman et al. 2020, AutoClip, for the idea); what is cut off doesn't
 * lift the mean, so that a run on its way out is held. */
static double clip(struct ae_trainer *t, double norm)
{
    double *mean = &t->state.norm;
    const double most = t->o.clip > 0 && *mean > 0 ? t->o.clip * *mean : norm;
    const double kept = fmin(norm, most);

    *mean = *mean > 0 ? *mean + NORM_BLEND * (kept - *mean) : kept;
    return norm > most ? most / norm : 1;
}

static int step(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_checkpoint *s = &t->state;
    const uint64_t first = s->step * (uint64_t)t->o.batch;

    int r = ae_batch_fill(&t->batch, &t->train, first, e);
    if (r < 0)
        return r;
    const struct ae_view clean = ae_batch_view(&t->batch, t->shape, 0,
                                               t->o.batch);
    ae_objective_feed(&t->objective, t->exec, &t->batch, 0, t->o.seed, s->step);
    ae_exec_pack(t->exec);
    const double loss = ae_objective_forward(
        &t->objective, t->exec, &clean, t->o.seed, s->step,
        ae_ramp_at(&t->ramp, s->step, s->steps));
    if (!isfinite(loss))
        return diverged(t, "loss", loss, e);
    ae_objective_backward(&t->objective, t->exec);
    float *grad = ae_exec_wgrad(t->exec);
    const double norm = ae_optim_norm(&t->optim, grad);
    if (!isfinite(norm))
        return diverged(t, "gradient", norm, e);
    ae_optim_step(&t->optim, s->step + 1, rate(t), clip(t, norm),
                  t->model->weights, grad);
    s->step++;
    if (t->mean) { /* a short memory while all is new */
        const double n = (double)s->step;
        ae_optim_average(&t->optim, fmin(t->o.ema, (1 + n) / (10 + n)), t->mean,
                         t->model->weights);
    }
    t->loss_sum += loss;
    t->told_n++;
    t->row_sum += loss;
    t->row_n++;
    return 0;
}

/* With a time limit alone: how many steps fit, judged once; a twentieth is
 * left for scores and checkpoints. */
static void estimate(struct ae_trainer *t)
{
    struct ae_checkpoint *s = &t->state;
    const double gone = now() - t->start;
    const uint64_t n = s->step - t->start_step;

    if (s->steps || n < MEASURED) {
        if (!s->steps && gone >= t->o.time_limit)
            s->steps = s->step;
        return;
    }
    const double left = fmax(t->o.time_limit - gone, 0) * 0.95;
    s->steps = s->step + (uint64_t)(left * (double)n / gone);
    ae_log(t->ctx, AE_LOG_INFO,
           "%.3g steps a second: %" PRIu64 " steps in "
           "the time given",
           (double)n / gone, s->steps);
}

static int loop(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_checkpoint *s = &t->state;
    const int timed = t->o.time_limit > 0 && s->steps > 0;
    int r = 0;

    while (!t->fitted && (!s->steps || s->step < s->steps)) {
        if (t->o.stop && *t->o.stop) {
            r = halt(t, e);
            return r < 0 ? r
                         : ae_fail(e, AE_EINTR,
                                   "stopped at step %" PRIu64
                                   ": `resume` goes on",
                                   s->step);
        }
        if (timed && now() - t->start >= t->o.time_limit) {
            ae_log(t->ctx, AE_LOG_NOTE,
                   "time is up at step %" PRIu64 " of %" PRIu64
                   ": `resume` goes on",
                   s->step, s->steps);
            t->report.ending = "time is up: `resume` goes on";
            return halt(t, e);
        }
        if ((r = step(t, e)) < 0)
            return r;
        estimate(t);
        int end = s->steps && s->step >= s->steps;
        const int stop = end || s->step % t->o.checkpoint_every == 0;
        if (stop && (r = score(t, e)) < 0)
            return r;
        const int stale = t->o.early_stop && s->stale >= t->o.early_stop;
        end |= stale;
        if ((r = row(t, stop, e)) < 0)
            return r;
        if (stop && !end &&
            (r = ae_checkpoint_save(t->ctx, t->ckpt_path, s, e)) < 0)
            return r;
        if (stale) {
            ae_log(t->ctx, AE_LOG_NOTE,
                   "no gain in %" PRIu64 " scores: "
                   "ended at step %" PRIu64,
                   s->stale, s->step);
            t->report.ending = "ended early, having gained nothing more";
            break;
        }
        tell(t, 0);
    }
    if (isnan(s->best) && (r = score(t, e)) < 0)
        return r; /* nothing left to do, but OUTPUT was gone */
    if ((r = ae_fit_codes(t, e)) < 0)
        return r; /* the checkpoint stays to try again */
    unlink(t->ckpt_path);
    return 0;
}

int ae_train(struct ae_ctx *ctx, const struct ae_train_options *o,
             struct ae_err *e)
{
    struct ae_trainer t;
    struct ae_err why = {0};

    AE_TRY(ae_fields_check(ae_train_fields, o, e));
    if (o->dump_data)
        return ae_dump_data(ctx, o, e);
    int r = ae_trainer_init(&t, ctx, o, e);
    if (r >= 0) {
        t.start = t.told = now();
        t.start_step = t.state.step;
        r = loop(&t, &why);
        tell(&t, 1);
        const int last = ae_report_close(&t, r < 0 ? &why : NULL,
                                         r < 0 ? NULL : &why);
        if (r >= 0)
            r = last;
        if (r < 0)
            ae_fail(e, r, "%s", why.msg);
    }
    ae_trainer_release(&t);
    return r;
}
