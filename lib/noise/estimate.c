/* estimate.c - the level of a picture's noise from its bands of power.
 *
 * White noise shows the same level in every octave, and least of the picture
 * lies in the finest octave of chroma: that is where its level is read.  The
 * noise of a camera's files has been smoothed by demosaicing and had its fine
 * octave cut by JPEG, so that most of it lies an octave lower; but there the
 * picture has texture too.  What that octave shows above the white level is
 * noise as far as it is even from patch to patch. */
#include "noise/estimate.h"

#include <math.h>
#include <string.h>

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

/* 1 where x is at or below `from`, 0 at or beyond `to`, which is above. */
static double fall(double x, double from, double to)
{
    return x <= from ? 1.0 : fmax((to - x) / (to - from), 0.0);
}

/* What octave 0 of a plane holds of white noise.  Where its patches are as
 * alike as noise leaves them that is the level; where they aren't there is
 * texture, and least of it in the smallest eigenvalues. */
static double white_power(const struct ae_band *octave0)
{
    const double texture = fall(octave0->even, 0.9, 0.97);

    return texture * square(octave0->low) +
           (1.0 - texture) * square(octave0->level);
}

/* The power that octave 1 shows beyond `white`, as far as it is noise.  Level
 * times what its evenness lacks is what texture may have added: up to 0.4
 * (8-bit units) all is noise, from 0.7 on none.  So a level of 20 must be as
 * even as noise is, and one of 2, where a mistake costs little and JPEG
 * leaves gaps in the noise, need not.  The planes are judged together:
 * texture that is plain in luma is in chroma too.
 *
 * And it must stand out: while white noise is half of what the octave shows
 * the rest is put down to texture, and counts in full from three quarters.
 *
 * The bounds were chosen on photographs of CID22, clean, as JPEG of quality
 * 75 to 95, and with white, photon and correlated noise before and after such
 * JPEG.  Of the clean, 95 in 100 were then given 2 or less, and none more
 * than 4; of correlated noise of 3 to 15 the median was right to a tenth, a
 * quarter, in pictures of texture, was missed, and behind JPEG below quality
 * 85 a third of it was found. */
static double coloured_power(const struct ae_band b[][AE_BANDS], int planes,
                             double white)
{
    double power = 0.0, uneven = 0.0;

    for (int i = 0; i < planes; i++) {
        const struct ae_band *octave1 = &b[i][1];
        const double more = fmax(square(octave1->level) - white, 0.0);
        const double lack = fmax(0.98 - octave1->even, 0.0);

        power += more / planes;
        uneven += more / planes * square(lack);
    }
    return power * fall(sqrt(uneven), 0.4, 0.7) *
           fall(white, power / 3.0, power);
}

int ae_noise_estimate_rows(struct ae_ctx *ctx, const struct ae_area *block,
                           struct ae_noise_level *out, struct ae_err *e)
{
    const int planes = ae_min(block->c, AE_BAND_PLANES);
    struct ae_band b[AE_BAND_PLANES][AE_BANDS] = {{{0}}};
    const int rc = ae_bands_measure(ctx, block, b, e);
    double white, power;

    if (rc < 0)
        return rc;
    white = planes == 3 ? 0.5 * (white_power(&b[1][0]) + white_power(&b[2][0]))
                        : white_power(&b[0][0]);
    power = white + coloured_power(b, planes, white);
    out->sigma = sqrt(power);
    out->white = power > 0.0 ? white / power : 1.0;
    return 0;
}

/* A block of a picture in memory. */
struct rows { const float *data; int w, channels; };

static void get_pixels(void *arg, int y, int x0, int n, float *out)
{
    const struct rows *r = arg;

    memcpy(out, r->data + ((ptrdiff_t)y * r->w + x0) * r->channels,
           (size_t)(n * r->channels) * sizeof *out);
}

int ae_noise_estimate(struct ae_ctx *ctx, const struct ae_image *im,
                      struct ae_noise_level *out, struct ae_err *e)
{
    const struct ae_image_info *i = &im->info;
    const ptrdiff_t row = (ptrdiff_t)i->w * i->channels;
    double power = 0.0, white = 0.0;

    for (int k = 0; k < ae_noise_blocks(i->h); k++) {
        const int n = ae_noise_block_rows(i->h, k);
        struct rows rows = {im->data + k * AE_NOISE_BLOCK * row, i->w,
                            i->channels};
        const struct ae_area block = {get_pixels, &rows, i->w, n,
                                      i->channels - i->alpha, i->channels};
        struct ae_noise_level level;
        const int rc = ae_noise_estimate_rows(ctx, &block, &level, e);

        if (rc < 0)
            return rc;
        power += square(level.sigma) * n / i->h;
        white += level.white * square(level.sigma) * n / i->h;
    }
    out->sigma = sqrt(power);
    out->white = power > 0.0 ? white / power : 1.0;
    return 0;
}
