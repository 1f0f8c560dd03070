/* Random numbers: published answers, moments, and that a draw is a function
 * of (seed, stream, index) alone. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* Known answers of Philox4x32-10 from Random123 (kat_vectors). */
Test(rng, philox_known_answers)
{
    static const struct {
        uint64_t seed, stream, index;
        uint32_t out[4];
    } cases[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX,
         UINT64_MAX,
         UINT64_MAX,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822u,
         0x0370734413198a2eu,
         0x85a308d3243f6a88u,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    uint32_t out[4];

    for (size_t i = 0; i < AE_LEN(cases); i++) {
        ae_rng_block(cases[i].seed, cases[i].stream, cases[i].index, out);
        cr_assert_arr_eq(out, cases[i].out, sizeof(out));
    }
}

Test(rng, walk_follows_the_blocks)
{
    struct ae_rng r;
    uint32_t block[4];

    ae_rng_init(&r, 5, 6);
    for (uint64_t i = 0; i < 3; i++) {
        ae_rng_block(5, 6, i, block);
        for (int j = 0; j < 4; j++)
            cr_assert_eq(ae_rng_u32(&r), block[j]);
    }
}

Test(rng, below_is_even)
{
    struct ae_rng r;
    int seen[7] = {0};

    ae_rng_init(&r, 1, 0);
    for (int i = 0; i < 70000; i++)
        seen[ae_rng_below(&r, 7)]++;
    for (int i = 0; i < 7; i++)
        cr_assert(abs(seen[i] - 10000) < 500, "%d: %d", i, seen[i]);
    cr_assert_eq(ae_rng_below(&r, 1), 0);
}

Test(rng, normals_do_not_depend_on_where_a_run_begins)
{
    float all[700], part[700];

    ae_rng_normals(3, 9, 0, all, 700);
    for (size_t first = 0; first < 140; first += 2) {
        for (size_t n = 0; n < 200; n += 37) {
            memset(part, 0, sizeof(part));
            ae_rng_normals(3, 9, first, part, n);
            cr_assert_arr_eq(part, all + first, n * sizeof(float));
            cr_assert_eq(part[n], 0);
        }
    }
    ae_rng_normals(3, 10, 0, part, 700);
    cr_assert_arr_neq(part, all, sizeof(all));
}

/* The formula in double from libm, with 24 bits of each word. */
Test(rng, normals_are_box_and_muller)
{
    float got[4096];
    double worst = 0;

    ae_rng_normals(8, 1, 0, got, 4096);
    for (uint64_t i = 0; i < 2048; i++) {
        uint32_t w[4];
        ae_rng_block(8, 1, i / 2, w);
        const uint32_t *p = w + 2 * (i % 2);
        double r = sqrt(-2 * log(((p[0] >> 8) + 1.0) * 0x1p-24));
        double t = ((p[1] >> 8) & 0x3fffffu) * 0x1p-22 - 0.5 + (p[1] >> 30);
        double a = r * cos(t * acos(0)), b = r * sin(t * acos(0));
        worst = fmax(worst, fabs(a - (double)got[2 * i]));
        worst = fmax(worst, fabs(b - (double)got[2 * i + 1]));
    }
    cr_assert_lt(worst, 3e-6);
}

Test(rng, normals_have_their_moments)
{
    enum { N = 1 << 20 };
    static float x[N];
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0, lag = 0;

    ae_rng_normals(11, 0, 0, x, N);
    for (int i = 0; i < N; i++) {
        double v = (double)x[i];
        m1 += v;
        m2 += v * v;
        m3 += v * v * v;
        m4 += v * v * v * v;
        lag += v * (double)x[(i + 1) % N];
    }
    cr_assert_lt(fabs(m1 / N), 0.005);
    cr_assert_lt(fabs(m2 / N - 1), 0.01);
    cr_assert_lt(fabs(m3 / N), 0.02);
    cr_assert_lt(fabs(m4 / N - 3), 0.05);
    cr_assert_lt(fabs(lag / N), 0.005);
}

/* The bits are a promise: models and noisy pictures are made from them. */
Test(rng, normals_are_these_bits)
{
    float x[4096];

    ae_rng_normals(1, 2, 0, x, 4096);
    cr_assert_eq(ae_hash(x, sizeof(x)), 0xbcaceb724bf91488u, "%016llx",
                 (unsigned long long)ae_hash(x, sizeof(x)));
}

Test(rng, poisson_has_its_mean_and_variance)
{
    for (double mean = 0.1; mean < 1e5; mean *= 4) {
        enum { N = 40000 };
        struct ae_rng r;
        double sum = 0, square = 0;
        ae_rng_init(&r, 2, (uint64_t)(mean * 10));
        for (int i = 0; i < N; i++) {
            double v = ae_rng_poisson(&r, mean);
            cr_assert(v >= 0 && v == floor(v));
            sum += v - mean;
            square += (v - mean) * (v - mean);
        }
        cr_assert_lt(fabs(sum / N), 5 * sqrt(mean / N), "mean %g", mean);
        cr_assert_lt(fabs(square / N / mean - 1), 0.05 + 0.1 / sqrt(mean),
                     "mean %g", mean);
    }
    struct ae_rng r;
    ae_rng_init(&r, 0, 0);
    cr_assert_eq(ae_rng_poisson(&r, 0), 0);
}

/* Against the exact probabilities around the switch of methods. */
Test(rng, poisson_has_its_shape)
{
    enum { N = 100000, K = 40 };
    for (double mean = 9; mean < 12; mean += 2) {
        int seen[K] = {0};
        double p = exp(-mean), chi = 0;
        struct ae_rng r;
        ae_rng_init(&r, 4, (uint64_t)mean);
        for (int i = 0; i < N; i++)
            seen[(int)fmin(ae_rng_poisson(&r, mean), K - 1)]++;
        for (int k = 0; k < 22; k++) {
            chi += (seen[k] - N * p) * (seen[k] - N * p) / (N * p);
            p *= mean / (k + 1);
        }
        cr_assert_lt(chi, 60, "mean %g: %g", mean, chi);
    }
}

Test(rng, hashes)
{
    cr_assert_neq(ae_hash("a", 1), ae_hash("b", 1));
    cr_assert_neq(ae_mix(1, 2), ae_mix(2, 1));
    cr_assert_neq(ae_mix(0, 0), 0);
}
