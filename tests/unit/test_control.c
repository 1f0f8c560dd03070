/* What of a net's work goes, and where: shares of brightness and colour, a
 * mask, windows; curves of light there and back. */
#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "image/transfer.h"
#include "pictures.h"
#include "run/denoise/crop.h"
#include "run/denoise/autoexposure.h"
#include "run/denoise/mix.h"

/* ----------------------------------------------------------------- shares */

enum { N = 7 };

static void fill(float *v, int n, uint64_t seed)
{
    struct ae_rng rng;

    ae_rng_init(&rng, seed, 1);
    for (int i = 0; i < n; i++)
        v[i] = 0.5f + 0.1f * (float)ae_rng_normal(&rng);
}

static struct ae_mix shares(double strength, double luma, double chroma)
{
    struct ae_denoise_options o = ae_denoise_defaults;

    o.strength = strength;
    o.luma = luma;
    o.chroma = chroma;
    return ae_mix_of(&o);
}

/* JFIF's matrix, rows of Y, Cb and Cr. */
static void to_ycc(const float *rgb, double *ycc)
{
    static const double m[3][3] = {{0.299, 0.587, 0.114},
                                   {-0.168736, -0.331264, 0.5},
                                   {0.5, -0.418688, -0.081312}};

    for (int i = 0; i < 3; i++)
        ycc[i] = m[i][0] * rgb[0] + m[i][1] * rgb[1] + m[i][2] * rgb[2];
}

Test(mix, shares_are_of_jpegs_planes)
{
    static const double share[3] = {0.3, 0.8, 0.8};
    const struct ae_mix m = shares(1, share[0], share[1]);
    float in[4 * N], net[3 * N], out[3 * N];

    fill(in, 4 * N, 1);
    fill(net, 3 * N, 2);
    memcpy(out, net, sizeof(out));
    ae_mix_row(&m, out, 3, in, 4, NULL, N);
    for (int x = 0; x < N; x++) {
        double a[3], b[3], c[3];
        to_ycc(in + 4 * x, a);
        to_ycc(net + 3 * x, b);
        to_ycc(out + 3 * x, c);
        for (int i = 0; i < 3; i++)
            cr_assert_float_eq(c[i], a[i] + share[i] * (b[i] - a[i]), 1e-6);
    }
}

Test(mix, gray_and_planes_have_brightness_alone)
{
    const struct ae_mix m = shares(0.5, 0.6, 0);
    float in[4 * N], net[4 * N], out[4 * N];

    fill(in, 4 * N, 3);
    fill(net, 4 * N, 4);
    for (int k = 1; k <= 4; k += 3) {
        memcpy(out, net, sizeof(out));
        ae_mix_row(&m, out, k, in, k, NULL, N);
        for (int i = 0; i < k * N; i++)
            cr_assert_float_eq(out[i], in[i] + 0.3f * (net[i] - in[i]), 1e-6);
    }
}

Test(mix, gray_of_three_colours_stays_gray)
{
    const struct ae_mix m = shares(1, 0.3, 0.9);
    float in[3 * N], net[3 * N];

    fill(in, N, 5);
    fill(net, N, 6);
    for (int x = N - 1; x >= 0; x--)
        for (int c = 2; c >= 0; c--) {
            in[3 * x + c] = in[x];
            net[3 * x + c] = net[x];
        }
    ae_mix_row(&m, net, 3, in, 3, NULL, N);
    for (int x = 0; x < N; x++)
        cr_assert(net[3 * x] == net[3 * x + 1] && net[3 * x] == net[3 * x + 2]);
}

Test(mix, mask)
{
    static const float mask[N] = {0, 1, 0.25f, 0, 1, 1, 0.5f};
    const struct ae_mix m = shares(1, 1, 1);
    float in[3 * N], net[3 * N], out[3 * N];

    fill(in, 3 * N, 7);
    fill(net, 3 * N, 8);
    memcpy(out, net, sizeof(out));
    ae_mix_row(&m, out, 3, in, 3, mask, N);
    for (int i = 0; i < 3 * N; i++) {
        const float s = mask[i / 3];
        if (s <= 0 || s >= 1)
            cr_assert(out[i] == (s >= 1 ? net[i] : in[i]), "to the bit");
        else
            cr_assert_float_eq(out[i], in[i] + s * (net[i] - in[i]), 1e-6);
    }
}

