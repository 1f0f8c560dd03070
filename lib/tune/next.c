/* next.c - what a study does next, as a function of its journal alone.
 *
 * In this order: the defaults, trials whose process ended, trials that a rung
 * lets go on, the highest rung first, and new ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tune/sampler.h"
#include "tune/study.h"

static int is_free(const struct ae_trial *t, double now)
{
    return t->lease < now || (t->host && ae_process_is_gone(t->host, t->pid));
}

static int is_running(const struct ae_trial *t, double now)
{
    return t->state == AE_TRIAL_OPEN && !is_free(t, now);
}

double ae_study_cost(const struct ae_study *s, size_t trial, int rung)
{
    const struct ae_trial *t = &s->trials.at[trial];

    if (t->state == AE_TRIAL_FAILED ||
        (t->step < s->rungs.step[rung] && t->state != AE_TRIAL_DONE))
        return NAN;
    return ae_trials_cost(&s->trials, t, s->rungs.step[rung]);
}

/* Trials have taken so many steps, or are about to. */
static uint64_t planned_steps(const struct ae_study *s, double now)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < s->trials.count; i++) {
        const struct ae_trial *t = &s->trials.at[i];
        sum += is_running(t, now) && t->until > t->step ? t->until : t->step;
    }
    return sum;
}

static int can_afford(const struct ae_study *s, double now, uint64_t steps)
{
    return !s->o.steps_total ||
           planned_steps(s, now) + steps <= s->o.steps_total;
}

/* ----------------------------------------------------------------- pruning */

/* The costs of all trials at a rung, to be freed. */
static int find_costs(const struct ae_study *s, int rung, double **out,
                      struct ae_err *e)
{
    *out = ae_alloc(s->trials.count + 1, sizeof(**out), e);
    for (size_t i = 0; *out && i < s->trials.count; i++)
        (*out)[i] = ae_study_cost(s, i, rung);
    return *out ? 0 : AE_EMEM;
}

/* The trial that successive halving lets go on from a rung; -1: none. */
static int find_promoted(const struct ae_study *s, int rung, int *out,
                         struct ae_err *e)
{
    double *cost;
    unsigned char *went = NULL;
    int rc = find_costs(s, rung, &cost, e);

    *out = -1;
    if (rc < 0 ||
        (rc = (went = ae_alloc(s->trials.count + 1, 1, e)) ? 0 : AE_EMEM) < 0)
        goto out;
    for (size_t i = 0; i < s->trials.count; i++)
        went[i] = s->trials.at[i].state != AE_TRIAL_PRUNED ||
                  s->trials.at[i].until > s->rungs.step[rung];
    *out = ae_halving_next(cost, went, (int)s->trials.count, s->o.eta);
out:
    free(cost);
    free(went);
    return rc;
}

static int rung_at(const struct ae_study *s, uint64_t step)
{
    int rung = 0;

    while (rung < s->rungs.count - 1 && s->rungs.step[rung] < step)
        rung++;
    return rung;
}

/* Of the others only trials that began earlier count, so that what comes out
 * doesn't depend on who is faster. */
static int is_above_median(const struct ae_study *s, size_t trial, int rung,
                           int *yes, struct ae_err *e)
{
    double *cost;
    int n = 0;

    AE_TRY(find_costs(s, rung, &cost, e));
    const double mine = cost[trial];
    for (size_t i = 0; i < trial; i++)
        if (!isnan(cost[i]))
            cost[n++] = cost[i];
    *yes = ae_median_stops(mine, cost, n);
    free(cost);
    return 0;
}

int ae_study_is_pruned(const struct ae_study *s, size_t trial, int *yes,
                       struct ae_err *e)
{
    const int rung = rung_at(s, s->trials.at[trial].until);

    *yes = 0;
    if (trial == 0 || rung == s->rungs.count - 1)
        return 0;
    *yes = s->o.pruning == AE_PRUNING_ASHA;
    return *yes ? 0 : is_above_median(s, trial, rung, yes, e);
}

/* ---------------------------------------------------------------- choosing */

/* An open trial that nobody works on. */
static int find_left(const struct ae_study *s, double now, size_t *out)
{
    for (size_t i = 0; i < s->trials.count; i++) {
        const struct ae_trial *t = &s->trials.at[i];
        if ((t->state == AE_TRIAL_OPEN && is_free(t, now)) ||
            (i == 0 && t->state == AE_TRIAL_FAILED)) {
            *out = i;
            return 1;
        }
    }
    return 0;
}

