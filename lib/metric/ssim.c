/* ssim.c - structural similarity, at one scale and at five.
 *
 * Moments under a gaussian window are taken where the window lies wholly
 * inside: first down the columns of 2r+1 rows, then along the row.  All
 * arithmetic is in double precision on samples of 0..1. */
#include "metric/metric.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

enum { RADIUS = 5, BAND = 16, SCALES = 5 };

static const double C1 = 0.01 * 0.01, C2 = 0.03 * 0.03;

struct plane {
    const float *data;
    int w, h, step; /* step: from one pixel to the next */
};

/* Means over the windows of a plane. */
struct score {
    double ssim;
    double cs; /* without the comparison of means */
};

struct job {
    struct plane a, b;
    int r;
    double tap[2 * RADIUS + 1];
    double *scratch; /* 5 * w a thread */
    struct score *bands;
};

static void make_window(struct job *job)
{
    double sum = 0.0;

    for (int i = -job->r; i <= job->r; i++)
        sum += job->tap[i + job->r] = exp(-i * i / (2.0 * 1.5 * 1.5));
    for (int i = 0; i <= 2 * job->r; i++)
        job->tap[i] /= sum;
}

/* Moments a, b, aa, bb, ab of every column, weighted over the rows from y. */
static void sum_columns(const struct job *job, int y, double *m)
{
    const size_t w = (size_t)job->a.w;

    for (size_t i = 0; i < 5 * w; i++)
        m[i] = 0.0;
    for (int j = 0; j <= 2 * job->r; j++) {
        const size_t at = (size_t)(y + j) * w;
        const double t = job->tap[j];

        for (size_t x = 0; x < w; x++) {
            const double a = job->a.data[(at + x) * (size_t)job->a.step];
            const double b = job->b.data[(at + x) * (size_t)job->b.step];

            m[x] += t * a;
            m[w + x] += t * b;
            m[2 * w + x] += t * a * a;
            m[3 * w + x] += t * b * b;
            m[4 * w + x] += t * a * b;
        }
    }
}

static void add_window(const struct job *job, const double *m, int x,
                       struct score *sum)
{
    const size_t w = (size_t)job->a.w;
    double v[5] = {0.0}, va, vb, cov, cs;

    for (size_t k = 0; k < 5; k++)
        for (int j = 0; j <= 2 * job->r; j++)
            v[k] += job->tap[j] * m[k * w + (size_t)(x + j)];
    va = v[2] - v[0] * v[0];
    vb = v[3] - v[1] * v[1];
    cov = v[4] - v[0] * v[1];
    cs = (2.0 * cov + C2) / (va + vb + C2);
    sum->cs += cs;
    sum->ssim += cs * (2.0 * v[0] * v[1] + C1) /
                 (v[0] * v[0] + v[1] * v[1] + C1);
}

static void sum_band(void *arg, int task, int thread)
{
    const struct job *job = arg;
    double *m = job->scratch + (size_t)thread * 5 * (size_t)job->a.w;
    const int end = ae_min(job->a.h - 2 * job->r, (task + 1) * BAND);
    struct score sum = {0.0, 0.0};

    for (int y = task * BAND; y < end; y++) {
        sum_columns(job, y, m);
        for (int x = 0; x < job->a.w - 2 * job->r; x++)
            add_window(job, m, x, &sum);
    }
    job->bands[task] = sum;
}

static int mean_ssim(struct ae_ctx *ctx, struct plane a, struct plane b,
                     struct score *out, struct ae_err *e)
{
    const int r = ae_min(RADIUS, (ae_min(a.w, a.h) - 1) / 2);
    const double n = (double)(a.w - 2 * r) * (a.h - 2 * r);
    const int bands = (a.h - 2 * r + BAND - 1) / BAND;
    struct job job = {.a = a, .b = b, .r = r};
    int rc = 0;

