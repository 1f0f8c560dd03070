/* correlated.c - gaussian noise whose neighbours agree, as a camera leaves it
 * behind demosaicing, its own denoising and JPEG (FFTW).
 *
 * White noise is shaped in the frequency domain by the power spectrum
 *     S(f) = (1 + (2 pi f s)^2 / p) ^ -p
 * (f in cycles a pixel; p large: a gaussian kernel of width s; p small: long
 * tails), one plane of luma and two of chroma, coarser and weaker, in an
 * orthonormal basis.  In the real photographs that this was fitted to, luma
 * noise has a correlation of about 0.65 between neighbours and chroma 0.92,
 * with 0.4 of luma's amplitude.  S is scaled to a mean of 1 over the grid, so
 * that a plane's expected variance is exact; sigma is the root mean square
 * over all samples. */
#include "noise/noise.h"

#include <math.h>
#include <stddef.h>

#include "base/fft.h"
#include "base/mem.h"

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

/* Frequency of bin i of n in radians a pixel. */
static double frequency(int i, int n)
{
    return 2.0 * 3.14159265358979323846 * ae_min(i, n - i) / n;
}

/* Weighs the half spectrum by sqrt(S); returns the mean of S over the whole
 * grid.  The bins that the half leaves out count by their twins. */
static double shape(float *z, int w, int h, double s, double p)
{
    const int half = w / 2 + 1;
    double sum = 0.0;

    for (int y = 0; y < h; y++)
        for (int x = 0; x < half; x++) {
            const double fy = frequency(y, h), fx = frequency(x, w);
            const double r2 = (fy * fy + fx * fx) * s * s;
            const double power = pow(1.0 + r2 / p, -p);
            const float gain = (float)sqrt(power);
            float *bin = z + 2 * ((size_t)y * (size_t)half + (size_t)x);

            bin[0] *= gain;
            bin[1] *= gain;
            sum += x == 0 || 2 * x == w ? power : 2.0 * power;
        }
    return sum / ((double)w * h);
}

/* One plane of standard deviation `sigma`, added to each channel k with the
 * weight axis[k]. */
static void add_plane(struct ae_fft2 *fft, float *data, int w, int h, int c,
                      int stride, const double axis[4], double sigma,
                      double s, double p, struct ae_rng *rng)
{
    const size_t n = (size_t)w * (size_t)h;
    float *z = ae_fft2_real(fft);
    double mean;

    ae_rng_normals(rng->seed, ae_rng_u64(rng), 0, z, n);
    ae_fft2_forward(fft);
    mean = shape(ae_fft2_complex(fft), w, h, s, p);
    ae_fft2_inverse(fft);
    for (int k = 0; k < c; k++) {
        const float gain = (float)(axis[k] * sigma / sqrt(mean));

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
                 int h, int c, int stride, struct ae_rng *rng,
                 struct ae_err *e)
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
    fields, sizeof(struct attr), apply, NULL,
};
