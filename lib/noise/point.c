/* point.c - noises that treat every sample, or every row, on its own:
 * gaussian, photons (Poisson), impulses, masking, speckle and stripes.
 * Amounts are in 8-bit units; samples are 0..1 and leave unclipped. */
#include "noise/noise.h"

#include <stddef.h>

enum { CHUNK = 512 };            /* samples drawn at a time, even */

/* --------------------------------------------------------------- gauss */

struct spread { double sigma[2]; };

static const struct ae_field spread_fields[] = {
    {"sigma", AE_F_RANGE, offsetof(struct spread, sigma), "25", 0, 255,
     "standard deviation, 8-bit units", NULL, "A[..B]", 0},
    {0},
};

/* Adds z * (a + b * x) to each sample x, z a standard normal: a alone is
 * gaussian noise, b alone speckle. */
struct normal { float a, b; };

static void normal_row(const void *arg, float *row, int n, int c, int stride,
                       struct ae_rng *rng)
{
    const struct normal *p = arg;
    const int total = n * c;
    float z[CHUNK];

    for (int at = 0; at < total; at += CHUNK) {
        const int m = ae_min(CHUNK, total - at);

        ae_rng_normals(rng->seed, rng->stream, (uint64_t)at, z, (size_t)m);
        if (stride == c) {
            for (int i = 0; i < m; i++)
                row[at + i] += z[i] * (p->a + p->b * row[at + i]);
            continue;
        }
        for (int i = 0; i < m; i++) {
            float *x = row + (at + i) / c * stride + (at + i) % c;

            *x += z[i] * (p->a + p->b * *x);
        }
    }
}

static int gauss(struct ae_ctx *ctx, const void *attr, float *data, int w,
                 int h, int c, int stride, struct ae_rng *rng,
                 struct ae_err *e)
{
    const struct spread *s = attr;
    const struct normal p = {(float)(ae_noise_draw(s->sigma, rng) / 255.0),
                             0.0f};

    (void)e;
    ae_noise_rows(ctx, normal_row, &p, data, w, h, c, stride, rng);
    return 0;
}

const struct ae_noise_kind ae_noise_gauss = {
    "gauss", "white gaussian noise", spread_fields, sizeof(struct spread),
    gauss,
};

static int speckle(struct ae_ctx *ctx, const void *attr, float *data, int w,
                   int h, int c, int stride, struct ae_rng *rng,
                   struct ae_err *e)
{
    const struct spread *s = attr;
    const struct normal p = {0.0f,
                             (float)(ae_noise_draw(s->sigma, rng) / 255.0)};

    (void)e;
    ae_noise_rows(ctx, normal_row, &p, data, w, h, c, stride, rng);
    return 0;
}

const struct ae_noise_kind ae_noise_speckle = {
    "speckle", "gaussian noise in proportion to the sample; sigma at white",
    spread_fields, sizeof(struct spread), speckle,
};

/* -------------------------------------------------------------- stripe */

static void stripe_row(const void *arg, float *row, int n, int c, int stride,
                       struct ae_rng *rng)
{
    const double sigma = *(const double *)arg;
    const float z = (float)(sigma * ae_rng_normal(rng));

    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++)
            row[i * stride + k] += z;
}

static int stripe(struct ae_ctx *ctx, const void *attr, float *data, int w,
                  int h, int c, int stride, struct ae_rng *rng,
                  struct ae_err *e)
{
    const struct spread *s = attr;
    const double sigma = ae_noise_draw(s->sigma, rng) / 255.0;

    (void)e;
    ae_noise_rows(ctx, stripe_row, &sigma, data, w, h, c, stride, rng);
    return 0;
}

const struct ae_noise_kind ae_noise_stripe = {
    "stripe", "one gaussian offset a row, as some sensors leave",
    spread_fields, sizeof(struct spread), stripe,
};

/* ------------------------------------------------------------- poisson */

struct photons { double peak[2]; };

static const struct ae_field photon_fields[] = {
    {"peak", AE_F_RANGE, offsetof(struct photons, peak), "30", 0.01, 1e6,
     "mean count at white", NULL, "A[..B]", 0},
    {0},
};

static void photon_row(const void *arg, float *row, int n, int c, int stride,
                       struct ae_rng *rng)
{
    const double peak = *(const double *)arg;

    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++) {
            float *x = row + i * stride + k;
            const double mean = *x > 0.0f ? *x * peak : 0.0;

            *x = (float)(ae_rng_poisson(rng, mean) / peak);
        }
}

static int poisson(struct ae_ctx *ctx, const void *attr, float *data, int w,
                   int h, int c, int stride, struct ae_rng *rng,
                   struct ae_err *e)
{
    const struct photons *p = attr;
    const double peak = ae_noise_draw(p->peak, rng);

    (void)e;
    ae_noise_rows(ctx, photon_row, &peak, data, w, h, c, stride, rng);
    return 0;
}

const struct ae_noise_kind ae_noise_poisson = {
    "poisson", "photon noise: Poisson counts", photon_fields,
    sizeof(struct photons), poisson,
};

/* ------------------------------------------------------------- impulse */

struct impulses { double p[2]; };

static const struct ae_field impulse_fields[] = {
    {"p", AE_F_RANGE, offsetof(struct impulses, p), "0.05", 0, 1,
     "share of the samples that become black or white", NULL, "A[..B]", 0},
    {0},
};

static void impulse_row(const void *arg, float *row, int n, int c, int stride,
                        struct ae_rng *rng)
{
    const double p = *(const double *)arg;

    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++) {
            const double u = ae_rng_uniform(rng);

            if (u < p)
                row[i * stride + k] = u < 0.5 * p ? 0.0f : 1.0f;
        }
}

static int impulse(struct ae_ctx *ctx, const void *attr, float *data, int w,
                   int h, int c, int stride, struct ae_rng *rng,
                   struct ae_err *e)
{
    const struct impulses *s = attr;
    const double p = ae_noise_draw(s->p, rng);

    (void)e;
    ae_noise_rows(ctx, impulse_row, &p, data, w, h, c, stride, rng);
    return 0;
}

const struct ae_noise_kind ae_noise_impulse = {
    "impulse", "salt and pepper", impulse_fields, sizeof(struct impulses),
    impulse,
};

/* ---------------------------------------------------------------- mask */

static const struct ae_field mask_fields[] = {
    {"p", AE_F_RANGE, offsetof(struct impulses, p), "0.25", 0, 1,
     "share of the samples that become 0", NULL, "A[..B]", 0},
    {0},
};

static void mask_row(const void *arg, float *row, int n, int c, int stride,
                     struct ae_rng *rng)
{
    const double p = *(const double *)arg;

    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++)
            if (ae_rng_uniform(rng) < p)
                row[i * stride + k] = 0.0f;
}

static int mask(struct ae_ctx *ctx, const void *attr, float *data, int w,
                int h, int c, int stride, struct ae_rng *rng,
                struct ae_err *e)
{
    const struct impulses *s = attr;
    const double p = ae_noise_draw(s->p, rng);

    (void)e;
    ae_noise_rows(ctx, mask_row, &p, data, w, h, c, stride, rng);
    return 0;
}

/* Vincent, Larochelle, Bengio and Manzagol 2008. */
const struct ae_noise_kind ae_noise_mask = {
    "mask", "some samples are lost: they become 0", mask_fields,
    sizeof(struct impulses), mask,
};
