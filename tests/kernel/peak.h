/* peak.h - loops that do nothing but fused multiply-adds. */
#ifndef AE_TESTS_PEAK_H
#define AE_TESTS_PEAK_H

/* Does `rounds` rounds; returns the floating-point operations done. */
double peak_avx2(long rounds);
double peak_avx512(long rounds);
double peak_neon(long rounds);

#endif
