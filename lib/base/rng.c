/* rng.c - counter-based random numbers and everything drawn from them.
 *
 * Only + - * / sqrt and own polynomials: a libm's last digit must not change
 * a batch, so the same seed gives the same bits on every machine and ISA. */
#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { WIDE = 16 }; /* blocks made side by side, for SIMD */

/* Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011). */
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

void ae_rng_block(uint64_t seed, uint64_t stream, uint64_t index,
                  uint32_t out[4])
{
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)stream, c3 = (uint32_t)(stream >> 32);

    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)PHILOX_M0 * c0;
        uint64_t p1 = (uint64_t)PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* WIDE consecutive blocks, word w of block i in out[w][i]. */
static void wide_blocks(uint64_t seed, uint64_t stream, uint64_t index,
                        uint32_t out[4][WIDE])
{
    uint32_t c0[WIDE], c1[WIDE], c2[WIDE], c3[WIDE];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

    for (int i = 0; i < WIDE; i++) {
        c0[i] = (uint32_t)(index + (uint64_t)i);
        c1[i] = (uint32_t)((index + (uint64_t)i) >> 32);
        c2[i] = (uint32_t)stream;
        c3[i] = (uint32_t)(stream >> 32);
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < WIDE; i++) {
            uint64_t p0 = (uint64_t)PHILOX_M0 * c0[i];
            uint64_t p1 = (uint64_t)PHILOX_M1 * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c1[i] = (uint32_t)p1;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c3[i] = (uint32_t)p0;
        }
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    memcpy(out[0], c0, sizeof(c0));
    memcpy(out[1], c1, sizeof(c1));
    memcpy(out[2], c2, sizeof(c2));
    memcpy(out[3], c3, sizeof(c3));
}

static inline float float_of(uint32_t bits)
{
    float f;

    memcpy(&f, &bits, sizeof(f));
    return f;
}

static inline uint32_t bits_of(float f)
{
    uint32_t u;

    memcpy(&u, &f, sizeof(u));
    return u;
}

/* Natural logarithm of u in (0, 1], to about 1e-7 of its size:
 * u = m 2^e with m in [sqrt 1/2, sqrt 2), ln m = 2 artanh((m-1)/(m+1)). */
static inline float log_unit(float u)
{
    uint32_t shifted = bits_of(u) - 0x3f3504f3u; /* sqrt 1/2 */
    int32_t e = (int32_t)shifted >> 23;
    float m = float_of((shifted & 0x7fffffu) + 0x3f3504f3u);
    float s = (m - 1.0f) / (m + 1.0f), q = s * s;
    float p = 1.0f / 9 * q + 1.0f / 7;

    p = p * q + 1.0f / 5;
    p = p * q + 1.0f / 3;
    p = p * q * s + s;
    return 2.0f * p + (float)e * 0.693147181f;
}

/* Two standard normals from two words (Box and Muller 1958).  24 bits of
 * each are used: radii reach 5.77. */
static inline void normal_pair(uint32_t w0, uint32_t w1, float *a, float *b)
{
    float u = (float)(int32_t)((w0 >> 8) + 1) * 0x1p-24f;
    float radius = sqrtf(-2.0f * log_unit(u));
    /* The angle in quarter turns: quadrant and a rest of +-1/2. */
    int32_t quarter = (int32_t)(w1 >> 30);
    float t = (float)(int32_t)((w1 >> 8) & 0x3fffffu) * 0x1p-22f - 0.5f;
    float x = t * 1.57079633f, q = x * x;
    float sine = 2.75573192e-6f * q - 1.98412698e-4f;
    float cosine = 2.48015873e-5f * q - 1.38888889e-3f;

    sine = sine * q + 8.33333333e-3f;
    sine = sine * q - 1.66666667e-1f;
    sine = sine * q * x + x;
    cosine = cosine * q + 4.16666667e-2f;
    cosine = cosine * q - 0.5f;
    cosine = cosine * q + 1.0f;
    /* A quarter turn maps (cos, sin) to (-sin, cos): swap, then signs. */
    uint32_t odd = 0u - (uint32_t)(quarter & 1);
    uint32_t c = bits_of(cosine), s = bits_of(sine);
    uint32_t first = (c & ~odd) | (s & odd);
    uint32_t second = (s & ~odd) | (c & odd);
    first ^= (uint32_t)((quarter + 1) & 2) << 30;
    second ^= (uint32_t)(quarter & 2) << 30;
    *a = radius * float_of(first);
    *b = radius * float_of(second);
}

/* Normals 4*block .. 4*(block+WIDE)-1. */
static void wide_normals(uint64_t seed, uint64_t stream, uint64_t block,
                         float out[4 * WIDE])
{
    uint32_t w[4][WIDE];
    float n[4][WIDE];

    wide_blocks(seed, stream, block, w);
    for (int i = 0; i < WIDE; i++)
        normal_pair(w[0][i], w[1][i], &n[0][i], &n[1][i]);
    for (int i = 0; i < WIDE; i++)
        normal_pair(w[2][i], w[3][i], &n[2][i], &n[3][i]);
    for (int i = 0; i < WIDE; i++)
        for (int j = 0; j < 4; j++)
            out[4 * i + j] = n[j][i];
}

