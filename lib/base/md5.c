/* md5.c - see md5.h.  RFC 1321. */
#include "base/md5.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

/* One of the 64 steps' constants: 2^32 |sin(i + 1)|. */
static uint32_t sine(int i)
{
    return (uint32_t)(int64_t)floor(4294967296.0 * fabs(sin(i + 1.0)));
}

static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
    switch (round) {
    case 0:
        return (b & c) | (~b & d);
    case 1:
        return (b & d) | (c & ~d);
    case 2:
        return b ^ c ^ d;
    default:
        return c ^ (b | ~d);
    }
}

static void add_block(uint32_t state[4], const uint32_t sines[64],
                      const unsigned char *p)
{
    static const unsigned char shift[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    static const int step[4] = {1, 5, 3, 7}, first[4] = {0, 1, 5, 0};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];

    for (int i = 0; i < BLOCK; i++) {
        const int r = i / 16, k = (first[r] + step[r] * i) % 16;
        const uint32_t word = (uint32_t)p[4 * k] | (uint32_t)p[4 * k + 1] << 8 |
                              (uint32_t)p[4 * k + 2] << 16 |
                              (uint32_t)p[4 * k + 3] << 24;
        const uint32_t sum = a + mix(r, b, c, d) + word + sines[i];
        a = d;
        d = c;
        c = b;
        b += rotate(sum, shift[r][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void ae_md5_hex(const void *bytes, size_t n, char out[33])
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *p = bytes;
    uint32_t state[4] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    uint32_t sines[64];
    unsigned char tail[2 * BLOCK] = {0};
    const size_t whole = n / BLOCK * BLOCK, left = n - whole;
    const size_t end = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK;

    for (int i = 0; i < 64; i++)
        sines[i] = sine(i);
    for (size_t at = 0; at < whole; at += BLOCK)
        add_block(state, sines, p + at);
    if (left)
        memcpy(tail, p + whole, left);
    tail[left] = 0x80;
    for (int i = 0; i < 8; i++)
        tail[end - 8 + (size_t)i] = (unsigned char)((uint64_t)n * 8 >> 8 * i);
    for (size_t at = 0; at < end; at += BLOCK)
        add_block(state, sines, tail + at);
    for (int i = 0; i < 16; i++) {
        const unsigned v = state[i / 4] >> 8 * (i % 4) & 255;
        out[2 * i] = digits[v >> 4];
        out[2 * i + 1] = digits[v & 15];
    }
    out[32] = 0;
}
