/* peak_avx512.c - as many fused multiply-adds as avx512 does. */
#include "peak.h"

#if defined(__x86_64__)
#include "kernel/simd_avx512.h"
#define CHAINS 12
#include "peak_simd.h"

double peak_avx512(long rounds)
{
    return peak(rounds);
}
#endif