    *out = (struct score){0.0, 0.0};
    make_window(&job);
    job.scratch = ae_alloc((size_t)ae_pool_threads(ctx->pool) * 5,
                           (size_t)a.w * sizeof(double), e);
    job.bands = ae_alloc((size_t)bands, sizeof(*job.bands), e);
    if (!job.scratch || !job.bands)
        rc = AE_EMEM;
    else
        ae_par_for(ctx->pool, bands, sum_band, &job);
    for (int i = 0; !rc && i < bands; i++) {
        out->ssim += job.bands[i].ssim / n;
        out->cs += job.bands[i].cs / n;
    }
    free(job.scratch);
    free(job.bands);
    return rc;
}

static struct plane channel(const struct ae_image *im, int k)
{
    return (struct plane){im->data + k, im->info.w, im->info.h,
                          im->info.channels};
}

int ae_metric_ssim(struct ae_ctx *ctx, const struct ae_image *ref,
                   const struct ae_image *img, double *value, struct ae_err *e)
{
    const int c = ae_metric_channels(ref);
    struct score s;

    *value = 0.0;
    AE_TRY(ae_metric_check(ref, img, e));
    for (int k = 0; k < c; k++) {
        AE_TRY(mean_ssim(ctx, channel(ref, k), channel(img, k), &s, e));
        *value += s.ssim / c;
    }
    return 0;
}

/* ------------------------------------------------------------ ms-ssim */

/* Means of 2x2 pixels; an odd last row or column is dropped.  dst may be
 * src's own memory: nothing is written before it was read. */
static struct plane halve(struct plane src, float *dst)
{
    const int w = src.w / 2, h = src.h / 2;
    const size_t step = (size_t)src.step, row = (size_t)src.w * step;

    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const float *p = src.data +
                             2 * ((size_t)y * row + (size_t)x * step);

            dst[(size_t)y * (size_t)w + (size_t)x] = 0.25f *
                                                     (p[0] + p[step] + p[row] +
                                                      p[row + step]);
        }
    return (struct plane){dst, w, h, 1};
}

/* Scales on which a whole window fits, at least one. */
static int scales(int side)
{
    int n = 1;

    while (n < SCALES && side >> n >= 2 * RADIUS + 1)
        n++;
    return n;
}

/* The product over the scales of cs ^ weight, with ssim at the coarsest;
 * negative means count as 0. */
static int channel_ms(struct ae_ctx *ctx, struct plane a, struct plane b,
                      float *half, double *value, struct ae_err *e)
{
    static const double weight[SCALES] = {0.0448, 0.2856, 0.3001, 0.2363,
                                          0.1333};
    const int n = scales(ae_min(a.w, a.h));
    const size_t quarter = (size_t)(a.w / 2) * (size_t)(a.h / 2);
    double total = 0.0;
    int rc = 0;

    *value = 1.0;
    for (int i = 0; i < n; i++)
        total += weight[i];
    for (int i = 0; !rc && i < n; i++) {
        struct score s;

        if (i > 0) {
            a = halve(a, half);
            b = halve(b, half + quarter);
        }
        rc = mean_ssim(ctx, a, b, &s, e);
        *value *= pow(fmax(i < n - 1 ? s.cs : s.ssim, 0.0), weight[i] / total);
    }
    return rc;
}

int ae_metric_ms_ssim(struct ae_ctx *ctx, const struct ae_image *ref,
                      const struct ae_image *img, double *value,
                      struct ae_err *e)
{
    const size_t w = (size_t)ref->info.w, h = (size_t)ref->info.h;
    const int c = ae_metric_channels(ref);
    int rc = ae_metric_check(ref, img, e);
    float *half;

    *value = 0.0;
    if (rc)
        return rc;
    half = ae_alloc(w * h / 2 + 1, sizeof(*half), e);
    if (!half)
        return AE_EMEM;
    for (int k = 0; !rc && k < c; k++) {
        double v = 0.0;

        rc = channel_ms(ctx, channel(ref, k), channel(img, k), half, &v, e);
        *value += v / c;
    }
    free(half);
    return rc;
}
