/* peak.h - loops that do nothing but multiply and add. */
#ifndef AE_TESTS_PEAK_H
#define AE_TESTS_PEAK_H

/* Does `rounds` rounds; returns the floating-point operations done. */
double peak_avx2(long rounds);
double peak_avx512(long rounds);
double peak_avx512bf16(long rounds); /* of pairs in bfloat16 */
double peak_neon(long rounds);

#endif
