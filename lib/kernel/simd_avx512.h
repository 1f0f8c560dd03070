/* simd_avx512.h - vectors of 16 floats, and functions of them. */
#ifndef AE_KERNEL_SIMD_AVX512_H
#define AE_KERNEL_SIMD_AVX512_H

#include <immintrin.h>

#define V __m512
#define MASK __mmask16
#define W 16
#define zero _mm512_setzero_ps
#define splat1 _mm512_set1_ps
#define load(p) _mm512_loadu_ps(p)
#define store(p, v) _mm512_storeu_ps(p, v)
#define masked_load(p, m) _mm512_maskz_loadu_ps(m, p)
#define masked_store(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#define SPLAT V
#define splat(p) _mm512_set1_ps(*(p))
#define fmadd _mm512_fmadd_ps
#define fmadd_splat fmadd
#define fnmadd _mm512_fnmadd_ps
#define vadd _mm512_add_ps
#define vsub _mm512_sub_ps
#define vmul _mm512_mul_ps
#define vdiv _mm512_div_ps
#define vmin _mm512_min_ps
#define vmax _mm512_max_ps
#define vabs _mm512_abs_ps
#define vround(x) _mm512_roundscale_ps(x, 8)      /* nearest, no exceptions */
/* x * 2^n for whole n */
#define vscale2(x, n) _mm512_scalef_ps(x, n)
/* a < b ? y : n, lane by lane; the sign of s put on x */
#define vless(a, b, y, n) \
    _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), n, y)
#define vcopysign(x, s) \
    _mm512_or_ps(x, _mm512_and_ps(s, _mm512_set1_ps(-0.0f)))

/* The sums of the lanes of each. */
static inline void vsum4(V a, V b, V c, V d, float sum[4])
{
    const V ab = vadd(_mm512_shuffle_f32x4(a, b, 0x44),
                      _mm512_shuffle_f32x4(a, b, 0xee));
    const V cd = vadd(_mm512_shuffle_f32x4(c, d, 0x44),
                      _mm512_shuffle_f32x4(c, d, 0xee));
    V x = vadd(_mm512_shuffle_f32x4(ab, cd, 0x88),
               _mm512_shuffle_f32x4(ab, cd, 0xdd));

    x = vadd(x, _mm512_permute_ps(x, 0xb1));
    x = vadd(x, _mm512_permute_ps(x, 0x4e));
    x = _mm512_maskz_compress_ps(0x1111, x);
    _mm_storeu_ps(sum, _mm512_castps512_ps128(x));
}

static inline __mmask16 mask_of(int n)
{
    return (__mmask16)((1u << n) - 1);
}

#endif
