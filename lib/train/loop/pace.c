/* pace.c - see pace.h. */
#include "train/loop/pace.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "train/fit/fit.h"

enum { TRIED = 100 /* steps at most */ };
/* Shares of the time: what trying may take; where the run is to end; the ends
 * that leave its length as it is; where it stops in any case. */
static const double TRYING = 0.02, END = 0.97, EARLY = 0.91, LATE = 1.04,
                    STOP = 1.05;
/* The length is looked at again after this share of the time that is left, but
 * of all at least the other one. */
static const double NEXT = 0.25, LEAST = 0.01;
/* Multiplications of linear algebra in a second. */
static const double LINALG = 8e9;

double ae_pace_now(void)
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
 * only one.  A loss that isn't finite is for the run to tell. */
static double try_steps(struct ae_trainer *t)
{
    const double began = ae_pace_now(), most = TRYING * t->o.time_limit;
    double warm = began, loss;
    int n = 0;

    while (n < TRIED && !(t->o.stop && *t->o.stop) &&
           (n < 2 || ae_pace_now() - warm < most)) {
        const int rc = ae_step_run(&t->step, &t->data.train, &t->state, &loss,
                                   NULL);
        if (n++ == 0)
            warm = ae_pace_now();
        if (rc < 0 || warm - began > 4 * most)
            break;
    }
    return n > 1 ? (ae_pace_now() - warm) / (n - 1) : warm - began;
}

/* Guesses by those of a score of the held-out items what follows the last step:
 * a score, the fits to the codes, and PCA, which can be left out. */
static void guess_closing(struct ae_trainer *t, double score)
{
    const struct ae_fit_cost c = ae_fit_cost(&t->o, t->step.model->graph,
                                             &t->data);
    const double each = score / fmax(t->data.held_out.slots, 1);

    t->pace.closing = score + each * c.items + c.mixtures / LINALG;
    t->pace.pca = c.pca / LINALG;
}

/* The first score is slow, too. */
static double score_seconds(struct ae_trainer *t)
{
    const double began = ae_pace_now();

    ae_validation_score(&t->validation);
    const double warm = ae_pace_now();
    if (warm - began > TRYING * t->o.time_limit)
        return warm - began;
    ae_validation_score(&t->validation);
    return ae_pace_now() - warm;
}

/* From the last step to the end, at the present speed; a guess, which leaves
 * half of the time to steps. */
static double closing_now(const struct ae_trainer *t, double gone)
{
    const double left = fmax(t->o.time_limit - gone, 0);

    return fmin(t->pace.slow * t->pace.closing + t->pace.pca, left / 2);
}

/* ---------------------------------------------------------------- judging */

static void set_steps(struct ae_trainer *t, double left, double each)
{
    struct ae_checkpoint *s = &t->state;
    const uint64_t steps = s->step + (uint64_t)fmax(left / each, 0);

    ae_course_add(&s->course, s->step, steps > 0 ? steps : 1);
    s->steps = ae_course_at(&s->course, s->step);
    ae_log(t->ctx, AE_LOG_INFO,
           "%.3g steps a second: %" PRIu64 " steps in the time given", 1 / each,
           s->steps);
}

int ae_pace_begin(struct ae_trainer *t, struct ae_err *e)
{
    struct ae_pace *p = &t->pace;
    struct kept kept;

    if (!(t->o.time_limit > 0) || t->state.steps || t->no_steps)
        return 0;
    int rc = keep(&kept, &t->state, e);
    if (!rc) {
        p->each = fmax(try_steps(t), 1e-9);
        put_back(&kept, &t->state);
        const double score = score_seconds(t);
        guess_closing(t, score);
        p->each += score / (double)t->o.checkpoint_every;
        p->judges = 1;
        p->slow = 1;
        p->last = ae_pace_now() - t->entered;
        p->next = p->last + NEXT * (t->o.time_limit - p->last);
        p->step = t->state.step;
        set_steps(t, END * t->o.time_limit - closing_now(t, p->last) - p->last,
                  p->each);
    }
    release_kept(&kept);
    return rc;
}

int ae_pace_is_late(const struct ae_trainer *t)
{
    const struct ae_pace *p = &t->pace;
    const double gone = ae_pace_now() - t->entered;

    return p->judges &&
           gone + p->slow * (p->closing + p->pca) > LATE * t->o.time_limit;
}

void ae_pace_judge(struct ae_trainer *t)
{
    struct ae_pace *p = &t->pace;
    struct ae_checkpoint *s = &t->state;
    const double limit = t->o.time_limit, gone = ae_pace_now() - t->entered;

    s->steps = ae_course_at(&s->course, s->step);
    if (!p->judges || s->step >= s->steps || s->step == p->step)
        return;
    if (gone + p->slow * p->closing >= STOP * limit) {
        ae_course_add(&s->course, s->step, s->step);
        s->steps = s->step;
        return;
    }
    if (gone < p->next)
        return;
    const double each = (gone - p->last) / (double)(s->step - p->step);
    p->slow = fmax(each / p->each, 1);
    const double closing = closing_now(t, gone);
    const double end = gone + each * (double)(s->steps - s->step) + closing;
    p->last = gone;
    p->step = s->step;
    p->next = gone + fmax(NEXT * (limit - gone), LEAST * limit);
    if (end < EARLY * limit || end > LATE * limit)
        set_steps(t, END * limit - closing - gone, each);
}
