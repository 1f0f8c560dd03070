/* npy_values.c - values of a NumPy array as floats. */
#include <string.h>

#include "base/half.h"
#include "image/array/npy.h"
#include "image/format.h"

/* A type of values as one number. */
#define TYPE(kind, size) ((kind) << 4 | (int)(size))
/* One type of values, whose bytes needn't be aligned. */
#define CASE(kind, type, convert)                                              \
    case TYPE(kind, sizeof(type)):                                             \
        for (size_t i = 0; i < n; i++) {                                       \
            type v;                                                            \
            memcpy(&v, in + i * sizeof(v), sizeof(v));                         \
            out[i] = convert(v);                                               \
        }                                                                      \
        break;

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

    switch (TYPE(h->kind, h->size)) {
        CASE('f', uint16_t, ae_half_to_float)
        CASE('f', float, (float))
        CASE('f', double, (float))
        CASE('i', int8_t, (float))
        CASE('i', int16_t, (float))
        CASE('i', int32_t, (float))
        CASE('i', int64_t, (float))
        CASE('u', uint8_t, (float))
        CASE('u', uint16_t, (float))
        CASE('u', uint32_t, (float))
        CASE('u', uint64_t, (float))
    default: /* truth values */
        for (size_t i = 0; i < n; i++)
            out[i] = in[i] != 0;
    }
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
