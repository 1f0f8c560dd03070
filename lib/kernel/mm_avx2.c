/* mm_avx2.c - the product with 8 floats a vector, tiles of up to 6 x 16. */
#include "kernel/impl.h"

#if defined(__x86_64__)
#include "kernel/simd_avx2.h"
#include "kernel/act_simd.h"

#define ROWS 6
#define EACH_TILE(F) F(0) F(1) F(2) F(3) F(4) F(5)
#include "kernel/mm_simd.h"
#include "kernel/narrow_simd.h"

void ae_mm_avx2(const struct ae_mm *g)
{
    product(g);
}

void ae_mm_narrow_avx2(const struct ae_mm *g)
{
    narrow_product(g);
}
#endif
