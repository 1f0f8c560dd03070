/* vec_avx2.c - flat loops, compiled for avx2. */
#if defined(__x86_64__)
#define FN(name) ae_##name##_avx2
#include "kernel/vec_simd.h"
#else
#include "kernel/impl.h"
#endif
