/* The noise `camera` looks like that of real cameras: correlations, channels
 * and power by octave lie where 115 real pairs have them. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ae.h"
#include "noise/mosaic.h"
#include "noise/starlet.h"

enum { OCTAVES = 5, SEEDS = 20 };

/* What is measured of a difference of w x h pixels of three channels. */
struct figures {
    double rms, sd[3], lag1, lag2, rg, rb, gb, octave[OCTAVES];
};

static double at(const float *d, int w, int y, int x, int k)
{
    return (double)d[((size_t)y * (size_t)w + (size_t)x) * 3 + (size_t)k];
}

/* Correlation of channels i and k, the latter dx right and dy below. */
static double correlation(const float *d, int w, int h, int i, int k, int dy,
                          int dx)
{
    double ab = 0, aa = 0, bb = 0;

    for (int y = 0; y + dy < h; y++)
        for (int x = 0; x + dx < w; x++) {
            const double a = at(d, w, y, x, i);
            const double b = at(d, w, y + dy, x + dx, k);
            ab += a * b;
            aa += a * a;
            bb += b * b;
        }
    return ab / sqrt(aa * bb);
}

/* Mean square of one channel's means of blocks of size x size. */
static double block_power(const float *d, int w, int h, int k, int size)
{
    double sum = 0;
    int n = 0;

    for (int y = 0; y + 32 <= h; y += size)
        for (int x = 0; x + 32 <= w; x += size, n++) {
            double mean = 0;
            for (int i = 0; i < size * size; i++)
                mean += at(d, w, y + i / size, x + i % size, k);
            mean /= size * size;
            sum += mean * mean;
        }
    return sum / n;
}

static void measure(const float *d, int w, int h, struct figures *f)
{
    double all = 0;

    for (int k = 0; k < 3; k++) {
        double power = block_power(d, w, h, k, 1);
        const double whole = power;

        f->sd[k] = sqrt(power);
        all += power / 3;
        for (int i = 0; i < OCTAVES; i++) {
            const double next = block_power(d, w, h, k, 2 << i);
            f->octave[i] += (power - next) / whole / 3;
            power = next;
        }
    }
    f->rms = sqrt(all) * 255;
    f->lag1 = (correlation(d, w, h, 1, 1, 0, 1) +
               correlation(d, w, h, 1, 1, 1, 0)) /
              2;
    f->lag2 = (correlation(d, w, h, 1, 1, 0, 2) +
               correlation(d, w, h, 1, 1, 2, 0)) /
              2;
    f->rg = correlation(d, w, h, 0, 1, 0, 0);
    f->rb = correlation(d, w, h, 0, 2, 0, 0);
    f->gb = correlation(d, w, h, 1, 2, 0, 0);
}

static struct ae_image picture(struct ae_ctx *ctx, const char *name)
{
    const char *root = getenv("AE_ROOT");
    struct ae_image im;
    struct ae_io *io;
    struct ae_err e;
    char path[512];

