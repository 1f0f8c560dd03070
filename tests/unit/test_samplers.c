/* Samplers of ae-tune: how a space is read, the distribution of random points,
 * Sobol's known ones, and that TPE learns. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tune/prune.h"
#include "tune/sampler.h"
#include "tune/sobol.h"

static struct ae_space parsed(const char *text)
{
    struct ae_space s;
    struct ae_err e = {0};

    cr_assert_eq(ae_space_parse(&s, text, &e), 0, "%s: %s", text, e.msg);
    return s;
}

Test(space, is_read_and_printed)
{
    struct ae_space s = parsed("lr=log:1e-5..1e-1 # the rate\n"
                               "h=32|64|128\tdepth=1..3 drop=lin:0..0.5");
    struct ae_str text = {0};

    cr_assert_eq(s.count, 4);
    cr_assert_eq(s.at[0].domain, AE_DOMAIN_REAL);
    cr_assert(s.at[0].log);
    cr_assert_eq(s.at[1].domain, AE_DOMAIN_CHOICE);
    cr_assert_eq(s.at[2].domain, AE_DOMAIN_INTEGER);
    cr_assert_eq(s.at[3].domain, AE_DOMAIN_REAL);
    cr_assert_eq(ae_space_print(&s, &text, NULL), 0);
    cr_assert_str_eq(text.p, "lr=log:1e-5..1e-1 h=32|64|128 depth=1..3 "
                             "drop=0..0.5");
    ae_str_release(&text);
    ae_space_release(&s);
}

Test(space, refuses_by_name)
{
    static const struct {
        const char *text, *says;
    } bad[] = {{"", "no setting"},
               {" # nothing\n", "no setting"},
               {"lr", "'lr' is not name=values"},
               {"=1|2", "'=1|2' is not name=values"},
               {"lr=0.1", "lr: '0.1' leaves nothing to choose"},
               {"lr=0.5..0.1", "lr: the range 0.5..0.1 is empty"},
               {"lr=2..2", "lr: the range 2..2 is empty"},
               {"lr=log:0..1", "lr: a logarithmic range begins above 0"},
               {"lr=a..b", "lr: 'a' is no number"},
               {"lr=0..nan", "lr: 'nan' is no number"},
               {"z=2|", "z: an empty choice"},
               {"z=2|4|2", "z: 2 stands there twice"},
               {"z=2|4 z=1..2", "z stands there twice"}};

    for (size_t i = 0; i < AE_LEN(bad); i++) {
        struct ae_space s;
        struct ae_err e = {0};
        cr_assert_eq(ae_space_parse(&s, bad[i].text, &e), AE_EARG);
        cr_assert(strstr(e.msg, bad[i].says), "%s: %s", bad[i].text, e.msg);
    }
}

/* Values come back to their places, ends belong to ranges, and whole numbers
 * are equally likely. */
Test(space, has_values)
{
    struct ae_space s = parsed("a=log:1e-4..1e-2 b=1..3 c=x|y|z d=log:2..64 "
                               "e=0..0.5");
    char text[AE_SPACE_VALUE];
    int count[4] = {0};

    for (int k = 0; k < s.count; k++)
        for (double u = 0; u <= 1; u += 1.0 / 64) {
            ae_setting_text(&s.at[k], u, text);
            const double place = ae_setting_place(&s.at[k], text);
            const double most = k == 0 || k == 4 ? 1e-3 : 0.21;
            cr_assert(fabs(place - u) <= most, "%s at %g: %s, %g", s.at[k].name,
                      u, text, place);
        }
    for (int i = 0; i < 300; i++) {
        ae_setting_text(&s.at[1], (i + 0.5) / 300, text);
        count[text[0] - '0']++;
    }
    cr_assert(count[1] == 100 && count[2] == 100 && count[3] == 100);
    ae_setting_text(&s.at[0], 0, text);
    cr_assert_str_eq(text, "0.0001");
    ae_setting_text(&s.at[4], 1, text);
    cr_assert_str_eq(text, "0.5");
    cr_assert(isnan(ae_setting_place(&s.at[1], "1.5")));
    cr_assert(isnan(ae_setting_place(&s.at[1], "4")));
    cr_assert(isnan(ae_setting_place(&s.at[2], "w")));
    ae_space_release(&s);
}

