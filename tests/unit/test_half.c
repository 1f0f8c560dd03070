/* Every number of half precision against its definition, and rounding to it. */
#include <criterion/criterion.h>
#include <math.h>

#include "base/half.h"

Test(half, all_become_what_they_stand_for)
{
    for (unsigned h = 0; h < 0x10000; h++) {
        const unsigned exponent = h >> 10 & 31, fraction = h & 1023;
        const float sign = h & 0x8000 ? -1 : 1;
        const float v = ae_half_to_float((uint16_t)h);
        cr_assert_eq(signbit(v) != 0, h >> 15, "%04x", h);
        if (exponent == 31)
            cr_assert(fraction ? isnan(v) : isinf(v), "%04x", h);
        else if (exponent == 0)
            cr_assert_eq(v, sign * ldexpf((float)fraction, -24), "%04x", h);
        else
            cr_assert_eq(
                v, sign * ldexpf((float)(1024 + fraction), (int)exponent - 25),
                "%04x", h);
        cr_assert(isnan(v) || ae_float_to_half(v) == h, "%04x", h);
    }
    cr_assert(isnan(ae_half_to_float(ae_float_to_half(NAN))));
}

/* The nearest half of a float, by search over all of them. */
Test(half, rounds_to_nearest_even)
{
    for (uint32_t h = 0; h < 0x7bff; h++) {
        float lo = ae_half_to_float((uint16_t)h);
        float hi = ae_half_to_float((uint16_t)(h + 1));
        float mid = lo + (hi - lo) / 2;
        cr_assert_eq(ae_float_to_half(mid), h & 1 ? h + 1 : h, "%04x", h);
        cr_assert_eq(ae_float_to_half(nextafterf(mid, 0)), h);
        cr_assert_eq(ae_float_to_half(nextafterf(mid, INFINITY)), h + 1);
        cr_assert_eq(ae_float_to_half(-mid), 0x8000 | (h & 1 ? h + 1 : h));
    }
    cr_assert_eq(ae_float_to_half(65519.0f), 0x7bff);
    cr_assert_eq(ae_float_to_half(65520.0f), 0x7c00);
    cr_assert_eq(ae_float_to_half(1e30f), 0x7c00);
}
