/* correlated.c - gaussian noise whose neighbours agree: as a camera leaves it
 * after demosaicing, its own denoising and JPEG; blotches of colour; and the
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

#include "base/err.h"
#include "noise/plane.h"

/* What all three have, and what is drawn from that for a picture. */
struct attr {
    double sigma[2], scale[2], tail[2];
    double chroma[2], blotch[2]; /* of `correlated` only */
};

struct shape {
    double sigma, scale, tail; /* sigma in units of 0..1 */
};

static struct shape draw_shape(const struct attr *a, struct ae_rng *rng)
{
    struct shape s;

    s.sigma = ae_noise_draw(a->sigma, rng) / 255.0;
    s.scale = ae_noise_draw(a->scale, rng);
    s.tail = ae_noise_draw(a->tail, rng);
    return s;
}

#define TAIL                                                                   \
    AE_NOISE_RANGE("tail", attr, tail, "1..4", 0.5, 100,                       \
                   "decay of the spectrum: small falls slowly")

struct picture {
    float *data;
    int w, h, c, stride;
};

/* One plane, added to each channel k with the weight axis[k]. */
static void add_plane(struct ae_fft2 *fft, const struct picture *p,
                      const double axis[4], const struct shape *s,
                      struct ae_rng *rng)
{
    const size_t n = (size_t)p->w * (size_t)p->h, stride = (size_t)p->stride;
    const float *z = ae_fft2_real(fft);
    const double unit = ae_noise_plane(fft, p->w, p->h, s->scale, s->tail, rng);

    for (size_t k = 0; k < (size_t)p->c; k++) {
        const float gain = (float)(axis[k] * s->sigma * unit);

        for (size_t i = 0; gain != 0.0f && i < n; i++)
            p->data[i * stride + k] += gain * z[i];
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

/* ---------------------------------------------------------- correlated */

static const struct ae_field fields[] = {
    AE_NOISE_RANGE("sigma", attr, sigma, "10", 0, 255,
                   "standard deviation, 8-bit units"),
    AE_NOISE_RANGE("scale", attr, scale, "0.5..1.5", 0, 64,
                   "width of the luma kernel, pixels"),
    TAIL,
    AE_NOISE_RANGE("chroma", attr, chroma, "0.2..1", 0, 4,
                   "amplitude of chroma over luma; 1: equal"),
    AE_NOISE_RANGE("blotch", attr, blotch, "1..4", 0.1, 32,
                   "width of the chroma kernel over luma's"),
    {0},
};

static int apply(struct ae_ctx *ctx, const void *attr, float *data, int w,
                 int h, int c, int stride, struct ae_rng *rng, struct ae_err *e)
{
    const struct attr *a = attr;
    const struct picture p = {data, w, h, c, stride};
    const struct shape s = draw_shape(a, rng);
    const double chroma = ae_noise_draw(a->chroma, rng);
    const double blotch = ae_noise_draw(a->blotch, rng);
    /* luma^2 (1 + 2 chroma^2) / 3 = sigma^2 */
    const double luma = s.sigma * sqrt(3.0 / (1.0 + 2.0 * chroma * chroma));
    const struct shape of_luma = {luma, s.scale, s.tail};
    const struct shape of_chroma = {luma * chroma, s.scale * blotch, s.tail};
    struct ae_fft2 *fft = NULL;

    (void)ctx;
    AE_TRY(ae_fft2_new(h, w, &fft, e));
    for (int k = 0; k < c; k++)
        add_plane(fft, &p, c == 3 ? colour[k] : plain[k],
                  c != 3 ? &s
                  : k    ? &of_chroma
                         : &of_luma,
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

static const struct ae_field blotch_fields[] = {
    AE_NOISE_RANGE("sigma", attr, sigma, "5", 0, 255,
                   "standard deviation, 8-bit units"),
    AE_NOISE_RANGE("scale", attr, scale, "4..16", 0, 256,
                   "width of the kernel, pixels"),
    TAIL,
    {0},
};

/* Gray has no chroma, and stays as it is. */
static int apply_blotch(struct ae_ctx *ctx, const void *attr, float *data,
                        int w, int h, int c, int stride, struct ae_rng *rng,
                        struct ae_err *e)
{
    const struct picture p = {data, w, h, c, stride};
    struct shape s = draw_shape(attr, rng);
    struct ae_fft2 *fft = NULL;

    (void)ctx;
    if (c != 3)
        return 0;
    AE_TRY(ae_fft2_new(h, w, &fft, e));
    s.sigma *= sqrt(1.5); /* two planes of three */
    for (int k = 1; k < 3; k++)
        add_plane(fft, &p, colour[k], &s, rng);
    ae_fft2_free(fft);
    return 0;
}

const struct ae_noise_kind ae_noise_blotch = {
    "blotch",      "coarse gaussian noise of colour only",
    blotch_fields, sizeof(struct attr),
    apply_blotch,  NULL,
};

/* --------------------------------------------------------------- grain */

static const struct ae_field grain_fields[] = {
    AE_NOISE_RANGE("sigma", attr, sigma, "12", 0, 255,
                   "standard deviation in the mid-tones, 8-bit units"),
    AE_NOISE_RANGE("scale", attr, scale, "0.4..1.5", 0, 64,
                   "width of the kernel, pixels"),
    TAIL,
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
    const struct shape s = draw_shape(attr, rng);
    const size_t n = (size_t)w * (size_t)h;
    struct ae_fft2 *fft = NULL;

    (void)ctx;
    AE_TRY(ae_fft2_new(h, w, &fft, e));
    const float gain = (float)(s.sigma *
                               ae_noise_plane(fft, w, h, s.scale, s.tail, rng));
    for (size_t i = 0; i < n; i++, data += stride) {
        const float add = gain * ae_fft2_real(fft)[i] * mid_tone(data, c);

        for (int k = 0; k < c; k++)
            data[k] += add;
    }
    ae_fft2_free(fft);
    return 0;
}

const struct ae_noise_kind ae_noise_grain = {
    "grain",      "the grain of film: luma only, most in the mid-tones",
    grain_fields, sizeof(struct attr),
    apply_grain,  NULL,
};
