/* error.c - metrics of the difference: mse, mae, max, psnr. */
#include "metric/metric.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

enum { BAND = 64 }; /* rows of one partial sum */

struct error {
    double square, absolute, largest;
};

struct job {
    const struct ae_image *ref, *img;
    struct error *bands;
};

static void sum_band(void *arg, int task, int thread)
{
    const struct job *job = arg;
    const int c = ae_metric_channels(job->ref);
    const int s = job->ref->info.channels, t = job->img->info.channels;
    const int end = ae_min(job->ref->info.h, (task + 1) * BAND);
    const size_t w = (size_t)job->ref->info.w;
    const size_t first = (size_t)task * BAND * w, last = (size_t)end * w;
    struct error sum = {0.0, 0.0, 0.0};

    (void)thread;
    for (size_t i = first; i < last; i++)
        for (int k = 0; k < c; k++) {
            const double d =
                255.0 * ((double)job->img->data[i * (size_t)t + (size_t)k] -
                         job->ref->data[i * (size_t)s + (size_t)k]);
            const double a = fabs(d);

            sum.square += d * d;
            sum.absolute += a;
            /* negated, so that a NaN is kept, not lost */
            if (!(a <= sum.largest))
                sum.largest = a;
        }
    job->bands[task] = sum;
}

/* Means over all colour samples, in 8-bit units. */
static int measure_error(struct ae_ctx *ctx, const struct ae_image *ref,
                         const struct ae_image *img, struct error *out,
                         struct ae_err *e)
{
    const int bands = (ref->info.h + BAND - 1) / BAND;
    const double n = (double)ref->info.w * ref->info.h *
                     ae_metric_channels(ref);
    struct job job = {ref, img, NULL};

    *out = (struct error){0.0, 0.0, 0.0};
    AE_TRY(ae_metric_check(ref, img, e));
    job.bands = ae_alloc((size_t)bands, sizeof(*job.bands), e);
    if (!job.bands)
        return AE_EMEM;
    ae_par_for(ctx->pool, bands, sum_band, &job);
    for (int i = 0; i < bands; i++) {
        out->square += job.bands[i].square / n;
        out->absolute += job.bands[i].absolute / n;
        if (!(job.bands[i].largest <= out->largest))
            out->largest = job.bands[i].largest;
    }
    free(job.bands);
    return 0;
}

int ae_metric_mse(struct ae_ctx *ctx, const struct ae_image *ref,
                  const struct ae_image *img, double *value, struct ae_err *e)
{
    struct error x;
    const int rc = measure_error(ctx, ref, img, &x, e);

    *value = x.square;
    return rc;
}

int ae_metric_mae(struct ae_ctx *ctx, const struct ae_image *ref,
                  const struct ae_image *img, double *value, struct ae_err *e)
{
    struct error x;
    const int rc = measure_error(ctx, ref, img, &x, e);

    *value = x.absolute;
    return rc;
}

int ae_metric_max(struct ae_ctx *ctx, const struct ae_image *ref,
                  const struct ae_image *img, double *value, struct ae_err *e)
{
    struct error x;
    const int rc = measure_error(ctx, ref, img, &x, e);

    *value = x.largest;
    return rc;
}

int ae_metric_psnr(struct ae_ctx *ctx, const struct ae_image *ref,
                   const struct ae_image *img, double *value, struct ae_err *e)
{
    struct error x;
    const int rc = measure_error(ctx, ref, img, &x, e);

    *value = x.square == 0.0 ? (double)INFINITY
                             : 10.0 * log10(255.0 * 255.0 / x.square);
    return rc;
}
