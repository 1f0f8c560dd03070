/* metric.h - what the metrics share.  To add one: a function,
 * declared here, and a line in metric.c.
 *
 * Two images of equal size and colour channels are compared over all colour
 * samples; alpha is left out.  Sums are in double precision, by bands of rows
 * that are added in order: the same value for any number of threads. */
#ifndef AE_METRIC_METRIC_H
#define AE_METRIC_METRIC_H

#include "kernel/ctx.h"

typedef int ae_metric_fn(struct ae_ctx *ctx, const struct ae_image *ref,
                         const struct ae_image *img, double *value,
                         struct ae_err *e);

/* Errors in 8-bit units: means of the squared and of the absolute
 * difference, and the largest; peak signal to noise in dB, infinite for equal
 * images. */
ae_metric_fn ae_metric_mse, ae_metric_mae, ae_metric_max, ae_metric_psnr;
/* Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): gaussian
 * window of 11x11, sigma 1.5, where it lies wholly inside; mean over
 * channels.  Windows shrink to pictures below 11 pixels. */
ae_metric_fn ae_metric_ssim;
/* Multi-scale structural similarity (Wang, Simoncelli, Bovik 2003): five
 * scales, fewer where a picture has below 176 pixels a side (their weights
 * then scaled to a sum of 1). */
ae_metric_fn ae_metric_ms_ssim;

/* Colour channels of an image, without its alpha. */
static inline int ae_metric_channels(const struct ae_image *im)
{
    return im->info.channels - im->info.alpha;
}

/* AE_EARG, saying both, where sizes or colour channels differ. */
int ae_metric_check(const struct ae_image *ref, const struct ae_image *img,
                    struct ae_err *e);

#endif
