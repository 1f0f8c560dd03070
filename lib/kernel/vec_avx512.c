/* vec_avx512.c - flat loops, compiled for avx512. */
#if defined(__x86_64__)
#define FN(name) ae_##name##_avx512
#include "kernel/vec_simd.h"
#else
#include "kernel/impl.h"
#endif
