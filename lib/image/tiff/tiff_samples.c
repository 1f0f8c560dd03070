/* tiff_samples.c - packed samples of TIFF, and premultiplied alpha.
 *
 * Bits are packed from the highest bit of a byte down, and each row begins
 * with a byte (TIFF 6.0, section "BitsPerSample"). */
#include <string.h>

#include "image/tiff/tiff.h"

void ae_tiff_unpack(uint16_t *out, size_t step, const unsigned char *in,
                    unsigned bits, size_t n)
{
    const uint32_t mask = (1u << bits) - 1;
    uint32_t held = 0;
    unsigned have = 0;

    for (size_t i = 0; bits == 8 && i < n; i++)
        out[i * step] = in[i];
    for (size_t i = 0; bits == 16 && i < n; i++)
        memcpy(&out[i * step], in + 2 * i, 2);
    for (size_t i = 0; bits % 8 && i < n; i++) {
        for (; have < bits; have += 8)
            held = held << 8 | *in++;
        have -= bits;
        out[i * step] = (uint16_t)(held >> have & mask);
    }
}

void ae_tiff_pack(unsigned char *out, const uint16_t *in, size_t step,
                  unsigned bits, size_t n)
{
    uint32_t held = 0;
    unsigned have = 0;

    for (size_t i = 0; bits == 8 && i < n; i++)
        out[i] = (unsigned char)in[i * step];
    for (size_t i = 0; bits == 16 && i < n; i++)
        memcpy(out + 2 * i, &in[i * step], 2);
    if (bits % 8 == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        held = held << bits | in[i * step];
        for (have += bits; have >= 8; have -= 8)
            *out++ = (unsigned char)(held >> (have - 8));
    }
    if (have)
        *out = (unsigned char)(held << (8 - have));
}

/* IEEE 754 binary16; every value is one of binary32. */
static float from_half(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t exponent = h >> 10 & 31, fraction = h & 1023, bits;
    float f;

    if (exponent == 31) {
        bits = sign | 0x7f800000 | fraction << 13;
    } else if (exponent) {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    } else {
        f = (float)fraction * 0x1p-24f;
        return sign ? -f : f;
    }
    memcpy(&f, &bits, 4);
    return f;
}

/* The nearest half, ties to even; numbers that are too large become the
 * largest one. */
static uint16_t to_half(float f)
{
    uint32_t bits;

    memcpy(&bits, &f, 4);
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    const float a = f < 0 ? -f : f;
    memcpy(&bits, &a, 4);
    if (a >= 65520)
        return sign | 0x7bff;
    if (a < 0x1p-14f) { /* subnormal: a multiple of 2^-24 */
        const float all = a * 0x1p24f;
        uint32_t n = (uint32_t)all;
        const float rest = all - (float)n;
        n += rest > 0.5f || (rest == 0.5f && (n & 1));
        return (uint16_t)(sign | n);
    }
    bits += 0xfff + (bits >> 13 & 1);
    return (uint16_t)(sign | ((bits >> 13) - (112u << 10)));
}

void ae_tiff_unpack_floats(float *out, size_t step, const unsigned char *in,
                           unsigned bits, size_t n)
{
    uint16_t h;

    for (size_t i = 0; bits == 32 && i < n; i++)
        memcpy(&out[i * step], in + 4 * i, 4);
    for (size_t i = 0; bits == 16 && i < n; i++) {
        memcpy(&h, in + 2 * i, 2);
        out[i * step] = from_half(h);
    }
}

void ae_tiff_pack_floats(unsigned char *out, const float *in, size_t step,
                         unsigned bits, size_t n)
{
    for (size_t i = 0; bits == 32 && i < n; i++)
        memcpy(out + 4 * i, &in[i * step], 4);
    for (size_t i = 0; bits == 16 && i < n; i++) {
        const uint16_t h = to_half(in[i * step]);
        memcpy(out + 2 * i, &h, 2);
    }
}

/* With u = p m / a rounded, u a / m differs from p by less than a half if
 * a < m; if a = m, u is p. */
void ae_tiff_unpremultiply(uint16_t *v, int samples, unsigned maxval, size_t n)
{
    for (size_t i = 0; i < n; i++, v += samples) {
        const uint64_t a = v[samples - 1];
        for (int c = 0; a && c + 1 < samples; c++)
            v[c] = (uint16_t)((2 * (uint64_t)v[c] * maxval + a) / (2 * a));
    }
}

void ae_tiff_premultiply(uint16_t *v, int samples, unsigned maxval, size_t n)
{
    for (size_t i = 0; i < n; i++, v += samples) {
        const uint64_t a = v[samples - 1], m = maxval;
        for (int c = 0; a && c + 1 < samples; c++)
            v[c] = (uint16_t)((2 * v[c] * a + m) / (2 * m));
    }
}

void ae_tiff_unpremultiply_floats(float *v, int samples, size_t n)
{
    for (size_t i = 0; i < n; i++, v += samples)
        for (int c = 0; v[samples - 1] != 0 && c + 1 < samples; c++)
            v[c] /= v[samples - 1];
}

static int is_unchanged(const float *v, const float *was, int samples)
{
    const float a = was[samples - 1];

    for (int c = 0; c + 1 < samples; c++)
        if (v[c] != (a != 0 ? was[c] / a : was[c]))
            return 0;
    return v[samples - 1] == a;
}

void ae_tiff_premultiply_floats(float *v, int samples, size_t n,
                                const float *was)
{
    const size_t pixel = (size_t)samples * sizeof(*v);

    for (size_t i = 0; i < n; i++, v += samples) {
        const float *old = was ? was + i * (size_t)samples : NULL;
        if (old && is_unchanged(v, old, samples)) {
            memcpy(v, old, pixel);
            continue;
        }
        for (int c = 0; v[samples - 1] != 0 && c + 1 < samples; c++)
            v[c] *= v[samples - 1];
    }
}

int ae_tiff_exceeds_alpha(const uint16_t *v, int samples, size_t n)
{
    for (size_t i = 0; i < n; i++, v += samples)
        for (int c = 0; v[samples - 1] && c + 1 < samples; c++)
            if (v[c] > v[samples - 1])
                return 1;
    return 0;
}
