/* wino_avx2.c - Winograd's transforms, compiled for avx2. */
#include "kernel/impl.h"

#if defined(__x86_64__)
#include "kernel/simd_avx2.h"
#include "kernel/act_simd.h"
#define FN(name) ae_##name##_avx2
#include "kernel/wino_simd.h"
#endif
