/* peak_avx512bf16.c - as many products in bfloat16 as avx512bf16 does. */
#include "peak.h"

#if defined(__x86_64__)
#include "kernel/simd_avx512.h"

#undef fmadd
#define fmadd(sum, x, y) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(y))
#define CHAINS 24
#include "peak_simd.h"

double peak_avx512bf16(long rounds)
{
    return 2 * peak(rounds); /* a pair in each lane */
}
#endif
