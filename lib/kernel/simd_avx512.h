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
#define vround(x) _mm512_roundscale_ps(x, 8) /* nearest, no exceptions */
/* x * 2^n for whole n */
#define vscale2(x, n) _mm512_scalef_ps(x, n)
/* a < b ? y : n, lane by lane; the sign of s put on x */
#define vless(a, b, y, n)                                                      \
    _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), n, y)
#define vcopysign(x, s) _mm512_or_ps(x, _mm512_and_ps(s, _mm512_set1_ps(-0.0f)))

/* Of pairs of lanes, of quarters, of whole vectors side by side: sums. */
static inline V sum_pairs(V a, V b)
{
    return vadd(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
}

static inline V sum_quads(V ab, V cd)
{
    const __m512d x = _mm512_castps_pd(ab), y = _mm512_castps_pd(cd);

    return vadd(_mm512_castpd_ps(_mm512_unpacklo_pd(x, y)),
                _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
}

static inline V sum_quarters(V a, V b)
{
    return vadd(_mm512_shuffle_f32x4(a, b, 0x88),
                _mm512_shuffle_f32x4(a, b, 0xdd));
}

/* Lane i is the sum of v[i]'s lanes; those from n on, a constant, are zero. */
static inline __attribute__((always_inline)) V vsums(const V v[W], const int n)
{
#define QUAD(i)                                                                \
    ((i) < n ? sum_quads(sum_pairs(v[i], v[(i) + 1]),                          \
                         sum_pairs(v[(i) + 2], v[(i) + 3]))                    \
             : zero())
    const V low = sum_quarters(QUAD(0), QUAD(4));

    return sum_quarters(low, n > 8 ? sum_quarters(QUAD(8), QUAD(12)) : zero());
#undef QUAD
}

static inline __mmask16 mask_of(int n)
{
    return (__mmask16)((1u << n) - 1);
}

#endif