/* ---------------------------------------------------------------- windows */

Test(crop, parse)
{
    static const char *const bad[] = {
        "",         "1x1",      "1x1+0",     "0x1+0+0",
        "1x0+0+0",  "-1x1+0+0", "1x1-0+0",   "1x1+0+0 ",
        " 1x1+0+0", "1x1+0+0x", "1.5x1+0+0", "2147483648x1+0+0",
    };
    struct ae_rect r = {0};

    cr_assert_eq(ae_rect_parse("12x345+6+78", &r, NULL), 0);
    cr_assert(r.w == 12 && r.h == 345 && r.x == 6 && r.y == 78);
    for (size_t i = 0; i < AE_LEN(bad); i++)
        cr_assert_eq(ae_rect_parse(bad[i], &r, NULL), AE_EARG, "%s", bad[i]);
}

Test(crop, within)
{
    static const struct ae_image_info in = {.w = 100, .h = 50, .channels = 3};
    struct ae_denoise_options o = ae_denoise_defaults;
    struct ae_image_info out;

    cr_assert_eq(ae_denoise_size(&o, &in, &out, NULL), 0);
    cr_assert(out.w == 100 && out.h == 50);
    o.crop = (struct ae_rect){60, 10, 40, 40};
    cr_assert_eq(ae_denoise_size(&o, &in, &out, NULL), 0);
    cr_assert(out.w == 40 && out.h == 40 && out.channels == 3);
    o.crop.x++;
    cr_assert_eq(ae_denoise_size(&o, &in, &out, NULL), AE_EARG);
    o.crop = (struct ae_rect){INT32_MAX, 0, INT32_MAX, 1};
    cr_assert_eq(ae_denoise_size(&o, &in, &out, NULL), AE_EARG);
}

Test(crop, region_is_aligned_and_reaches)
{
    static const int reach[2] = {13, 20}, align[2] = {8, 16};

    for (int x = 0; x < 200; x += 7)
        for (int w = 1; x + w <= 200; w += 9) {
            const struct ae_rect win = {x, 3, w, 5};
            const struct ae_rect r = ae_crop_region(win, 90, 200, reach, align);
            cr_assert(r.x % 16 == 0 && r.w % 16 == 0 && r.y % 8 == 0);
            cr_assert(r.x >= 0 && r.x + r.w <= 208);
            cr_assert(r.x == 0 || x - r.x >= 20);
            cr_assert(r.x + r.w == 208 || r.x + r.w - x - w >= 20);
            cr_assert(x - r.x < 64 && r.x + r.w - x - w < 64, "no more");
            cr_assert(r.y == 0 && r.h < 90);
        }
}

/* ----------------------------------------------------------------- curves */

static const struct ae_transfer linear = {.gamma = 1};

Test(transfer, encodes_srgb)
{
    /* IEC 61966-2-1, beyond 1 and below 0 as well */
    float v[] = {0, 0.001f, 0.0031308f, 0.05f, 0.21404114f, 1, 4, -0.05f};
    static const double want[] = {0,   0.01292, 0.04045, 0.24781,
                                  0.5, 1,       1.82480, -0.24781};

    ae_transfer_encode(&linear, v, AE_LEN(v), 1, 1);
    for (size_t i = 0; i < AE_LEN(v); i++)
        cr_assert_float_eq(v[i], want[i], 2e-5, "%zu: %g", i, (double)v[i]);
}

Test(transfer, there_and_back)
{
    static const double gammas[] = {1, 1.4, 0.8};

    for (size_t g = 0; g < AE_LEN(gammas); g++) {
        const struct ae_transfer t = {.gamma = gammas[g]};
        for (int i = -200; i <= 65535; i += i < 300 ? 1 : 37) {
            const float was[2] = {(float)(i / 65535.0), 0.3f};
            float same[2] = {was[0], 9}, v;
            ae_transfer_encode(&t, same, 1, 2, 1);
            cr_assert(same[1] == 9, "alpha");
            v = same[0];
            ae_transfer_decode(&t, &v, was, 1, 2, 1);
            cr_assert(v == was[0], "%d: what is left alone is exact", i);
            /* of what changes a sample of 16 bits comes within half a step */
            const float from[2] = {was[0] * 1.25f + 0.001f, 0};
            v = same[0];
            ae_transfer_decode(&t, &v, from, 1, 2, 1);
            cr_assert_lt(fabs(v * 65535.0 - i), 0.05 + 1e-5 * abs(i));
        }
    }
}

