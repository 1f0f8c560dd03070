/* fuzz_png.c - PNG; checksums are put right, so that mutations get past
 * them. */
#include "base/gzip.h"
#include "picture.h"

static size_t word(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = malloc(size + 8);
    size_t at = 8;

    memcpy(p, data, size);
    if (size >= 8)
        memcpy(p, "\211PNG\r\n\032\n", 8);
    while (size >= 12 && at <= size - 12 && word(p + at) <= size - 12 - at) {
        const size_t n = word(p + at);
        const uint32_t crc = ae_crc32(0, p + at + 4, n + 4);
        for (int i = 0; i < 4; i++)
            p[at + 8 + n + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + n;
    }
    picture_fuzz(p, size, 1);
    free(p);
    return 0;
}
