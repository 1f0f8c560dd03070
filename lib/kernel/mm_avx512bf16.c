/* mm_avx512bf16.c - the product of pairs of bfloat16, and functions that make
 * pairs.
 *
 * The same tiles as in float: a pair takes the room of a float, and the
 * instruction that multiplies and adds pairs that of the one for floats. */
#include "kernel/impl.h"

#if defined(__x86_64__)
#include "kernel/simd_avx512.h"
#include "kernel/act_simd.h"

#undef fmadd
#define fmadd(x, b, sum) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(b))
#define ROWS 14
#define EACH_TILE(F)                                                           \
    F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13)
#include "kernel/mm_simd.h"

void ae_mm_bf16_avx512bf16(const struct ae_mm *g)
{
    product(g);
}

/* Sixteen of x, then sixteen of y. */
static inline V both(V x, V y)
{
    return (V)_mm512_cvtne2ps_pbh(y, x);
}

void ae_halve_avx512bf16(float *out, ptrdiff_t ostep, const float *x,
                         ptrdiff_t xstep, int rows, int n)
{
    for (int r = 0; r < rows; r++, out += ostep, x += xstep) {
        int i = 0;
        for (; i + W <= n; i += W)
            store(out + i, both(load(x + 2 * i), load(x + 2 * i + W)));
        if (i < n) {
            const int left = 2 * (n - i);
            const V low = masked_load(x + 2 * i, mask_of(ae_min(left, W)));
            const V high = left <= W
                               ? zero()
                               : masked_load(x + 2 * i + W, mask_of(left - W));
            masked_store(out + i, mask_of(n - i), both(low, high));
        }
    }
}

void ae_pair_avx512bf16(float *out, ptrdiff_t ostep, const float *x,
                        const float *y, ptrdiff_t step, int rows, int n)
{
    const __m512i low = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,
                                         4, 3, 2, 1, 0);
    const __m512i zip = _mm512_or_si512(
        low,
        _mm512_slli_epi32(_mm512_add_epi32(low, _mm512_set1_epi32(W)), 16));

    for (int r = 0; r < rows; r++, out += ostep, x += step, y += step)
        for (int i = 0; i < n; i += W) {
            const MASK in = mask_of(ae_min(n - i, W));
            const V xy = both(masked_load(x + i, in), masked_load(y + i, in));
            masked_store(out + i, in,
                         (V)_mm512_permutexvar_epi16(zip, (__m512i)xy));
        }
}
#endif
