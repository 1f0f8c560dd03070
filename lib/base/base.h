/* base.h - the few words every file of the library uses. */
#ifndef AE_BASE_H
#define AE_BASE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "ae_tools.h"

#define AE_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline int ae_min(int a, int b)
{
    return a < b ? a : b;
}
static inline int ae_max(int a, int b)
{
    return a > b ? a : b;
}
static inline int ae_clamp(int x, int lo, int hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}
/* Where part i of `parts` nearly equal ones of n begins; they end at n. */
static inline int ae_part(int n, int parts, int i)
{
    return (int)((int64_t)n * i / parts);
}
/* a / b rounded up; b > 0, any a. */
static inline int ae_ceil_div(int a, int b)
{
    return a > 0 ? (a + b - 1) / b : -(-a / b);
}

static inline size_t ae_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Four bytes, highest first, as a number; and back. */
static inline uint32_t ae_be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}
static inline void ae_put_be32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (24 - 8 * i));
}

#endif
