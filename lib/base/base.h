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

#endif
