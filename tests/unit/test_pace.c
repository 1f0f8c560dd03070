/* The length of a run that is given a time, by the readings of a made clock. */
#include <criterion/criterion.h>

#include "train/loop/pace.h"

/* A run of steps of `each` seconds, from the second `slower_from` on `slower`
 * times as long, with a standstill after the second `stands_at`. */
struct course {
    double each, score, closing;
    double slower_from, slower;
    double stands_at, stands;
};

struct outcome {
    double end; /* with what follows the last step */
    uint64_t steps;
    int changes;
};

static struct outcome run(struct ae_pace p, const struct course *c)
{
    double now = 0.5, stands = c->stands;
    struct outcome o = {0, 0, 0};
    uint64_t steps = ae_pace_begin(&p, now, 0), step = 0;

    while (step < steps) {
        const int scored = step > 0 && step % p.every == 0;
        const double speed = now >= c->slower_from ? c->slower : 1;
        now += speed * (c->each + (scored ? c->score : 0));
        if (stands > 0 && now > c->stands_at) {
            now += stands;
            stands = 0;
        }
        const uint64_t n = ae_pace_judge(&p, now, ++step, steps);
        o.changes += n != steps;
        steps = n;
    }
    const double speed = now >= c->slower_from ? c->slower : 1;
    o.end = now + speed * c->closing;
    o.steps = step;
    return o;
}

/* Steps of 10 ms, a score of 50 ms after each hundredth, and twenty scores'
 * time after the last. */
static struct ae_pace tried(double limit)
{
    return (struct ae_pace){.limit = limit,
                            .every = 100,
                            .each = 0.01,
                            .score = 0.05,
                            .scores = 20};
}

static const struct course steady = {
    .each = 0.01, .score = 0.05, .closing = 1, .slower_from = 1e9};

Test(pace, an_even_run_keeps_its_first_length)
{
    const struct outcome o = run(tried(60), &steady);

    cr_assert_eq(o.changes, 0);
    cr_assert_float_eq(o.end, 0.97 * 60, 0.1);
}

Test(pace, slower_steps_shorten_the_run)
{
    static const double times[] = {2, 6, 12};

    for (int i = 0; i < 3; i++) {
        struct course c = steady;
        c.slower_from = 5;
        c.slower = times[i];
        const struct outcome o = run(tried(60), &c);
        cr_expect(o.end > 0.88 * 60 && o.end < 1.06 * 60, "%g: %g", times[i],
                  o.end);
    }
}

/* It takes its own time and no more, whenever it is, and however short the run
 * is: the steps of the time that is left are done. */
Test(pace, a_standstill_costs_its_own_time)
{
    for (double limit = 3; limit < 100; limit *= 3)
        for (double at = 0.05; at < 0.4; at *= 2) {
            struct course c = steady;
            c.closing = 0.02 * limit;
            c.stands_at = at * limit;
            c.stands = limit / 2;
            struct ae_pace p = tried(limit);
            p.scores = c.closing / p.score;
            const struct outcome o = run(p, &c);
            cr_expect(o.end > 0.9 * limit && o.end < 1.05 * limit,
                      "limit %g, standstill at %g: ended at %g after %d steps",
                      limit, at, o.end, (int)o.steps);
        }
}

Test(pace, a_standstill_past_the_limit_ends_the_run)
{
    struct course c = steady;

    c.stands_at = 10;
    c.stands = 100;
    const struct outcome o = run(tried(60), &c);
    cr_assert_float_eq(o.end, 0.01 + 110 + c.closing, 0.1);
}

/* Steps and scores that were tried in a bad moment. */
Test(pace, what_was_tried_too_slow_is_corrected)
{
    struct ae_pace p = tried(60);

    p.each *= 50;
    p.score *= 20;
    const struct outcome o = run(p, &steady);
    cr_assert(o.end > 0.9 * 60 && o.end < 1.05 * 60, "ended at %g", o.end);
}

Test(pace, half_of_the_time_is_for_steps)
{
    struct ae_pace p = tried(60);

    p.scores = 1e6;
    const struct outcome o = run(p, &steady);
    cr_assert_float_eq(o.end - steady.closing, 0.97 * 60 - 59.5 / 2, 0.5);
}

Test(pace, pca_is_left_out_where_it_is_too_late_for_it)
{
    struct ae_pace p = tried(60);

    p.pca = 5;
    ae_pace_begin(&p, 1, 0);
    cr_assert_eq(ae_pace_is_late(&p, 56), 0);
    cr_assert_eq(ae_pace_is_late(&p, 57), 1);
}
