/* point.c - noises that treat every sample, or every row, on its own:
 * gaussian, photons (Poisson), impulses, masking, hot pixels, speckle and
 * stripes.  Amounts are in 8-bit units; samples are 0..1 and leave
 * unclipped. */
#include "noise/noise.h"

enum { CHUNK = 512 }; /* samples drawn at a time, even */

/* The attribute of all these noises: one range. */
struct amount {
    double range[2];
};
#define AMOUNT sizeof(struct amount), NULL

/* --------------------------------------------------------------- gauss */

static const struct ae_field sigma_fields[] = {
    AE_NOISE_RANGE("sigma", amount, range, "25", 0, 255,
                   "standard deviation, 8-bit units"),
    {0},
};

/* Adds z * (a + b * x) to each sample x, z a standard normal: with b = 0
 * gaussian noise, with a = 0 speckle. */
static void add_normals(float a, float b, float *row, int total, int c,
                        int stride, struct ae_rng *rng)
{
    float z[CHUNK];

    for (int at = 0; at < total; at += CHUNK) {
        const int m = ae_min(CHUNK, total - at);

        ae_rng_normals(rng->seed, rng->stream, (uint64_t)at, z, (size_t)m);
        if (stride == c) {
            for (int i = 0; i < m; i++)
                row[at + i] += z[i] * (a + b * row[at + i]);
            continue;
        }
        for (int i = 0; i < m; i++) {
            float *x = row + (at + i) / c * stride + (at + i) % c;

            *x += z[i] * (a + b * *x);
        }
    }
}

static void gauss_row(double sigma, float *row, int n, int c, int stride,
                      struct ae_rng *rng)
{
    add_normals((float)(sigma / 255.0), 0.0f, row, n * c, c, stride, rng);
}

static void speckle_row(double sigma, float *row, int n, int c, int stride,
                        struct ae_rng *rng)
{
    add_normals(0.0f, (float)(sigma / 255.0), row, n * c, c, stride, rng);
}

const struct ae_noise_kind ae_noise_gauss = {
    "gauss", "white gaussian noise", sigma_fields, AMOUNT, gauss_row,
};

const struct ae_noise_kind ae_noise_speckle = {
    "speckle",    "gaussian noise in proportion to the sample; sigma at white",
    sigma_fields, AMOUNT,
    speckle_row,
};

/* -------------------------------------------------------------- stripe */

static void stripe_row(double sigma, float *row, int n, int c, int stride,
                       struct ae_rng *rng)
{
    const float z = (float)(sigma / 255.0 * ae_rng_normal(rng));

    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++)
            row[i * stride + k] += z;
}

const struct ae_noise_kind ae_noise_stripe = {
    "stripe",     "one gaussian offset a row, as some sensors leave",
    sigma_fields, AMOUNT,
    stripe_row,
};

/* ------------------------------------------------------------- poisson */

static const struct ae_field photon_fields[] = {
    AE_NOISE_RANGE("peak", amount, range, "30", 0.01, 1e6,
                   "mean count at white"),
    {0},
};

static void photon_row(double peak, float *row, int n, int c, int stride,
                       struct ae_rng *rng)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++) {
            float *x = row + i * stride + k;
            const double mean = *x > 0.0f ? *x * peak : 0.0;

            *x = (float)(ae_rng_poisson(rng, mean) / peak);
        }
}

const struct ae_noise_kind ae_noise_poisson = {
    "poisson",  "photon noise: Poisson counts", photon_fields, AMOUNT,
    photon_row,
};

/* ------------------------------------------------------------- impulse */

static const struct ae_field impulse_fields[] = {
    AE_NOISE_RANGE("p", amount, range, "0.05", 0, 1,
                   "share of the samples that become black or white"),
    {0},
};

static void impulse_row(double p, float *row, int n, int c, int stride,
                        struct ae_rng *rng)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++) {
            const double u = ae_rng_uniform(rng);

            if (u < p)
                row[i * stride + k] = u < 0.5 * p ? 0.0f : 1.0f;
        }
}

const struct ae_noise_kind ae_noise_impulse = {
    "impulse", "salt and pepper", impulse_fields, AMOUNT, impulse_row,
};

/* ---------------------------------------------------------------- mask */

static const struct ae_field mask_fields[] = {
    AE_NOISE_RANGE("p", amount, range, "0.25", 0, 1,
                   "share of the samples that become 0"),
    {0},
};

static void mask_row(double p, float *row, int n, int c, int stride,
                     struct ae_rng *rng)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < c; k++)
            if (ae_rng_uniform(rng) < p)
                row[i * stride + k] = 0.0f;
}

/* Vincent, Larochelle, Bengio and Manzagol 2008. */
const struct ae_noise_kind ae_noise_mask = {
    "mask",   "some samples are lost: they become 0", mask_fields, AMOUNT,
    mask_row,
};

/* ----------------------------------------------------------------- hot */

static const struct ae_field hot_fields[] = {
    AE_NOISE_RANGE("p", amount, range, "0.001", 0, 1,
                   "share of the pixels that are hot"),
    {0},
};

/* A photosite that is stuck shows in one channel; small pictures made of
 * large ones, and gray ones, have it in all. */
static void hot_row(double p, float *row, int n, int c, int stride,
                    struct ae_rng *rng)
{
    for (int i = 0; i < n; i++) {
        float *x = row + i * stride;

        if (ae_rng_uniform(rng) >= p)
            continue;
        const float v = (float)(0.5 + 0.5 * ae_rng_uniform(rng));
        const int only = (int)ae_rng_below(rng, (uint32_t)c + 1);

        for (int k = 0; k < c; k++)
            if (v > x[k] && (only == c || only == k))
                x[k] = v;
    }
}

const struct ae_noise_kind ae_noise_hot = {
    "hot",   "hot pixels: bright in one channel or all", hot_fields, AMOUNT,
    hot_row,
};
