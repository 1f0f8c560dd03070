/* correlated.c - gaussian noise whose neighbours agree: as a camera leaves it
 * behind demosaicing, its own denoising and JPEG; blotches of colour; and the
 * grain of film.
 *
 * Each is made of planes (plane.h), in an orthonormal basis of one luma and
 * two chroma axes, so that sigma is the root mean square over all samples.
 * In the real photographs that `correlated` was fitted to, luma noise has a
 * correlation of about 0.65 between neighbours and chroma 0.92, with 0.4 of
 * luma's amplitude. */
#include "noise/noise.h"

#include <math.h>
#include <stddef.h>

#include "noise/plane.h"

struct attr {
    double sigma[2], scale[2], tail[2], chroma[2], blotch[2];
};

static const struct ae_field fields[] = {
    {"sigma", AE_F_RANGE, offsetof(struct attr, sigma), "10", 0, 255,
     "standard deviation, 8-bit units", NULL, "A[..B]", 0},
    {"scale", AE_F_RANGE, offsetof(struct attr, scale), "0.5..1.5", 0, 64,
     "width of the luma kernel, pixels", NULL, "A[..B]", 0},
    {"tail", AE_F_RANGE, offsetof(struct attr, tail), "1..4", 0.5, 100,
     "decay of the spectrum: small falls slowly", NULL, "A[..B]", 0},
    {"chroma", AE_F_RANGE, offsetof(struct attr, chroma), "0.2..1", 0, 4,
     "amplitude of chroma over luma; 1: equal", NULL, "A[..B]", 0},
    {"blotch", AE_F_RANGE, offsetof(struct attr, blotch), "1..4", 0.1, 32,
     "width of the chroma kernel over luma's", NULL, "A[..B]", 0},
    {0},
};

/* One plane of standard deviation `sigma`, added to each channel k with the
 * weight axis[k]. */
static void add_plane(struct ae_fft2 *fft, float *data, int w, int h, int c,
                      int stride, const double axis[4], double sigma, double s,
                      double p, struct ae_rng *rng)
{
    const size_t n = (size_t)w * (size_t)h;
    const float *z = ae_fft2_real(fft);
    const double unit = ae_noise_plane(fft, w, h, s, p, rng);

    for (int k = 0; k < c; k++) {
        const float gain = (float)(axis[k] * sigma * unit);

        for (size_t i = 0; gain != 0.0f && i < n; i++)
            data[i * (size_t)stride + (size_t)k] += gain * z[i];
    }
}

/* Orthonormal rows: luma, red against blue, green against both; and the
 * channels of what is not RGB, each a luma of its own. */
static const double colour[4][4] = {
    {0.57735026918962576, 0.57735026918962576, 0.57735026918962576},
    {0.70710678118654752, 0.0, -0.70710678118654752},
    {0.40824829046386302, -0.81649658092772603, 0.40824829046386302},
};
static const double plain[4][4] = {{1}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}};

static int apply(struct ae_ctx *ctx, const void *attr, float *data, int w,
                 int h, int c, int stride, struct ae_rng *rng, struct ae_err *e)
{
    const struct attr *a = attr;
    const double sigma = ae_noise_draw(a->sigma, rng) / 255.0;
    const double scale = ae_noise_draw(a->scale, rng);
    const double tail = ae_noise_draw(a->tail, rng);
    const double chroma = ae_noise_draw(a->chroma, rng);
    const double blotch = ae_noise_draw(a->blotch, rng);
    /* luma^2 (1 + 2 chroma^2) / 3 = sigma^2 */
    const double luma = sigma * sqrt(3.0 / (1.0 + 2.0 * chroma * chroma));
    struct ae_fft2 *fft = NULL;
    const int rc = ae_fft2_new(h, w, &fft, e);

    (void)ctx;
    if (rc < 0)
        return rc;
    for (int k = 0; c != 3 && k < c; k++)
        add_plane(fft, data, w, h, c, stride, plain[k], sigma, scale, tail,
                  rng);
    for (int k = 0; c == 3 && k < c; k++)
        add_plane(fft, data, w, h, c, stride, colour[k],
                  k ? luma * chroma : luma, k ? scale * blotch : scale, tail,
                  rng);
    ae_fft2_free(fft);
    return 0;
}

