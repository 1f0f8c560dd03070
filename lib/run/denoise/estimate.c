/* estimate.c - the noise of a picture, by what a net removes from it.
 *
 * How much of it is white is read from the spectra of squares of what was
 * removed, row of squares by row of squares, so that memory doesn't grow with
 * the picture's height. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fft.h"
#include "base/mem.h"
#include "image/format.h"
#include "run/denoise/denoiser.h"

enum { SIDE = 64 }; /* pixels of a square's side, or fewer */

/* The frequency in cycles a pixel, across or down, above which noise that isn't
 * white has next to no power. */
static const double fine = 0.375;

struct spectrum {
    int h, w, colours; /* of a square; of the picture */
    int width, rows;   /* of it; that `band` holds so far */
    float *band;       /* h rows, all colours */
    struct ae_fft2 *fft;
    double power[2], count[2]; /* sums over all frequencies, the fine ones */
};

static int spectrum_init(struct spectrum *s, const struct ae_image_info *i,
                         struct ae_err *e)
{
    *s = (struct spectrum){.h = ae_min(SIDE, i->h),
                           .w = ae_min(SIDE, i->w),
                           .width = i->w,
                           .colours = i->channels - i->alpha};
    s->band = ae_alloc_aligned((size_t)s->h * (size_t)s->width,
                               (size_t)s->colours * sizeof(*s->band), e);
    return s->band ? ae_fft2_new(s->h, s->w, &s->fft, e) : AE_EMEM;
}

static void spectrum_release(struct spectrum *s)
{
    ae_fft2_free(s->fft);
    ae_free_aligned(s->band);
}

/* The weight of pixel i of n under a Hann window. */
static double hann(int i, int n)
{
    return 1 - cos(2 * 3.14159265358979323846 * (i + 0.5) / n);
}

static float sample_at(const struct spectrum *s, int y, int x, int colour)
{
    return s
        ->band[((size_t)y * (size_t)s->width + (size_t)x) * (size_t)s->colours +
               (size_t)colour];
}

/* The square at column x, its mean taken off. */
static void load_square(struct spectrum *s, int x, int colour)
{
    float *to = ae_fft2_real(s->fft);
    double mean = 0;

    for (int y = 0; y < s->h; y++)
        for (int k = 0; k < s->w; k++)
            mean += sample_at(s, y, x + k, colour);
    mean /= s->h * s->w;
    for (int y = 0; y < s->h; y++)
        for (int k = 0; k < s->w; k++)
            *to++ = (float)((sample_at(s, y, x + k, colour) - mean) *
                            hann(y, s->h) * hann(k, s->w));
}

static void add_square(struct spectrum *s, int x, int colour)
{
    const int half = s->w / 2 + 1;

    load_square(s, x, colour);
    ae_fft2_forward(s->fft);
    const float *z = ae_fft2_complex(s->fft);
    for (int y = 0; y < s->h; y++)
        for (int k = 0; k < half; k++, z += 2) {
            const double fy = (double)ae_min(y, s->h - y) / s->h;
            const double fx = (double)k / s->w;
            const int twice = k == 0 || 2 * k == s->w ? 1 : 2;
            const double p = (double)z[0] * z[0] + (double)z[1] * z[1];
            const int bands = fy >= fine || fx >= fine ? 2 : 1;

            for (int f = 0; f < bands; f++) {
                s->power[f] += twice * p;
                s->count[f] += twice;
            }
        }
}

static int put_row(void *arg, const float *row, struct ae_err *e)
{
    struct spectrum *s = arg;
    const size_t n = (size_t)s->width * (size_t)s->colours;

    (void)e;
    memcpy(s->band + (size_t)s->rows * n, row, n * sizeof(*row));
    if (++s->rows < s->h)
        return 0;
    for (int x = 0; x + s->w <= s->width; x += s->w)
        for (int c = 0; c < s->colours; c++)
            add_square(s, x, c);
    s->rows = 0;
    return 0;
}

/* White noise is as strong in the fine part as in the mean. */
static double white_share(const struct spectrum *s)
{
    if (!(s->power[0] > 0) || !(s->count[1] > 0))
        return 1;
    return fmin(1, s->power[1] / s->count[1] / (s->power[0] / s->count[0]));
}

/* What the level by a model's curve must be multiplied by.  The curve is the
 * mean of white noise's and of a camera's; a net removes nearly all of the one,
 * and of the other, which it can't tell from faint texture, about half.  Fitted
 * for `photo` to pictures of data/val, as models/README.md says. */
static double by_white_share(double white)
{
    return 0.86 + 0.49 * fmin(1, 2 * (1 - white));
}

int ae_noise_estimate(struct ae_denoiser *d, struct ae_reader *r,
                      struct ae_noise_level *out, struct ae_err *e)
{
    struct spectrum s;
    int rc = spectrum_init(&s, ae_reader_info(r), e);

    out->white = 0;
    if (rc)
        goto out;
    rc = ae_denoise_residual(d, r, (struct ae_sink){put_row, &s}, &out->sigma,
                             e);
    if (rc)
        goto out;
    out->white = white_share(&s);
    if (d->curve.count)
        out->sigma *= by_white_share(out->white);
out:
    spectrum_release(&s);
    return rc;
}

/* ------------------------------------------------------------ the picture */

struct rows {
    struct ae_image *im;
    int count;
};

static int keep_row(void *arg, const float *row, struct ae_err *e)
{
    struct rows *r = arg;
    const size_t n = (size_t)r->im->info.w * (size_t)r->im->info.channels;

    (void)e;
    memcpy(r->im->data + (size_t)r->count++ * n, row, n * sizeof(*row));
    return 0;
}

int ae_noise_removed(struct ae_denoiser *d, struct ae_reader *r,
                     struct ae_image *out, struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(r);
    const struct ae_image_info info = {
        .w = i->w, .h = i->h, .channels = i->channels - i->alpha};
    struct rows rows = {out, 0};
    double level;

    AE_TRY(ae_image_alloc(d->ctx, out, &info, e));
    const int rc = ae_denoise_residual(d, r, (struct ae_sink){keep_row, &rows},
                                       &level, e);
    if (rc < 0)
        ae_image_release(out);
    return rc;
}