Test(transfer, of_png)
{
    cr_assert_float_eq(ae_transfer_of_gama(100000), 1, 1e-9);
    cr_assert_float_eq(ae_transfer_of_gama(80000), 1.25, 1e-9);
    cr_assert_eq(ae_transfer_of_gama(45455), 0);
    cr_assert_eq(ae_transfer_of_gama(55556), 0);
    cr_assert_eq(ae_transfer_of_gama(0), 0);
    cr_assert_eq(ae_transfer_of_gama(4000000000u), 0);
    for (int code = 0; code < 256; code++)
        cr_assert_eq(ae_transfer_of_cicp(code), code == 8);
}

/* A profile of `space` with these curves, n of them, each of 16 bytes. */
static size_t profile(unsigned char *p, const char *space,
                      const char *const *tag, int n,
                      const unsigned char (*curve)[16])
{
    size_t at = 132 + 12 * (size_t)n;

    memset(p, 0, 256);
    memcpy(p + 16, space, 4);
    memcpy(p + 36, "acsp", 4);
    p[131] = (unsigned char)n;
    for (int i = 0; i < n; i++, at += 16) {
        unsigned char *e = p + 132 + 12 * i;
        memcpy(e, tag[i], 4);
        e[7] = (unsigned char)at;
        e[11] = 16;
        memcpy(p + at, curve[i], 16);
    }
    p[3] = (unsigned char)at;
    return at;
}

static const char *const rgb[] = {"rTRC", "gTRC", "bTRC"};
static const char *const gray[] = {"kTRC"};

static double of_three(const unsigned char *curve)
{
    unsigned char p[256], c[3][16];

    for (int i = 0; i < 3; i++)
        memcpy(c[i], curve, 16);
    const size_t n = profile(p, "RGB ", rgb, 3, (const unsigned char(*)[16])c);
    for (size_t cut = 0; cut < n; cut++) /* for sanitizers */
        cr_assert_eq(ae_transfer_of_icc(p, cut), 0);
    return ae_transfer_of_icc(p, n);
}

#define CURVE(text) ((const unsigned char *)(text "\0\0\0\0\0\0\0\0"))

Test(transfer, of_icc)
{
    unsigned char p[256];
    const unsigned char k[1][16] = {"curv\0\0\0\0\0\0\0\1\1\0\0"};
    const unsigned char mixed[3][16] = {"curv\0\0\0\0\0\0\0\1\1\0\0",
                                        "curv\0\0\0\0\0\0\0\1\1\0\0",
                                        "curv\0\0\0\0\0\0\0\1\2\0\0"};

    cr_assert_eq(of_three(CURVE("curv\0\0\0\0\0\0\0\0")), 1, "identity");
    cr_assert_eq(of_three(CURVE("curv\0\0\0\0\0\0\0\1\1\0")), 1, "1.0");
    cr_assert_eq(of_three(CURVE("curv\0\0\0\0\0\0\0\1\2\63")), 0, "2.2");
    cr_assert_eq(of_three(CURVE("curv\0\0\0\0\0\0\0\2\0\0\377\377")), 1);
    cr_assert_eq(of_three(CURVE("curv\0\0\0\0\0\0\0\2\0\0\200\0")), 0);
    cr_assert_eq(of_three(CURVE("curv\0\0\0\0\377\377\377\377")), 0, "lies");
    cr_assert_eq(of_three(CURVE("para\0\0\0\0\0\0\0\0\0\1\0\0")), 1, "g = 1");
    cr_assert_eq(of_three(CURVE("para\0\0\0\0\0\0\0\0\0\2\63\63")), 0);
    cr_assert_eq(of_three(CURVE("para\0\0\0\0\0\3\0\0\0\1\0\0")), 0);
    cr_assert_eq(of_three(CURVE("text\0\0\0\0\0\0\0\0")), 0);
    cr_assert_eq(ae_transfer_of_icc(p, profile(p, "GRAY", gray, 1, k)), 1);
    cr_assert_eq(ae_transfer_of_icc(p, profile(p, "CMYK", gray, 1, k)), 0);
    cr_assert_eq(ae_transfer_of_icc(p, profile(p, "RGB ", gray, 1, k)), 0);
    cr_assert_eq(ae_transfer_of_icc(p, profile(p, "RGB ", rgb, 3, mixed)), 0);
    p[132 + 5] = 255; /* a curve beyond the end */
    cr_assert_eq(ae_transfer_of_icc(p, 216), 0);
}

