/* peak_neon.c - as many fused multiply-adds as neon does. */
#include "peak.h"

#if defined(__aarch64__)
#include "kernel/simd_neon.h"
#define CHAINS 24
#include "peak_simd.h"

double peak_neon(long rounds)
{
    return peak(rounds);
}
#endif