const struct ae_noise_kind ae_noise_correlated = {
    "correlated", "gaussian noise with correlated neighbours, luma and chroma",
    fields,       sizeof(struct attr),
    apply,        NULL,
};

/* -------------------------------------------------------------- blotch */

struct blotch {
    double sigma[2], scale[2], tail[2];
};

static const struct ae_field blotch_fields[] = {
    {"sigma", AE_F_RANGE, offsetof(struct blotch, sigma), "5", 0, 255,
     "standard deviation, 8-bit units", NULL, "A[..B]", 0},
    {"scale", AE_F_RANGE, offsetof(struct blotch, scale), "4..16", 0, 256,
     "width of the kernel, pixels", NULL, "A[..B]", 0},
    {"tail", AE_F_RANGE, offsetof(struct blotch, tail), "1..4", 0.5, 100,
     "decay of the spectrum: small falls slowly", NULL, "A[..B]", 0},
    {0},
};

/* Gray has no chroma, and stays as it is. */
static int apply_blotch(struct ae_ctx *ctx, const void *attr, float *data,
                        int w, int h, int c, int stride, struct ae_rng *rng,
                        struct ae_err *e)
{
    const struct blotch *a = attr;
    const double sigma = ae_noise_draw(a->sigma, rng) / 255.0;
    const double scale = ae_noise_draw(a->scale, rng);
    const double tail = ae_noise_draw(a->tail, rng);
    struct ae_fft2 *fft = NULL;
    const int rc = c == 3 ? ae_fft2_new(h, w, &fft, e) : 0;

    (void)ctx;
    for (int k = 1; rc == 0 && c == 3 && k < 3; k++)
        add_plane(fft, data, w, h, c, stride, colour[k], sigma * sqrt(1.5),
                  scale, tail, rng);
    ae_fft2_free(fft);
    return rc;
}

const struct ae_noise_kind ae_noise_blotch = {
    "blotch",      "coarse gaussian noise of colour alone",
    blotch_fields, sizeof(struct blotch),
    apply_blotch,  NULL,
};

/* --------------------------------------------------------------- grain */

static const struct ae_field grain_fields[] = {
    {"sigma", AE_F_RANGE, offsetof(struct blotch, sigma), "12", 0, 255,
     "standard deviation in the mid-tones, 8-bit units", NULL, "A[..B]", 0},
    {"scale", AE_F_RANGE, offsetof(struct blotch, scale), "0.4..1.5", 0, 64,
     "width of the kernel, pixels", NULL, "A[..B]", 0},
    {"tail", AE_F_RANGE, offsetof(struct blotch, tail), "1..4", 0.5, 100,
     "decay of the spectrum: small falls slowly", NULL, "A[..B]", 0},
    {0},
};

/* 1 in the middle, 0 at black and white. */
static float mid_tone(const float *x, int c)
{
    float mean = 0.0f;

    for (int k = 0; k < c; k++)
        mean += x[k] / (float)c;
    return mean > 0.0f && mean < 1.0f ? 4.0f * mean * (1.0f - mean) : 0.0f;
}

static int apply_grain(struct ae_ctx *ctx, const void *attr, float *data, int w,
                       int h, int c, int stride, struct ae_rng *rng,
                       struct ae_err *e)
{
    const struct blotch *a = attr;
    const double sigma = ae_noise_draw(a->sigma, rng) / 255.0;
    const double scale = ae_noise_draw(a->scale, rng);
    const double tail = ae_noise_draw(a->tail, rng);
    const size_t n = (size_t)w * (size_t)h;
    struct ae_fft2 *fft = NULL;
    const int rc = ae_fft2_new(h, w, &fft, e);

    (void)ctx;
    if (rc < 0)
        return rc;
    const float gain = (float)(sigma *
                               ae_noise_plane(fft, w, h, scale, tail, rng));
    for (size_t i = 0; i < n; i++, data += stride) {
        const float add = gain * ae_fft2_real(fft)[i] * mid_tone(data, c);

        for (int k = 0; k < c; k++)
            data[k] += add;
    }
    ae_fft2_free(fft);
    return 0;
}

const struct ae_noise_kind ae_noise_grain = {
    "grain",      "the grain of film: luma alone, most in the mid-tones",
    grain_fields, sizeof(struct blotch),
    apply_grain,  NULL,
};
