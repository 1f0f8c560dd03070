/* peak_avx2.c - as many fused multiply-adds as avx2 does. */
#include "peak.h"

#if defined(__x86_64__)
#include "kernel/simd_avx2.h"
#define CHAINS 12
#include "peak_simd.h"

double peak_avx2(long rounds)
{
    return peak(rounds);
}
#endif
