/* plane.c - see plane.h. */
#include "noise/plane.h"

#include <math.h>

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

double ae_noise_plane(struct ae_fft2 *fft, int w, int h, double s, double p,
                      struct ae_rng *rng)
{
    const size_t n = (size_t)w * (size_t)h;

    ae_rng_normals(rng->seed, ae_rng_u64(rng), 0, ae_fft2_real(fft), n);
    ae_fft2_forward(fft);
    const double mean = shape(ae_fft2_complex(fft), w, h, s, p);
    ae_fft2_inverse(fft);
    return 1.0 / sqrt(mean);
}
