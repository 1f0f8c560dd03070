/* test_estimate.c - the level of noise, by what the compiled-in net removes.
 * Its bounds are wide, since that net is trained anew now and then. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "kernel/ctx.h"
#include "model/level.h"
#include "run/denoise/net_input.h"

static struct ae_ctx *context(int threads)
{
    const struct ae_ctx_options o = {.threads = threads};
    struct ae_ctx *ctx;
    struct ae_err e;

    cr_assert_eq(ae_ctx_new(&o, &ctx, &e), 0, "%s", e.msg);
    return ctx;
}

/* ----------------------------------------------------------- the curve */

Test(estimate, curve_is_straight_between_its_points)
{
    const struct ae_level_curve none = {0};
    const struct ae_level_curve c = {3, {1, 2, 4}, {0, 3, 5}};
    const struct ae_level_curve high = {2, {2, 4}, {3, 5}};

    cr_expect_eq(ae_level_of(&none, 7.5), 7.5);
    cr_expect_eq(ae_level_of(&c, 0), 0);
    cr_expect_eq(ae_level_of(&c, 1), 0);
    cr_expect_float_eq(ae_level_of(&c, 1.5), 1.5, 1e-12);
    cr_expect_eq(ae_level_of(&c, 2), 3);
    cr_expect_float_eq(ae_level_of(&c, 3), 4, 1e-12);
    cr_expect_float_eq(ae_level_of(&c, 6), 7, 1e-12);
    cr_expect_float_eq(ae_level_of(&high, 1), 1.5, 1e-12);
}

Test(estimate, curve_comes_back_from_metadata)
{
    const struct ae_level_curve c = {3, {1, 2.25, 4}, {0, 3, 5.125}};
    const struct ae_level_curve falls = {3, {1, 2, 4}, {0, 3, 3}};
    struct ae_level_curve back;
    struct ae_err e = {0};
    json_t *meta = json_pack("{s:i}", "version", 1);

    ae_level_curve_get(meta, &back);
    cr_expect_eq(back.count, 0);
    cr_assert_eq(ae_level_curve_set(meta, &c, &e), 0, "%s", e.msg);
    ae_level_curve_get(meta, &back);
    cr_assert_eq(back.count, 3);
    cr_expect_arr_eq(back.removed, c.removed, 3 * sizeof(double));
    cr_expect_arr_eq(back.level, c.level, 3 * sizeof(double));
    cr_expect_neq(ae_level_curve_set(meta, &falls, &e), 0);
    json_decref(meta);
}

Test(estimate, optional_level_raises_the_version)
{
    struct ae_err e = {0};
    json_t *meta = json_pack("{s:i}", "version", 1);

    cr_expect_not(ae_level_optional(meta));
    cr_assert_eq(ae_level_set_optional(meta, &e), 0);
    cr_expect(ae_level_optional(meta));
    cr_expect_eq(json_integer_value(json_object_get(meta, "version")), 2);
    cr_expect_eq(ae_level_check(meta, &e), 0);
    json_object_set_new(meta, "version", json_integer(1));
    cr_expect_eq(ae_level_check(meta, &e), AE_EFORMAT);
    json_object_set_new(meta, "version", json_integer(2));
    json_object_set_new(meta, "level", json_string("by night"));
    cr_expect_eq(ae_level_check(meta, &e), AE_EUNSUPPORTED);
    cr_expect_not_null(strstr(e.msg, "by night"));
    json_decref(meta);
}

/* Level of a row between blocks' middles, constant beyond them. */
Test(estimate, levels_of_rows_lie_between_those_of_blocks)
{
    static const double sigma[] = {4, 8, 6};
    const int h = 3 * AE_LEVEL_BLOCK + 40;

    cr_assert_eq(ae_level_blocks(h), 3);
    cr_expect_eq(ae_level_block_rows(h, 2), AE_LEVEL_BLOCK + 40);
    cr_expect_eq(ae_level_blocks(2 * AE_LEVEL_BLOCK - 1), 1);
    cr_expect_eq(ae_level_of_row(sigma, h, 0), 4);
    cr_expect_eq(ae_level_of_row(sigma, h, h - 1), 6);
    cr_expect_float_eq(ae_level_of_row(sigma, h, 255), 6, 0.01);
    cr_expect_eq(ae_level_of_row(sigma, 100, 50), 4);
}

