/* pace.c - see pace.h. */
#include "train/loop/pace.h"

#include <math.h>

/* Shares of the limit: where the run is to end; the ends that leave its length
 * as it is; where it stops in any case. */
static const double END = 0.97, EARLY = 0.91, LATE = 1.04, STOP = 1.05;
/* The length is looked at again after this share of the time that is left, but
 * of all at least the other one. */
static const double NEXT = 0.25, LEAST = 0.01;
/* An interval is a standstill where it takes so many times what it should, and
 * more than the least share of the limit. */
static const double STANDSTILL = 8;

static double mean_of(const struct ae_pace_mean *m, double otherwise)
{
    return m->n ? m->seconds / (double)m->n : otherwise;
}

/* The interval that ends now began with the score of the step before, where
 * that had one. */
static void count_interval(struct ae_pace *p, double now, uint64_t step)
{
    const int scored = (step - 1) % p->every == 0 && p->seen > p->began;
    const double usual = p->slow * (p->each + (scored ? p->score : 0));
    const double most = fmax(STANDSTILL * usual, LEAST * p->limit);
    struct ae_pace_mean *m = scored ? &p->scored : &p->plain;

    m->seconds += fmin(now - p->seen, most);
    m->n++;
    p->seen = now;
}

/* Learns from the intervals since the last time.  A score that was tried in a
 * bad moment is corrected; one with a checkpoint takes longer. */
static double seconds_each(struct ae_pace *p)
{
    const double step = mean_of(&p->plain, p->slow * p->each);
    const double score = mean_of(&p->scored, step + p->slow * p->score) - step;

    p->slow = fmax(step / p->each, 1);
    p->score = fmin(p->score, fmax(score, 0));
    p->plain = p->scored = (struct ae_pace_mean){0, 0};
    return step + fmax(score, 0) / (double)p->every;
}

/* From the last step to the end at the present speed, without PCA: a guess,
 * which leaves half of the time to steps. */
static double closing(const struct ae_pace *p)
{
    return fmin(p->slow * (p->scores * p->score + p->algebra),
                (p->limit - p->began) / 2);
}

static double closing_with_pca(const struct ae_pace *p)
{
    return fmin(closing(p) + p->pca, (p->limit - p->began) / 2);
}

static uint64_t steps_left(const struct ae_pace *p, double now, double each)
{
    const double left = END * p->limit - closing_with_pca(p) - now;

    return (uint64_t)fmax(left / each, 0);
}

static void look_again(struct ae_pace *p, double now, uint64_t step,
                       uint64_t steps)
{
    p->next = now + fmax(NEXT * (p->limit - now), LEAST * p->limit);
    p->half = step + (steps - step + 1) / 2;
}

uint64_t ae_pace_begin(struct ae_pace *p, double now, uint64_t step)
{
    p->each = fmax(p->each, 1e-9);
    p->slow = 1;
    p->began = p->seen = now;
    p->plain = p->scored = (struct ae_pace_mean){0, 0};
    const double each = p->each + p->score / (double)p->every;
    const uint64_t n = step + steps_left(p, now, each);
    const uint64_t steps = n > 0 ? n : 1;
    look_again(p, now, step, steps);
    return steps;
}

uint64_t ae_pace_judge(struct ae_pace *p, double now, uint64_t step,
                       uint64_t steps)
{
    count_interval(p, now, step);
    if (step >= steps)
        return steps;
    if (now + closing(p) >= STOP * p->limit)
        return step;
    if (now < p->next && step < p->half)
        return steps;
    const double each = seconds_each(p);
    const double end = now + each * (double)(steps - step) +
                       closing_with_pca(p);
    const int fits = end >= EARLY * p->limit && end <= LATE * p->limit;
    if (!fits)
        steps = step + steps_left(p, now, each);
    look_again(p, now, step, steps);
    return steps;
}

int ae_pace_is_late(const struct ae_pace *p, double now)
{
    return now + closing(p) + p->slow * p->pca > LATE * p->limit;
}
