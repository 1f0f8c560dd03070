/* npy_values.c - values of a NumPy array as floats. */
#include <string.h>

#include "image/array/npy.h"
#include "image/format.h"

static void from_doubles(float *out, const unsigned char *in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double v;
        memcpy(&v, in + i * 8, 8);
        out[i] = (float)v;
    }
}

void ae_npy_to_float(const struct ae_ctx *ctx, const struct ae_npy *h,
                     void *bytes, size_t n, float *out)
{
    const size_t size = (size_t)h->size;

    if (h->big)
        ae_big_endian(bytes, size, n);
    else
        ae_little_endian(bytes, size, n);
    if (h->kind == 'u')
        ae_samples_to_float(ctx, out, bytes, size == 1 ? 255 : 65535, n);
    else if (size == 4)
        memcpy(out, bytes, n * 4);
    else
        from_doubles(out, bytes, n);
}