Test(transfer, precedence)
{
    struct ae_meta *m = NULL;
    unsigned char p[256];
    const unsigned char k[1][16] = {"curv\0\0\0\0\0\0\0\1\1\0\0"};
    const size_t n = profile(p, "GRAY", gray, 1, k);

    cr_assert_eq(ae_transfer_find(NULL, -1).gamma, 0);
    cr_assert_eq(ae_transfer_find(NULL, 1).gamma, 1);
    cr_assert_eq(ae_meta_new(&m, NULL), 0);
    ae_meta_add(m, AE_BLOB_CHUNK, "gAMA\0\1\206\240", 8, NULL);
    cr_assert_eq(ae_transfer_find(m, -1).gamma, 1);
    cr_assert(ae_transfer_find(m, -1).tagged);
    cr_assert_eq(ae_transfer_find(m, 0).gamma, 0);
    ae_meta_add(m, AE_BLOB_CHUNK, "sRGB\0", 5, NULL);
    cr_assert_eq(ae_transfer_find(m, -1).gamma, 0);
    ae_meta_add(m, AE_BLOB_ICC, p, n, NULL);
    cr_assert_eq(ae_transfer_find(m, -1).gamma, 1);
    ae_meta_add(m, AE_BLOB_CHUNK, "cICP\11\20\0\1", 8, NULL);
    cr_assert_eq(ae_transfer_find(m, -1).gamma, 0);
    cr_assert_str_eq(ae_transfer_find(m, -1).perceptual, "PQ");
    cr_assert(!ae_transfer_find(m, -1).tagged);
    ae_meta_free(m);
}

Test(transfer, gain)
{
    for (int g = 0; g < 2; g++) {
        const struct ae_transfer t = {.gamma = g,
                                      .gain = 8,
                                      .mapped = 1,
                                      .least = -FLT_MAX,
                                      .most = FLT_MAX};
        const float was[4] = {0, 0.01f, 0.124f, 0.9f};
        float v[4];
        memcpy(v, was, sizeof(v));
        ae_transfer_encode(&t, v, 4, 1, 1);
        cr_assert(fabsf(v[3] - 1) < 1e-6f && v[2] < v[3], "white at most");
        cr_assert_float_eq(v[1], g ? 0.3133 : 0.08, 1e-4);
        for (int i = 0; i < 4; i++)
            v[i] += i % 2 ? -0.02f : 0;
        ae_transfer_decode(&t, v, was, 4, 1, 1);
        cr_assert(v[0] == was[0] && v[2] == was[2]);
        cr_assert(v[1] < was[1] && v[3] < was[3] && v[3] > was[3] - 0.01f);
    }
}

/* ---------------------------------------------------------------- exposure */

/* Of a gray picture of 1000 x 4, `bright` of its samples being `high` and the
 * others `low`; *rows: how many it took. */
static double gain_of(unsigned maxval, int bright, uint16_t high, uint16_t low,
                      int *rows)
{
    enum { W = 1000, H = 4 };
    const struct ae_image_info info = {
        .w = W, .h = H, .channels = 2, .alpha = 1, .maxval = maxval};
    struct ae_autoexposure x;
    uint16_t row[2 * W];

    cr_assert_eq(ae_autoexposure_init(&x, &info, NULL), 0);
    for (*rows = 0; *rows < H;) {
        for (int i = 0; i < W; i++, bright--) {
            row[2 * i] = bright > 0 ? high : low;
            row[2 * i + 1] = (uint16_t)maxval; /* alpha says nothing */
        }
        ++*rows;
        if (ae_autoexposure_add(&x, &info, row))
            break;
    }
    const double gain = ae_autoexposure_gain(&x);
    ae_autoexposure_release(&x);
    return gain;
}

