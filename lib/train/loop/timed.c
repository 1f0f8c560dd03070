/* timed.c - see timed.h. */
#include "train/loop/timed.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "train/fit/fit.h"
#include "train/ranks/agree.h"
#include "train/ranks/ranks.h"

enum { TRIED = 1000 /* steps at most */ };
/* The share of the time that trying may take. */
static const double TRYING = 0.02;
/* Multiplications of linear algebra in a second. */
static const double LINALG = 8e9;

double ae_timed_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* ----------------------------------------------------------------- trying */

/* What steps change, but for the weights of the executor's scratch. */
struct kept {
    float *block[4], *copy[4];
    size_t n;
    uint64_t step;
    double norm;
};

static int keep(struct kept *k, const struct ae_checkpoint *c, struct ae_err *e)
{
    *k = (struct kept){.block = {c->weights, c->m, c->v, c->mean},
                       .n = c->graph->weights,
                       .step = c->step,
                       .norm = c->norm};
    for (int i = 0; i < 4; i++) {
        if (!k->block[i])
            continue;
        k->copy[i] = ae_alloc_aligned(k->n, sizeof(float), e);
        if (!k->copy[i])
            return AE_EMEM;
        memcpy(k->copy[i], k->block[i], k->n * sizeof(float));
    }
    return 0;
}

static void put_back(struct kept *k, struct ae_checkpoint *c)
{
    for (int i = 0; i < 4; i++)
        if (k->copy[i])
            memcpy(k->block[i], k->copy[i], k->n * sizeof(float));
    c->step = k->step;
    c->norm = k->norm;
}

static void release_kept(struct kept *k)
{
    for (int i = 0; i < 4; i++)
        ae_free_aligned(k->copy[i]);
}

/* Seconds of a step.  The first one is slow, and counts only where it is the
 * only one; none counts for more than it or half of the trial, since the
 * process may be stopped meanwhile.  A loss that isn't finite is for the run to
 * tell.  The first rank's clock decides for all. */
static double try_steps(struct ae_trainer *t)
{
    const double most = TRYING * t->o.time_limit;
    double before = ae_timed_now(), first = 0, sum = 0, loss;

    for (int n = 0, go = 1;; n++) {
        go = go && n < TRIED && !(t->o.stop && *t->o.stop) &&
             (n < 2 || sum < most) && !(first > 4 * most);
        ae_ranks_broadcast(&go, sizeof(go));
        if (!go)
            return n > 1 ? sum / (n - 1) : first;
        go = ae_step_run(&t->step, &t->data.train, &t->state, &loss, NULL) == 0;
        const double now = ae_timed_now(), took = now - before;
        if (n == 0)
            first = took;
        else
            sum += fmin(took, fmax(first, most / 2));
        before = now;
    }
}

/* The first score is slow, too. */
static double try_score(struct ae_trainer *t)
{
    const double began = ae_timed_now();

    ae_validation_score(&t->validation);
    const double warm = ae_timed_now();
    if (warm - began > TRYING * t->o.time_limit)
        return warm - began;
    ae_validation_score(&t->validation);
    return fmin(ae_timed_now() - warm, warm - began);
}

/* Guesses by a score of the held-out items what follows the last step: a score,
 * the fits to the codes, and PCA. */
static struct ae_pace measure(struct ae_trainer *t, double each)
{
    const struct ae_fit_cost c = ae_fit_cost(&t->o, t->step.model->graph,
                                             &t->data);

    return (struct ae_pace){.limit = t->o.time_limit,
                            .every = t->o.checkpoint_every,
                            .each = each,
                            .score = try_score(t),
                            .scores = 1 +
                                      c.items / fmax(t->data.held_out.slots, 1),
                            .algebra = c.mixtures / LINALG,
                            .pca = c.pca / LINALG};
}

/* ---------------------------------------------------------------- judging */

/* The last part is kept for the end. */
static void set_steps(struct ae_trainer *t, uint64_t steps)
{
    struct ae_checkpoint *s = &t->state;

    if (steps == s->steps ||
        (steps > s->step && s->course.parts >= AE_COURSE_PARTS - 1))
        return;
    ae_course_add(&s->course, s->step, steps);
    s->steps = steps;
    ae_log(t->ctx, AE_LOG_INFO, "%" PRIu64 " steps in the time given", steps);
}

int ae_timed_begin(struct ae_trainer *t, struct ae_err *e)
{
    struct kept kept;
    uint64_t steps = 0;

    if (!(t->o.time_limit > 0) || t->state.steps || t->no_steps)
        return 0;
    const int rc = ae_ranks_agree(keep(&kept, &t->state, e), e);
    if (!rc) {
        const double each = try_steps(t);
        put_back(&kept, &t->state);
        if (t->leads) {
            t->pace = measure(t, each);
            steps = ae_pace_begin(&t->pace, ae_timed_now() - t->entered,
                                  t->state.step);
        }
        ae_ranks_broadcast(&steps, sizeof(steps));
        t->is_judged = 1;
        set_steps(t, steps);
    }
    release_kept(&kept);
    return rc;
}

int ae_timed_is_late(const struct ae_trainer *t)
{
    return t->is_judged &&
           ae_pace_is_late(&t->pace, ae_timed_now() - t->entered);
}

void ae_timed_judge(struct ae_trainer *t)
{
    struct ae_checkpoint *s = &t->state;

    s->steps = ae_course_at(&s->course, s->step);
    if (!t->is_judged)
        return;
    uint64_t steps = t->leads
                         ? ae_pace_judge(&t->pace, ae_timed_now() - t->entered,
                                         s->step, s->steps)
                         : 0;
    ae_ranks_broadcast(&steps, sizeof(steps));
    set_steps(t, steps);
}
