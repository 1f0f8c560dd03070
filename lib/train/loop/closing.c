/* closing.c - the last words of a run: what came of it, beside what is to be
 * had without a net, and what looks wrong. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/err.h"
#include "base/str.h"
#include "train/loop/trainer.h"

/* Outputs that keep less of the data's variance are as good as one. */
static const double CONSTANT = 0.01;

/* "0:47" or "1:02:03"; tenths below a minute. */
static int add_time(struct ae_str *s, double seconds, struct ae_err *e)
{
    const long n = (long)(seconds + 0.5);

    if (seconds < 59.95)
        return ae_str_printf(s, e, "%.1f s", seconds);
    return n < 3600 ? ae_str_printf(s, e, "%ld:%02ld", n / 60, n % 60)
                    : ae_str_printf(s, e, "%ld:%02ld:%02ld", n / 3600,
                                    n / 60 % 60, n % 60);
}

static int add_length(struct ae_str *s, const struct ae_trainer *t,
                      struct ae_err *e)
{
    const struct ae_checkpoint *c = &t->state;

    if (t->no_steps) {
        AE_TRY(ae_str_printf(s, e, "fitted in "));
        return add_time(s, t->seconds, e);
    }
    AE_TRY(t->first ? ae_str_printf(s, e, "steps %" PRIu64 " to %" PRIu64,
                                    t->first + 1, c->step)
                    : ae_str_printf(s, e, "%" PRIu64 " step%s", c->step,
                                    c->step == 1 ? "" : "s"));
    AE_TRY(ae_str_printf(s, e, " in "));
    AE_TRY(add_time(s, t->seconds, e));
    return c->best_step
               ? ae_str_printf(s, e, ", best at step %" PRIu64, c->best_step)
               : 0;
}

/* Places that can be compared, unless the number is beyond all reason. */
static int add_number(struct ae_str *s, const char *name, double v, int places,
                      struct ae_err *e)
{
    return v < 1e6 ? ae_str_printf(s, e, "%s %.*f", name, places, v)
                   : ae_str_printf(s, e, "%s %.5g", name, v);
}

static int add_score(struct ae_str *s, const struct ae_trainer *t,
                     struct ae_err *e)
{
    const struct ae_validation *v = &t->validation;
    const double noisy = ae_validation_noisy_psnr(v);
    const double best = isnan(t->state.best) ? t->score : t->state.best;

    AE_TRY(ae_str_printf(s, e, "; held out: "));
    AE_TRY(add_number(s, ae_validation_name(v), best,
                      v->kind == AE_SCORE_LOSS ? 5 : 2, e));
    return isnan(noisy) ? 0 : add_number(s, ", the noisy input", noisy, 2, e);
}

static int add_comparison(struct ae_str *s, const struct ae_comparison *c,
                          struct ae_err *e)
{
    if (!c->items)
        return 0;
    AE_TRY(add_number(s, ", mean squared error", c->model, 5, e));
    if (c->input > 0)
        AE_TRY(add_number(s, "; the noisy input:", c->input, 5, e));
    if (isnan(c->pca))
        return 0;
    AE_TRY(ae_str_printf(s, e, "; PCA of %zu number%s:", c->code,
                         c->code == 1 ? "" : "s"));
    return add_number(s, "", c->pca, 5, e);
}

static int make_line(struct ae_str *s, const struct ae_trainer *t,
                     struct ae_err *e)
{
    AE_TRY(add_length(s, t, e));
    AE_TRY(add_score(s, t, e));
    return add_comparison(s, &t->compared, e);
}

/* ------------------------------------------------------------------ notes */

static void note_constant(const struct ae_trainer *t)
{
    if (t->has_collapsed || !(t->best_variance < CONSTANT))
        return;
    ae_log(t->ctx, AE_LOG_NOTE,
           "the output is nearly the same for all held-out items: it has %.2g "
           "%% of their variance; train longer, or with another `lr`",
           100 * t->best_variance);
}

static void note_pca(const struct ae_trainer *t)
{
    const struct ae_comparison *c = &t->compared;

    if (!c->items || !(c->model > 1.01 * c->pca + 1e-6 * c->mean))
        return;
    if (c->values <= AE_PCA_DIMS)
        ae_log(t->ctx, AE_LOG_NOTE,
               "this is worse than PCA: train longer, or with a higher `lr`, "
               "or take `model` pca:z=%zu",
               c->code);
    else
        ae_log(t->ctx, AE_LOG_NOTE,
               "this is worse than PCA: train longer, or with a higher `lr`");
}

/* What else than its width holds a code back. */
static int is_held_back(const struct ae_trainer *t)
{
    const struct ae_graph *g = t->step.model->graph;

    if (t->o.noise || t->o.noisy || t->o.self || t->o.contractive > 0 ||
        t->step.objective.variational)
        return 1;
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (ae_node_real(nd, "p") > 0 || ae_node_real(nd, "l1") > 0 ||
            ae_node_real(nd, "kl") > 0)
            return 1;
    }
    return 0;
}

static void note_wide_code(const struct ae_trainer *t)
{
    const struct ae_comparison *c = &t->compared;

    if (!c->items || c->code < c->values || is_held_back(t))
        return;
    ae_log(t->ctx, AE_LOG_NOTE,
           "the code is as wide as an item, %zu numbers for %zu: whatever is "
           "put in can come out, odd items as well as usual ones; choose a "
           "smaller one, or `noise`",
           c->code, c->values);
}

void ae_trainer_close(const struct ae_trainer *t)
{
    struct ae_str line = {0};

    if (make_line(&line, t, NULL) >= 0)
        ae_log(t->ctx, AE_LOG_NOTE, "%s", line.p);
    ae_str_release(&line);
    note_constant(t);
    note_pca(t);
    note_wide_code(t);
}