/* Straight lines between the middles, the last of which is that of a longer
 * block. */
Test(estimate, level_of_every_row_is_interpolated)
{
    static const double sigma[] = {4, 8, 6};
    const int h = 3 * AE_LEVEL_BLOCK + 40;
    const double middle[] = {
        0.5 * (AE_LEVEL_BLOCK - 1), AE_LEVEL_BLOCK + 0.5 * (AE_LEVEL_BLOCK - 1),
        2 * AE_LEVEL_BLOCK + 0.5 * (AE_LEVEL_BLOCK + 40 - 1)};

    for (int y = 0; y < h; y++) {
        const int i = y > middle[1];
        const double share = (y - middle[i]) / (middle[i + 1] - middle[i]);
        const double want = sigma[i] +
                            fmin(fmax(share, 0), 1) * (sigma[i + 1] - sigma[i]);
        const double level = ae_level_of_row(sigma, h, y);

        cr_assert_float_eq(level, want, 1e-9, "row %d: %g, not %g", y, level,
                           want);
    }
}

/* ---------------------------------------------------------- the picture */

/* Bytes of the last such stream, which must be closed before the next. */
static char *kept;

/* A reader of a picture of slow slopes behind `chain`; *rms is what was
 * added. */
static struct ae_io *noisy(struct ae_ctx *ctx, const char *chain, int w, int h,
                           int c, unsigned maxval, double *rms)
{
    const struct ae_image_info info = {.w = w,
                                       .h = h,
                                       .channels = c,
                                       .maxval = maxval,
                                       .alpha = c == 2 || c == 4};
    struct ae_noise *n;
    struct ae_image im = {0};
    struct ae_io *out, *in;
    struct ae_err e = {0};
    size_t size;

    cr_assert_eq(ae_noise_parse(chain, &n, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_image_alloc(ctx, &im, &info, &e), 0, "%s", e.msg);
    for (int i = 0; i < w * h * c; i++)
        im.data[i] = (float)(0.5 + 0.2 * sin(i / c % w * 0.02) +
                             0.1 * cos(i / c / w * 0.03));
    cr_assert_eq(ae_noise_apply(ctx, n, im.data, w, h, c - info.alpha, c,
                                maxval, 1, 2, rms, &e),
                 0, "%s: %s", chain, e.msg);
    *rms *= 255;
    cr_assert_eq(ae_io_create_memory(&out, &e), 0);
    cr_assert_eq(
        ae_image_write(ctx, out, ae_format_by_name("pam"), &im, NULL, NULL, &e),
        0, "%s", e.msg);
    const void *bytes = ae_io_memory(out, &size);
    free(kept);
    kept = malloc(size);
    cr_assert_not_null(memcpy(kept, bytes, size));
    cr_assert_eq(ae_io_open_memory(kept, size, "noisy", &in, &e), 0);
    ae_io_close(out);
    ae_image_release(&im);
    ae_noise_free(n);
    return in;
}

static struct ae_noise_level found(struct ae_ctx *ctx, struct ae_denoiser *d,
                                   const char *chain, int w, int h, int c,
                                   unsigned maxval, double *rms)
{
    struct ae_io *io = noisy(ctx, chain, w, h, c, maxval, rms);
    struct ae_noise_level level = {-1, -1};
    struct ae_reader *r;
    struct ae_err e = {0};

    cr_assert_eq(ae_reader_open(ctx, io, 1, &r, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_noise_estimate(d, r, &level, &e), 0, "%s", e.msg);
    ae_reader_free(r);
    ae_io_close(io);
    return level;
}

static struct ae_denoiser *photo(struct ae_ctx *ctx, struct ae_model **m)
{
    struct ae_denoiser *d;
    struct ae_err e = {0};

    cr_assert_eq(ae_model_load(ctx, NULL, m, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_denoiser_new(ctx, *m, 1, &d, &e), 0, "%s", e.msg);
    cr_assert(ae_denoiser_is_blind(d));
    return d;
}

/* Chains, by what factor the level may be wrong, and between what the white
 * share must lie. */
static const struct {
    const char *chain;
    double near, from, to;
} levels[] = {
    {"gauss:sigma=10", 1.1, 0.7, 1},
    {"gauss:sigma=20", 1.1, 0.7, 1},
    {"gauss:sigma=40", 1.1, 0.7, 1},
    {"correlated:sigma=20,scale=1.5", 20, 0, 1},
};

Test(estimate, level_is_found)
{
    struct ae_ctx *ctx = context(2);
    struct ae_model *m;
    struct ae_denoiser *d = photo(ctx, &m);

    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        for (int c = 1; c <= 3; c += 2) {
            double rms;
            const struct ae_noise_level l = found(ctx, d, levels[i].chain, 192,
                                                  160, c, 255, &rms);

            cr_expect(l.sigma * levels[i].near >= rms &&
                          l.sigma <= rms * levels[i].near,
                      "%s in %d channels: %g of %g", levels[i].chain, c,
                      l.sigma, rms);
            cr_expect(l.white >= levels[i].from && l.white <= levels[i].to,
                      "%s in %d channels: white %g", levels[i].chain, c,
                      l.white);
        }
    ae_denoiser_free(d);
    ae_model_free(m);
    ae_ctx_free(ctx);
}

Test(estimate, odd_sizes_channels_and_any_threads)
{
    static const int sizes[][2] = {{1, 1}, {1, 70}, {70, 1}, {7, 9}, {70, 130}};
    struct ae_ctx *one = context(1), *three = context(3);
    struct ae_model *m, *same;
    struct ae_denoiser *d = photo(one, &m), *again = photo(three, &same);

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int c = 1; c <= 4; c++) {
            const int w = sizes[i][0], h = sizes[i][1];
            double rms;
            const struct ae_noise_level l = found(one, d, "gauss:sigma=20", w,
                                                  h, c, 65535, &rms);
            const struct ae_noise_level k = found(
                three, again, "gauss:sigma=20", w, h, c, 65535, &rms);

            cr_expect(l.sigma >= 0 && l.sigma < 80 && l.white >= 0 &&
                          l.white <= 1,
                      "%dx%dx%d: %g, %g", w, h, c, l.sigma, l.white);
            cr_expect(memcmp(&l, &k, sizeof(l)) == 0, "%dx%dx%d: %g, %g", w, h,
                      c, l.sigma, k.sigma);
        }
    ae_denoiser_free(d);
    ae_denoiser_free(again);
    ae_model_free(m);
    ae_model_free(same);
    ae_ctx_free(one);
    ae_ctx_free(three);
}

/* Levels of all rows, read `step` rows at a time. */
static void read_levels(struct ae_ctx *ctx, struct ae_level_estimator *est,
                        int w, int h, int step, double *level)
{
    const struct ae_net_input_size size = {.rows = step, .levels = 1};
    struct ae_net_input in;
    struct ae_reader *r;
    struct ae_err e = {0};
    double rms;
    struct ae_io *io = noisy(ctx, "gauss:sigma=20", w, h, 1, 255, &rms);

    cr_assert_eq(ae_reader_open(ctx, io, 1, &r, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_net_input_init(&in, ctx, r, est, &size, &e), 0, "%s",
                 e.msg);
    for (int y = 0; y < h; y += step) {
        const int to = ae_min(y + step, h);

        cr_assert_eq(ae_net_input_move(&in, y, to, &e), 0, "%s", e.msg);
        for (int k = y; k < to; k++)
            level[k] = ae_net_input_level(&in, k);
    }
    for (int y = 0; y < h; y++)
        cr_expect_eq(level[y], ae_level_of_row(in.sigma, h, y), "row %d", y);
    ae_net_input_release(&in);
    ae_reader_free(r);
    ae_io_close(io);
}

Test(estimate, levels_dont_depend_on_how_rows_are_read)
{
    static const int steps[] = {1, 4, 100, 300};
    enum { W = 130, H = 2 * AE_LEVEL_BLOCK + 90 };
    struct ae_ctx *ctx = context(2);
    struct ae_level_estimator *est;
    struct ae_err e = {0};
    double first[H], level[H];

    cr_assert_eq(ae_level_estimator_new(ctx, &est, &e), 0, "%s", e.msg);
    read_levels(ctx, est, W, H, H, first);
    cr_expect_neq(first[0], first[H - 1], "one level for all rows");
    for (size_t i = 0; i < AE_LEN(steps); i++) {
        read_levels(ctx, est, W, H, steps[i], level);
        for (int y = 0; y < H; y++)
            cr_assert_eq(level[y], first[y], "row %d by %d: %g, not %g", y,
                         steps[i], level[y], first[y]);
    }
    ae_level_estimator_free(est);
    ae_ctx_free(ctx);
}

/* What is said to have changed is what the files differ by. */
Test(estimate, change_is_that_of_the_files)
{
    struct ae_ctx *ctx = context(2);
    struct ae_model *m;
    struct ae_denoiser *d = photo(ctx, &m);

    for (int c = 1; c <= 4; c++) {
        struct ae_denoise_options o = ae_denoise_defaults;
        struct ae_denoise_found f = {.sigma = -1, .changed = -1};
        struct ae_image before, after;
        struct ae_reader *r;
        struct ae_writer *w;
        struct ae_io *io, *out, *in;
        struct ae_err e = {0};
        double rms, sum = 0;
        size_t size;

        io = noisy(ctx, "gauss:sigma=15", 70, 40, c, 255, &rms);
        cr_assert_eq(ae_reader_open(ctx, io, 1, &r, &e), 0, "%s", e.msg);
        cr_assert_eq(ae_io_create_memory(&out, &e), 0);
        cr_assert_eq(ae_writer_open(ctx, out, ae_format_by_name("pam"),
                                    ae_reader_info(r), NULL, NULL, &w, &e),
                     0, "%s", e.msg);
        o.found = &f;
        o.strength = 0.9;
        cr_assert_eq(ae_denoise(d, &o, r, w, &e), 0, "%s", e.msg);
        cr_assert_eq(ae_writer_finish(w, &e), 0, "%s", e.msg);
        ae_writer_free(w);
        ae_reader_free(r);
        ae_io_close(io);
        const void *bytes = ae_io_memory(out, &size);
        io = noisy(ctx, "gauss:sigma=15", 70, 40, c, 255, &rms);
        cr_assert_eq(ae_io_open_memory(bytes, size, "after", &in, &e), 0);
        cr_assert_eq(ae_image_read(ctx, io, 1, &before, NULL, &e), 0);
        cr_assert_eq(ae_image_read(ctx, in, 1, &after, NULL, &e), 0);
        const int alpha = c == 2 || c == 4;
        for (int i = 0; i < 70 * 40 * c; i++)
            sum += alpha && i % c == c - 1
                       ? 0
                       : pow(255.0 * (before.data[i] - after.data[i]), 2);
        rms = sqrt(sum / (70 * 40 * (c - alpha)));
        cr_expect(rms > 1 && fabs(f.changed / rms - 1) < 1e-3,
                  "%d channels: %g, said %g", c, rms, f.changed);
        ae_image_release(&before);
        ae_image_release(&after);
        ae_io_close(io);
        ae_io_close(in);
        ae_io_close(out);
    }
    ae_denoiser_free(d);
    ae_model_free(m);
    ae_ctx_free(ctx);
}