/* Those of the direction numbers that are published; every stretch of 64
 * points has one in each 64th of each coordinate. */
Test(sobol, has_its_points)
{
    static const double first[][6] = {{0, 0, 0, 0, 0, 0},
                                      {0.5, 0.5, 0.5, 0.5, 0.5, 0.5},
                                      {0.75, 0.25, 0.25, 0.25, 0.75, 0.75},
                                      {0.25, 0.75, 0.75, 0.75, 0.25, 0.25}};
    static const double at40[AE_SOBOL_DIMENSIONS] = {
        0.234375, 0.078125, 0.265625, 0.984375, 0.703125, 0.734375, 0.734375,
        0.359375, 0.046875, 0.359375, 0.828125, 0.890625, 0.515625, 0.046875,
        0.171875, 0.921875, 0.984375, 0.859375, 0.609375, 0.828125, 0.390625};

    for (uint32_t i = 0; i < AE_LEN(first); i++)
        for (int d = 0; d < 6; d++)
            cr_assert_float_eq(ae_sobol(d, i, 0), first[i][d], 1e-12);
    for (int d = 0; d < AE_SOBOL_DIMENSIONS; d++) {
        cr_assert_float_eq(ae_sobol(d, 40, 0), at40[d], 1e-12);
        for (uint32_t begin = 0; begin < 512; begin += 64) {
            uint64_t seen = 0;
            for (uint32_t i = begin; i < begin + 64; i++)
                seen |= 1ull << (int)(64 * ae_sobol(d, i, 0x9e3779b9u));
            cr_assert_eq(seen, UINT64_MAX, "dimension %d", d);
        }
    }
}

Test(random, is_uniform)
{
    struct ae_space s = parsed("a=0.0..1.0 b=0.0..1.0");
    const struct ae_tried none = {NULL, 0};
    double sum[2] = {0}, both = 0, u[2];
    int low = 0;

    for (uint32_t i = 0; i < 4000; i++) {
        cr_assert_eq(ae_sample(&s, AE_SEARCH_RANDOM, 3, i, &none, u, NULL), 0);
        sum[0] += u[0];
        sum[1] += u[1];
        both += (u[0] - 0.5) * (u[1] - 0.5);
        low += u[0] < 0.1;
        cr_assert(u[0] >= 0 && u[0] < 1 && u[1] >= 0 && u[1] < 1);
    }
    cr_assert_float_eq(sum[0] / 4000, 0.5, 0.02);
    cr_assert_float_eq(sum[1] / 4000, 0.5, 0.02);
    cr_assert_float_eq(both / 4000, 0, 0.005);
    cr_assert(low > 320 && low < 480);
    ae_space_release(&s);
}

/* Four places and their value, the lower the better. */
struct tried_point {
    double u[4], value;
};

/* Puts a point among n that are sorted, which lie so in u, too. */
static void insert(struct tried_point *at, double *u, size_t n,
                   struct tried_point new)
{
    size_t i = n;

    for (; i && new.value < at[i - 1].value; i--)
        at[i] = at[i - 1];
    at[i] = new;
    for (; i <= n; i++)
        memcpy(u + 4 * i, at[i].u, sizeof(at[i].u));
}

/* The lowest value of a function with one good corner, of n points. */
static double search(const struct ae_space *s, int how, uint64_t seed, size_t n)
{
    struct tried_point at[80], new;
    double u[80 * 4];

    cr_assert_leq(n, AE_LEN(at));
    for (size_t i = 0; i < n; i++) {
        const struct ae_tried tried = {u, i};
        double *x = new.u;
        cr_assert_eq(ae_sample(s, how, seed, (uint32_t)i, &tried, x, NULL), 0);
        new.value = (x[0] - 0.8) * (x[0] - 0.8) + (x[1] - 0.3) * (x[1] - 0.3) +
                    0.2 * (x[2] > 0.25) + 0.1 * fabs(x[3] - 0.5);
        if (i % 9 == 4)
            new.value = INFINITY; /* one that failed teaches, too */
        insert(at, u, i, new);
    }
    return at[0].value;
}

