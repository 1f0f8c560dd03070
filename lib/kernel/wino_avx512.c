/* wino_avx512.c - Winograd's transforms, compiled for avx512. */
#include "kernel/impl.h"

#if defined(__x86_64__)
#include "kernel/simd_avx512.h"
#include "kernel/act_simd.h"
#define FN(name) ae_##name##_avx512
#include "kernel/wino_simd.h"
#endif
