/* wino_c.c - Winograd's transforms, one channel at a time. */
#include "kernel/impl.h"

#define V float
#define W 1
#define load(p) (*(p))
#define store(p, x) (*(p) = (x))
#define splat1(x) (x)
#define zero() 0.0f
#define vadd(a, b) ((a) + (b))
#define vsub(a, b) ((a) - (b))
#define vmul(a, b) ((a) * (b))
#define fmadd(a, b, c) ((a) * (b) + (c))
#define fnmadd(a, b, c) ((c) - (a) * (b))
#define vrelu(x) ae_activate(AE_ACT_RELU, x)
#define vlrelu(x) ae_activate(AE_ACT_LRELU, x)
#define FN(name) ae_##name##_c
#include "kernel/wino_simd.h"
