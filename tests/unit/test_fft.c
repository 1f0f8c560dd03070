/* FFTs against the sum that defines them, in double. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/fft.h"
#include "base/rng.h"

static void check(int h, int w)
{
    struct ae_fft2 *f;
    double turn = 2 * acos(-1);
    float in[256];

    cr_assert_eq(ae_fft2_new(h, w, &f, NULL), 0);
    ae_rng_normals(1, (uint64_t)(h * 100 + w), 0, in, (size_t)(h * w));
    for (int i = 0; i < h * w; i++)
        ae_fft2_real(f)[i] = in[i];
    ae_fft2_forward(f);
    for (int u = 0; u < h; u++) {
        for (int v = 0; v <= w / 2; v++) {
            double re = 0, im = 0;
            for (int i = 0; i < h * w; i++) {
                double t = turn * ((double)(u * (i / w)) / h +
                                   (double)(v * (i % w)) / w);
                re += (double)in[i] * cos(t);
                im -= (double)in[i] * sin(t);
            }
            const float *z = ae_fft2_complex(f) + 2 * (u * (w / 2 + 1) + v);
            cr_assert_lt(fabs(re - (double)z[0]), 1e-4);
            cr_assert_lt(fabs(im - (double)z[1]), 1e-4);
        }
    }
    ae_fft2_inverse(f);
    for (int i = 0; i < h * w; i++)
        cr_assert_lt(fabsf(ae_fft2_real(f)[i] - in[i]), 1e-5f);
    ae_fft2_free(f);
}

Test(fft, is_the_transform)
{
    static const int sizes[][2] = {{1, 1},   {1, 8}, {8, 1}, {7, 5},
                                   {16, 16}, {6, 9}, {13, 4}};

    for (size_t i = 0; i < AE_LEN(sizes); i++)
        check(sizes[i][0], sizes[i][1]);
}

Test(fft, bad_sizes_are_refused)
{
    struct ae_fft2 *f;
    struct ae_err e;

    cr_assert_eq(ae_fft2_new(0, 5, &f, &e), AE_EARG);
    cr_assert_null(f);
    ae_fft2_free(NULL);
}
