/* Examples of a run: patches, turns, gray, draws, batches. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/ctx.h"
#include "model/model.h"
#include "train/data/sampler.h"

/* ----------------------------------------------------------------- turns */

Test(augment, eight_turns_are_different_and_lossless)
{
    float in[9 * 2], out[8][18];

    for (int i = 0; i < 18; i++)
        in[i] = (float)i;
    for (int t = 0; t < 8; t++) {
        float sum = 0;
        ae_augment_turn(out[t], in, 3, 3, 2, t);
        for (int i = 0; i < 18; i += 2) {
            cr_assert_eq(out[t][i] + 1, out[t][i + 1]);
            sum += out[t][i];
        }
        cr_assert_eq(sum, 72);
        for (int u = 0; u < t; u++)
            cr_assert_neq(memcmp(out[t], out[u], sizeof(in)), 0, "%d = %d", t,
                          u);
    }
    cr_assert_eq(memcmp(out[0], in, sizeof(in)), 0);
    cr_assert_eq(out[1][0], 4);  /* mirrored: top right */
    cr_assert_eq(out[2][0], 12); /* upside down: bottom left */
    cr_assert_eq(out[4][2], 6);  /* transposed: one below */
}

/* ----------------------------------------------------------------- photo */

/* By the weights of ITU-R BT.601: 0.299, 0.587, 0.114. */
Test(augment, gray_is_the_luma_of_the_colour)
{
    static const struct {
        uint8_t rgb[3];
        float luma; /* of 255 */
    } colour[] = {{{255, 0, 0}, 76},
                  {{0, 255, 0}, 150},
                  {{0, 0, 255}, 29},
                  {{255, 255, 255}, 255},
                  {{100, 200, 50}, 153}};
    struct ae_ctx *ctx;
    int gray = 0, n = 0;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    for (size_t i = 0; i < AE_LEN(colour); i++) {
        uint8_t px[4 * 4 * 3];
        float out[4 * 4 * 3], scratch[4 * 4 * 3];
        const struct ae_item it = {
            .h = 4, .w = 4, .c = 3, .bytes = 1, .px = px};
        for (size_t k = 0; k < sizeof(px); k++)
            px[k] = colour[i].rgb[k % 3];
        for (uint64_t draw = 0; draw < 40; draw++, n++) {
            struct ae_rng rng;
            ae_rng_init(&rng, 1, draw);
            const int equal = ae_augment_patch(ctx, &it, AE_AUGMENT_PHOTO, 4, 4,
                                               3, &rng, out, scratch);
            gray += equal;
            for (int k = 0; k < 4 * 4 * 3; k++)
                cr_assert_float_eq(
                    out[k] * 255, equal ? colour[i].luma : colour[i].rgb[k % 3],
                    1e-4);
        }
    }
    cr_assert(gray > n / 8 && gray < n / 2, "%d of %d", gray, n);
    ae_ctx_free(ctx);
}

enum { WIDE = 120, SIDE = 16, PATCHES = 400 };

/* Where patches of a picture come from whose detail grows from left to right:
 * the mean of their place, 0 (left) to 1.  Each pixel of the even columns is
 * black, each other as bright as its column is far right. */
static double mean_place(struct ae_ctx *ctx, enum ae_augment how)
{
    static uint8_t px[WIDE * WIDE];
    const struct ae_item it = {
        .h = WIDE, .w = WIDE, .c = 1, .bytes = 1, .px = px};
    float out[SIDE * SIDE], scratch[SIDE * SIDE];
    double sum = 0;

    for (int i = 0; i < WIDE * WIDE; i++)
        px[i] = (uint8_t)(i % 2 ? i % WIDE : 0);
    for (uint64_t draw = 0; draw < PATCHES; draw++) {
        struct ae_rng rng;
        float most = 0;
        ae_rng_init(&rng, 2, draw);
        ae_augment_patch(ctx, &it, how, SIDE, SIDE, 1, &rng, out, scratch);
        for (int k = 0; k < SIDE * SIDE; k++)
            most = fmaxf(most, out[k] * 255);
        sum += ((double)most - SIDE + 1) / (WIDE - SIDE);
    }
    return sum / PATCHES;
}

