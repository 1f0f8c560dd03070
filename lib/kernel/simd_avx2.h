/* simd_avx2.h - vectors of 8 floats, and functions of them. */
#ifndef AE_KERNEL_SIMD_AVX2_H
#define AE_KERNEL_SIMD_AVX2_H

#include <immintrin.h>

#define V __m256
#define MASK __m256i
#define W 8
#define zero _mm256_setzero_ps
#define splat1 _mm256_set1_ps
#define load(p) _mm256_loadu_ps(p)
#define store(p, v) _mm256_storeu_ps(p, v)
#define masked_load(p, m) _mm256_maskload_ps(p, m)
#define masked_store(p, m, v) _mm256_maskstore_ps(p, m, v)
#define SPLAT V
#define splat(p) _mm256_broadcast_ss(p)
#define fmadd _mm256_fmadd_ps
#define fmadd_splat fmadd
#define fnmadd _mm256_fnmadd_ps
#define vadd _mm256_add_ps
#define vsub _mm256_sub_ps
#define vmul _mm256_mul_ps
#define vdiv _mm256_div_ps
#define vmin _mm256_min_ps
#define vmax _mm256_max_ps
#define vabs(x) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x)
#define vround(x)                                                              \
    _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
/* a < b ? y : n, lane by lane; the sign of s put on x */
#define vless(a, b, y, n)                                                      \
    _mm256_blendv_ps(n, y, _mm256_cmp_ps(a, b, _CMP_LT_OQ))
#define vcopysign(x, s) _mm256_or_ps(x, _mm256_and_ps(s, _mm256_set1_ps(-0.0f)))

/* x * 2^n for whole n in -126..127 */
static inline V vscale2(V x, V n)
{
    const __m256i bits = _mm256_slli_epi32(
        _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return vmul(x, _mm256_castsi256_ps(bits));
}

/* Lane i is the sum of v[i]'s lanes; those from n on, a constant, are zero. */
static inline __attribute__((always_inline)) V vsums(const V v[W], const int n)
{
    const V low = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]),
                                 _mm256_hadd_ps(v[2], v[3]));
    const V high = n > 4 ? _mm256_hadd_ps(_mm256_hadd_ps(v[4], v[5]),
                                          _mm256_hadd_ps(v[6], v[7]))
                         : zero();

    return vadd(_mm256_permute2f128_ps(low, high, 0x20),
                _mm256_permute2f128_ps(low, high, 0x31));
}

static inline __m256i mask_of(int n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#endif
