/* mm_neon.c - the product with 4 floats a vector, tiles of up to 14 x 8. */
#include "kernel/impl.h"

#if defined(__aarch64__)
#include "kernel/simd_neon.h"
#include "kernel/act_simd.h"

#define ROWS 14
#define EACH_TILE(F)                                                           \
    F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13)
#include "kernel/mm_simd.h"
#include "kernel/narrow_simd.h"

void ae_mm_neon(const struct ae_mm *g)
{
    product(g);
}

void ae_mm_narrow_neon(const struct ae_mm *g)
{
    narrow_product(g);
}
#endif