Test(tpe, beats_random)
{
    struct ae_space s = parsed("a=0.0..1.0 b=log:1e-3..1.0 c=p|q|r|s d=1..9");
    double tpe = 0, random = 0;
    int wins = 0;

    for (uint64_t seed = 0; seed < 40; seed++) {
        const double a = search(&s, AE_SEARCH_TPE, seed, 60);
        const double b = search(&s, AE_SEARCH_RANDOM, seed, 60);
        tpe += a / 40;
        random += b / 40;
        wins += a < b;
    }
    cr_assert(tpe < 0.5 * random, "%g and %g", tpe, random);
    cr_assert(wins >= 30, "%d of 40", wins);
    ae_space_release(&s);
}

/* Points that have no place in a setting, as the defaults may, are passed
 * over. */
Test(tpe, takes_points_outside)
{
    struct ae_space s = parsed("a=0.0..1.0 b=x|y");
    double u[20] = {NAN, NAN}, out[2];
    const struct ae_tried tried = {u, 10};

    for (int i = 1; i < 10; i++) {
        u[2 * i] = i / 10.0;
        u[2 * i + 1] = i % 2 ? 0.25 : 0.75;
    }
    cr_assert_eq(ae_sample(&s, AE_SEARCH_TPE, 1, 10, &tried, out, NULL), 0);
    cr_assert(out[0] >= 0 && out[0] <= 1);
    cr_assert(fabs(out[1] - 0.25) < 1e-9 || fabs(out[1] - 0.75) < 1e-9);
    ae_space_release(&s);
}

Test(rungs, are_halvings_of_the_whole)
{
    struct ae_rungs r;

    ae_rungs_find(&r, AE_PRUNING_ASHA, 4000, 148, 37, 3);
    cr_assert_eq(r.count, 4);
    cr_assert_eq(r.step[0], 148);
    cr_assert_eq(r.step[1], 444);
    cr_assert_eq(r.step[2], 1332);
    cr_assert_eq(r.step[3], 4000);
    cr_assert_eq(ae_rungs_next(&r, 0), 148);
    cr_assert_eq(ae_rungs_next(&r, 148), 444);
    cr_assert_eq(ae_rungs_next(&r, 4000), 4000);
    ae_rungs_find(&r, AE_PRUNING_ASHA, 100, 60, 10, 2);
    cr_assert_eq(r.count, 1);
    ae_rungs_find(&r, AE_PRUNING_MEDIAN, 100, 1, 20, 3);
    cr_assert_eq(r.count, 5);
    cr_assert_eq(r.step[0], 20);
    ae_rungs_find(&r, AE_PRUNING_NONE, 100, 1, 1, 3);
    cr_assert_eq(r.count, 1);
    cr_assert_eq(r.step[0], 100);
}

Test(halving, lets_the_best_third_go_on)
{
    const double cost[] = {5, 3, NAN, 4, 1, 9, 2};
    unsigned char went[7] = {0};

    cr_assert_eq(ae_halving_next(cost, went, 7, 3), 4);
    went[4] = 1;
    cr_assert_eq(ae_halving_next(cost, went, 7, 3), 6);
    went[6] = 1;
    cr_assert_eq(ae_halving_next(cost, went, 7, 3), -1); /* 2 of 6 went */
    cr_assert_eq(ae_halving_next(cost, went, 7, 2), 1);
    cr_assert_eq(ae_halving_next(cost, went, 2, 3), -1);
}

Test(median, stops_the_worse_half)
{
    double few[] = {1, 2, 3}, some[] = {4, 1, 3, 2}, odd[] = {9, 1, 5, 2, 3};

    cr_assert(!ae_median_stops(10, few, 3));
    cr_assert(ae_median_stops(2.6, some, 4));
    cr_assert(!ae_median_stops(2.4, some, 4));
    cr_assert(ae_median_stops(3.1, odd, 5));
    cr_assert(!ae_median_stops(3, odd, 5));
}
