/* estimate.c - the level of a picture's noise from its bands of power. */
#include "noise/estimate.h"

#include <math.h>

#include "noise/bands.h"

double ae_noise_row_level(const double *sigma, int h, int y)
{
    const int last = ae_noise_blocks(h) - 1;
    int i = 0;
    double from, to;

    if (last == 0)
        return sigma[0];
    /* the block whose middle is the last one above row y */
    i = ae_clamp((y - AE_NOISE_BLOCK / 2) / AE_NOISE_BLOCK, 0, last - 1);
    from = i * AE_NOISE_BLOCK + 0.5 * (ae_noise_block_rows(h, i) - 1);
    to = (i + 1) * AE_NOISE_BLOCK + 0.5 * (ae_noise_block_rows(h, i + 1) - 1);
    from = fmin(fmax((y - from) / (to - from), 0.0), 1.0);
    return sigma[i] + from * (sigma[i + 1] - sigma[i]);
}

static double square(double x)
{
    return x * x;
}

int ae_noise_estimate_rows(struct ae_ctx *ctx, const float *rows, int w,
                           int h, int c, ptrdiff_t row_stride,
                           int pixel_stride, struct ae_noise_level *out,
                           struct ae_err *e)
{
    const struct ae_area area = {rows, w, h, c, row_stride, pixel_stride};
    struct ae_band b[AE_BAND_PLANES][AE_BANDS] = {{{0}}};
    const int rc = ae_bands_measure(ctx, &area, b, e);

    if (rc < 0)
        return rc;
    out->white = 1.0;
    out->sigma = c == 3 ? sqrt(0.5 * (square(b[1][0].mid) +
                                      square(b[2][0].mid)))
                        : b[0][0].mid;
    return 0;
}

int ae_noise_estimate(struct ae_ctx *ctx, const struct ae_image *im,
                      struct ae_noise_level *out, struct ae_err *e)
{
    const struct ae_image_info *i = &im->info;
    const ptrdiff_t row = (ptrdiff_t)i->w * i->channels;
    double power = 0.0, white = 0.0;

    for (int k = 0; k < ae_noise_blocks(i->h); k++) {
        const int n = ae_noise_block_rows(i->h, k);
        struct ae_noise_level level;
        const int rc = ae_noise_estimate_rows(
            ctx, im->data + k * AE_NOISE_BLOCK * row, i->w, n,
            i->channels - i->alpha, row, i->channels, &level, e);

        if (rc < 0)
            return rc;
        power += square(level.sigma) * n / i->h;
        white += level.white * square(level.sigma) * n / i->h;
    }
    out->sigma = sqrt(power);
    out->white = power > 0.0 ? white / power : 1.0;
    return 0;
}
