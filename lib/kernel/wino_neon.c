/* wino_neon.c - Winograd's transforms, compiled for neon. */
#include "kernel/impl.h"

#if defined(__aarch64__)
#include "kernel/simd_neon.h"
#include "kernel/act_simd.h"
#define FN(name) ae_##name##_neon
#include "kernel/wino_simd.h"
#endif
