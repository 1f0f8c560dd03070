/* npy_values.c - values of a NumPy array as floats. */
#include <string.h>

#include "base/half.h"
#include "image/array/npy.h"
#include "image/format.h"

/* out[i] = the i-th of n values of a type, whose bytes needn't be aligned. */
#define CONVERT(type, convert)                                                 \
    for (size_t i = 0; i < n; i++) {                                           \
        type v;                                                                \
        memcpy(&v, in + i * sizeof(v), sizeof(v));                             \
        out[i] = convert(v);                                                   \
    }

static void from_floats(float *out, const unsigned char *in, int size, size_t n)
{
    if (size == 4)
        memcpy(out, in, n * 4);
    else if (size == 8)
        CONVERT(double, (float))
    else
        CONVERT(uint16_t, ae_half_to_float)
}

static void from_signed(float *out, const unsigned char *in, int size, size_t n)
{
    if (size == 1)
        CONVERT(int8_t, (float))
    else if (size == 2)
        CONVERT(int16_t, (float))
    else if (size == 4)
        CONVERT(int32_t, (float))
    else
        CONVERT(int64_t, (float))
}

static void from_unsigned(float *out, const unsigned char *in, int size,
                          size_t n)
{
    if (size == 1)
        CONVERT(uint8_t, (float))
    else if (size == 2)
        CONVERT(uint16_t, (float))
    else if (size == 4)
        CONVERT(uint32_t, (float))
    else
        CONVERT(uint64_t, (float))
}

static void to_machine(const struct ae_npy *h, void *bytes, size_t n)
{
    if (h->big)
        ae_big_endian(bytes, (size_t)h->size, n);
    else
        ae_little_endian(bytes, (size_t)h->size, n);
}

static void convert(const struct ae_npy *h, const void *bytes, size_t n,
                    float *out)
{
    const unsigned char *in = bytes;

    if (h->kind == 'f')
        from_floats(out, in, h->size, n);
    else if (h->kind == 'i')
        from_signed(out, in, h->size, n);
    else if (h->kind == 'u')
        from_unsigned(out, in, h->size, n);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = in[i] != 0;
}

void ae_npy_numbers(const struct ae_npy *h, void *bytes, size_t n, float *out)
{
    to_machine(h, bytes, n);
    convert(h, bytes, n, out);
}

unsigned ae_npy_maxval(const struct ae_npy *h)
{
    if (h->kind == 'b')
        return 1;
    return h->kind != 'u' || h->size > 2 ? 0 : h->size == 1 ? 255 : 65535;
}

void ae_npy_to_float(const struct ae_ctx *ctx, const struct ae_npy *h,
                     void *bytes, size_t n, float *out)
{
    const unsigned maxval = ae_npy_maxval(h);

    to_machine(h, bytes, n);
    if (maxval > 1)
        ae_samples_to_float(ctx, out, bytes, maxval, n);
    else
        convert(h, bytes, n, out);
}