Test(exposure, gain)
{
    int rows;

    cr_assert_eq(gain_of(65535, 4000, 65535, 0, &rows), 1);
    cr_assert_eq(rows, 1, "what is bright is known at once");
    cr_assert_eq(gain_of(65535, 5, 32768, 100, &rows), 1, "a thousandth");
    cr_assert_gt(gain_of(65535, 4, 65535, 1000, &rows), 32, "is more");
    cr_assert_eq(rows, 4);
    cr_assert_float_eq(gain_of(65535, 1000, 1638, 5, &rows), 32767 / 1638.0,
                       1e-9);
    cr_assert_eq(gain_of(65535, 1000, 32767, 5, &rows), 1, "no step there");
    cr_assert_float_eq(gain_of(1023, 1000, 73, 5, &rows), 7, 1e-9);
    cr_assert_eq(gain_of(65535, 1000, 100, 5, &rows), 128, "no more");
    cr_assert_eq(gain_of(65535, 0, 0, 0, &rows), 1, "black");
}

/* ---------------------------------------------------- a dark linear photo */

enum { SIDE = 128 };

/* In light, at a fiftieth of full exposure, with what a sensor adds. */
static void make_dark(float *clean, float *noisy)
{
    struct ae_rng rng;

    ae_rng_init(&rng, 3, 5);
    for (int i = 0; i < SIDE * SIDE; i++) {
        const int x = i % SIDE, y = i / SIDE;
        const double wave = 0.5 + 0.3 * sin(x * 0.11) * cos(y * 0.07);
        const double edge = (x / 32 + y / 32) % 2 ? 0.6 : 1;
        for (int c = 0; c < 3; c++) {
            const double v = 0.02 * pow(wave * edge, 2.2);
            const double s = sqrt(v * 0.02 / 4000) + 0.02 * 0.01;
            clean[3 * i + c] = (float)v;
            noisy[3 * i + c] = (float)(v + s * ae_rng_normal(&rng));
        }
    }
}

static double distance(const float *a, const float *b)
{
    double sum = 0;

    for (int i = 0; i < 3 * SIDE * SIDE; i++)
        sum += (double)(a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(sum / (3 * SIDE * SIDE));
}

static void run(struct ae_ctx *ctx, struct ae_denoiser *d, int light,
                const struct bytes *in, struct ae_image *out)
{
    struct ae_denoise_options o = ae_denoise_defaults;
    struct ae_io *from, *to;
    struct ae_reader *r = NULL;
    struct ae_writer *w = NULL;
    struct ae_err e = {0};
    size_t n;

    o.linear = light;
    cr_assert_eq(ae_io_open_memory(in->p, in->n, "in", &from, &e), 0);
    cr_assert_eq(ae_io_create_memory(&to, &e), 0);
    cr_assert_eq(ae_reader_open(ctx, from, 1, &r, &e), 0, "%s", e.msg);
    cr_assert_eq(
        ae_writer_open(ctx, to, NULL, ae_reader_info(r), NULL, NULL, &w, &e), 0,
        "%s", e.msg);
    cr_assert_eq(ae_denoise(d, &o, r, w, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_writer_finish(w, &e), 0, "%s", e.msg);
    const void *p = ae_io_memory(to, &n);
    cr_assert_eq(pic_read(ctx, p, n, out, NULL, &e), 0, "%s", e.msg);
    ae_writer_free(w);
    ae_reader_free(r);
    ae_io_close(from);
    ae_io_close(to);
}

Test(transfer, dark_linear_light_gets_better)
{
    static float clean[3 * SIDE * SIDE], noisy[3 * SIDE * SIDE];
    struct ae_ctx *ctx = pic_context(1 << 20, 1 << 28);
    struct ae_model *m = NULL;
    struct ae_denoiser *d = NULL;
    struct ae_err e = {0};
    struct ae_image im = {
        {.w = SIDE, .h = SIDE, .channels = 3, .maxval = 65535}, noisy};
    struct ae_image out;

    make_dark(clean, noisy);
    struct bytes b = pic_write(ctx, "ppm", &im, NULL, 0);
    cr_assert_eq(ae_model_load(ctx, NULL, &m, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_denoiser_new(ctx, m, 1, &d, &e), 0, "%s", e.msg);
    /* told so, or not: a file of PNM says nothing; by how much depends on the
     * net, which is trained anew now and then */
    for (int light = 1; light >= -1; light -= 2) {
        run(ctx, d, light, &b, &out);
        cr_assert_lt(distance(out.data, clean), 0.97 * distance(noisy, clean),
                     "%d: %g, from %g", light, distance(out.data, clean),
                     distance(noisy, clean));
        ae_image_release(&out);
    }
    free(b.p);
    ae_denoiser_free(d);
    ae_model_free(m);
    ae_ctx_free(ctx);
}
