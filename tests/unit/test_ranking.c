/* Rankings: cases worked out by hand, and all pairs counted one by one. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"

static struct ae_ranking rank(const double *score, const unsigned char *label,
                              size_t n)
{
    struct ae_ranking r;

    cr_assert_eq(ae_rank(score, label, n, &r, NULL), 0);
    return r;
}

/* Precisions at the positives, from the top: 1, 2/3, 3/5. */
Test(ranking, by_hand)
{
    static const double s[] = {0.9, 0.8, 0.7, 0.6, 0.5, 0.4};
    static const unsigned char y[] = {1, 0, 1, 0, 1, 0};
    const struct ae_ranking r = rank(s, y, 6);

    cr_assert(r.positives == 3 && r.negatives == 3);
    cr_assert_float_eq(r.auroc, 6.0 / 9, 1e-12);
    cr_assert_float_eq(r.average_precision, (1 + 2.0 / 3 + 3.0 / 5) / 3, 1e-12);
    cr_assert_float_eq(r.best_f1, 2 * 3.0 / (5 + 3), 1e-12);
    cr_assert_float_eq(r.best_threshold, 0.5, 0);
}

/* All tied: one threshold, at which everything is positive. */
Test(ranking, ties_count_half)
{
    static const double s[] = {2, 2, 2, 2};
    static const unsigned char y[] = {1, 0, 0, 0};
    const struct ae_ranking r = rank(s, y, 4);

    cr_assert_float_eq(r.auroc, 0.5, 1e-12);
    cr_assert_float_eq(r.average_precision, 0.25, 1e-12);
    cr_assert_float_eq(r.best_f1, 2.0 / 5, 1e-12);
}

Test(ranking, perfect_and_upside_down)
{
    static const double s[] = {3, 2, INFINITY, 1, -INFINITY};
    static const unsigned char up[] = {1, 0, 1, 0, 0};
    static const unsigned char down[] = {0, 1, 0, 1, 1};

    const struct ae_ranking a = rank(s, up, 5), b = rank(s, down, 5);
    cr_assert(a.auroc == 1 && a.best_f1 == 1 && a.best_threshold == 3);
    cr_assert_float_eq(a.average_precision, 1, 1e-12);
    cr_assert_eq(b.auroc, 0);
}

/* The definitions, straight: pairs for the AUROC; for the rest every score
 * tried as a threshold.  Few distinct scores, so that ties abound. */
static void check_brute(const double *s, const unsigned char *y, size_t n)
{
    const struct ae_ranking r = rank(s, y, n);
    double pairs = 0, ap = 0, best = 0;

    for (size_t i = 0; i < n; i++) {
        size_t hits = 0, flagged = 0;
        for (size_t j = 0; j < n; j++) {
            flagged += s[j] >= s[i];
            hits += s[j] >= s[i] && y[j];
            if (y[i] && !y[j])
                pairs += s[i] > s[j] ? 1 : s[i] < s[j] ? 0 : 0.5;
        }
        if (y[i])
            ap += (double)hits / (double)flagged;
        best = fmax(best, 2 * (double)hits / (double)(flagged + r.positives));
    }
    cr_assert_float_eq(
        r.auroc, pairs / (double)r.positives / (double)r.negatives, 1e-12);
    cr_assert_float_eq(r.average_precision, ap / (double)r.positives, 1e-12);
    cr_assert_float_eq(r.best_f1, best, 1e-12);
    cr_assert_float_eq(ae_rank_f1(s, y, n, nextafter(r.best_threshold, -1)),
                       best, 1e-12);
}

Test(ranking, as_counted_by_brute_force)
{
    struct ae_rng g;

    ae_rng_init(&g, 5, 1);
    for (int trial = 0; trial < 200; trial++) {
        double s[64];
        unsigned char y[64];
        const size_t n = 2 + ae_rng_below(&g, 62);
        const uint32_t levels = 1 + ae_rng_below(&g, 40);
        for (size_t i = 0; i < n; i++) {
            s[i] = ae_rng_below(&g, levels) * 0.25;
            y[i] = i < 2 ? (unsigned char)i
                         : (unsigned char)ae_rng_below(&g, 2);
        }
        check_brute(s, y, n);
    }
}

Test(ranking, f1_at_a_threshold)
{
    static const double s[] = {1, 2, 3, 4};
    static const unsigned char y[] = {0, 0, 1, 1}, none[] = {0, 0, 0, 0};

    cr_assert_float_eq(ae_rank_f1(s, y, 4, 2), 1, 0);
    cr_assert_float_eq(ae_rank_f1(s, y, 4, 3), 2.0 / 3, 1e-12);
    cr_assert_float_eq(ae_rank_f1(s, y, 4, 4), 0, 0);
    cr_assert_float_eq(ae_rank_f1(s, none, 4, 9), 0, 0);
}

Test(ranking, refusals_say_why)
{
    static const double s[] = {1, 2}, bad[] = {1, NAN};
    static const unsigned char ones[] = {1, 1}, zeros[] = {0, 0};
    struct ae_ranking r;
    struct ae_err e;

    cr_assert_eq(ae_rank(s, ones, 2, &r, &e), AE_EARG);
    cr_assert(strstr(e.msg, "none is normal"), "%s", e.msg);
    cr_assert_eq(ae_rank(s, zeros, 2, &r, &e), AE_EARG);
    cr_assert(strstr(e.msg, "none is an outlier"), "%s", e.msg);
    cr_assert_eq(ae_rank(bad, zeros, 2, &r, &e), AE_ENUMERIC);
    cr_assert(strstr(e.msg, "score 1"), "%s", e.msg);
}