    snprintf(path, sizeof(path), "%s/samples/%s", root ? root : ".", name);
    cr_assert_eq(ae_io_open_path(path, &io, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_image_read(ctx, io, 1, &im, NULL, &e), 0, "%s", e.msg);
    ae_io_close(io);
    return im;
}

/* The difference that seed `seed` makes, as an 8-bit file has it. */
static float *difference(struct ae_ctx *ctx, const struct ae_image *im,
                         const char *chain, uint64_t seed)
{
    const size_t n = (size_t)im->info.w * (size_t)im->info.h * 3;
    float *d = malloc(n * sizeof(*d));
    struct ae_noise *noise;
    struct ae_err e;

    memcpy(d, im->data, n * sizeof(*d));
    cr_assert_eq(ae_noise_parse(chain, &noise, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_noise_apply(ctx, noise, d, im->info.w, im->info.h, 3, 3,
                                255, seed, 0, NULL, &e),
                 0, "%s", e.msg);
    for (size_t i = 0; i < n; i++)
        d[i] -= im->data[i];
    ae_noise_free(noise);
    return d;
}

static void add(struct figures *sum, const struct figures *f)
{
    const double *from = (const double *)f;
    double *to = (double *)sum;

    for (size_t i = 0; i < sizeof(*f) / sizeof(*from); i++)
        to[i] += from[i] / SEEDS;
}

static struct figures mean_figures(const char *chain, double least, double most)
{
    static const char *const names[] = {"elephants.png", "palace.png",
                                        "tulips.png", "statue.png"};
    const struct ae_ctx_options o = {.threads = 1};
    struct figures sum = {0};
    struct ae_ctx *ctx;
    int n = 0;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    for (uint64_t seed = 0; n < SEEDS; seed++) {
        struct ae_image im = picture(ctx, names[seed % 4]);
        float *d = difference(ctx, &im, chain, seed);
        struct figures f = {0};

        measure(d, im.info.w, im.info.h, &f);
        if (f.rms >= least && f.rms <= most) {
            add(&sum, &f);
            n++;
        }
        free(d);
        ae_image_release(&im);
        cr_assert_lt(seed, 20 * SEEDS, "only %d levels fit", n);
    }
    ae_ctx_free(ctx);
    return sum;
}

#define WITHIN(x, low, high)                                                   \
    cr_expect((x) >= (low) && (x) <= (high), #x " is %g", (double)(x))

Test(camera, looks_like_a_camera)
{
    static const double shares[OCTAVES] = {0.26, 0.28, 0.19, 0.12, 0.06};
    const struct figures f = mean_figures("camera", 3.5, 9);

    WITHIN(f.lag1, 0.5, 0.7);
    WITHIN(f.lag2, 0.1, 0.35);
    WITHIN(f.rg, 0.35, 0.75);
    WITHIN(f.rb, 0.35, 0.75);
    WITHIN(f.gb, 0.35, 0.75);
    WITHIN(f.sd[1], 0, fmin(f.sd[0], f.sd[2]));
    for (int i = 0; i < OCTAVES; i++)
        WITHIN(f.octave[i], shares[i] - 0.08, shares[i] + 0.08);
}

/* The same where the level is asked for. */
Test(camera, looks_like_a_camera_at_a_level)
{
    const struct figures f = mean_figures("camera:rms=3.5..9", 3, 9.5);

    WITHIN(f.lag1, 0.5, 0.7);
    WITHIN(f.lag2, 0.1, 0.35);
    WITHIN(f.rg, 0.35, 0.75);
    WITHIN(f.rb, 0.35, 0.75);
    WITHIN(f.gb, 0.35, 0.75);
    WITHIN(f.sd[1], 0, fmin(f.sd[0], f.sd[2]));
    WITHIN(f.octave[0], 0.18, 0.36);
    WITHIN(f.octave[4], 0.0, 0.14);
}

/* Without the camera's own smoothing it is that of demosaicing alone: finer,
 * and the channels disagree. */
Test(camera, smoothing_is_what_makes_it_coarse)
{
    const struct figures f = mean_figures("camera:smooth=0", 3.5, 20);

    WITHIN(f.gb, -0.7, 0.1);
    WITHIN(f.octave[3] + f.octave[4], 0, 0.1);
}

/* Without its chroma the noise is gray: the same in all channels, but for
 * clipping. */
Test(camera, chroma_is_a_share)
{
    const struct figures f = mean_figures("camera:chroma=0", 3.5, 20);

    WITHIN(f.rg, 0.95, 1.0);
    WITHIN(f.gb, 0.95, 1.0);
}

/* The fourth moment by the square of the second, of all samples; the second. */
static double kurtosis(const float *d, size_t n, double *square)
{
    double two = 0, four = 0;

    for (size_t i = 0; i < n; i++) {
        const double v = (double)d[i] * d[i];
        two += v / (double)n;
        four += v * v / (double)n;
    }
    *square = two;
    return four / (two * two);
}

/* Behind coring noise has the same power in fewer places, most of them where
 * the picture has detail. */
Test(camera, coring_keeps_the_power)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_ctx *ctx;
    double power[2] = {0}, peaked[2] = {0};

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    struct ae_image im = picture(ctx, "palace.png");
    const size_t n = (size_t)im.info.w * (size_t)im.info.h * 3;
    for (uint64_t seed = 0; seed < 6; seed++)
        for (int cored = 0; cored < 2; cored++) {
            float *d = difference(
                ctx, &im,
                cored ? "camera:iso=3200,coring=1.5" : "camera:iso=3200", seed);
            double square;

            peaked[cored] += kurtosis(d, n, &square) / 6;
            power[cored] += square;
            free(d);
        }
    WITHIN(power[1] / power[0], 0.9, 1.05);
    WITHIN(peaked[1] / peaked[0], 1.3, 3.5);
    ae_image_release(&im);
    ae_ctx_free(ctx);
}

/* More light, more noise; and a doubled sensitivity gives more noise. */
Test(camera, grows_with_the_sensitivity)
{
    const struct ae_ctx_options o = {.threads = 1};
    struct ae_ctx *ctx;
    double low = 0, high = 0;

    cr_assert_eq(ae_ctx_new(&o, &ctx, NULL), 0);
    struct ae_image im = picture(ctx, "palace.png");
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct figures a = {0}, b = {0};
        float *d = difference(ctx, &im, "camera:iso=800", seed);
        measure(d, im.info.w, im.info.h, &a);
        free(d);
        d = difference(ctx, &im, "camera:iso=12800", seed);
        measure(d, im.info.w, im.info.h, &b);
        free(d);
        low += a.rms;
        high += b.rms;
    }
    /* the root of 16^0.9, less what clipping and rounding take */
    WITHIN(high / low, 2.5, 4.0);
    ae_image_release(&im);
    ae_ctx_free(ctx);
}

/* ------------------------------------------------------------ its parts */

/* Planes of one colour come back; ramps too, away from the borders. */
Test(mosaic, demosaicing_keeps_what_is_linear)
{
    enum { W = 13, H = 10 };
    static float data[(W + 2 * AE_MOSAIC_EDGE) * (H + 2 * AE_MOSAIC_EDGE)];
    float rgb[3 * W];

    for (int phase = 0; phase < 4; phase++)
        for (int how = 0; how < AE_DEMOSAICS; how++) {
            const struct ae_mosaic m = {data, W, H, phase & 1, phase >> 1};
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++)
                    ae_mosaic_row(&m, y)[x] = 0.1f + 0.02f * (float)x +
                                              0.01f * (float)y;
            ae_mosaic_frame(&m);
            for (int y = 2; y < H - 2; y++) {
                ae_mosaic_demosaic(&m, (enum ae_demosaic)how, y, rgb);
                for (int x = 2; x < W - 2; x++)
                    for (int k = 0; k < 3; k++)
                        cr_assert_float_eq(rgb[3 * x + k],
                                           0.1f + 0.02f * (float)x +
                                               0.01f * (float)y,
                                           1e-5, "%d %d", how, phase);
            }
        }
}

