/* Periods of series: sines in noise, several channels and runs, trends; noise,
 * drifts and short series have none. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "data/period.h"

static const double turn = 6.283185307179586;

/* n steps of a sine of `period` (0: none) in white noise, on a slope. */
static void add(struct ae_time_series *s, int n, double period, double noise,
                double slope, uint64_t seed)
{
    float rnd[4096];

    cr_assert_leq(n, 4096);
    ae_rng_normals(seed, 1, 0, rnd, (size_t)n);
    for (int i = 0; i < n; i++) {
        const float x = (float)((period > 0 ? sin(turn * i / period) : 0) +
                                noise * (double)rnd[i] + slope * i);
        cr_assert_eq(ae_time_series_add(s, &x, 1, i == 0, NULL), 0);
    }
}

static int period_of(struct ae_time_series *s, int most)
{
    struct ae_err e = {0};
    int period;
    const int rc = ae_time_series_period(s, most, &period, &e);

    cr_assert(rc == 0 || (rc == AE_EARG && strstr(e.msg, "`window` N")), "%s",
              e.msg);
    cr_assert_eq(rc == 0, period > 0);
    ae_time_series_release(s);
    return period;
}

Test(period, of_a_sine_in_noise)
{
    static const int periods[] = {3, 5, 24, 48, 97, 200};

    for (size_t i = 0; i < AE_LEN(periods); i++) {
        struct ae_time_series s = {0};
        add(&s, 1000, periods[i], 1, 0.01, i);
        const int got = period_of(&s, 1 << 16);
        cr_assert(abs(got - periods[i]) <= periods[i] / 100, "%d for %d", got,
                  periods[i]);
    }
}

Test(period, of_runs_of_any_length)
{
    struct ae_time_series s = {0};

    for (int i = 0; i < 20; i++)
        add(&s, 60 + 7 * i, 17, 1.5, 0, (uint64_t)i);
    const int got = period_of(&s, 1 << 16);
    cr_assert_eq(got, 17, "%d", got);
}

/* The stronger of two, in whichever channel: both have variance 1. */
Test(period, of_channels_together)
{
    struct ae_time_series s = {0};

    for (int i = 0; i < 1200; i++) {
        const float x[] = {
            (float)(1e6 * sin(turn * i / 30)),
            (float)(1e-3 * (sin(turn * i / 30) + 1.2 * sin(turn * i / 100)))};
        cr_assert_eq(ae_time_series_add(&s, x, 2, i == 0, NULL), 0);
    }
    cr_assert_eq(period_of(&s, 1 << 16), 30);
}

Test(period, noise_and_drifts_have_none)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct ae_time_series s = {0};
        float rnd[2000], walk = 0;
        add(&s, 700, 0, 1, 0.1, seed);
        cr_assert_eq(period_of(&s, 1 << 16), 0, "seed %d", (int)seed);
        ae_rng_normals(seed, 2, 0, rnd, 2000);
        for (int i = 0; i < 2000; i++) {
            walk = 0.98f * walk + rnd[i];
            cr_assert_eq(ae_time_series_add(&s, &walk, 1, i == 0, NULL), 0);
        }
        cr_assert_eq(period_of(&s, 1 << 16), 0, "seed %d", (int)seed);
    }
}

Test(period, what_is_too_short_long_or_flat)
{
    struct ae_time_series s = {0};

    cr_assert_eq(period_of(&s, 100), 0);
    add(&s, 7, 3, 0, 0, 1);
    cr_assert_eq(period_of(&s, 100), 0);
    add(&s, 500, 0, 0, 0.5, 1);
    cr_assert_eq(period_of(&s, 100), 0);
    add(&s, 500, 200, 0.1, 0, 1); /* doesn't return three times */
    cr_assert_eq(period_of(&s, 1000), 0);
    add(&s, 1000, 90, 0.1, 0, 1); /* longer than is wanted */
    cr_assert_eq(period_of(&s, 80), 0);
}

Test(period, steps_are_dropped)
{
    struct ae_time_series s = {0};

    add(&s, 600, 25, 0.5, 0, 1);
    add(&s, 300, 7, 0, 0, 2);
    add(&s, 3000, 7, 0, 0, 3);
    ae_time_series_drop(&s, 3200);
    cr_assert_eq(s.count, 700);
    cr_assert_eq(s.runs, 2);
    ae_time_series_drop(&s, 100);
    cr_assert_eq(s.runs, 1);
    cr_assert_eq(period_of(&s, 1 << 16), 25);
}
