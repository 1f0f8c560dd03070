/* fuzz_idx.c - idx files, as items and as pictures; the first two bytes are
 * put right, so that mutations get past them. */
#include "items.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *p = malloc(size + 2);

    if (!p)
        abort();
    if (size)
        memcpy(p, data, size);
    memset(p, 0, size < 2 ? size : 2);
    items_fuzz(p, size, AE_INPUT_IDX);
    picture_fuzz(p, size, 1);
    free(p);
    return 0;
}
