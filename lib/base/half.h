/* half.h - IEEE 754 binary16 and bfloat16, to and from float, in integers.
 *
 * Rounds to nearest, ties to even, as hardware does; the conversion to half
 * of a finite float beyond 65504 gives infinity, which the caller refuses. */
#ifndef AE_BASE_HALF_H
#define AE_BASE_HALF_H

#include <stdint.h>
#include <string.h>

static inline float ae_bits_float(uint32_t u)
{
    float f;

    memcpy(&f, &u, sizeof(f));
    return f;
}

static inline uint32_t ae_float_bits(float f)
{
    uint32_t u;

    memcpy(&u, &f, sizeof(u));
    return u;
}

static inline float ae_bf16_to_float(uint16_t b)
{
    return ae_bits_float((uint32_t)b << 16);
}

/* Subnormal floats become zero, as in the instruction. */
static inline uint16_t ae_float_to_bf16(float f)
{
    const uint32_t u = ae_float_bits(f), a = u & 0x7fffffff;

    if (a > 0x7f800000) /* not a number */
        return (uint16_t)(u >> 16 | 0x40);
    if (a < 0x00800000)
        return (uint16_t)(u >> 16 & 0x8000);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static inline float ae_half_to_float(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff;
    /* zero and subnormals are whole numbers of 2^-24 */
    const uint32_t small = ae_float_bits((float)(int32_t)rest * 0x1p-24f);
    const uint32_t other = (rest << 13) +
                           (rest < 0x7c00 ? 112u : 224u) * (1u << 23);

    return ae_bits_float(sign | (rest < 0x0400 ? small : other));
}

static inline uint16_t ae_float_to_half(float f)
{
    uint32_t u = ae_float_bits(f), sign = u >> 16 & 0x8000;
    uint32_t a = u & 0x7fffffff, shift, rest, half;

    if (a > 0x7f800000) /* not a number */
        return (uint16_t)(sign | 0x7e00);
    if (a >= 0x47800000) /* 65536 and beyond */
        return (uint16_t)(sign | 0x7c00);
    if (a < 0x33000000) /* below half the least subnormal */
        return (uint16_t)sign;
    if (a < 0x38800000) { /* subnormal: 14 to 24 bits go */
        shift = 126 - (a >> 23);
        a = (a & 0x7fffff) | 0x800000;
        half = a >> shift;
    } else {
        shift = 13;
        half = (a - 0x38000000) >> 13;
    }
    rest = a & ((1u << shift) - 1);
    half += rest > 1u << (shift - 1) || (rest == 1u << (shift - 1) && half & 1);
    return (uint16_t)(sign | half); /* a carry may reach infinity */
}

#endif
