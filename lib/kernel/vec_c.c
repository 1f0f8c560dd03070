/* vec_c.c - flat loops for any machine. */
#define FN(name) ae_##name##_c
#include "kernel/vec_simd.h"
