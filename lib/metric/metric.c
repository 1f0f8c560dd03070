/* metric.c - the table of metrics, in the order in which they are reported.
 */
#include "metric/metric.h"

#include <string.h>

#include "base/err.h"

static const struct ae_metric metrics[] = {
    {"psnr", 1, "peak signal to noise, dB", ae_metric_psnr, "dB"},
    {"ssim", 1, "structural similarity, 11x11 gaussian", ae_metric_ssim, NULL},
    {"ms-ssim", 1, "the same over five scales", ae_metric_ms_ssim, NULL},
    {"mse", 0, "mean squared error, 8-bit units", ae_metric_mse,
     "of 255\302\262"}, /* squared */
    {"mae", 0, "mean absolute error, 8-bit units", ae_metric_mae, "of 255"},
    {"max", 0, "largest absolute error, 8-bit units", ae_metric_max, "of 255"},
};

const struct ae_metric *ae_metric_at(size_t i)
{
    return i < AE_LEN(metrics) ? &metrics[i] : NULL;
}

const struct ae_metric *ae_metric_by_name(const char *name)
{
    for (size_t i = 0; i < AE_LEN(metrics); i++)
        if (strcmp(metrics[i].name, name) == 0)
            return &metrics[i];
    return NULL;
}

int ae_metric_check(const struct ae_image *ref, const struct ae_image *img,
                    struct ae_err *e)
{
    const int c = ae_metric_channels(ref), d = ae_metric_channels(img);

    if (ref->info.w != img->info.w || ref->info.h != img->info.h)
        return ae_fail(e, AE_EARG,
                       "size is %dx%d, but that of the reference %dx%d",
                       img->info.w, img->info.h, ref->info.w, ref->info.h);
    if (c != d)
        return ae_fail(e, AE_EARG,
                       "has %d colour channel%s, but the reference %d", d,
                       d == 1 ? "" : "s", c);
    return 0;
}