Test(mosaic, each_colour_is_in_its_place)
{
    enum { W = 8, H = 8 };
    static float data[(W + 2 * AE_MOSAIC_EDGE) * (H + 2 * AE_MOSAIC_EDGE)];
    static const float colour[3] = {0.7f, 0.5f, 0.2f};
    float rgb[3 * W];

    for (int phase = 0; phase < 4; phase++)
        for (int how = 0; how < AE_DEMOSAICS; how++) {
            const struct ae_mosaic m = {data, W, H, phase & 1, phase >> 1};
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++)
                    ae_mosaic_row(&m,
                                  y)[x] = colour[ae_mosaic_colour(&m, y, x)];
            ae_mosaic_frame(&m);
            for (int y = 0; y < H && how == AE_DEMOSAIC_BILINEAR; y++) {
                ae_mosaic_demosaic(&m, AE_DEMOSAIC_BILINEAR, y, rgb);
                for (int i = 0; i < 3 * W; i++)
                    cr_assert_float_eq(rgb[i], colour[i % 3], 1e-6);
            }
        }
}

Test(starlet, octaves_add_up_and_hold_their_scale)
{
    enum { N = 64 };
    static float p[N * N], q[N * N];
    static const float one[AE_STARLET_GAINS] = {1, 1, 1, 1, 1, 1};
    static const float fine[AE_STARLET_GAINS] = {1, 0, 0, 0, 0, 0};
    float *scratch = malloc(ae_starlet_scratch(N, N) * sizeof(*scratch));
    double checks = 0, left = 0;

    for (int i = 0; i < N * N; i++)
        q[i] = p[i] = (float)((unsigned)i * 2654435761u >> 8 & 1023) / 1024;
    ae_starlet_weight(q, N, N, one, scratch);
    for (int i = 0; i < N * N; i++)
        cr_assert_float_eq(q[i], p[i], 1e-5);
    for (int i = 0; i < N * N; i++)
        q[i] = ((i + i / N) & 1) ? 1 : -1; /* the finest there is ... */
    ae_starlet_weight(q, N, N, fine, scratch);
    for (int i = 0; i < N * N; i++)
        checks += fabs(q[i]) / (N * N);
    cr_expect_float_eq(checks, 1, 0.02, "%g", checks);
    for (int i = 0; i < N * N; i++)
        q[i] = 1; /* ... and the coarsest */
    ae_starlet_weight(q, N, N, fine, scratch);
    for (int i = 0; i < N * N; i++)
        left += fabs(q[i]);
    cr_expect_lt(left, 1e-2);
    free(scratch);
}
