/* Every number of half precision against its definition. */
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
}