/* The most of three uniform numbers is 3/4 in the mean; it is taken four times
 * in five, and one number, of mean 1/2, otherwise. */
Test(augment, photo_prefers_the_most_detailed_of_three_places)
{
    struct ae_ctx *ctx;

    cr_assert_eq(ae_ctx_new(NULL, &ctx, NULL), 0);
    cr_assert_float_eq(mean_place(ctx, AE_AUGMENT_TURNS), 0.5, 0.04);
    cr_assert_float_eq(mean_place(ctx, AE_AUGMENT_PHOTO), 0.7, 0.04);
    ae_ctx_free(ctx);
}

/* ----------------------------------------------------------------- draws */

static struct ae_dataset items;

static void make_items(struct ae_ctx *ctx)
{
    memset(&items, 0, sizeof(items));
    for (int k = 0; k < 7; k++) {
        char name[16];
        struct ae_item it = {.h = 24 + k,
                             .w = 40 - k,
                             .c = k == 3 ? 1 : 3,
                             .bytes = k == 4 ? 2 : 1};
        const int n = it.h * it.w * it.c;
        snprintf(name, sizeof(name), "i%d", k);
        it.name = name;
        it.px = malloc((size_t)(n * it.bytes));
        for (int i = 0; i < n; i++)
            if (it.bytes == 1)
                ((uint8_t *)it.px)[i] = (uint8_t)(i * 31 + k);
            else
                ((uint16_t *)it.px)[i] = (uint16_t)(i * 997);
        cr_assert_eq(ae_dataset_add(ctx, &items, &it, NULL), 0);
    }
}

static void fill(int threads, uint64_t first, int n, double level_dropout,
                 float *clean, float *noisy, float *sigma)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx;
    struct ae_sampler s;
    struct ae_batch b;
    struct ae_noise *noise;
    struct ae_err e = {0};

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    make_items(ctx);
    cr_assert_eq(ae_noise_parse("gauss:sigma=5..50", &noise, NULL), 0);
    cr_assert_eq(ae_sampler_init(&s, ctx, &items, AE_SIDE_BOTH, NULL), 0);
    s.noise = noise;
    s.h = s.w = 16;
    s.c = 3;
    s.maxval = 255;
    s.augment = AE_AUGMENT_PHOTO;
    s.seed = 5;
    s.level_dropout = level_dropout;
    cr_assert_eq(ae_batch_init(&b, &s, n, NULL), 0);
    cr_assert_eq(ae_batch_fill(&b, &s, first, &e), 0, "%s", e.msg);
    memcpy(clean, b.clean, (size_t)n * b.item * sizeof(float));
    memcpy(noisy, b.noisy, (size_t)n * b.item * sizeof(float));
    memcpy(sigma, b.sigma, (size_t)n * sizeof(float));
    ae_batch_release(&b);
    ae_sampler_release(&s);
    ae_noise_free(noise);
    ae_dataset_release(&items);
    ae_ctx_free(ctx);
}

enum { ITEM = 16 * 16 * 3, DRAWS = 48 };

Test(batch, draws_depend_on_their_index_alone)
{
    static float c1[DRAWS * ITEM], n1[DRAWS * ITEM], s1[DRAWS];
    static float c2[DRAWS * ITEM], n2[DRAWS * ITEM], s2[DRAWS];

    fill(1, 100, DRAWS, 0.5, c1, n1, s1);
    fill(3, 100, DRAWS, 0.5, c2, n2, s2);
    cr_assert_arr_eq(c1, c2, sizeof(c1));
    cr_assert_arr_eq(n1, n2, sizeof(n1));
    cr_assert_arr_eq(s1, s2, sizeof(s1));
    fill(2, 110, DRAWS - 10, 0.5, c2, n2, s2); /* batches cut otherwise */
    cr_assert_arr_eq(c1 + 10 * ITEM, c2, (DRAWS - 10) * ITEM * sizeof(float));
    cr_assert_arr_eq(n1 + 10 * ITEM, n2, (DRAWS - 10) * ITEM * sizeof(float));
}