void ae_rng_normals(uint64_t seed, uint64_t stream, uint64_t first, float *out,
                    size_t n)
{
    float part[4 * WIDE];
    size_t skip = (size_t)(first % 4);
    uint64_t block = first / 4;

    while (n > 0) {
        size_t take = 4 * WIDE - skip;
        int whole = skip == 0 && n >= take;
        take = take < n ? take : n;
        wide_normals(seed, stream, block, whole ? out : part);
        if (!whole)
            memcpy(out, part + skip, take * sizeof(*out));
        out += take;
        n -= take;
        skip = 0;
        block += WIDE;
    }
}

void ae_rng_init(struct ae_rng *r, uint64_t seed, uint64_t stream)
{
    *r = (struct ae_rng){.seed = seed, .stream = stream};
}

uint32_t ae_rng_u32(struct ae_rng *r)
{
    if (r->left == 0) {
        ae_rng_block(r->seed, r->stream, r->index++, r->word);
        r->left = 4;
    }
    return r->word[4 - r->left--];
}

uint64_t ae_rng_u64(struct ae_rng *r)
{
    uint64_t high = ae_rng_u32(r);

    return high << 32 | ae_rng_u32(r);
}

double ae_rng_uniform(struct ae_rng *r)
{
    return (double)(ae_rng_u64(r) >> 11) * 0x1p-53;
}

/* Multiplication with rejection (Lemire 2019). */
uint32_t ae_rng_below(struct ae_rng *r, uint32_t n)
{
    uint64_t p = (uint64_t)ae_rng_u32(r) * n;

    if ((uint32_t)p < n) {
        uint32_t least = (0u - n) % n;
        while ((uint32_t)p < least)
            p = (uint64_t)ae_rng_u32(r) * n;
    }
    return (uint32_t)(p >> 32);
}

double ae_rng_normal(struct ae_rng *r)
{
    uint32_t w0 = ae_rng_u32(r), w1 = ae_rng_u32(r);
    float a, b;

    normal_pair(w0, w1, &a, &b);
    return (double)a;
}

/* ln x of a positive finite x, to 1e-15; frexp() is exact. */
static double log_exact(double x)
{
    int e;
    double m = frexp(x, &e);

    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    double s = (m - 1) / (m + 1), q = s * s, sum = 0;
    for (int k = 21; k >= 1; k -= 2)
        sum = sum * q + 1.0 / k;
    return 2 * s * sum + e * 0.69314718055994531;
}

/* e^-x for 0 <= x <= 16, by squaring. */
static double exp_minus(double x)
{
    double y = -x / 1024, sum = 1;

    for (int k = 8; k >= 1; k--)
        sum = 1 + sum * y / k;
    for (int i = 0; i < 10; i++)
        sum *= sum;
    return sum;
}

/* ln k! by Stirling's series; exact enough from 10 on. */
static double log_factorial(double k)
{
    static const double small[10] = {0,
                                     0,
                                     0.69314718055994531,
                                     1.791759469228055,
                                     3.1780538303479458,
                                     4.7874917427820458,
                                     6.5792512120101012,
                                     8.5251613610654147,
                                     10.60460290274525,
                                     12.801827480081469};

    if (k < 10)
        return small[(int)k];
    double q = 1 / (k * k);
    return (k + 0.5) * log_exact(k) - k + 0.91893853320467274 +
           (1.0 / 12 - q * (1.0 / 360 - q * (1.0 / 1260 - q / 1680))) / k;
}

/* Product of uniforms (Knuth 1969). */
static double poisson_small(struct ae_rng *r, double mean)
{
    double least = exp_minus(mean), p = ae_rng_uniform(r), k = 0;

    while (p > least) {
        p *= ae_rng_uniform(r);
        k++;
    }
    return k;
}

/* Transformed rejection with squeeze, PTRS (Hoermann 1993). */
static double poisson_large(struct ae_rng *r, double mean)
{
    double root = sqrt(mean), b = 0.931 + 2.53 * root;
    double a = -0.059 + 0.02483 * b;
    double inverse = 1.1239 + 1.1328 / (b - 3.4);
    double limit = 0.9277 - 3.6224 / (b - 2), log_mean = log_exact(mean);

    for (;;) {
        double u = ae_rng_uniform(r) - 0.5, v = ae_rng_uniform(r);
        double us = 0.5 - fabs(u);
        double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= limit)
            return k;
        if (k < 0 || v <= 0 || (us < 0.013 && v > us))
            continue;
        if (log_exact(v * inverse / (a / (us * us) + b)) <=
            k * log_mean - mean - log_factorial(k))
            return k;
    }
}

double ae_rng_poisson(struct ae_rng *r, double mean)
{
    if (!(mean > 0))
        return 0;
    return mean < 10 ? poisson_small(r, mean) : poisson_large(r, mean);
}

/* The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t ae_hash(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return scramble(h);
}

uint64_t ae_mix(uint64_t a, uint64_t b)
{
    return scramble(scramble(a + 0x9e3779b97f4a7c15u) + b);
}
