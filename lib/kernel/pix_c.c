/* pix_c.c - samples of files to floats and back. */
#include "kernel/impl.h"

/* Clips, scales and rounds to the nearest whole number, ties to even: adding
 * 1.5 * 2^23 leaves no fraction bits.  NaN gives 0. */
static inline int quantise(float x, float maxval)
{
    const float magic = 12582912.0f;
    const float y = (x > 0 ? x < 1 ? x : 1 : 0) * maxval;

    return (int)(y + magic - magic);
}

void ae_from_u8_c(float *out, const uint8_t *in, float maxval, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i] / maxval;
}

void ae_from_u16_c(float *out, const uint16_t *in, float maxval, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)in[i] / maxval;
}

void ae_to_u8_c(uint8_t *out, const float *in, float maxval, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)quantise(in[i], maxval);
}

void ae_to_u16_c(uint16_t *out, const float *in, float maxval, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint16_t)quantise(in[i], maxval);
}
