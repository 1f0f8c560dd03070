/* samples.c - what formats share: samples to floats and back, byte orders,
 * blocks of a stream. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "kernel/kernel.h"

void ae_samples_to_float(const struct ae_ctx *ctx, float *out, const void *in,
                         unsigned maxval, size_t n)
{
    if (maxval <= 255)
        ctx->k->from_u8(out, in, (float)maxval, n);
    else
        ctx->k->from_u16(out, in, (float)maxval, n);
}

void ae_samples_from_float(const struct ae_ctx *ctx, void *out, const float *in,
                           unsigned maxval, size_t n)
{
    if (maxval <= 255)
        ctx->k->to_u8(out, in, (float)maxval, n);
    else
        ctx->k->to_u16(out, in, (float)maxval, n);
}

static int host_is_little(void)
{
    const uint16_t one = 1;
    unsigned char b;

    memcpy(&b, &one, 1);
    return b;
}

static void reverse(void *p, size_t size, size_t n)
{
    unsigned char *b = p;

    for (size_t i = 0; i < n; i++, b += size)
        for (size_t k = 0; k < size / 2; k++) {
            const unsigned char t = b[k];
            b[k] = b[size - 1 - k];
            b[size - 1 - k] = t;
        }
}

void ae_big_endian(void *p, size_t size, size_t n)
{
    if (host_is_little())
        reverse(p, size, n);
}

void ae_little_endian(void *p, size_t size, size_t n)
{
    if (!host_is_little())
        reverse(p, size, n);
}

int ae_check_finite(const float *row, size_t n, struct ae_err *e)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(row[i]))
            return ae_fail(e, AE_ENUMERIC, "sample %zu is not a finite number",
                           i);
    return 0;
}