Test(batch, noise_is_as_told_and_as_a_file_holds_it)
{
    static float c[DRAWS * ITEM], n[DRAWS * ITEM], s[DRAWS];
    int gray = 0, equal_noise = 0;

    fill(2, 0, DRAWS, 0, c, n, s);
    for (int i = 0; i < DRAWS; i++) {
        const float *p = c + i * ITEM, *q = n + i * ITEM;
        int flat = 1, flat_noise = 1;
        cr_assert(s[i] * 255 > 4 && s[i] * 255 < 60, "%g", (double)s[i]);
        for (int k = 0; k < ITEM; k++) {
            const float level = q[k] * 255;
            cr_assert(level >= 0 && level <= 255);
            cr_assert_float_eq(level, rintf(level), 1e-3);
            flat &= p[k] == p[k - k % 3];
            flat_noise &= q[k] == q[k - k % 3];
        }
        gray += flat;
        equal_noise += flat_noise;
    }
    cr_assert_eq(gray, equal_noise);
    cr_assert(gray > 0 && gray < DRAWS / 2);
}

/* The level alone is hidden: patches and noise stay what they were. */
Test(batch, level_dropout_hides_a_share_of_the_levels)
{
    static float c1[DRAWS * ITEM], n1[DRAWS * ITEM], told[DRAWS];
    static float c2[DRAWS * ITEM], n2[DRAWS * ITEM], some[DRAWS];
    int hidden = 0;

    fill(2, 0, DRAWS, 0, c1, n1, told);
    fill(2, 0, DRAWS, 0.25, c2, n2, some);
    cr_assert_arr_eq(c1, c2, sizeof(c1));
    cr_assert_arr_eq(n1, n2, sizeof(n1));
    for (int i = 0; i < DRAWS; i++) {
        cr_assert(some[i] == told[i] || some[i] == AE_LEVEL_UNKNOWN);
        hidden += some[i] == AE_LEVEL_UNKNOWN;
    }
    cr_assert(hidden > DRAWS / 10 && hidden < DRAWS / 2, "%d", hidden);
    fill(2, 0, DRAWS, 1, c2, n2, some);
    for (int i = 0; i < DRAWS; i++)
        cr_assert_eq(some[i], AE_LEVEL_UNKNOWN);
}

/* Of grays: at a half, or with the gray as the chance, anew at each draw. */
Test(batch, binarised)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_ctx *ctx;
    struct ae_sampler s;
    static float c[ITEM], n[ITEM], again[ITEM];
    float sigma, ones = 0, gray = 0, other = 0;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    make_items(ctx);
    cr_assert_eq(ae_sampler_init(&s, ctx, &items, AE_SIDE_BOTH, NULL), 0);
    s.h = s.w = 16;
    s.c = 3;
    s.augment = AE_AUGMENT_NONE;
    for (uint64_t k = 0; k < 70; k++) {
        s.binarise = AE_BINARISE_NONE;
        cr_assert_eq(ae_sampler_draw(&s, k, n, n, &sigma, NULL), 0);
        s.binarise = AE_BINARISE_THRESHOLD;
        cr_assert_eq(ae_sampler_draw(&s, k, c, again, &sigma, NULL), 0);
        cr_assert_arr_eq(c, again, sizeof(c));
        for (int i = 0; i < ITEM; i++) {
            cr_assert_eq(c[i], n[i] >= 0.5f);
            gray += n[i] / ITEM;
        }
        s.binarise = AE_BINARISE_DRAW;
        cr_assert_eq(ae_sampler_draw(&s, k, c, again, &sigma, NULL), 0);
        for (int i = 0; i < ITEM; i++) {
            cr_assert(c[i] == 0 || c[i] == 1);
            ones += c[i] / ITEM;
            other += (c[i] != (n[i] >= 0.5f));
        }
    }
    cr_assert_float_eq(ones / gray, 1, 0.01);
    cr_assert_gt(other, 70 * ITEM / 10);
    ae_sampler_release(&s);
    ae_dataset_release(&items);
    ae_ctx_free(ctx);
}

Test(batch, shuffle_is_a_permutation)
{
    for (uint32_t n = 1; n < 300; n += n < 20 ? 1 : 37) {
        unsigned char seen[300] = {0};
        uint32_t moved = 0;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t j = ae_shuffle(9, n, i);
            cr_assert_lt(j, n);
            cr_assert_eq(seen[j]++, 0);
            moved += j != i;
        }
        cr_assert(n < 20 || moved > n / 2);
    }
}
