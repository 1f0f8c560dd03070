/* psd.c - radial power spectrum of a picture's luminance (FFTW), for looking
 * at noise: white noise is flat, a camera's falls. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/fft.h"
#include "base/mem.h"
#include "kernel/ctx.h"

/* Mean of the colour channels in 8-bit units, the picture's mean taken off
 * and a Hann window laid on, whose power is 1 in the mean: without one, the
 * unlike left and right edges would fill every frequency. */
static void window_luminance(const struct ae_image *im, float *out)
{
    const int w = im->info.w, h = im->info.h;
    const int c = im->info.channels - im->info.alpha;
    const double turn = 2.0 * 3.14159265358979323846;
    double mean = 0.0;

    for (int i = 0; i < w * h; i++) {
        double v = 0.0;

        for (int k = 0; k < c; k++)
            v += im->data[(size_t)i * (size_t)im->info.channels + (size_t)k];
        out[i] = (float)(255.0 * v / c);
        mean += 255.0 * v / c / ((double)w * h);
    }
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const double wy = 1.0 - cos(turn * (y + 0.5) / h);
            const double wx = 1.0 - cos(turn * (x + 0.5) / w);
            float *v = out + (size_t)y * (size_t)w + (size_t)x;

            *v = (float)((*v - mean) * wx * wy / 1.5);
        }
}

/* Bin of a frequency, -1 past half a cycle a pixel (the corners). */
static int bin_of(double fy, double fx, int bins)
{
    const double f = sqrt(fy * fy + fx * fx);

    return f > 0.5 ? -1 : ae_min((int)(f * 2.0 * bins), bins - 1);
}

int ae_noise_psd(struct ae_ctx *ctx, const struct ae_image *im, double *power,
                 int bins, struct ae_err *e)
{
    const int w = im->info.w, h = im->info.h, half = w / 2 + 1;
    const double area = (double)w * h;
    struct ae_fft2 *fft = NULL;
    double *count;
    int rc;

    (void)ctx;
    if (bins < 1)
        return ae_fail(e, AE_EARG, "a spectrum of %d bins", bins);
    count = ae_alloc((size_t)bins, sizeof(*count), e);
    if (!count)
        return AE_EMEM;
    rc = ae_fft2_new(h, w, &fft, e);
    if (!rc) {
        const float *z;

        window_luminance(im, ae_fft2_real(fft));
        ae_fft2_forward(fft);
        z = ae_fft2_complex(fft);
        for (int i = 0; i < bins; i++)
            power[i] = 0.0;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < half; x++) {
                const float *v = z + 2 * ((size_t)y * (size_t)half + (size_t)x);
                const double p = (double)v[0] * v[0] + (double)v[1] * v[1];
                const int twice = x == 0 || 2 * x == w ? 1 : 2;
                const int b = bin_of((double)ae_min(y, h - y) / h,
                                     (double)x / w, bins);

                if (b < 0)
                    continue;
                power[b] += twice * p / area;
                count[b] += twice;
            }
        for (int i = 0; i < bins; i++)
            power[i] = count[i] > 0.0 ? power[i] / count[i] : 0.0;
    }
    ae_fft2_free(fft);
    free(count);
    return rc;
}