/* *until stays 0 where none is promoted. */
static int choose_promoted(const struct ae_study *s, double now, size_t *trial,
                           uint64_t *until, struct ae_err *e)
{
    if (s->o.pruning != AE_PRUNING_ASHA)
        return 0;
    for (int rung = s->rungs.count - 2, found; rung >= 0; rung--) {
        const uint64_t next = s->rungs.step[rung + 1];
        AE_TRY(find_promoted(s, rung, &found, e));
        if (found < 0 || !can_afford(s, now, next - s->rungs.step[rung]))
            continue;
        *trial = (size_t)found;
        *until = next;
        return 0;
    }
    return 0;
}

/* *until stays 0 where no new trial may begin. */
static int choose_new(const struct ae_study *s, double now, uint64_t *until,
                      struct ae_err *e)
{
    const uint64_t n = s->trials.count;
    int exhausted = 0;

    if ((s->o.trials && n >= s->o.trials) ||
        (n > 0 && !can_afford(s, now, s->rungs.step[0])))
        return 0;
    AE_TRY(ae_study_is_exhausted(s, &exhausted, e));
    if (!exhausted)
        *until = s->rungs.step[0];
    return 0;
}

static int is_anything_running(const struct ae_study *s, double now)
{
    for (size_t i = 0; i < s->trials.count; i++)
        if (is_running(&s->trials.at[i], now))
            return 1;
    return 0;
}

int ae_study_choose(const struct ae_study *s, double now, size_t *trial,
                    uint64_t *until, struct ae_err *e)
{
    *trial = s->trials.count;
    *until = 0;
    if (find_left(s, now, trial)) {
        *until = s->trials.at[*trial].until;
        return 0;
    }
    if (s->trials.count && s->trials.at[0].reports == 0 &&
        is_running(&s->trials.at[0], now))
        return 0; /* let the defaults show first that the data can be read */
    AE_TRY(choose_promoted(s, now, trial, until, e));
    if (*until)
        return 0;
    AE_TRY(choose_new(s, now, until, e));
    return *until || is_anything_running(s, now) ? 0 : AE_END;
}

/* ---------------------------------------------------------------- sampling */

/* How far a trial has come, and its cost there. */
struct standing {
    int rung; /* -1: it failed */
    double cost;
    size_t trial;
};

static struct standing standing_of(const struct ae_study *s, size_t trial)
{
    int rung = s->rungs.count - 1;

    while (rung >= 0 && isnan(ae_study_cost(s, trial, rung)))
        rung--;
    return (struct standing){
        rung, rung < 0 ? INFINITY : ae_study_cost(s, trial, rung), trial};
}

/* The better ones first: what halted earlier is worse, since better ones were
 * let go on; failed ones are worse than all others. */
static int by_standing(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    return x->rung != y->rung    ? y->rung - x->rung
           : x->cost < y->cost   ? -1
           : x->cost > y->cost   ? 1
           : x->trial < y->trial ? -1
                                 : 1;
}

/* The places of the trials of which something is known, the best first. */
static void learn(const struct ae_study *s, struct standing *at, double *u,
                  struct ae_tried *tried)
{
    const size_t d = (size_t)s->space.count;
    size_t n = 0;

    for (size_t i = 0; i < s->trials.count; i++) {
        at[n] = standing_of(s, i);
        n += at[n].rung >= 0 || s->trials.at[i].state == AE_TRIAL_FAILED;
    }
    qsort(at, n, sizeof(*at), by_standing);
    for (size_t i = 0; i < n; i++)
        memcpy(u + i * d, s->trials.at[at[i].trial].u, d * sizeof(*u));
    *tried = (struct ae_tried){u, n};
}

int ae_study_sample(const struct ae_study *s, size_t trial,
                    char text[][AE_SPACE_VALUE], struct ae_err *e)
{
    const size_t d = (size_t)s->space.count, n = s->trials.count;
    double *u = ae_alloc(n * d + 1, sizeof(*u), e);
    struct standing *at = ae_alloc(n + 1, sizeof(*at), e);
    double point[AE_SPACE_SETTINGS];
    struct ae_tried tried;
    int rc = AE_EMEM;

    if (!u || !at)
        goto out;
    learn(s, at, u, &tried);
    rc = ae_sample(&s->space, s->o.search, s->o.seed, (uint32_t)trial - 1,
                   &tried, point, e);
    for (int i = 0; !rc && i < s->space.count; i++)
        ae_setting_text(&s->space.at[i], point[i], text[i]);
    if (!rc)
        rc = ae_study_avoid_tried(s, text, e);
out:
    free(u);
    free(at);
    return rc;
}
