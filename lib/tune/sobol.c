/* sobol.c - Sobol's sequence (Sobol 1967) in the order of the Gray code
 * (Antonov, Saleev 1979), with the direction numbers of Joe and Kuo (2008). */
#include "tune/sobol.h"

enum { BITS = 32, DEGREE = 7 };

/* Of each dimension after the first: the degree of its primitive polynomial,
 * the coefficients between the first and the last, the numbers to begin
 * with. */
static const struct {
    unsigned char degree, inner, m[DEGREE];
} polynomial[AE_SOBOL_DIMENSIONS - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
};

/* v[k]: what bit k of the Gray code adds. */
static void find_directions(int d, uint32_t v[BITS])
{
    const int s = d ? polynomial[d - 1].degree : 0;

    for (int k = 0; k < BITS; k++) {
        if (d == 0 || k < s) {
            v[k] = (d ? polynomial[d - 1].m[k] : 1u) << (BITS - 1 - k);
            continue;
        }
        v[k] = v[k - s] ^ v[k - s] >> s;
        for (int i = 1; i < s; i++)
            if (polynomial[d - 1].inner >> (s - 1 - i) & 1)
                v[k] ^= v[k - i];
    }
}

double ae_sobol(int d, uint32_t index, uint32_t shift)
{
    const uint32_t gray = index ^ index >> 1;
    uint32_t v[BITS], x = shift;

    find_directions(d, v);
    for (int k = 0; k < BITS; k++)
        if (gray >> k & 1)
            x ^= v[k];
    return x * 0x1p-32;
}
